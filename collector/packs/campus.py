"""The campus file. Comes in: `campus.yaml` and the timetables it names. Goes out: `Campus`, or every mistake in it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Final

from collector.core.almanac import Almanac
from collector.core.campus import DEFAULT_AGREEMENT, Campus, Carries, Lesson, Link, Room, Site
from collector.core.model import Device, DeviceId, RoomId, SiteId, Unit, is_node, site_of
from collector.packs.days import Days, all_days
from collector.packs.document import Cursor, Unreadable, open_document
from collector.packs.links import Links
from collector.packs.public_days import Country, PublicDays, public_days, years_around
from collector.packs.rules import OVERRIDES, PackReader, Untouched
from collector.packs.scalar import Choice, DaySpans, Text, TimeZone, device_id, identifier
from collector.packs.shape import Json, Key, Many, MapOf, Record, Shape
from collector.packs.timetable import Timetable, TimetableError, read_lessons
from collector.packs.timetable_copies import SCHEMES, TimetableCopies, is_url, shown
from wire.catalogue import Role

Spans = tuple[tuple[time, time], ...]
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Day(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


ID: Final = Key("id", identifier(), need=True, about="a-z 0-9 . _ -")
NAME: Final = Key("name", Text(), default="", about="what people call it")
ZONE: Final = Key("time_zone", TimeZone(), need=True, about="of the tz database, like Asia/Shanghai")
HOURS: Final = Key(
    "opening_hours",
    MapOf(Choice(Day), DaySpans()),
    default=None,
    about="local time a day; a day not listed is closed; without this key the site never closes",
)
AGREEMENT: Final = Key("agreement", identifier(), default=DEFAULT_AGREEMENT, about="a file of rules/agreements")
COUNTRY: Final = Key("country", Country(), default="", about="whose public holidays hold: CN, or a part like DE-BY")
HOLIDAYS: Final = Key("holidays", Many(Days()), default=(), about="more days that are off")
WORKING_DAYS: Final = Key("working_days", Many(Days()), default=(), about="days that are worked all the same")
TERMS: Final = Key(
    "terms", Many(Days(several=True)), default=(), about="outside of them a room is as in the holidays; none: all year"
)
SITE: Final = Shape("a site", ID, NAME, ZONE, HOURS, COUNTRY, HOLIDAYS, WORKING_DAYS, TERMS, AGREEMENT)

ROOM_SITE: Final = Key("site", identifier(), need=True)
TIMETABLE: Final = Key("timetable", Text(), default="", about="an iCalendar file beside this one, or its URL")
ROOM: Final = Shape("a room", ID, ROOM_SITE, NAME, TIMETABLE)

DEVICE_ID: Final = Key("id", device_id(), need=True, about="site:agent, or site:agent:device")
DEVICE_ROOM: Final = Key("room", Text(), default="", about="site/room, or room where only one site has it")
ROLE: Final = Key("role", Choice(Role), default=None)
VENDOR: Final = Key("vendor", Text(), default="")
MODEL: Final = Key("model", Text(), default="")
SERIAL: Final = Key("serial", Text(), default="")
DEVICE: Final = Shape("a device", DEVICE_ID, DEVICE_ROOM, ROLE, NAME, VENDOR, MODEL, SERIAL)

SWITCH: Final = Key("switch", device_id(), default="", about="a device of this file through which others are reached")
UPS: Final = Key("ups", device_id(), default="", about="a UPS or PDU of this file that others have their power from")
STORAGE: Final = Key("storage", device_id(), default="", about="a NAS of this file that recorders write to")
PORT: Final = Key("port", Text(), default="", about="of the switch, as it names it: the instance of hw.network.up")
TO_ROOM: Final = Key("room", Text(), default="", about="all that stands in it")
TO_DEVICE: Final = Key("device", device_id(), default="", about="a device of this file; a switch: this is its uplink")
TO_SITE: Final = Key("site", identifier(), default="", about="all of it that no other link feeds: the site's link")
FEEDERS: Final = {SWITCH: Carries.PATH, UPS: Carries.POWER, STORAGE: Carries.STORAGE}
LINK: Final = Shape("a link", PORT, one_of=(TO_ROOM, TO_DEVICE, TO_SITE), one_of_also=tuple(FEEDERS))

_RULES: Final = PackReader()
PLACES: Final[Key[Cursor | None]] = Key(
    OVERRIDES,
    Untouched(Many(_RULES.overrides.shape)),
    default=None,
    about="other forms of rules, by site, room, device or instance; as in a rule pack, and they win over those",
)
SITES: Final = Key("sites", Many(SITE), default=())
ROOMS: Final = Key("rooms", Many(ROOM), default=())
DEVICES: Final = Key("devices", Many(DEVICE), default=())
LINKS: Final = Key("links", Many(LINK), default=())
CAMPUS: Final = Shape("a campus file", SITES, ROOMS, DEVICES, LINKS, PLACES)


def campus_definitions() -> Json:
    """Return the schemas that the campus file's schema refers to by name."""
    return _RULES.definitions()


def load_campus(path: Path, now: datetime, copies: TimetableCopies | None = None) -> Campus:
    """Return what a campus file says; timetables are read from a day before `now` to 14 days after it.

    Timetable files are found relative to the campus file, those with a URL among the `copies`; a room whose timetable
    has not been fetched yet has none. Raises PackError with every mistake.
    """
    root = open_document(path)
    campus = read_campus(root, path.parent, now, copies)
    root.document.check()
    return campus


def read_campus(root: Cursor, folder: Path, now: datetime, copies: TimetableCopies | None = None) -> Campus:
    """Return the campus that is written at a place of a document; mistakes are noted there."""
    try:
        return _Assembly(folder, now, _half_read(root), copies).assemble(CAMPUS.read(root))
    except Unreadable:
        return Campus()


def _half_read(root: Cursor) -> frozenset[str]:
    """Return every id that the file writes down: a reference to an item with a mistake is no second mistake."""
    found: set[str] = set()
    if root.kind != "a mapping":
        return frozenset()
    for _, group in root.entries():
        for item in group.items() if group.kind == "a list" else ():
            said = {key.scalar: value.scalar for key, value in item.entries()} if item.kind == "a mapping" else {}
            found.add(said.get("id") or "")
            found.add(f"{said.get('site')}/{said.get('id')}")
    return frozenset(found)


class _Assembly:
    """Puts the records together and checks what they say of each other."""

    def __init__(self, folder: Path, now: datetime, written: frozenset[str], copies: TimetableCopies | None) -> None:
        self._folder = folder
        self._copies = copies
        self._urls: set[str] = set()
        self._now = now
        self._written = written
        self._sites: dict[SiteId, Site] = {}
        self._rooms: dict[RoomId, Room] = {}
        self._named: dict[str, list[RoomId]] = defaultdict(list)
        self._devices: dict[DeviceId, Device] = {}
        self._timetables: dict[tuple[Path, SiteId], tuple[Lesson, ...]] = {}
        self._left_out: dict[str, None] = {}

    def assemble(self, record: Record) -> Campus:
        for site in record[SITES]:
            self._site(site)
        for room in record[ROOMS]:
            self._room(room)
        unstated = {found for device in record[DEVICES] if (found := self._device(device)) and ROLE not in device}
        self._check_places(record[PLACES])
        links = Links(record[LINKS], self._link).check(self._devices)
        return Campus(
            sites=self._sites,
            rooms=self._rooms,
            devices=self._devices,
            links=links,
            roles_unstated=frozenset(unstated),
            timetable_urls=frozenset(self._urls),
            timetable_mistakes=tuple(self._left_out),
        )

    def _site(self, record: Record) -> None:
        site = SiteId(record[ID])
        if site in self._sites:
            record.at(ID).note(f"site {site!r} is here twice")
        self._sites[site] = Site(
            id=site,
            name=record[NAME] or site,
            time_zone=record[ZONE],
            opening_hours=_hours(record[HOURS]),
            almanac=_almanac(record, self._now),
            agreement=record[AGREEMENT],
        )

    def _room(self, record: Record) -> None:
        site, bare = SiteId(record[ROOM_SITE]), record[ID]
        room = RoomId(f"{site}/{bare}")
        if room in self._rooms:
            record.at(ID).note(f"room {bare!r} of site {site!r} is here twice")
        lessons: tuple[Lesson, ...] | None = None
        if site not in self._sites:
            self._missing(record.at(ROOM_SITE), "site", site)
        elif TIMETABLE in record:
            lessons = self._lessons(record.at(TIMETABLE), record[TIMETABLE], self._sites[site])
        self._named[bare].append(room)
        self._rooms[room] = Room(
            id=room,
            site=site,
            name=record[NAME] or bare,
            has_timetable=lessons is not None,
            lessons=lessons or (),
        )

    def _lessons(self, at: Cursor, name: str, site: Site) -> tuple[Lesson, ...] | None:
        file: Path | None = self._folder / name
        if is_url(name):
            if name.partition("://")[0] not in SCHEMES:
                at.note(f"a timetable is a file or an address that begins with {', '.join(SCHEMES)}")
                return None
            self._urls.add(name)
            file = self._copies.find(name) if self._copies is not None else None
        if file is None:
            return None
        if (file, site.id) not in self._timetables:
            try:
                timetable = read_lessons(file, site.time_zone, self._now, site.almanac.is_off)
            except TimetableError as error:
                if is_url(name):  # what was fetched stops nothing
                    return None
                at.note(f"timetable {name} {error}")
                timetable = Timetable(())
            told = shown(name) if is_url(name) else name
            self._left_out |= dict.fromkeys(f"{told}:{bad.line}: {bad.why}" for bad in timetable.left_out)
            self._timetables[file, site.id] = timetable.lessons
        return self._timetables[file, site.id]

    def _device(self, record: Record) -> DeviceId | None:
        device = DeviceId(record[DEVICE_ID])
        if site_of(device) not in self._sites:
            self._missing(record.at(DEVICE_ID), "site", site_of(device))
        if device in self._devices:
            record.at(DEVICE_ID).note(f"device {device!r} is here twice")
        room = self._find_room(record.at(DEVICE_ROOM), record[DEVICE_ROOM]) if DEVICE_ROOM in record else None
        default = Role.RECORDER_PC if is_node(device) else Role.OTHER
        self._devices[device] = Device(
            id=device,
            room=room or RoomId(""),
            role=str(record[ROLE] or default),
            name=record[NAME],
            unit=Unit(vendor=record[VENDOR], model=record[MODEL], serial=record[SERIAL]),
            in_campus=True,
        )
        return device

    def _link(self, record: Record) -> Link | None:
        by, carries = next((key, carries) for key, carries in FEEDERS.items() if key in record)
        feeder = self._known(record.at(by), record[by])
        device = self._known(record.at(TO_DEVICE), record[TO_DEVICE]) if TO_DEVICE in record else None
        room = self._find_room(record.at(TO_ROOM), record[TO_ROOM]) if TO_ROOM in record else None
        site = SiteId(record[TO_SITE]) if TO_SITE in record else None
        if site is not None and site not in self._sites:
            self._missing(record.at(TO_SITE), "site", site)
            site = None
        if device is not None and device == feeder:
            record.at(TO_DEVICE).note("a device cannot feed itself")
            return None
        if PORT in record and carries is not Carries.PATH:
            record.at(PORT).note("goes with a switch; leave it out")
        if feeder is None or (device is None and room is None and site is None):
            return None
        return Link(feeder=feeder, carries=carries, port=record[PORT], device=device, room=room, site=site)

    def _check_places(self, overrides: Cursor | None) -> None:
        """Note sites, rooms and devices of overrides that the file does not have; load_rules reads the rest."""
        for item in overrides.items() if overrides is not None and overrides.kind == "a list" else ():
            where = dict(_named(item)).get("where")
            for what, name in _named(where) if where is not None else ():
                if what in ("site", "room", "device") and name.scalar is not None:
                    self._missing(name, what, name.scalar)

    def _known(self, at: Cursor, name: str) -> DeviceId | None:
        device = DeviceId(name)
        if device in self._devices:
            return device
        self._missing(at, "device", name)
        return None

    def _find_room(self, at: Cursor, name: str) -> RoomId | None:
        """Return the room that `site/room` or a bare, unique `room` names."""
        found = [RoomId(name)] if name in self._rooms else self._named.get(name, [])
        if len(set(found)) == 1:
            return found[0]
        if found:
            at.note(f"room {name!r} is in {len(found)} sites; write {' or '.join(found)}")
        else:
            self._missing(at, "room", name)
        return None

    def _missing(self, at: Cursor, what: str, name: str) -> None:
        if name not in self._written:
            at.note(f"there is no {what} {name!r} in this file")


def _named(cursor: Cursor) -> Iterator[tuple[str, Cursor]]:
    """Walk the entries of a mapping; of anything else there are none."""
    for key, value in cursor.entries() if cursor.kind == "a mapping" else ():
        yield key.scalar or "", value


def _almanac(record: Record, now: datetime) -> Almanac:
    """Return a site's days: those of its country, but what the file says of a day itself wins."""
    found = public_days(record[COUNTRY], years_around(now)) if record[COUNTRY] else PublicDays()
    off, worked = all_days(record[HOLIDAYS]), all_days(record[WORKING_DAYS])
    for day in sorted(off & worked):
        record.at(WORKING_DAYS).note(f"{day} is both a holiday and a working day here")
    terms = sorted(record[TERMS])
    for (_, last), (first, _) in pairwise(terms):
        if first <= last:
            record.at(TERMS).note(f"the term that begins on {first} begins before the one before it ends")
    return Almanac(
        holidays=(found.holidays - worked) | off, working_days=(found.working_days - off) | worked, terms=tuple(terms)
    )


def _hours(days: Mapping[Day, Spans] | None) -> Mapping[int, Spans] | None:
    if days is None:
        return None
    return {DAYS.index(day): spans for day, spans in days.items()}
