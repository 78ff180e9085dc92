"""The agent as a Windows service. In: what the service manager says. Out: an agent that runs, and says why it ends.

The service manager starts `python -OO -m agent.service.windows --config FILE`; no pythonservice.exe is involved. The
service runs as its own virtual account. pywin32 is handed in, so that everything here runs in tests, too.
Source: Microsoft, "Service Control Handler Function", "SERVICE_STATUS" and "PBT_APMRESUMEAUTOMATIC event".
"""

import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

from agent.service.plan import InstallError, Remove, RemoveFolder, Run, Step

NAME: Final = "RoomtoneAgent"
DISPLAY: Final = "Roomtone agent"
DESCRIPTION: Final = "Reports the health of this recording classroom."
ACCOUNT: Final = rf"NT SERVICE\{NAME}"
MODULE: Final = "agent.service.windows"

_MODULES: Final = ("win32service", "win32serviceutil", "servicemanager", "win32job", "win32process")

# Beside stop and shutdown: told before the shutdown, and of sleep.
_ACCEPT_POWER, _ACCEPT_PRESHUTDOWN = 0x40, 0x100
_CONTROL_POWER, _CONTROL_PRESHUTDOWN = 0x0D, 0x0F
# At each return comes the one, whoever woke it; that a person is there may be told hours later.
_SUSPEND, _RESUMED = 0x04, 0x12
_START_AGAIN_AFTER_MS: Final = 5000
_GOODBYE_MS: Final = 10_000


class Steward(Protocol):
    """What runs the agent."""

    def run(self) -> None: ...
    def stop(self, reason: str = "") -> None: ...
    def asleep(self) -> bool: ...
    def awake(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Win32:
    """The modules of pywin32 that are used."""

    service: Any  # win32service
    util: Any  # win32serviceutil
    manager: Any  # servicemanager
    job: Any  # win32job
    process: Any  # win32process

    @classmethod
    def load(cls) -> "Win32":
        """Return them.

        Raises:
            InstallError: pywin32 is missing.
        """
        try:
            return cls(*(import_module(name) for name in _MODULES))
        except ImportError as error:
            raise InstallError(f"pywin32 is missing ({error}); install it with: pip install pywin32") from error


def service_class(win32: Win32, make: Callable[[], Steward]) -> type:
    """Return the class of the service; `make` gives what it runs."""

    class RoomtoneAgent(win32.util.ServiceFramework):  # type: ignore[misc,name-defined]  # pywin32 has no types
        """Runs an agent for as long as the service manager wants."""

        _svc_name_ = NAME
        _svc_display_name_ = DISPLAY
        _svc_description_ = DESCRIPTION

        def __init__(self, args: Sequence[str]) -> None:
            super().__init__(args)
            self._steward: Steward | None = None
            self._reason: str | None = None

        def GetAcceptedControls(self) -> int:
            """Return what we want to hear of."""
            return int(super().GetAcceptedControls()) | _ACCEPT_POWER | _ACCEPT_PRESHUTDOWN

        def SvcStop(self) -> None:
            """Somebody stops the service."""
            self._end("service")

        def SvcShutdown(self) -> None:
            """The computer shuts down, and did not say so before."""
            self._end("os")

        def SvcOtherEx(self, control: int, event: int, _data: object) -> None:
            """The computer is about to shut down, goes to sleep, or is awake again."""
            if control == _CONTROL_PRESHUTDOWN:
                self._end("os")
            elif control == _CONTROL_POWER and self._steward is not None:
                if event == _SUSPEND:
                    self._steward.asleep()
                elif event == _RESUMED:
                    self._steward.awake()

        def SvcDoRun(self) -> None:
            """Run until the end; an exception is written to the event log and makes Windows start it anew."""
            try:
                self._steward = make()
                if self._reason is not None:
                    return
                self._steward.run()
            except Exception as error:
                win32.manager.LogErrorMsg(f"{DISPLAY}: {error}")
                raise

        def _end(self, reason: str) -> None:
            if self._reason is not None:
                return  # the first word counts: a computer that shuts down stops its services, too
            self._reason = reason
            self.ReportServiceStatus(win32.service.SERVICE_STOP_PENDING, waitHint=_GOODBYE_MS)
            if self._steward is not None:
                self._steward.stop(reason)

    return RoomtoneAgent


def command_line(config: Path, *, python: str = sys.executable, memory_mb: int = 256) -> str:
    """Return what the service manager starts."""
    words = [python, "-P", "-OO", "-m", MODULE, "--config", str(config), "--memory", str(memory_mb)]
    return subprocess.list2cmdline(words)


def limit_memory(win32: Win32, memory_mb: int) -> object:
    """Put this process and all that it starts into a job that may take so much; return it, to be kept for as long.

    An allocation beyond it fails, so that a sampler that is too big ends, and the agent says so.
    Source: Microsoft, "Job Objects" and JOBOBJECT_EXTENDED_LIMIT_INFORMATION.
    """
    job = win32.job
    made = job.CreateJobObject(None, "")
    limits = job.QueryInformationJobObject(made, job.JobObjectExtendedLimitInformation)
    limits["JobMemoryLimit"] = memory_mb << 20
    limits["BasicLimitInformation"]["LimitFlags"] |= job.JOB_OBJECT_LIMIT_JOB_MEMORY
    job.SetInformationJobObject(made, job.JobObjectExtendedLimitInformation, limits)
    job.AssignProcessToJobObject(made, win32.process.GetCurrentProcess())
    return made


def install(win32: Win32, config: Path, *, python: str = sys.executable, memory_mb: int = 256) -> None:
    """Make the service, and have it started with the computer, and anew when it fails.

    Raises:
        InstallError: Windows says no.
    """
    api = win32.service
    line = command_line(config, python=python, memory_mb=memory_mb)
    try:
        manager = api.OpenSCManager(None, None, api.SC_MANAGER_ALL_ACCESS)
        try:
            service = api.CreateService(
                manager, NAME, DISPLAY, api.SERVICE_ALL_ACCESS, api.SERVICE_WIN32_OWN_PROCESS, api.SERVICE_AUTO_START,
                api.SERVICE_ERROR_NORMAL, line, None, 0, None, ACCOUNT, None,
            )  # fmt: skip
            try:
                again = (api.SC_ACTION_RESTART, _START_AGAIN_AFTER_MS)
                failure = {"ResetPeriod": 86400, "RebootMsg": "", "Command": "", "Actions": [again, again, again]}
                api.ChangeServiceConfig2(service, api.SERVICE_CONFIG_FAILURE_ACTIONS, failure)
                # Else they are for processes that crash; ours reports that it has stopped, with an error.
                api.ChangeServiceConfig2(service, api.SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, True)
                api.ChangeServiceConfig2(service, api.SERVICE_CONFIG_DESCRIPTION, DESCRIPTION)
                api.ChangeServiceConfig2(service, api.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, True)
            finally:
                api.CloseServiceHandle(service)
        finally:
            api.CloseServiceHandle(manager)
    except api.error as error:
        raise InstallError(f"the service {NAME} cannot be made: {error}; run this as an administrator") from error


def start(win32: Win32) -> None:
    """Start the service.

    Raises:
        InstallError: Windows says no.
    """
    try:
        win32.util.StartService(NAME)
    except win32.service.error as error:
        raise InstallError(f"the service {NAME} does not start: {error}; look at the Windows event log") from error


def uninstall(win32: Win32) -> None:
    """Stop and remove the service.

    Raises:
        InstallError: Windows says no.
    """
    api = win32.service
    try:
        manager = api.OpenSCManager(None, None, api.SC_MANAGER_ALL_ACCESS)
        try:
            service = api.OpenService(manager, NAME, api.SERVICE_ALL_ACCESS)
            try:
                try:
                    win32.util.StopServiceWithDeps(NAME, waitSecs=_GOODBYE_MS // 1000)
                except api.error as error:
                    logging.getLogger("agent").info("the service %s does not run: %s", NAME, error)
                api.DeleteService(service)
            finally:
                api.CloseServiceHandle(service)
        finally:
            api.CloseServiceHandle(manager)
    except api.error as error:
        raise InstallError(f"the service {NAME} cannot be removed: {error}; run this as an administrator") from error


def rights(folder: Path) -> Sequence[Step]:
    """Return what lets the service's account, administrators and nobody else into the folder of its files."""
    return [
        Run(["icacls", str(folder), "/inheritance:r", "/grant:r", f"{ACCOUNT}:(OI)(CI)M",
             "*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F"])
    ]  # fmt: skip


def rights_given_back(folder: Path) -> Sequence[Step]:
    """Return what undoes `rights`, for as long as there is an account by this name."""
    return [Run(["icacls", str(folder), "/inheritance:e", "/remove:g", ACCOUNT], may_fail=True)]


def leavings(config: Path, data_dir: Path) -> Sequence[Step]:
    """Return what removes all that the agent kept."""
    logs = [config.with_name(f"agent.log{number}") for number in ("", ".1", ".2", ".3")]
    return [RemoveFolder(data_dir), *(Remove(log) for log in logs)]


def host(win32: Win32, make: Callable[[], Steward]) -> None:
    """Be the process of the service: hand ourselves to the service manager, until it ends us."""
    win32.manager.Initialize()
    win32.manager.PrepareToHostSingle(service_class(win32, make))
    win32.manager.StartServiceCtrlDispatcher()


def main(words: Sequence[str]) -> int:
    """Run as the service manager started us: `--config FILE --memory MB`."""
    if len(words) != 4 or words[0] != "--config" or words[2] != "--memory" or not words[3].isdecimal():
        usage = f"python -m {MODULE} --config FILE --memory MB"
        sys.stderr.write(f"usage: {usage}; `roomtone agent install` makes the service\n")
        return 2
    config, memory_mb = Path(words[1]), int(words[3])
    win32 = Win32.load()
    jobs: list[object] = []  # a job ends its limit when nobody holds it

    def make() -> Steward:
        from logging.handlers import RotatingFileHandler

        from agent.steward import Steward as AgentSteward

        log = RotatingFileHandler(config.with_name("agent.log"), maxBytes=1 << 20, backupCount=3, encoding="utf-8")
        form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
        logging.basicConfig(level=logging.INFO, format=form, handlers=[log])
        try:
            jobs.append(limit_memory(win32, memory_mb))
        except Exception as error:  # noqa: BLE001  pywin32's errors have no common base; an agent without a limit is one
            logging.getLogger("agent").warning("the memory of the service has no limit: %s", error)
        return AgentSteward(config)

    host(win32, make)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
