"""An intake in the making: what the sessions have taken since the last one was handed over."""

from dataclasses import dataclass, field
from datetime import datetime

from collector.core.model import DeviceId, Event
from collector.ingest.columns import Columns
from collector.store.series.watermarks import Watermark


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An NCMD to publish."""

    topic: str
    payload: bytes


@dataclass(slots=True)
class Gathering:
    """Everything that sessions add to. `answer_to` are the epochs whose agents are to be told how far we are."""

    columns: Columns = field(default_factory=Columns)
    events: list[Event] = field(default_factory=list)
    heard: dict[DeviceId, datetime] = field(default_factory=dict)
    answer_to: dict[tuple[DeviceId, str], None] = field(default_factory=dict)
    rebirths: list[DeviceId] = field(default_factory=list)
    watermarks: list[Watermark] = field(default_factory=list)
    messages: int = 0
    _runs: dict[tuple[DeviceId, str], tuple[int, int]] = field(default_factory=dict)

    def stored(self, node: DeviceId, epoch: str, number: int) -> None:
        """Note that an outbox entry is in this intake; runs of entries become one row."""
        key = (node, epoch)
        run = self._runs.get(key)
        if run is not None and run[1] == number - 1:
            self._runs[key] = (run[0], number)
            return
        if run is not None:
            self.watermarks.append(Watermark(node=node, epoch=epoch, first=run[0], id=run[1]))
        self._runs[key] = (number, number)

    def take_watermarks(self) -> tuple[Watermark, ...]:
        """Return the rows of all entries noted."""
        for (node, epoch), (first, last) in self._runs.items():
            self.watermarks.append(Watermark(node=node, epoch=epoch, first=first, id=last))
        self._runs.clear()
        return tuple(self.watermarks)
