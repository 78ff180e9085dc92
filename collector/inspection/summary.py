"""The first sheet of a pack: what it is of, and what it came to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from collector.core.inspection import Period
from collector.inspection.column import Row
from collector.inspection.evidence import Place
from wire.version import __version__


class Totals(Protocol):
    """How many of what a pack holds."""

    @property
    def devices(self) -> int: ...
    @property
    def series(self) -> int: ...
    @property
    def readings(self) -> int: ...
    @property
    def all_incidents(self) -> int: ...
    @property
    def all_tickets(self) -> int: ...


def summary_rows(place: Place, period: Period, until: datetime, totals: Totals, commit: int) -> Iterator[Row]:
    """Give one row a fact: key, name in two languages, value."""
    room = place.rooms.get(place.room) if place.room else None
    facts = (
        ("site", "站点", "Site", place.site.id),
        ("site_name", "站点名称", "Site name", place.site.name),
        ("room", "教室", "Room", place.room or ""),
        ("room_name", "教室名称", "Room name", room.name if room else ""),
        ("from", "起", "From", period.asked[0]),
        ("to", "止", "To", period.asked[1]),
        ("time_zone", "时区", "Time zone", str(period.zone)),
        ("start", "起始时刻", "Start", _instant(period.start)),
        ("end", "结束时刻（不含）", "End (not included)", _instant(period.end)),
        ("watched_until", "观察至", "Watched until", _instant(until)),
        ("devices", "设备数", "Devices", totals.devices),
        ("series", "指标数", "Series", totals.series),
        ("readings", "读数", "Readings", totals.readings),
        ("incidents", "故障数", "Incidents", totals.all_incidents),
        ("tickets", "工单数", "Tickets", totals.all_tickets),
        ("last_commit", "数据提交号", "Last commit of readings", commit),
        ("roomtone", "Roomtone 版本", "Roomtone version", __version__),
    )
    for key, zh, en, value in facts:
        yield (key, zh, en, str(value))


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
