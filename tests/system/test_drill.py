"""A drill on a whole Roomtone, and what a running collector says of a device and of its past."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.broker import BrokerAddress
from collector.drill.evidence import keep, kept
from collector.drill.keeper import as_planned, keep_drills
from collector.drill.plan import DrillPlan, Every
from collector.drill.run import Proof
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
    (file,) = (short.data / "drills").glob("*-east-a101.json")
    assert json.loads(file.read_text("utf-8")) == proof
    assert short.items("/incidents", state="open") == []
    wait_for(
        lambda: proof["device"] not in {one["id"] for one in short.items("/devices")},
        within_s=10, saying="the drill is gone from the pages",
    )  # fmt: skip
    assert [one["id"] for one in short.items("/agents")] == ["east:pc-1"]
    (room,) = short.items("/rooms")
    assert (room["state"], sum(room["counts"].values())) == ("ok", 1)
    (listed,) = short.items("/drills", room="east/a101")
    assert (listed["id"], listed["passed"], listed["ticket"]) == (file.stem, True, proof["ticket"]["id"])
    assert listed["detection_s"] == proof["detection_s"]
    assert short.get(f"/tickets/{listed['ticket']}")["drill"]


def test_a_drill_that_is_planned_is_carried_out(short: House) -> None:
    account = json.loads((short.data / "mqtt.json").read_text("utf-8"))
    broker = BrokerAddress(url=account["url"], username=account["username"], password=account["password"])
    plan = DrillPlan(rooms=("east/a101",), every=Every.WEEK, day=datetime.now(UTC).isoweekday(), at=time(0))
    folder = short.data / "planned"
    last = Proof(room="east/a101", device="", component="", started_at=datetime.now(UTC) - timedelta(days=8))
    keep(folder, last.as_json())

    async def run() -> None:
        keeping = asyncio.create_task(
            keep_drills(plan, folder, lambda _site: ZoneInfo("UTC"), as_planned(short.data, broker), look_s=0.2)
        )
        async with asyncio.timeout(60):
            while len(kept(folder)) < 2:
                await asyncio.sleep(0.1)
        keeping.cancel()

    asyncio.run(run())
    (_, proof), _ = kept(folder)
    assert (proof["passed"], proof["room"], proof["ticket"]["state"]) == (True, "east/a101", "closed")


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
    assert said["tickets"] == []  # those of drills are none
