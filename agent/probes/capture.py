"""Are the capture cards, cameras and sound devices there? Out: `hw.status[capture:NAME]`, `hw.status[audio:NAME]`.

On Linux also `classroom.signal.lock[NAME]`, where a video device can tell whether a signal is at its input, and
`classroom.microphone.mute[NAME]`, where a sound card has a capture switch.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import ClassVar, Final

from agent.errors import ProbeError
from agent.probe_tables import CaptureTable
from agent.probes import capture_linux, capture_windows
from agent.probes.capture_device import Device
from agent.reading import Reading
from wire.catalogue import HwState

# Asking Windows takes a PowerShell, which takes a second of a core.
_INTERVAL_S: Final = 30.0
_WINDOWS_INTERVAL_S: Final = 300.0
_MOST_NAMED: Final = 10


class Capture:
    """The devices that must be there, by name. One that is named twice must be there twice."""

    name = "capture"
    has_rates = False
    gives: ClassVar[tuple[str, ...]] = ("hw.status", "classroom.signal.lock", "classroom.microphone.mute")

    def __init__(self, table: CaptureTable, *, platform: str = sys.platform) -> None:
        self._table = table
        self._platform = platform
        self.troubles: list[str] = []

    @property
    def interval_s(self) -> float:
        """How often it is read."""
        return self._table.interval_s or (_WINDOWS_INTERVAL_S if self._platform == "win32" else _INTERVAL_S)

    def read(self, now: datetime) -> list[Reading]:
        """Return which of the devices are there.

        Raises:
            ProbeError: the system cannot be asked.
        """
        self.troubles = []
        if self._platform == "win32":
            devices = capture_windows.devices()
        elif self._platform == "linux":
            devices = capture_linux.devices()
        else:
            raise ProbeError("capture and sound devices can be watched on Linux and Windows")
        readings = list(self._those("capture", self._table.video, [d for d in devices if d.is_video]))
        readings += self._those("audio", self._table.audio, [d for d in devices if not d.is_video])
        return readings

    def _those(self, kind: str, wanted: Sequence[str], there: list[Device]) -> Iterator[Reading]:
        free = list(there)
        times: Counter[str] = Counter()
        is_missing = False
        for pattern in wanted:
            times[pattern] += 1
            name = pattern if times[pattern] == 1 else f"{pattern} {times[pattern]}"
            device = next((d for d in free if _matches(pattern, d)), None)
            if device is None:
                is_missing = True
                yield Reading("hw.status", HwState.FAILED, f"{kind}:{name}")
                continue
            free.remove(device)
            yield Reading("hw.status", HwState.OK if device.is_well else HwState.FAILED, f"{kind}:{name}")
            if device.node:
                yield from _of_input(device, name)
        if is_missing:
            names = sorted({d.names[0] for d in there})[:_MOST_NAMED]
            self.troubles.append(
                f"not all {kind} devices of [capture] are there; there is {', '.join(names) or 'none'}"
            )


def _of_input(device: Device, name: str) -> Iterator[Reading]:
    is_so = capture_linux.signal_lock(device.node) if device.is_video else capture_linux.is_muted(device.node)
    if is_so is not None:
        yield Reading("classroom.signal.lock" if device.is_video else "classroom.microphone.mute", int(is_so), name)


def _matches(pattern: str, device: Device) -> bool:
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for name in device.names)
