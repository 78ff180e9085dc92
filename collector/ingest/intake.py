"""What one look at the broker brought: to be stored, then acknowledged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from collector.core.model import DeviceId, Event, Readings, Series, no_readings
from collector.store.series.watermarks import Watermark

__all__ = ["Answer", "Intake", "Watermark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an agent is to be told once its intake is stored: everything up to this entry of the epoch is kept."""

    node: DeviceId
    epoch: str
    stored_up_to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Messages that were taken, decoded and put in order. `messages` is how many they were.

    `heard` is, for each node that sent an accepted message, when the last one arrived. `answers` go out by
    `acknowledge`, after the commit that stores the rest.
    """

    readings: Readings = field(default_factory=no_readings)
    series: tuple[Series, ...] = ()
    watermarks: tuple[Watermark, ...] = ()
    events: tuple[Event, ...] = ()
    heard: Mapping[DeviceId, datetime] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    messages: int = 0

    @property
    def has_something_to_store(self) -> bool:
        """Whether a commit is needed before the answers may go out."""
        return bool(len(self.readings) or self.series or self.watermarks or self.events)
