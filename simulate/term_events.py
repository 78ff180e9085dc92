"""What happens in a simulated term, as values."""

from dataclasses import dataclass
from datetime import datetime

from simulate.term_campus import TermRoom


@dataclass(frozen=True, slots=True)
class Birth:
    at: datetime
    device: str
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Death:
    at: datetime
    device: str
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A metric has another value from then on; None: that of when all is well."""

    at: datetime
    device: str
    metric: str
    instance: str
    value: float | None


Happening = Birth | Death | Change


@dataclass(frozen=True, slots=True, kw_only=True)
class TermLesson:
    room: str
    start: datetime
    end: datetime
    recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Something that went wrong, and what it is worth. `level` None: no ticket is due, and one is false."""

    kind: str
    start: datetime
    end: datetime
    devices: frozenset[str]
    level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomDay:
    """One room on one working day: when it is on, when its school closes, and its lessons."""

    room: TermRoom
    on: datetime
    off: datetime
    closes: datetime
    lessons: tuple[TermLesson, ...]
