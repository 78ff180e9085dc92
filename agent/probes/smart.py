"""The health of this computer's disks, as smartctl (smartmontools 7) tells it in JSON. Out: status, wear, temperature.

A disk that sleeps is not woken: what it said last stays what is known of it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from agent.errors import ProbeError
from agent.now import monotonic_s
from agent.probe_tables import SmartTable
from agent.probes.program import Done, find_program, run
from agent.probes.smart_report import readings_of
from agent.reading import Reading

_GET: Final = "install smartmontools"
_MOST_DISKS: Final = 64
_LONGEST_S: Final = 25.0
# Bits of smartctl's exit status (man smartctl, "EXIT STATUS"): 1 it could not open the disk, or the disk sleeps.
_NOT_OPENED: Final = 2
_NO_RIGHT: Final = ("permission denied", "operation not permitted", "access is denied", "requires root")


@dataclass(frozen=True, slots=True)
class _Disk:
    path: str
    kind: str = ""  # smartctl's device type, needed behind a controller

    @property
    def name(self) -> str:
        """What people call it: `sda`, `nvme0`, `bus/0:megaraid,1`."""
        short = self.path.removeprefix("/dev/")
        return f"{short}:{self.kind}" if "," in self.kind else short


class Smart:
    """The disks that are configured, or those that smartctl finds."""

    name = "smart"
    has_rates = False
    gives: ClassVar[tuple[str, ...]] = (
        "hw.status",
        "hw.physical_disk.smart",
        "hw.physical_disk.endurance_utilization",
        "hw.temperature",
        "hw.temperature.limit",
    )

    def __init__(self, table: SmartTable) -> None:
        self._given = [_Disk(path if "/" in path else f"/dev/{path}") for path in table.disks]
        self._timeout_s = table.timeout_s
        self._next = 0
        self.interval_s = table.interval_s
        self.troubles: list[str] = []

    def read(self, now: datetime) -> list[Reading]:
        """Return what the disks say of themselves.

        Raises:
            ProbeError: smartctl is missing, finds no disk, or may open none.
        """
        self.troubles = []
        program = find_program("smartctl", get=_GET)
        disks = self._given or list(self._found(program))
        if not disks:
            raise ProbeError("smartctl finds no disk: name them in [smart] disks")
        refused: list[str] = []
        readings: list[Reading] = []
        until_s = monotonic_s() + max(_LONGEST_S, self._timeout_s)
        # With many slow disks the next reading goes on where this one had to stop.
        start = self._next % len(disks)
        for n, disk in enumerate([*disks[start:], *disks[:start]]):
            if n and monotonic_s() > until_s:
                self._next = start + n
                self.troubles.append("there was not enough time for all disks; the rest is read next time")
                break
            try:
                readings += self._read(program, disk)
            except _NoRight:
                refused.append(disk.name)
            except ProbeError as error:
                self.troubles.append(str(error))
        if refused:
            self._complain(sorted(refused), readings)
        if not readings and len(self.troubles) == 1:
            raise ProbeError(self.troubles.pop())
        return readings

    def _complain(self, refused: list[str], readings: list[Reading]) -> None:
        what = f"no right to read {', '.join(refused)}: run the agent as administrator, or see docs/probes/smart.md"
        if not readings and not self.troubles:
            raise ProbeError(what)
        self.troubles.append(what)

    def _found(self, program: str) -> Iterator[_Disk]:
        said = _document("smartctl --scan", run([program, "--json=c", "--scan"], self._timeout_s))
        devices = said.get("devices")
        for device in devices[:_MOST_DISKS] if isinstance(devices, list) else ():
            if isinstance(device, dict) and isinstance(device.get("name"), str) and device["name"].startswith("/"):
                yield _Disk(device["name"], str(device.get("type", "")))

    def _read(self, program: str, disk: _Disk) -> list[Reading]:
        words = [program, "--json=c", "--info", "--health", "--attributes", "--log=devstat", "--nocheck=standby"]
        words += [f"--device={disk.kind}"] if disk.kind else []
        try:
            done = run([*words, disk.path], self._timeout_s)
        except ProbeError as error:
            raise ProbeError(f"{disk.name}: {error}") from error
        said = _document(disk.name, done)
        if done.status & _NOT_OPENED:
            what = _messages(said)
            if "standby" in what.lower() or "sleep" in what.lower():
                return []
            if any(sign in what.lower() for sign in _NO_RIGHT):
                raise _NoRight
            raise ProbeError(f"{disk.name} cannot be opened: {what}")
        readings = list(readings_of(disk.name, said))
        if not readings:
            raise ProbeError(f"{disk.name} says nothing of its health: {_messages(said)}")
        return readings


class _NoRight(ProbeError):
    """We may not open a disk."""


def _document(what: str, done: Done) -> dict[str, Any]:
    try:
        said = json.loads(done.text)
    except (ValueError, RecursionError) as error:
        if any(sign in done.complaint().lower() for sign in _NO_RIGHT):
            raise _NoRight from error
        raise ProbeError(f"{what}: smartctl gives no JSON (version 7 does): {done.complaint()}") from error
    if not isinstance(said, dict):
        raise ProbeError(f"{what}: smartctl gives JSON that says nothing")
    return said


def _messages(said: dict[str, Any]) -> str:
    control = said.get("smartctl")
    messages = control.get("messages") if isinstance(control, dict) else None
    texts = [str(m.get("string", "")) for m in messages if isinstance(m, dict)] if isinstance(messages, list) else []
    text = "; ".join(text for text in texts if text)[:200]
    return "".join(c for c in text if c.isprintable()) or "it gives no reason"
