"""Which metrics a node and its devices have, and their last values. In: samples. Out: aliases, for births and data.

Aliases are unique in a node and stay for the life of the process. What a lying probe invents is bounded. Those of
`Outbox/Id` are random: a host that missed our birth cannot take an entry for one of an earlier run.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from agent.sample import Sample
from wire.catalogue import CATALOGUE, split_name
from wire.payload import Datatype, Value, unit_of
from wire.sparkplug_pb2 import Payload

# Of one device, and of all that a poller agent reads.
MOST_METRICS: Final = 5000
MOST_IN_ALL: Final = 250_000
# Five bytes on the wire, and never the alias of a reading.
_ID_ALIASES: Final = 1 << 34


@dataclass(slots=True)
class Known:
    """One metric: how it travels, and what it was last."""

    alias: int
    datatype: Datatype
    unit: str
    value: Value = None
    at_ms: int = 0


@dataclass(slots=True)
class DeviceMetrics:
    """The metrics of a device, or of the node itself. `id_alias` is that of its `Outbox/Id`."""

    id_alias: int
    known: dict[str, Known] = field(default_factory=dict)


class MetricTable:
    """All metrics of one edge node; the node itself is the device ""."""

    def __init__(self) -> None:
        self._devices: dict[str, DeviceMetrics] = {}
        self._next_alias = 1
        self._next_id_alias = 0
        self._count = 0
        self.refused = 0
        self.of("")
        self.renew_ids()

    def renew_ids(self) -> None:
        """Give every `Outbox/Id` an alias that it never had; a birth has to follow."""
        self._next_id_alias = _ID_ALIASES + int.from_bytes(os.urandom(4), "big")
        for metrics in self._devices.values():
            metrics.id_alias = self._id_alias()

    def of(self, device: str) -> DeviceMetrics:
        """Return a device's metrics, none at first."""
        found = self._devices.get(device)
        if found is None:
            found = self._devices[device] = DeviceMetrics(self._id_alias())
        return found

    def learn(self, device: str, at_ms: int, samples: Iterable[Sample]) -> tuple[Sequence[Sample], bool]:
        """Keep last values; return the samples that have a place, and whether any metric is new.

        A sample has none when its metric is known under another datatype, or when there are too many already.
        """
        metrics = self.of(device)
        kept, is_new = [], False
        for sample in samples:
            known = metrics.known.get(sample.name)
            if known is None:
                known = self._add(device, sample.name, sample.datatype, sample.unit)
                is_new = is_new or known is not None
            if known is None or known.datatype != sample.datatype:
                self.refused += 1
                continue
            known.value, known.at_ms = sample.value, at_ms
            kept.append(sample)
        return kept, is_new

    def learn_names(self, device: str, readings: Payload) -> bool:
        """Give metrics of an earlier run their place, without a value; return whether any is new."""
        known = self.of(device).known
        before = self._count
        for metric in readings.metrics:
            if metric.name not in known:
                self._add(device, metric.name, Datatype(metric.datatype), unit_of(metric) or _unit(metric.name))
        return self._count > before

    def _add(self, device: str, name: str, datatype: Datatype, unit: str) -> Known | None:
        if len(self.of(device).known) >= MOST_METRICS or self._count >= MOST_IN_ALL:
            return None
        self._count += 1
        known = self.of(device).known[name] = Known(self._alias(), datatype, unit)
        return known

    def _id_alias(self) -> int:
        self._next_id_alias += 1
        return self._next_id_alias - 1

    def _alias(self) -> int:
        self._next_alias += 1
        return self._next_alias - 1


def _unit(name: str) -> str:
    entry = CATALOGUE.get(split_name(name)[0])
    return entry.unit if entry else ""
