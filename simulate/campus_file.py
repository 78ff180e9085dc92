"""Writes a simulated campus as the files that a collector reads: `campus.yaml` and timetables beside it."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from simulate.lessons import LESSON, TIMETABLES, Hours, Lesson, timetable
from simulate.place import Campus, Room, Site, Thing
from wire.catalogue import Role

TIMETABLE_FOLDER: Final = "timetables"
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ICAL_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_HEAD: Final = "# A simulated campus. Schools, makers and people are invented.\n"


def write_campus(path: Path, campus: Campus, *, hours: Hours, today: date) -> None:
    """Write the campus to `path` and its timetables to a folder beside it; lessons repeat from last week on.

    Raises:
        OSError: a file cannot be written.
    """
    folder = path.parent / TIMETABLE_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    monday = today - timedelta(days=today.weekday() + 7)
    for site in campus.sites:
        for number in range(TIMETABLES):
            lessons = timetable(campus.seed, site.id, site.bell, number, hours)
            text = "\r\n".join(_calendar(site, number, lessons, monday, campus.time_zone)) + "\r\n"
            (folder / _timetable_name(site.id, number)).write_text(text, "utf-8", newline="")
    document = {
        "sites": [_site(site, campus.time_zone, hours) for site in campus.sites],
        "rooms": [_room(room) for room in campus.rooms()],
        "devices": [device for room in campus.nodes() for device in _devices(room)],
        "links": [link for site in campus.sites for link in _links(site)],
    }
    # The collector reads the file again when it changes: it is whole at every moment.
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(_HEAD + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120), "utf-8")
    unfinished.replace(path)


def _timetable_name(site: str, number: int) -> str:
    return f"{site}-{number + 1}.ics"


def _site(site: Site, zone: str, hours: Hours) -> dict[str, Any]:
    span = f"{_clock(hours.opens)}-{_clock(hours.closes)}"
    return {
        "id": site.id,
        "name": site.name,
        "time_zone": zone,
        "opening_hours": {_DAYS[day]: span for day in hours.days},
    }


def _clock(after_midnight: timedelta) -> str:
    minutes = after_midnight // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _room(room: Room) -> dict[str, Any]:
    return {
        "id": room.id,
        "site": room.site,
        "name": room.name,
        "timetable": f"{TIMETABLE_FOLDER}/{_timetable_name(room.site, room.timetable)}",
    }


def _devices(room: Room) -> Iterator[dict[str, Any]]:
    yield _device(room.node, room, room.pc)
    for thing in room.things:
        yield _device(room.device(thing), room, thing)


def _links(site: Site) -> Iterator[dict[str, Any]]:
    """Give what hangs on what: rooms on switches and the storage, these on the UPS."""
    if site.cabinet is None:
        return
    by_role = {thing.role: site.cabinet.device(thing) for thing in site.cabinet.things}
    for room in site.rooms:
        yield {"switch": room.switch, "port": str(room.port), "room": room.key}
        yield {"storage": by_role[Role.STORAGE], "room": room.key}
    for thing in site.cabinet.things:
        if thing.role is not Role.UPS:
            yield {"ups": by_role[Role.UPS], "device": site.cabinet.device(thing)}


def _device(id_: str, room: Room, thing: Thing) -> dict[str, Any]:
    place = {"room": room.key} if room.id else {}
    return {
        "id": id_,
        **place,
        "role": str(thing.role),
        "name": thing.name,
        "vendor": thing.vendor,
        "model": thing.model,
        "serial": thing.serial,
    }


def _calendar(site: Site, number: int, lessons: tuple[Lesson, ...], monday: date, zone: str) -> Iterator[str]:
    """Give the lines of an iCalendar file (RFC 5545); times have no zone, so they are the site's."""
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Roomtone//simulate//EN", f"X-WR-TIMEZONE:{zone}")
    for lesson in lessons:
        first = datetime.combine(monday + timedelta(days=lesson.days[0]), time()) + lesson.starts
        yield "BEGIN:VEVENT"
        yield f"UID:{site.id}-{number + 1}-{lesson.number}@simulate.roomtone"
        yield f"DTSTAMP:{datetime.combine(monday, time()):%Y%m%dT%H%M%SZ}"
        yield f"DTSTART:{first:%Y%m%dT%H%M%S}"
        yield f"DTEND:{first + LESSON:%Y%m%dT%H%M%S}"
        yield f"RRULE:FREQ=WEEKLY;BYDAY={','.join(_ICAL_DAYS[day] for day in lesson.days)}"
        yield f"SUMMARY:{lesson.title}"
        if lesson.recorded:
            yield "CATEGORIES:RECORDED"
        yield "END:VEVENT"
    yield "END:VCALENDAR"
