"""A classroom PC becomes an agent with a code, has rights of its own, and is cut off the moment it is revoked."""

import json
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.house import ROOT, House, wait_for
from tests.system.enrolment import account, agent, enrol, enrolled, make_code, run_agent


class Visitor:
    """An MQTT client with an account, and what it sees."""

    def __init__(self, up: House, username: str, password: str, name: str = "visitor") -> None:
        self.seen: list[tuple[str, bytes]] = []
        self.refused: list[int] = []
        self.gone = threading.Event()
        self._granted: list[Any] | None = None
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, reconnect_on_failure=False)
        self.client.username_pw_set(username, password)
        self.client.on_message = lambda _c, _d, message: self.seen.append((message.topic, message.payload))
        self.client.on_disconnect = lambda *_: self.gone.set()
        self.client.on_subscribe = self._subscribed
        self.client.connect("127.0.0.1", up.mqtt)
        self.client.loop_start()
        wait_for(self.client.is_connected, within_s=10, saying="the visitor is let in")

    def _subscribed(self, _c: object, _d: object, _mid: int, reasons: list[Any], _p: object) -> None:
        self._granted = reasons

    def subscribe(self, topic: str) -> bool:
        """Return whether the broker lets us."""
        self._granted = None
        self.client.subscribe(topic, 0)
        granted = wait_for(lambda: self._granted, within_s=10, saying="the broker's answer")
        return not granted[0].is_failure

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_a_computer_is_enrolled_reports_and_is_listed(up: House, tmp_path: Path) -> None:
    config = tmp_path / "pc" / "agent.toml"
    id_ = enrolled(up, config, "--id", "lectern")
    assert id_ == "east:lectern"
    assert stat.S_IMODE((config.parent / "mqtt.password").stat().st_mode) == 0o600
    run_agent(up, config)
    shown = wait_for(
        lambda: (a := agent(up, id_))["state"] == "ok" and a["born_at"] and a, within_s=30, saying="the agent reports"
    )
    assert shown["room"] == "a101"
    assert shown["enrolled_by"] == "admin.token"
    assert shown["fingerprint"]
    assert shown["agent_version"]
    assert shown["address"] == "127.0.0.1"
    assert shown["config"] == {"version": 1, "newest": 1, "state": "applied", "error": ""}
    assert (shown["moved"], shown["computers"], shown["revoked_at"]) == (False, [], None)
    checked = subprocess.run(
        [sys.executable, "-m", "roomtone", "agent", "check", "--config", str(config)],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "STATE_DIRECTORY": str(config.parent / "state")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert "an agent runs with it" in checked.stdout
    used = next(one for one in up.items("/enrolments") if one["used_by"] == id_)
    assert "code" not in used


def test_what_an_agents_computer_goes_through_is_shown(up: House, tmp_path: Path) -> None:
    config = tmp_path / "pc" / "agent.toml"
    id_ = enrolled(up, config, "--id", "unlucky")
    # A file that cannot be opened, as on a disk that has failed.
    (config.parent / "state" / "outbox.db").mkdir(parents=True)
    run_agent(up, config)
    shown = wait_for(
        lambda: (a := agent(up, id_))["trouble"]["in_memory"] and a["spool"] and a, within_s=30, saying="the trouble"
    )
    assert shown["spool"] == "volatile"
    assert shown["trouble"] == {"in_memory": True, "clock_jumps": 0, "untold_sleeps": 0, "network_changes": 0}


def test_a_code_is_good_once_and_for_nobody_twice(up: House, tmp_path: Path) -> None:
    code = make_code(up)
    assert enrol(up, tmp_path / "one" / "agent.toml", "--id", "one", code=code).returncode == 0
    again = enrol(up, tmp_path / "two" / "agent.toml", "--id", "two", code=code)
    assert again.returncode == 2
    assert "has been used already, by east:one" in again.stderr
    assert not (tmp_path / "two" / "agent.toml").exists()
    wrong = enrol(up, tmp_path / "two" / "agent.toml", code="aaaa-bbbb-cccc-dddd")
    assert "there is no such code" in wrong.stderr


def test_an_answer_that_was_lost_can_be_asked_for_again_by_the_same_computer(up: House) -> None:
    body = {"code": make_code(up), "claim": "0123456789abcdef", "agent": "lost", "fingerprint": "h1"}
    first = httpx.post(f"{up.url}/api/v1/agents", json=body)
    second = httpx.post(f"{up.url}/api/v1/agents", json=body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"] == "east:lost"
    assert first.json()["password"] != second.json()["password"]
    other = httpx.post(f"{up.url}/api/v1/agents", json={**body, "claim": "fedcba9876543210"})
    assert other.status_code == 403


def test_an_agent_may_use_its_own_topics_and_no_others(up: House, tmp_path: Path) -> None:
    config = tmp_path / "pc" / "agent.toml"
    enrolled(up, config, "--id", "narrow")
    everything = json.loads((up.data / "mqtt.json").read_text())
    listener = Visitor(up, everything["username"], everything["password"], "listener")
    assert listener.subscribe("spBv1.0/#")
    narrow = Visitor(up, *account(config), "narrow")
    try:
        assert narrow.subscribe("spBv1.0/STATE/roomtone")
        assert narrow.subscribe("spBv1.0/east/NCMD/narrow")
        for foreign in ("spBv1.0/#", "spBv1.0/east/NDATA/other", "spBv1.0/east/NCMD/other", "spBv1.0/+/NCMD/narrow"):
            assert not narrow.subscribe(foreign), foreign
        for foreign in ("spBv1.0/east/NDATA/other", "spBv1.0/STATE/roomtone", "spBv1.0/west/NDATA/narrow", "x"):
            narrow.client.publish(foreign, b"spoof")
        narrow.client.publish("spBv1.0/east/DDATA/narrow/cam.1", b"mine")
        wait_for(
            lambda: ("spBv1.0/east/DDATA/narrow/cam.1", b"mine") in listener.seen, within_s=10, saying="its own arrives"
        )
        assert not [topic for topic, payload in listener.seen if payload == b"spoof"]
    finally:
        narrow.leave()
        listener.leave()


def test_a_revoked_agent_is_cut_off_at_once_and_nobody_else(up: House, tmp_path: Path) -> None:
    gone, stays = tmp_path / "gone" / "agent.toml", tmp_path / "stays" / "agent.toml"
    gone_id = enrolled(up, gone, "--id", "gone")
    enrolled(up, stays, "--id", "stays")
    first, second = Visitor(up, *account(gone), "first"), Visitor(up, *account(stays), "second")
    try:
        answer = httpx.delete(f"{up.url}/api/v1/agents/{gone_id}", headers={"Authorization": f"Bearer {up.token}"})
        assert answer.status_code == 204
        assert first.gone.wait(2)
        assert second.client.is_connected()
        assert agent(up, gone_id)["revoked_by"] == "admin.token"
        process = run_agent(up, gone)
        wait_for(lambda: "refuses us as 'east/gone'" in process.text, within_s=20, saying="it is refused")
        assert "an agent that was revoked needs a new code" in process.text
    finally:
        first.leave()
        second.leave()
    # A new code lets the same computer in again, as the same agent, and the one that runs takes it over by itself.
    assert enrolled(up, gone, "--replace") == gone_id
    assert agent(up, gone_id)["revoked_at"] is None
    wait_for(lambda: "connected to" in process.text, within_s=40, saying="the running agent is let in")
    assert process.popen.poll() is None, "it is the same process"
    wait_for(lambda: agent(up, gone_id)["state"] == "ok", within_s=30, saying="it reports")
    assert (gone.parent / "agent.toml.old").exists()


@pytest.mark.parametrize(
    ("first", "second", "options", "expected"),
    [
        ("same", "same", ["--id", "renamed"], "{first}"),
        ("one", "two", ["--id", "{first}"], "{first}-2"),
    ],
    ids=["a disk made anew keeps its name", "another computer does not get it"],
)
def test_an_identity_stays_with_its_computer(
    up: House, tmp_path: Path, first: str, second: str, options: list[str], expected: str
) -> None:
    name = f"pc-{first}"
    before = enrolled(up, tmp_path / "before" / "agent.toml", "--id", name, hardware=first, site="north", room="b1")
    words = [option.format(first=name) for option in options]
    after = enrolled(up, tmp_path / "after" / "agent.toml", *words, hardware=second, site="north", room="b1")
    assert after == f"north:{expected.format(first=name)}"
    assert before == f"north:{name}"


def test_a_code_for_a_slot_puts_another_computer_in_its_place(up: House, tmp_path: Path) -> None:
    old, new = tmp_path / "old" / "agent.toml", tmp_path / "new" / "agent.toml"
    enrolled(up, old, "--id", "slot", hardware="broken")
    visitor = Visitor(up, *account(old))
    try:
        assert enrolled(up, new, hardware="spare", site="east", agent="slot") == "east:slot"
        assert visitor.gone.wait(2), "the password is a new one"
    finally:
        visitor.leave()


def test_an_agent_that_runs_becomes_another_when_its_computer_is_enrolled_anew(up: House, tmp_path: Path) -> None:
    config = tmp_path / "pc" / "agent.toml"
    first = enrolled(up, config, "--id", "before")
    process = run_agent(up, config)
    wait_for(lambda: agent(up, first)["born_at"], within_s=30, saying="it reports")
    second = enrolled(up, config, "--replace", site="north", room="b2", agent="after")
    assert second == "north:after"
    wait_for(lambda: agent(up, second)["state"] == "ok", within_s=40, saying="it reports as the other")
    assert process.popen.poll() is None, "it is the same process"
    assert agent(up, second)["room"] == "b2"


def test_codes_are_made_listed_and_revoked_at_the_command_line_too(up: House, tmp_path: Path) -> None:
    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "roomtone", "enrolment", *words, "--data", str(up.data)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    made = run("create", "--site", "west", "--expires", "30min")
    command, _, code = made.stdout.strip().rpartition(" ")
    assert command == f"roomtone agent enrol {up.url} --code"
    assert f"Only this machine reaches {up.url}" in made.stderr
    assert f"只有本机能打开 {up.url}" in made.stderr
    assert enrol(up, tmp_path / "cli" / "agent.toml", "--id", "cli", code=code).returncode == 0
    assert "used by west:cli" in run("list").stdout
    elsewhere = run("create", "--site", "west", "--room", "c1", "--url", "https://noc.example.org/")
    assert elsewhere.stdout.startswith("roomtone agent enrol https://noc.example.org --code ")
    assert "Only this machine" not in elsewhere.stderr
    unused = elsewhere.stdout.split()[-1]
    number = next(line.split("\t")[0] for line in run("list").stdout.splitlines() if "west/c1" in line)
    assert run("revoke", number).returncode == 0
    assert run("revoke", number).returncode == 1
    assert "no such code" in enrol(up, tmp_path / "x" / "agent.toml", code=unused).stderr
    assert run("create", "--site", "West").returncode == 2
    assert run("create", "--site", "west", "--expires", "2y").returncode == 2
    assert run("create", "--site", "west", "--url", "noc.example.org").returncode == 2


def test_the_accounts_outlive_the_collector(up: House, tmp_path: Path) -> None:
    config = tmp_path / "pc" / "agent.toml"
    enrolled(up, config, "--id", "survivor")
    assert up.process is not None
    assert up.process.stop() == 0
    up.up()
    Visitor(up, *account(config)).leave()


def test_a_computer_that_has_an_agent_is_not_enrolled_by_accident(up: House, tmp_path: Path) -> None:
    config = tmp_path / "pc" / "agent.toml"
    enrolled(up, config, "--id", "settled")
    code = make_code(up)
    done = enrol(up, config, code=code)
    assert done.returncode == 2
    assert "--replace" in done.stderr
    assert enrol(up, tmp_path / "other" / "agent.toml", "--id", "fresh", code=code).returncode == 0, (
        "it was not used up"
    )


def test_an_address_that_is_no_collector_is_said(tmp_path: Path, up: House) -> None:
    for url, says in (
        (f"http://127.0.0.1:{up.mqtt}", "cannot be reached"),
        ("ftp://127.0.0.1", "is not the address of a collector"),
        (f"{up.url}/nowhere", "refuses"),
        (up.url.replace("http:", "https:"), "it does not speak TLS there: should it be http://?"),
    ):
        words = ["agent", "enrol", url, "--code", "x", "--config", str(tmp_path / "agent.toml")]
        done = subprocess.run(
            [sys.executable, "-m", "roomtone", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert says in done.stderr
        assert "Traceback" not in done.stderr
