"""An agreement: what a customer was promised, S5-S9 and S17, as numbers.

Comes in: nothing; packs/agreement.py reads it from a file. Goes out: `Agreement`, which deadline and replay count by.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from collector.core.almanac import Almanac, Span, hours_of
from collector.core.model import Level
from collector.core.ticket import Coverage, Step


class Counting(StrEnum):
    """What time counts towards a promise."""

    ALWAYS = "always"  # the wall clock
    BUSINESS = "business"  # the clock within business hours
    WORKING_DAYS = "working_days"  # days with business hours; each counts as one, however long


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One promise: `step` is done within `within`. Of working days, `timedelta(days=3)` means three of them."""

    step: Step
    within: timedelta
    counting: Counting = Counting.ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When people work, in local time. `week` has the ascending spans of each day, Monday first.

    `holidays` are not worked; `working_days` are worked although their weekday is not, with the hours of the first
    weekday that has any (China's make-up days).
    """

    week: tuple[tuple[Span, ...], ...] = ((),) * 7
    holidays: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the business hours of a day; empty: nobody works."""
        return hours_of(self.week, day, holidays=self.holidays, working_days=self.working_days)

    def with_days_of(self, almanac: Almanac) -> "Calendar":
        """Return the same with a country's and site's days; what the agreement says of a day itself wins."""
        return replace(
            self,
            holidays=self.holidays | (almanac.holidays - self.working_days),
            working_days=self.working_days | (almanac.working_days - self.holidays),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Someone whom S12 calls: the project's lead, a senior engineer, the responsible manager."""

    role: str
    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rung of the escalation ladder: when `share` of a promise's time has gone, a contact's role is told.

    0 is the first call, 1 the deadline. It holds at `levels`; empty: at all.
    """

    step: Step
    share: float
    to: str
    levels: tuple[Level, ...] = ()

    @property
    def key(self) -> str:
        """What a ticket's log names it by, like respond/50."""
        return f"{self.step}/{self.share * 100:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRung:
    """One rung of the ladder of complaints: who is told when a complaint has stood for `after`; 0: at once."""

    after: timedelta
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What one customer was promised. `tracks` maps each level to its promises, in the order of their steps.

    `reopen_within`: a fault that is back so soon after it was gone, or after its ticket was done, is the same ticket.
    `ladder` is who is told as the time of a promise goes by, `complaints` who is told while a complaint stands; for
    levels of `told_in_business_hours` only in those.
    """

    id: str
    name: Mapping[str, str] = field(default_factory=dict)  # by language
    tracks: Mapping[Level, tuple[Term, ...]]
    calendar: Calendar = Calendar()
    reopen_within: timedelta = timedelta(minutes=30)
    warranty_years: int = 5
    follow_on_contract: bool = False
    contacts: tuple[Contact, ...] = ()
    ladder: tuple[Rung, ...] = ()
    complaints: tuple[ComplaintRung, ...] = ()
    told_in_business_hours: tuple[Level, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError for promises that no time would ever count towards, or a level without a track."""
        missing = [level.value for level in Level if level not in self.tracks]
        if missing:
            raise ValueError(f"no track for level {missing}")
        counted = any(term.counting is not Counting.ALWAYS for track in self.tracks.values() for term in track)
        if counted and not any(self.calendar.week):
            raise ValueError("promises count business hours, and there are none")

    def contact(self, role: str) -> Contact:
        """Return who has a role; nobody by name where the agreement names nobody."""
        return next((each for each in self.contacts if each.role == role), Contact(role=role))


def coverage(agreement: Agreement, *, accepted_on: date | None, on: date) -> Coverage:
    """Say who pays for a visit on a day, S17.

    A room whose acceptance is not known is taken to be in warranty: nobody is billed on a guess.
    """
    if accepted_on is None or on < _years_after(accepted_on, agreement.warranty_years):
        return Coverage.WARRANTY
    return Coverage.CONTRACT if agreement.follow_on_contract else Coverage.BILLABLE


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)
