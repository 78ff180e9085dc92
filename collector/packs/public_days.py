"""Public holidays and make-up working days of a country. Comes in: its code. Goes out: dates.

China's days are those that the State Council announces each year, weekends within the holidays and make-up days among
them (PyPI chinesecalendar); of years that it does not know yet, and of all other countries, PyPI holidays says them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from collector.packs.document import Cursor
from collector.packs.scalar import Pattern
from collector.packs.shape import Json

_CHINA: Final = "CN"
_BEFORE: Final = 1
_AHEAD: Final = 2


@dataclass(frozen=True, slots=True)
class PublicDays:
    holidays: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()


class Country:
    """A country of ISO 3166-1, `CN`, or a part of one, `DE-BY`."""

    _pattern: Final = Pattern("[A-Z]{2}(-[A-Z0-9]{1,4})?", "a country like CN, or a part of one like DE-BY")

    def read(self, cursor: Cursor) -> str:
        code = self._pattern.read(cursor)
        country, _, part = code.partition("-")
        known = _supported()
        if country not in known:
            cursor.refuse(f"of {country!r} no public holidays are known; leave it out and list them under 'holidays'")
        if part and part not in known[country]:
            parts = ", ".join(known[country]) or "none"
            cursor.refuse(f"{country} has no part {part!r} with holidays of its own; it has {parts}")
        return code

    def schema(self) -> Json:
        return self._pattern.schema()


def years_around(now: datetime) -> range:
    """Return the years whose days matter at `now`: promises and timetables look ahead, reports back."""
    return range(now.year - _BEFORE, now.year + _AHEAD + 1)


@lru_cache(maxsize=64)
def public_days(code: str, years: range) -> PublicDays:
    """Return the public holidays and make-up working days of a country that `Country` has read."""
    country, _, part = code.partition("-")
    if country != _CHINA:
        return _of(country, part, years)
    known = [year for year in years if _is_announced(year)]
    later = _of(country, part, [year for year in years if year not in known])
    announced = _announced(known)
    return PublicDays(announced.holidays | later.holidays, announced.working_days | later.working_days)


def _of(country: str, part: str, years: Iterable[int]) -> PublicDays:
    from holidays import country_holidays

    asked = list(years)
    if not asked:
        return PublicDays()
    found = country_holidays(country, subdiv=part or None, years=asked)
    worked = {day for day in found.weekend_workdays if day.year in asked}
    return PublicDays(frozenset(day for day in found if day.year in asked), frozenset(worked))


def _is_announced(year: int) -> bool:
    from chinese_calendar.constants import holidays

    # The announcement of a year reaches to the National Day in October.
    return any(day.year == year and day.month == 10 for day in holidays)


def _announced(years: Iterable[int]) -> PublicDays:
    from chinese_calendar.constants import holidays, workdays

    wanted = set(years)
    return PublicDays(
        frozenset(day for day in holidays if day.year in wanted),
        frozenset(day for day in workdays if day.year in wanted),
    )


@lru_cache(maxsize=1)
def _supported() -> dict[str, list[str]]:
    from holidays import list_supported_countries

    return list_supported_countries(include_aliases=False)
