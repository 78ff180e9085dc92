"""What happens in a simulated term, as values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulate.term_campus import TermRoom


@dataclass(frozen=True, slots=True)
class Birth:
    """A device is there. `up_s`: for how long it has run; None: it ran on while nobody heard it."""

    at: datetime
    device: str
    serial: str = ""
    up_s: float | None = None


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


@dataclass(frozen=True, slots=True)
class Cut:
    """From then on nothing comes through a switch, and what is behind it keeps what it reads; or it does again."""

    at: datetime
    device: str
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Unplug:
    """The cable of one agent is out, or in again: it runs on, and keeps what it reads."""

    at: datetime
    device: str
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Skew:
    """The clock of an agent is off by so much."""

    at: datetime
    device: str
    by: timedelta


@dataclass(frozen=True, slots=True)
class Restart:
    """The collector is ended, and is there again after `down`; what happens in between nobody tells it."""

    at: datetime
    down: timedelta


@dataclass(frozen=True, slots=True)
class BrokerAway:
    """The broker is away for a while; its wills and whatever was told meanwhile are lost with it."""

    at: datetime
    lasts: timedelta


Happening = Birth | Death | Change | Cut | Unplug | Skew | Restart | BrokerAway


@dataclass(frozen=True, slots=True, kw_only=True)
class TermLesson:
    room: str
    start: datetime
    end: datetime
    recorded: bool
    held: bool = True  # False: the timetable lists it, and it is a holiday


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Something that went wrong, and what it is worth. `level` None: no ticket is due, and one is false.

    `metric`: what it is seen by, where other faults of its devices may lie beside it. `single`: exactly one ticket.
    `or_level`: what it is worth where the collector could not hear what makes it `level`.
    """

    kind: str
    start: datetime
    end: datetime
    devices: frozenset[str]
    level: int | None = None
    metric: str | None = None
    single: bool = False
    or_level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomDay:
    """One room on one working day: when it is on, when its school closes, its lessons, and whether it stays on."""

    room: TermRoom
    on: datetime
    off: datetime
    closes: datetime
    lessons: tuple[TermLesson, ...]
    stays_on: bool = False

    def breaks(self, longer_than: timedelta) -> list[tuple[datetime, datetime]]:
        """Return the ends of the long breaks between its lessons."""
        pairs = zip(self.lessons, self.lessons[1:], strict=False)
        return [(one.end, two.start) for one, two in pairs if two.start - one.end > longer_than]
