"""pywin32 for tests on other systems: its calls are written down."""

from types import SimpleNamespace
from typing import Any

from agent.service import windows


class ServiceError(Exception):
    pass


class Framework:
    """win32serviceutil.ServiceFramework, as far as it is used."""

    def __init__(self, args: object) -> None:
        self.reported: list[int] = []

    def GetAcceptedControls(self) -> int:
        return 0x05  # stop, shutdown

    def ReportServiceStatus(self, status: int, waitHint: int = 0) -> None:
        self.reported.append(status)


class Api:
    """win32service: notes what is called; `refuses` is a call that fails."""

    error = ServiceError
    SERVICE_STOP_PENDING = 3

    def __init__(self, refuses: str = "") -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._refuses = refuses

    def __getattr__(self, name: str) -> Any:
        if name.isupper() or name.startswith(("SERVICE_", "SC_")):
            return name

        def call(*args: Any, **_named: Any) -> str:
            self.calls.append((name, args))
            if name == self._refuses:
                raise ServiceError(5, name, "Access is denied.")
            return f"a {name}"

        return call


def win32(api: Api | None = None) -> windows.Win32:
    made = api or Api()
    util = SimpleNamespace(
        ServiceFramework=Framework, StopServiceWithDeps=made.StopServiceWithDeps, StartService=made.StartService
    )
    return windows.Win32(made, util, made, made, made)
