"""Which days are not what their weekday says: public holidays, make-up working days, and what lies outside the terms.

Comes in: days, as packs/public_days.py and the campus file give them. Goes out: the hours of a day.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, time
from typing import Final

Span = tuple[time, time]  # local; an end of time.max is the midnight that ends the day


@dataclass(frozen=True, slots=True, kw_only=True)
class Almanac:
    """The days of one site. `terms` are first and last days, ascending; empty: the whole year is one term.

    `working_days` are worked although their weekday is not, or although they are holidays (China's make-up days).
    """

    holidays: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()
    terms: tuple[tuple[date, date], ...] = ()

    def is_off(self, day: date) -> bool:
        """Tell whether a day is a holiday, or as one because it lies outside the terms."""
        return not self._is_in_term(day) or (day in self.holidays and day not in self.working_days)

    def hours(self, week: Sequence[tuple[Span, ...]], day: date) -> tuple[Span, ...]:
        """Return the hours of a day, by those of a week that begins on Monday; empty: it is closed."""
        if not self._is_in_term(day):
            return ()
        return hours_of(week, day, holidays=self.holidays, working_days=self.working_days)

    def _is_in_term(self, day: date) -> bool:
        return not self.terms or any(first <= day <= last for first, last in self.terms)


NO_ALMANAC: Final = Almanac()


def hours_of(
    week: Sequence[tuple[Span, ...]], day: date, *, holidays: Set[date], working_days: Set[date]
) -> tuple[Span, ...]:
    """Return the hours of a day. A make-up day whose weekday has none has those of the first weekday that has any."""
    if day in working_days:
        return week[day.weekday()] or next(filter(None, week), ())
    return () if day in holidays else week[day.weekday()]
