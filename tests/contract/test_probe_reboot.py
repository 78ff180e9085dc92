"""Pending and unexpected restarts, with a mark on a real disk and boots that the test makes."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from agent.probe_tables import RebootTable
from agent.probes import reboot
from agent.probes.reboot import Reboot

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Computer:
    """A computer that is booted, runs an agent, and goes down in one way or another."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *, has_ids: bool) -> None:
        self._folder = folder
        self._id_file = folder / "boot_id"
        self._has_ids = has_ids
        self._boots = 0
        self.now = NOW
        monkeypatch.setattr(reboot, "_BOOT_ID", self._id_file)
        monkeypatch.setattr(psutil, "boot_time", lambda: self._booted.timestamp())
        monkeypatch.setattr(reboot, "_FILES", (folder / "reboot-required",))
        self.boot()

    def boot(self, after: timedelta = MINUTE) -> None:
        self._boots += 1
        self.now += after
        self._booted = self.now
        if self._has_ids:
            self._id_file.write_text(f"boot-{self._boots}\n")

    def agent(self) -> Reboot:
        return Reboot(RebootTable(), self._folder, platform="linux")

    def run(self, agent: Reboot, duration: timedelta) -> int:
        """Let an agent read each minute; return what it says of the restart at the end."""
        said: dict[str, int] = {}
        for _ in range(duration // MINUTE + 1):
            said = {r.metric: int(r.value) for r in agent.read(self.now)}
            self.now += MINUTE
        return said["system.reboot.unexpected"]


@pytest.fixture(params=[True, False], ids=["with boot ids", "by boot time"])
def computer(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    return Computer(tmp_path, monkeypatch, has_ids=request.param)


def test_a_computer_that_is_new_to_us_claims_nothing(computer: Computer) -> None:
    assert computer.run(computer.agent(), HOUR) == 0


def test_a_computer_that_was_shut_down_restarted_as_expected(computer: Computer) -> None:
    agent = computer.agent()
    computer.run(agent, HOUR)
    agent.close()
    computer.boot()
    assert computer.run(computer.agent(), HOUR) == 0


def test_a_computer_that_went_down_under_its_agent_says_so_for_as_long_as_it_is_up(computer: Computer) -> None:
    computer.run(computer.agent(), HOUR)
    computer.boot()
    agent = computer.agent()
    assert computer.run(agent, HOUR) == 1
    agent.close()
    assert computer.run(computer.agent(), HOUR) == 1
    computer.boot()
    assert computer.run(computer.agent(), 0 * MINUTE) == 1


def test_an_agent_that_was_killed_is_no_restart(computer: Computer) -> None:
    computer.run(computer.agent(), HOUR)
    assert computer.run(computer.agent(), HOUR) == 0


def test_a_look_beside_a_stopped_agent_leaves_no_mark(computer: Computer) -> None:
    agent = computer.agent()
    computer.run(agent, HOUR)
    agent.close()
    for _ in range(2):
        list(computer.agent().read(computer.now))
    computer.boot()
    assert computer.run(computer.agent(), HOUR) == 0


def test_an_old_mark_of_a_frozen_disk_proves_nothing(computer: Computer) -> None:
    computer.run(computer.agent(), HOUR)
    computer.boot(after=timedelta(days=8))
    assert computer.run(computer.agent(), HOUR) == 0


def test_a_clock_that_is_corrected_is_no_restart(computer: Computer) -> None:
    agent = computer.agent()
    computer.run(agent, HOUR)
    computer._booted += timedelta(seconds=40)
    assert computer.run(computer.agent(), HOUR) == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"boot": 3}', '{"booted": "x", "alive": null}', "[[[["])
def test_a_mark_that_is_spoilt_is_none(computer: Computer, tmp_path: Path, text: str) -> None:
    (tmp_path / "boot.json").write_text(text)
    assert computer.run(computer.agent(), HOUR) == 0
    assert json.loads((tmp_path / "boot.json").read_text())["ended"] is False


def test_a_disk_that_cannot_be_written_is_said_once(
    computer: Computer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    agent = Reboot(RebootTable(), tmp_path / "none", platform="linux")
    assert computer.run(agent, HOUR) == 0
    assert [r.message for r in caplog.records if "cannot be written" in r.message] == [
        f"{tmp_path / 'none' / 'boot.json'} cannot be written (No such file or directory):"
        " unexpected restarts will not be told"
    ]


def test_a_restart_that_linux_waits_for_is_told(computer: Computer, tmp_path: Path) -> None:
    assert not reboot.is_pending("linux")
    (tmp_path / "reboot-required").touch()
    assert {r.metric: r.value for r in computer.agent().read(NOW)}["system.reboot.pending"] == 1


@pytest.mark.parametrize(
    ("there", "pending"),
    [
        (lambda _key: False, False),
        (lambda key: key.endswith("RebootPending"), True),
        (lambda key: key.endswith("RebootRequired"), True),
    ],
)
def test_a_restart_that_windows_waits_for_is_told(
    monkeypatch: pytest.MonkeyPatch, there: Callable[[str], bool], pending: bool
) -> None:
    def open_key(hive: int, key: str) -> str:
        assert hive == 2
        if not there(key):
            raise FileNotFoundError(2, key)
        return key

    registry = SimpleNamespace(HKEY_LOCAL_MACHINE=2, OpenKey=open_key, CloseKey=lambda _key: None)
    monkeypatch.setitem(sys.modules, "winreg", registry)
    assert reboot.is_pending("win32") is pending
