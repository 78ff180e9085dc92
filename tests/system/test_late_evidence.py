"""The network of a room is away for a while: what happened meanwhile is on record, and nobody is called for it."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.house import House, house, wait_for
from tests.relay import Relay
from tests.snmp_peers import ON_BATTERY, ON_MAINS, UPS_DIRECTORY, Snmpsim

AGENT, UPS = "east:pc-1", "east:pc-1:ups-1"
RULES = """
pack: quick
rules:
  - id: agent-silent
    family: silence
    about: agent
    raise: {silent: true, for: 2 s}
    clear: {for: 2 s}
    level: 1
    words: &words
      en: {title: A fault, symptom: It is one., causes: [Who knows], advice: Look.}
      zh-CN: {title: 故障, symptom: 有故障。, causes: [不明], advice: 看看。}
  - id: on-battery
    metric: hw.ups.source
    raise: {equals: 1, for: 3 s}
    clear: {equals: 0, for: 3 s}
    level: 2
    words: *words
  - id: charge-low
    metric: hw.battery.charge
    raise: {below: 0.5, for: 3 s}
    clear: {above: 0.6, for: 3 s}
    level: 2
    words: *words
"""
UNSEEN_S = 7
PATIENCE_S = 15


@pytest.fixture(scope="module")
def ups() -> Iterator[Snmpsim]:
    with Snmpsim(UPS_DIRECTORY) as simulator:
        yield simulator


def hold(until: float) -> None:
    """Let what was just made so last until then: the agent is to read it a few times, unseen."""
    time.sleep(max(0.0, until - time.time()))


def test_what_happened_while_the_network_was_away_is_on_record(tmp_path: Path, ups: Snmpsim) -> None:
    rules, community = tmp_path / "rules", tmp_path / "community"
    rules.mkdir()
    (rules / "quick.yaml").write_text(RULES, "utf-8")
    community.touch(mode=0o600)
    community.write_text("ups")
    with house(tmp_path, "--no-agent", "--rules", str(rules)) as up:
        network = Relay(up.mqtt)
        up.agent(
            "pc-1",
            broker=f"mqtt://127.0.0.1:{network.port}",
            extra=f'\n[[snmp]]\nid = "ups-1"\nrole = "ups"\nhost = "127.0.0.1"\nport = {ups.port}\n'
            f'version = "2c"\ncommunity_file = "{community}"\ninterval_s = 1\n',
        )
        wait_for(lambda: state_of(up, UPS) == "ok", within_s=40, saying="the UPS is read")

        cut_at = time.time()
        network.cut()
        ups.set_ups(source=ON_BATTERY)
        wait_for(lambda: up.items("/tickets"), within_s=30, saying="the silence has a ticket")
        hold(cut_at + UNSEEN_S)
        ups.set_ups(source=ON_MAINS)
        hold(time.time() + UNSEEN_S)
        ups.set_ups(charge=20)
        low_at = time.time()
        hold(time.time() + UNSEEN_S)
        network.mend()
        mended_at = time.time()

        silence = wait_for(
            lambda: next((one for one in found(up, "silence") if one["attribution"] == "environment"), None),
            within_s=90,
            saying="the silence was the network's",
        )
        assert stamp(silence["onset_at"]) <= cut_at + 2
        (battery,) = found(up, "on-battery")
        assert (battery["late"], battery["state"], battery["ticket"]) == (True, "cleared", None)
        assert cut_at - 1 <= stamp(battery["onset_at"]) < stamp(battery["cleared_at"]) <= low_at + 3
        low = wait_for(
            lambda: next((one for one in found(up, "charge-low") if one["late"]), None),
            within_s=30,
            saying="the charge was known to be low late",
        )
        assert low["state"] == "open"
        assert low_at - 1 <= stamp(low["onset_at"]) < mended_at < stamp(low["detected_at"])

        first, second = sorted(up.items("/tickets"), key=lambda ticket: ticket["id"])
        assert (first["device"], first["late"]) == (AGENT, False)
        assert (second["device"], second["late"], second["onset_at"]) == (UPS, True, low["onset_at"])
        corrected = [line for line in up.items(f"/tickets/{first['id']}/log") if line["action"] == "corrected"]
        assert [line["fields"]["attribution"] for line in corrected] == ["environment"]
        assert all(line["fields"]["readings"] > 0 for line in corrected)
        network.close()


def test_a_computer_that_was_gone_and_back_while_nobody_listened_is_on_record(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    patient = RULES.replace("silent: true, for: 2 s", f"silent: true, for: {PATIENCE_S} s")  # to be heard again
    (rules / "quick.yaml").write_text(patient, "utf-8")
    with house(tmp_path, "--no-agent", "--rules", str(rules)) as up:
        first = up.agent("pc-1")
        wait_for(lambda: state_of(up, AGENT) == "ok", within_s=40, saying="the agent is read")
        hold(time.time() + 2 * UNSEEN_S)

        assert up.process is not None
        up.process.stop()  # and the broker with it
        hold(time.time() + UNSEEN_S)
        killed_at = time.time()
        first.kill()
        hold(killed_at + PATIENCE_S + UNSEEN_S)
        started_at = time.time()
        up.agent("pc-1")
        hold(started_at + 2 * UNSEEN_S)
        up.up()

        gone = wait_for(
            lambda: next((one for one in found(up, "silence") if one["late"]), None),
            within_s=90,
            saying="that the agent was gone is on record",
        )
        assert (gone["device"], gone["state"], gone["ticket"]) == (AGENT, "cleared", None)
        assert abs(stamp(gone["onset_at"]) - killed_at) < 3
        assert started_at - 1 < stamp(gone["cleared_at"]) < started_at + UNSEEN_S
        assert stamp(gone["detected_at"]) > stamp(gone["cleared_at"])
        assert up.items("/tickets") == []


def state_of(up: House, device: str) -> str | None:
    return next((one["state"] for one in up.items("/devices") if one["id"] == device), None)


def found(up: House, family: str) -> list[dict[str, Any]]:
    return [one for one in up.items("/incidents", state="all") if one["family"] == family]


def stamp(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
