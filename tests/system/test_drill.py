"""A drill on a whole Roomtone, and what a running collector says of a device and of its past."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.house import ROOT, House, house, wait_for

PACK = """
rules:
  - id: component-failed
    metric: hw.status
    instance: "*"
    raise: {equals: 2, for: 2 s}
    clear: {equals: 0, for: 2 s}
    level: 2
    words:
      en: {title: Component failed, symptom: S, advice: A}
      zh-CN: {title: 部件故障, symptom: 象, advice: 策}
"""


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose rule takes two seconds, with an agent in room east/a101."""
    folder = tmp_path_factory.mktemp("drill")
    rules = folder / "rules"
    rules.mkdir()
    (rules / "pack.yaml").write_text(PACK, "utf-8")
    with house(folder, "--no-agent", "--rules", str(rules)) as made:
        made.agent("pc-1")
        wait_for(lambda: made.items("/devices", room="east/a101"), within_s=30, saying="the room is there")
        yield made


def roomtone(*words: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "roomtone", *words],
        capture_output=True, text=True, timeout=timeout_s, cwd=ROOT, check=False,
    )  # fmt: skip


def test_a_drill_travels_to_its_ticket_and_leaves_its_proof(short: House) -> None:
    done = roomtone("drill", "east/a101", "--data", str(short.data))
    assert done.returncode == 0, done.stderr
    proof = json.loads(done.stdout)
    assert [step["step"] for step in proof["steps"]] == [
        "born", "fault sent", "fault seen", "ticket open", "fault mended", "ticket restored", "node gone",
        "ticket closed",
    ]  # fmt: skip
    assert proof["passed"]
    assert 2 <= proof["detection_s"] < 10
    assert (proof["ticket"]["state"], proof["ticket"]["drill"], proof["ticket"]["level"]) == ("closed", True, 2)
    assert proof["ticket"]["title"] == "Drill: Component failed"
    assert proof["ticket"]["words"]["zh-CN"]["title"] == "演练：部件故障"
    assert proof["log"][0]["action"] == "opened"
    assert proof["log"][-1]["action"] == "close"
    (kept,) = (short.data / "drills").glob("*-east-a101.json")
    assert json.loads(kept.read_text("utf-8")) == proof
    (device,) = [one for one in short.items("/devices") if one["id"] == proof["device"]]
    assert (device["state"], device["level"]) == ("off", None)
    assert short.items("/incidents", state="open") == []


def test_a_second_drill_opens_a_ticket_of_its_own(short: House) -> None:
    before = len(short.items("/tickets"))
    assert roomtone("drill", "east/a101", "--data", str(short.data)).returncode == 0
    assert len(short.items("/tickets")) == before + 1


def test_a_drill_that_is_broken_off_leaves_nothing_open(short: House) -> None:
    before = {ticket["id"] for ticket in short.items("/tickets")}
    words = [sys.executable, "-m", "roomtone", "drill", "east/a101", "--data", str(short.data)]
    running = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (ticket,) = wait_for(
        lambda: [one for one in short.items("/tickets") if one["id"] not in before], within_s=30, saying="its ticket"
    )
    running.kill()
    running.wait()
    wait_for(
        lambda: short.get(f"/tickets/{ticket['id']}")["state"] == "restored", within_s=30, saying="the fault is over"
    )
    assert short.items("/incidents", state="open") == []


def test_a_running_collector_says_what_is_likely_to_fail(short: House) -> None:
    done = roomtone("foresight", "--site", "east", "--data", str(short.data), "--json")
    assert done.returncode == 0, done.stderr
    assert {"week", "likely", "failing", "wearing"} <= json.loads(done.stdout).keys()
    assert roomtone("foresight", "--data", str(short.data / "nowhere")).returncode == 2


def test_a_drill_whose_ticket_does_not_come_fails_and_says_where(short: House) -> None:
    done = roomtone("drill", "east/a101", "--data", str(short.data), "--within", "1")
    assert done.returncode == 1
    assert json.loads(done.stdout)["failed"] == "ticket open: not within 1 s"
    assert roomtone("drill", "a101", "--data", str(short.data)).returncode == 2
    assert roomtone("drill", "east/a101", "--data", str(short.data / "nowhere")).returncode == 2


def test_a_running_collector_explains_a_device_and_hands_over_its_past(short: House, tmp_path: Path) -> None:
    done = roomtone("rules", "explain", "east:pc-1", "--data", str(short.data))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("east:pc-1: ok\n")
    assert "role recorder-pc, the only one in its room" in done.stdout
    (tmp_path / "pack.yaml").write_text(PACK.replace("level: 2", "level: 3"), "utf-8")
    now = datetime.now(UTC)
    done = roomtone(
        "rules", "replay", "--from", (now - timedelta(minutes=30)).isoformat(), "--to", now.isoformat(),
        "--rules", str(tmp_path), "--against", str(short.directory / "rules"), "--data", str(short.data), "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["readings"] > 0
    drills = [ticket for ticket in said["tickets"] if "drill-" in ticket["before"]["device"]]
    assert drills
    assert {ticket["difference"] for ticket in drills} == {"moved"}
    assert {(ticket["before"]["level"], ticket["after"]["level"]) for ticket in drills} == {(2, 3)}
