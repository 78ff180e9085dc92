"""System services that must run. Out: `hw.status[service:NAME]`: ok, degraded (it starts, or restarts again), failed.

systemd is asked through `systemctl show`, Windows through psutil. Source: systemctl(1), org.freedesktop.systemd1(5).
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

import psutil

from agent.errors import ProbeError
from agent.probe_tables import ServicesTable
from agent.probes.program import find_program, run
from agent.reading import Reading
from wire.catalogue import HwState

_ASK_S: Final = 10.0
_SUFFIXES: Final = (
    ".service",
    ".socket",
    ".target",
    ".timer",
    ".mount",
    ".path",
    ".scope",
    ".slice",
    ".device",
    ".swap",
)
_SYSTEMD: Final = {
    "active": HwState.OK,
    "reloading": HwState.OK,
    "refreshing": HwState.OK,
    "activating": HwState.DEGRADED,
    "deactivating": HwState.DEGRADED,
    "maintenance": HwState.DEGRADED,
    "inactive": HwState.FAILED,
    "failed": HwState.FAILED,
}
_WINDOWS: Final = {
    "running": HwState.OK,
    "start_pending": HwState.DEGRADED,
    "continue_pending": HwState.DEGRADED,
    "stop_pending": HwState.DEGRADED,
    "pause_pending": HwState.DEGRADED,
    "paused": HwState.DEGRADED,
    "stopped": HwState.FAILED,
}


class Services:
    """The services that are watched, in one question."""

    name = "services"
    gives: ClassVar[tuple[str, ...]] = ("hw.status",)
    has_rates = False

    def __init__(self, table: ServicesTable, *, platform: str = sys.platform) -> None:
        self.interval_s = table.interval_s
        self.troubles: list[str] = []
        self._watch = table.watch
        self._platform = platform
        self._restarts: dict[str, int] = {}

    def read(self, now: datetime) -> Iterator[Reading]:
        """Return the state of each.

        Raises:
            ProbeError: nobody can be asked.
        """
        self.troubles = []
        if self._platform == "win32":
            states = self._windows()
        elif self._platform == "linux":
            states = self._systemd()
        else:
            raise ProbeError(
                "services can be watched on Linux with systemd and on Windows; watch programs by [process]"
            )
        for name, state in states:
            yield Reading("hw.status", state, f"service:{name}")

    # ------------------------------------------------------------ systemd

    def _systemd(self) -> Iterator[tuple[str, HwState]]:
        program = find_program("systemctl", get="[services] needs systemd here; watch programs by [process]")
        units = [name if name.endswith(_SUFFIXES) else f"{name}.service" for name in self._watch]
        properties = "LoadState,ActiveState,SubState,NRestarts"
        done = run([program, "show", f"--property={properties}", "--", *units], _ASK_S)
        blocks = [_properties(block) for block in done.text.strip().split("\n\n")]
        if done.status != 0 or len(blocks) != len(units) or not all("ActiveState" in block for block in blocks):
            raise ProbeError(f"systemd does not tell of services: {done.complaint()}")
        for name, block in zip(self._watch, blocks, strict=True):
            yield name, self._unit(name, block)

    def _unit(self, name: str, said: Mapping[str, str]) -> HwState:
        if said.get("LoadState") == "not-found":
            self.troubles.append(f"there is no service {name!r}: is it spelled right in [services] watch?")
            return HwState.FAILED
        state = _SYSTEMD.get(said["ActiveState"], HwState.UNKNOWN)
        count = said.get("NRestarts", "")
        restarts = int(count) if count.isdecimal() else 0
        before = self._restarts.get(name, restarts)
        self._restarts[name] = restarts
        # It runs at this moment, and has been started again since we looked.
        return HwState.DEGRADED if state is HwState.OK and restarts > before else state

    # ------------------------------------------------------------ Windows

    def _windows(self) -> Iterator[tuple[str, HwState]]:
        get: Any = getattr(psutil, "win_service_get")  # noqa: B009  typed for Windows only
        for name in self._watch:
            try:
                yield name, _WINDOWS.get(get(name).status(), HwState.UNKNOWN)
            except psutil.NoSuchProcess:
                self.troubles.append(f"there is no service {name!r}: is it spelled right in [services] watch?")
                yield name, HwState.FAILED
            except (psutil.Error, OSError) as error:
                self.troubles.append(f"service {name!r} cannot be asked: {error}")


def _properties(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {key: value for key, sign, value in pairs if sign}
