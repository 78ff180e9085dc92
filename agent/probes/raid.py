"""Linux software RAID. In: /proc/mdstat, and `mdadm --detail` where it tells more. Out: state and progress of volumes.

Volumes are `hw.status[logical_disk:md0]`, their disks `hw.status[physical_disk:md0/sda1]`. Source: md(4), mdadm(8).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final

from agent.errors import ProbeError
from agent.probe_tables import RaidTable
from agent.probes.program import find_program, run
from agent.reading import Reading
from wire.catalogue import HwState

_DETAIL_S: Final = 5.0
_MOST_BYTES: Final = 1 << 18
_VOLUME: Final = re.compile(
    r"(md\S*) : (active|inactive)(?: \((?:auto-)?read-only\))?"
    r"(?: (raid\d+|linear|multipath|faulty)(?= |$))?((?: \S+\[\d+\]\S*)*)"
)
_MEMBER: Final = re.compile(r"(\S+)\[(\d+)\](\S*)")
_PRESENT: Final = re.compile(r"\[(\d+)/(\d+)\] \[([U_]+)\]")
_PROGRESS: Final = re.compile(r"(recovery|resync|reshape|check|repair) *= *(\d+(?:\.\d+)?)%")
_WAITING: Final = re.compile(r"(recovery|resync|reshape) *= *(?:DELAYED|PENDING|REMOTE)")
# How many disks each kind can lose. raid10 depends on which: mdadm knows.
_SPARES: Final = {"raid4": 1, "raid5": 1, "raid6": 2}
# What holds the volumes of a firmware RAID (Intel's, DDF) together; it is never active itself.
_CONTAINER: Final = "container"
_WITHOUT: Final = frozenset({"raid0", "linear"})


@dataclass(slots=True)
class Volume:
    """One volume as /proc/mdstat shows it. `progress` is that of what makes it whole again, None where nothing does."""

    name: str
    is_active: bool
    kind: str
    members: list[tuple[str, str]] = field(default_factory=list)  # name, flags such as (F)
    wanted: int = 0
    present: int = 0
    progress: float | None = None


class Raid:
    """All md volumes of this computer."""

    name = "raid"
    gives: ClassVar[tuple[str, ...]] = ("hw.status", "hw.logical_disk.rebuild.progress")
    has_rates = False

    def __init__(self, table: RaidTable, mdstat: Path = Path("/proc/mdstat")) -> None:
        self.interval_s = table.interval_s
        self.troubles: list[str] = []
        self._mdstat = mdstat
        self._seen: set[str] = set()

    def read(self, now: datetime) -> list[Reading]:
        """Return the state of each volume and of its disks. A volume that was there and is gone has failed.

        Raises:
            ProbeError: this computer has no software RAID.
        """
        self.troubles = []
        try:
            with self._mdstat.open("rb") as file:
                text = file.read(_MOST_BYTES).decode("utf-8", "replace")
        except OSError as error:
            raise ProbeError(f"this computer has no software RAID: {self._mdstat}: {error.strerror}") from error
        volumes = [volume for volume in volumes_of(text) if volume.kind != _CONTAINER]
        if not volumes and not self._seen:
            raise ProbeError("this computer has software RAID, and no volume of it")
        readings: list[Reading] = []
        for volume in volumes:
            readings += self._of(volume)
        gone = self._seen - {volume.name for volume in volumes}
        readings += [Reading("hw.status", HwState.FAILED, f"logical_disk:{name}") for name in sorted(gone)]
        self._seen |= {volume.name for volume in volumes}
        return readings

    def _of(self, volume: Volume) -> Iterator[Reading]:
        state = state_of(volume)
        if state is None:
            state = self._detail(volume)
        yield Reading("hw.status", state, f"logical_disk:{volume.name}")
        yield Reading(
            "hw.logical_disk.rebuild.progress", 1.0 if volume.progress is None else volume.progress, volume.name
        )
        for member, flags in volume.members:
            is_bad = "(F)" in flags
            yield Reading(
                "hw.status", HwState.FAILED if is_bad else HwState.OK, f"physical_disk:{volume.name}/{member}"
            )

    def _detail(self, volume: Volume) -> HwState:
        """Ask mdadm how bad it is; without it, some disks of a volume that still runs are missing: degraded."""
        try:
            program = find_program("mdadm")
            done = run([program, "--detail", f"/dev/{volume.name}"], _DETAIL_S)
            if done.status < 0 or "State :" not in done.text:
                raise ProbeError(f"mdadm does not tell of {volume.name}: {done.complaint()}")
        except ProbeError as error:
            self.troubles.append(f"how bad {volume.name} is cannot be told: {error}")
            return HwState.DEGRADED
        found = re.search(r"^\s*State : (.*)$", done.text, re.MULTILINE)
        words = found[1].lower() if found else ""
        return HwState.FAILED if "failed" in words or "broken" in words or "not started" in words else HwState.DEGRADED


def volumes_of(text: str) -> Iterator[Volume]:
    """Yield the volumes of /proc/mdstat; lines that are none are stepped over."""
    volume: Volume | None = None
    for line in text.splitlines():
        found = _VOLUME.match(line)
        if found is not None:
            if volume is not None:
                yield volume
            volume = Volume(found[1], found[2] == "active", found[3] or "")
            volume.members = [(m[1], m[3]) for m in _MEMBER.finditer(found[4])]
        elif volume is not None and line.startswith(" "):
            _more(volume, line)
        elif volume is not None:
            yield volume
            volume = None
    if volume is not None:
        yield volume


def _more(volume: Volume, line: str) -> None:
    if not volume.is_active and re.search(r"super external:[^/]", line):
        volume.kind = _CONTAINER
    present = _PRESENT.search(line)
    if present is not None:
        volume.wanted, volume.present = int(present[1]), present[3].count("U")
    progress = _PROGRESS.search(line)
    # A check reads a whole volume to see whether it is; it makes nothing whole.
    if progress is not None and progress[1] in ("recovery", "resync", "reshape"):
        volume.progress = min(1.0, float(progress[2]) / 100)
    elif _WAITING.search(line):
        volume.progress = 0.0


def state_of(volume: Volume) -> HwState | None:
    """Return a volume's state; None where it depends on which of its disks are missing."""
    missing = volume.wanted - volume.present
    if not volume.is_active or (volume.wanted and not volume.present):
        return HwState.FAILED
    if volume.kind in _WITHOUT:
        return HwState.FAILED if any("(F)" in flags for _, flags in volume.members) else HwState.OK
    if missing <= 0:
        return HwState.OK
    if volume.kind == "raid1":
        return HwState.DEGRADED
    if volume.kind in _SPARES:
        return HwState.DEGRADED if missing <= _SPARES[volume.kind] else HwState.FAILED
    return None
