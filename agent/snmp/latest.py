"""What an agent knows now: its devices and their last readings, in rows whose numbers stay. In: samples. Out: rows.

The rows of ROOMTONE-MIB (docs/ROOMTONE-MIB.txt). Device 1 is the agent's own computer, whose id is empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from agent.sample import Sample
from wire.catalogue import split_name

MOST_READINGS: Final = 5000
# No amount of anything in a classroom; as a decimal it would be a page of zeros.
MOST_VALUE: Final = 1e50
# Of these a change is told at once: they are states, not amounts.
STATES: Final = frozenset(
    {"hw.status", "hw.ups.source", "hw.network.up", "classroom.recording.active", "classroom.projector.power"}
    | {"classroom.signal.lock"}
)


@dataclass(slots=True)
class ReadingRow:
    """The last reading of one metric."""

    index: int
    metric: str
    instance: str
    unit: str
    value: float | int | bool
    read_s: float


@dataclass(slots=True)
class DeviceRow:
    """One device, and its readings by the name that travels."""

    index: int
    id: str
    interval_s: float
    properties: Mapping[str, str] = field(default_factory=dict)
    is_here: bool = True
    readings: dict[str, ReadingRow] = field(default_factory=dict)


class Latest:
    """All rows. `changes` counts how often one was added or described anew."""

    def __init__(self, properties: Mapping[str, str], interval_s: float) -> None:
        self.interval_s = interval_s
        self.changes = 1
        self.devices: dict[str, DeviceRow] = {"": DeviceRow(1, "", interval_s, properties)}
        self._count = 0

    def device(self, device: str) -> DeviceRow:
        """Return a device's row, made where there was none."""
        row = self.devices.get(device)
        if row is None:
            row = self.devices[device] = DeviceRow(len(self.devices) + 1, device, self.interval_s)
            self.changes += 1
        return row

    def up(self, device: str, properties: Mapping[str, str], interval_s: float | None) -> bool:
        """A device answers and says this of itself; return whether it did not before."""
        row = self.device(device)
        each_s = interval_s or self.interval_s
        if row.properties != properties or row.interval_s != each_s:
            row.properties, row.interval_s = dict(properties), each_s
            self.changes += 1
        was_here, row.is_here = row.is_here, True
        return not was_here

    def down(self, device: str) -> bool:
        """A device does not answer any more; return whether it did before."""
        row = self.device(device)
        was_here, row.is_here = row.is_here, False
        return was_here

    def report(self, device: str, samples: Iterable[Sample], now_s: float) -> list[ReadingRow]:
        """Keep the readings of a device; return the rows of states that have another value than before."""
        row = self.device(device)
        changed: list[ReadingRow] = []
        for sample in samples:
            known = row.readings.get(sample.name)
            if known is None:
                if self._count >= MOST_READINGS or abs(sample.value) > MOST_VALUE:
                    continue
                self._count += 1
                self.changes += 1
                metric, instance = split_name(sample.name)
                index = len(row.readings) + 1
                row.readings[sample.name] = ReadingRow(index, metric, instance, sample.unit, sample.value, now_s)
                continue
            if abs(sample.value) > MOST_VALUE:
                continue
            if known.value != sample.value and known.metric in STATES:
                changed.append(known)
            known.value, known.read_s = sample.value, now_s
        return changed
