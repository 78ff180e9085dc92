"""The campus file of a simulated term, with the timetables of a fortnight, as the collector reads them."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from collector.core.almanac import Almanac
from collector.core.campus import Campus, Carries, Lesson, Link, Room, Site
from collector.core.model import Device, DeviceId, RoomId, SiteId
from simulate.term import CLOSES, OPENS, Term

_FORTNIGHT: Final = timedelta(days=14)


def campus_of(term: Term, now: datetime) -> Campus:
    """Return the campus with the lessons from a day before `now` to a fortnight after it."""
    hours = dict.fromkeys(range(5), ((OPENS, CLOSES),))
    lessons: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in term.lessons:
        if now - timedelta(days=1) < lesson.end and lesson.start < now + _FORTNIGHT:
            lessons[lesson.room].append(Lesson(start=lesson.start, end=lesson.end, title="", recorded=lesson.recorded))
    almanac = Almanac(holidays=term.holidays, working_days=term.make_up)
    sites = {
        SiteId(site): Site(
            id=SiteId(site),
            name=site,
            time_zone=term.zone,
            opening_hours=None if site in term.campus.always_open else hours,
            almanac=almanac,
        )
        for site in term.campus.sites
    }
    rooms = {
        RoomId(room.id): Room(
            id=RoomId(room.id),
            site=SiteId(room.site),
            name=room.id,
            has_timetable=room.has_timetable,
            lessons=tuple(sorted(lessons[room.id], key=lambda lesson: lesson.start)),
        )
        for room in term.campus.rooms
    }
    devices = {
        DeviceId(device.id): Device(id=DeviceId(device.id), room=RoomId(device.room), role=device.role, in_campus=True)
        for device in term.campus.devices()
    }
    paths = [Link(feeder=DeviceId(room.switch), room=RoomId(room.id)) for room in term.campus.rooms]
    power = [
        Link(feeder=DeviceId(ups), carries=Carries.POWER, device=DeviceId(switch))
        for switch, ups in term.campus.power.items()
    ]
    return Campus(sites=sites, rooms=rooms, devices=devices, links=(*paths, *power))
