"""When drills are due. Comes in: the plan of the collector's file, a room's time zone, what was carried out. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

_DAY: Final = timedelta(days=1)
_LOOK_BACK: Final = 32  # days: a month and a bit


class Every(StrEnum):
    """How often: `day` counts days of the month, or of the week from Monday on."""

    MONTH = "month"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillPlan:
    """Which rooms (`site/room`) are drilled, and when by the clock of their site."""

    rooms: tuple[str, ...]
    every: Every = Every.MONTH
    day: int = 1
    at: time = time(9)

    def last_due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the latest moment, not after `now`, for which a drill is planned."""
        today = now.astimezone(zone).date()
        for back in range(_LOOK_BACK):
            date = today - back * _DAY
            due = datetime.combine(date, self.at, zone)
            if due <= now and self.day == (date.day if self.every is Every.MONTH else date.isoweekday()):
                return due
        raise AssertionError("each month has the days 1 to 28, each week the days 1 to 7")

    def is_due(self, now: datetime, zone: ZoneInfo, *, last: datetime | None, since: datetime) -> bool:
        """Tell whether a drill is to be carried out: one was planned after the `last` one began.

        A room that was never drilled is looked at from `since` on; what was planned before is not made up for.
        """
        return self.last_due(now, zone) > (last if last is not None else since)
