"""The agent as a service: what is written for each system, and what a Windows service does with what it is told."""

import plistlib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.service import launchd, systemd, windows
from agent.service.files import files_of
from agent.service.install import Wish, install, uninstall
from agent.service.plan import InstallError
from tests.fake_win32 import Api, win32

CONFIG = Path("/etc/roomtone/agent.toml")


def printed(wish: Wish, *, remove: bool = False, purge: bool = False) -> str:
    said: list[str] = []
    if remove:
        uninstall(wish, said.append, purge=purge)
    else:
        install(wish, said.append)
    return "\n".join(said)


def test_a_unit_runs_the_agent_optimised_as_its_own_user_on_a_read_only_system() -> None:
    text = systemd.unit(CONFIG, python="/opt/roomtone/bin/python", memory_mb=100)
    lines = text.splitlines()
    for line in (
        "ExecStart=/opt/roomtone/bin/python -P -OO -m roomtone agent run --config /etc/roomtone/agent.toml",
        "User=roomtone-agent",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "MemoryMax=100M",
        "StateDirectory=roomtone-agent",
        "Restart=always",
    ):
        assert line in lines, line


def test_paths_with_blanks_and_signs_stay_one_word() -> None:
    text = systemd.unit(Path("/srv/my room/100%.toml"), python="/opt/$x/python")
    assert 'ExecStart=/opt/$$x/python -P -OO -m roomtone agent run --config "/srv/my room/100%%.toml"' in text


def test_a_dry_run_prints_all_and_does_nothing() -> None:
    said = printed(Wish(config=CONFIG, dry_run=True, platform="linux"))
    assert "--- /etc/systemd/system/roomtone-agent.service" in said
    assert "run      systemctl restart roomtone-agent.service" in said
    gone = printed(Wish(config=CONFIG, dry_run=True, platform="linux"), remove=True)
    assert "remove   /etc/systemd/system/roomtone-agent.service" in gone
    assert "/var/lib" not in gone
    assert "/var/lib/roomtone-agent" in printed(
        Wish(config=CONFIG, dry_run=True, platform="linux"), remove=True, purge=True
    )


def test_the_property_list_of_macos_is_one() -> None:
    said = plistlib.loads(launchd.plist(CONFIG, python="/opt/roomtone/bin/python", memory_mb=64).encode())
    assert said["ProgramArguments"][:3] == ["/opt/roomtone/bin/python", "-P", "-OO"]
    assert said["KeepAlive"] is True
    assert said["HardResourceLimits"]["ResidentSetSize"] == 64 << 20
    assert said["UserName"] == "_roomtone"
    assert said["EnvironmentVariables"]["STATE_DIRECTORY"] == str(launchd.STATE)
    wish = Wish(config=CONFIG, dry_run=True, platform="darwin")
    assert "launchctl bootstrap system" in printed(wish)
    assert "dscl" not in printed(wish, remove=True)
    assert "run      dscl . -delete /Users/_roomtone" in printed(wish, remove=True, purge=True)


@pytest.mark.parametrize(
    ("there", "makes"),
    [("", "300"), ("a 300\nb 301\n", "302"), ("_roomtone 311\n", "")],
    ids=["the first number", "a free number", "it is there"],
)
def test_the_user_of_macos_is_made_once_with_a_number_that_is_free(tmp_path: Path, there: str, makes: str) -> None:
    (tmp_path / "users").write_text(there)
    program = tmp_path / "dscl"
    program.write_text(
        f'#!/bin/sh\ncd "{tmp_path}"\ncase "$2" in\n-read) grep -q "^${{3##*/}} " users ;;\n-list) cat users ;;\n'
        '*) echo "$*" >>made ;;\nesac\n'
    )
    program.chmod(0o755)
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["sh", "-c", launchd.MAKE_USER], env=path, check=True)
    made = (tmp_path / "made").read_text().splitlines() if (tmp_path / "made").exists() else []
    assert [line.split()[-1] for line in made if "UniqueID" in line] == ([makes] if makes else [])


def test_files_beside_the_configuration_that_it_names_are_the_services_to_read(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(
        '[broker]\npassword_file = "a"\nca_file = "/etc/ssl/ca.pem"\n[[snmp]]\ncommunity_file = "b"\n'
        '[[snmp]]\ncommunity_file = "b"\nuser_file = "sub/c"\n'
    )
    assert files_of(config) == [config, tmp_path / "a", tmp_path / "b"]
    assert files_of(tmp_path / "none.toml") == [tmp_path / "none.toml"]


def test_a_system_without_services_is_told() -> None:
    with pytest.raises(InstallError, match="there is no service for sunos"):
        install(Wish(config=CONFIG, dry_run=True, platform="sunos"), print)


def test_a_computer_without_a_configuration_is_told_to_enrol(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agent", "install", "--config", str(tmp_path / "agent.toml")]) == 2
    assert "roomtone agent enrol" in capsys.readouterr().err


def test_a_python_that_the_services_user_cannot_reach_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(InstallError, match="which other users cannot enter"):
        systemd.require_reachable(closed / "bin" / "python")


# ------------------------------------------------------------ Windows, with pywin32's calls written down


class FakeSteward:
    def __init__(self) -> None:
        self.said: list[str] = []

    def run(self) -> None:
        self.said.append("run")

    def stop(self, reason: str = "") -> None:
        self.said.append(f"stop {reason}")

    def asleep(self) -> bool:
        self.said.append("asleep")
        return True

    def awake(self) -> None:
        self.said.append("awake")


def service(steward: FakeSteward) -> Any:
    return windows.service_class(win32(), lambda: steward)(["RoomtoneAgent"])


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (lambda s: s.SvcStop(), "stop service"),
        (lambda s: s.SvcShutdown(), "stop os"),
        (lambda s: s.SvcOtherEx(0x0F, 0, None), "stop os"),
        (lambda s: s.SvcOtherEx(0x0D, 0x04, None), "asleep"),
        (lambda s: s.SvcOtherEx(0x0D, 0x12, None), "awake"),
    ],
    ids=["stop", "shutdown", "preshutdown", "suspend", "resumed"],
)
def test_what_windows_tells_the_service_reaches_the_agent(told: Any, says: str) -> None:
    steward = FakeSteward()
    running = service(steward)
    running.SvcDoRun()
    told(running)
    assert steward.said == ["run", says]


def test_what_else_windows_says_of_power_is_not_for_the_agent() -> None:
    """That a person is there comes after each return, perhaps hours later; the return itself was told before."""
    steward = FakeSteward()
    running = service(steward)
    running.SvcDoRun()
    for event in (0x07, 0x0A, 0x8013):
        running.SvcOtherEx(0x0D, event, None)
    running.SvcOtherEx(0x04, 0, None)
    assert steward.said == ["run"]


def test_a_stop_that_follows_a_shutdown_is_the_shutdowns() -> None:
    steward = FakeSteward()
    running = service(steward)
    running.SvcDoRun()
    running.SvcOtherEx(0x0F, 0, None)
    running.SvcStop()
    assert steward.said == ["run", "stop os"]


def test_a_windows_service_hears_of_sleep_and_of_a_shutdown_beforehand() -> None:
    assert service(FakeSteward()).GetAcceptedControls() == 0x05 | 0x40 | 0x100


def test_a_stop_before_the_agent_is_made_ends_it_before_it_runs() -> None:
    steward = FakeSteward()
    running = service(steward)
    running.SvcStop()
    running.SvcDoRun()
    assert steward.said == []
    assert running.reported == [Api.SERVICE_STOP_PENDING]


def test_what_breaks_the_agent_is_in_the_event_log_and_windows_starts_it_anew() -> None:
    api = Api()

    def make() -> windows.Steward:
        raise InstallError("agent.toml is not there")

    running = windows.service_class(win32(api), make)(["RoomtoneAgent"])
    with pytest.raises(InstallError):
        running.SvcDoRun()
    assert api.calls == [("LogErrorMsg", ("Roomtone agent: agent.toml is not there",))]


def test_the_windows_service_is_made_with_its_own_account_and_starts_anew_when_it_fails() -> None:
    api = Api()
    windows.install(win32(api), Path("C:/ProgramData/roomtone/agent.toml"), python="C:/Program Files/P/python.exe")
    made = dict(api.calls)["CreateService"]
    assert made[1] == "RoomtoneAgent"
    assert (
        made[7] == '"C:/Program Files/P/python.exe" -P -OO -m agent.service.windows '
        "--config C:/ProgramData/roomtone/agent.toml --memory 256"
    )
    assert made[11:] == (r"NT SERVICE\RoomtoneAgent", None)
    failure = next(args for name, args in api.calls if name == "ChangeServiceConfig2")
    assert failure[2]["Actions"] == [("SC_ACTION_RESTART", 5000)] * 3
    set_up = [args[1] for name, args in api.calls if name == "ChangeServiceConfig2"]
    assert "SERVICE_CONFIG_FAILURE_ACTIONS_FLAG" in set_up, "also when it ends with an error rather than crashes"
    assert [name for name, _ in api.calls][-2:] == ["CloseServiceHandle", "CloseServiceHandle"]


@pytest.mark.parametrize("refuses", ["OpenSCManager", "CreateService", "ChangeServiceConfig2"])
def test_windows_says_no_and_a_person_hears_what_to_do(refuses: str) -> None:
    with pytest.raises(InstallError, match="run this as an administrator"):
        windows.install(win32(Api(refuses)), CONFIG)


def test_a_windows_service_that_does_not_run_is_removed_all_the_same() -> None:
    api = Api("StopServiceWithDeps")
    windows.uninstall(win32(api))
    assert "DeleteService" in dict(api.calls)


def test_a_windows_service_and_what_it_starts_share_one_limit_of_memory() -> None:
    api = Api()
    limits: dict[str, Any] = {"JobMemoryLimit": 0, "BasicLimitInformation": {"LimitFlags": 0x2000}}
    api.QueryInformationJobObject = lambda *_args: limits  # type: ignore[attr-defined]
    api.JOB_OBJECT_LIMIT_JOB_MEMORY = 0x200  # type: ignore[attr-defined]
    made = windows.limit_memory(win32(api), 64)
    assert made == "a CreateJobObject", "it is kept by who calls"
    assert limits == {"JobMemoryLimit": 64 << 20, "BasicLimitInformation": {"LimitFlags": 0x2200}}
    calls = dict(api.calls)
    assert calls["SetInformationJobObject"][0] == calls["AssignProcessToJobObject"][0] == made
    assert calls["AssignProcessToJobObject"][1] == "a GetCurrentProcess"


def test_uninstall_on_windows_gives_the_folder_back_and_a_purge_leaves_nothing() -> None:
    wish = Wish(config=Path("/p/roomtone/agent.toml"), dry_run=True, platform="win32")
    said = printed(wish, remove=True)
    assert r"icacls /p/roomtone /inheritance:e /remove:g NT SERVICE\RoomtoneAgent" in said
    assert "and what is in it" not in said
    assert "and what is in it" in printed(wish, remove=True, purge=True)
    assert "remove   /p/roomtone/agent.log.3" in printed(wish, remove=True, purge=True)


def test_the_folder_of_its_files_is_the_windows_services_and_nobody_elses() -> None:
    (step,) = windows.rights(Path("C:/ProgramData/roomtone"))
    assert "/inheritance:r" in str(step)
    assert r"NT SERVICE\RoomtoneAgent:(OI)(CI)M" in str(step)
    assert "the service" not in printed(Wish(config=CONFIG, dry_run=True, platform="win32")).split("icacls")[1]
