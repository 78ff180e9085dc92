"""Days in files: a date, `2026-10-01`, or all from one to another, `2026-10-01 to 2026-10-07`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from collector.packs.document import Cursor
from collector.packs.shape import Json

_DAY: Final = r"\d{4}-\d{2}-\d{2}"
_SPAN: Final = re.compile(rf"\s*({_DAY})(?:\s+to\s+({_DAY}))?\s*")
_LONGEST: Final = timedelta(days=366)

DaySpan = tuple[date, date]  # the first day and the last


@dataclass(frozen=True, slots=True)
class Days:
    """One day, or several in a row, at most a year; `several`: one alone is a slip."""

    several: bool = False

    def read(self, cursor: Cursor) -> DaySpan:
        match = _SPAN.fullmatch(cursor.scalar or "")
        if not match or (self.several and not match[2]):
            cursor.refuse(f"must be {self._meant()}, is {cursor.scalar or cursor.kind}")
        try:
            first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2] or match[1])
        except ValueError:
            cursor.refuse(f"must be {self._meant()}, is {cursor.scalar}: there is no such day")
        if last < first:
            cursor.refuse("ends before it begins")
        if last - first > _LONGEST:
            cursor.refuse("is longer than a year")
        return first, last

    def schema(self) -> Json:
        more = rf"\s+to\s+{_DAY}"
        return {"type": "string", "pattern": rf"^\s*{_DAY}{more if self.several else f'({more})?'}\s*$"}

    def _meant(self) -> str:
        span = "2026-09-01 to 2027-01-17"
        return f"days like {span}" if self.several else f"a date like 2026-10-01, or days like {span}"


def all_days(spans: Iterable[DaySpan]) -> frozenset[date]:
    """Return every day of the spans."""
    return frozenset(
        first + timedelta(days=number) for first, last in spans for number in range((last - first).days + 1)
    )
