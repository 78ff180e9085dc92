"""Tests of rules. Comes in: files `*.test.yaml`. Goes out: a `Suite` a file, or every mistake in all of them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import yaml

from collector.core.action import ACTIONS
from collector.core.campus import Campus, Lesson, Room
from collector.core.model import DeviceId, RoomId, Shutdown, SiteId, is_node, node_of
from collector.core.rule import Override, RulePack
from collector.packs.campus import CAMPUS, read_campus
from collector.packs.document import Cursor, Unreadable, open_document
from collector.packs.errors import Mistake, PackError
from collector.packs.expected import AT, DEVICE, EXPECTED, MOMENT, ExpectedReader
from collector.packs.moment import CalendarTime, Clock, Moment
from collector.packs.notation import PATTERN, NotationError, parse_series
from collector.packs.rules import OVERRIDES, load_rules, overrides_within
from collector.packs.scalar import Choice, Duration, Flag, Number, OneOf, Text, TimeZone, Yes, device_id
from collector.packs.shape import Json, Key, Many, MapOf, Record, Shape, read_or
from collector.trial.case import (
    Case,
    Happening,
    Line,
    Place,
    Suite,
    What,
)
from wire.catalogue import Role

SUFFIX: Final = ".test.yaml"
_INTERVAL: Final = timedelta(seconds=10)
_START: Final = Clock(datetime(2026, 11, 23).date(), time(10))  # noqa: DTZ001 - a Monday, of whatever zone
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_SERIES: Final = re.compile(r"(\S+)\s+([^\s\[\]]+?)(?:\[(.*)\])?")
_ROOM: Final = "r"


class SeriesName:
    """`DEVICE METRIC[INSTANCE]`."""

    def read(self, cursor: Cursor) -> tuple[DeviceId, str, str]:
        text = Text().read(cursor)
        match = _SERIES.fullmatch(text)
        if match is None:
            cursor.refuse(f"must be DEVICE METRIC or DEVICE METRIC[INSTANCE], is {text!r}")
        device = device_id().read(part_of(cursor, 0, match[1]))
        return DeviceId(device), match[2], match[3] or ""

    def schema(self) -> Json:
        return {"type": "string", "pattern": r"^\S+\s+[^\s\[\]]+(\[.*\])?$"}


class Series:
    """Values in the notation of `notation.py`."""

    def read(self, cursor: Cursor) -> tuple[float | None, ...]:
        text = cursor.scalar
        if text is None:
            cursor.refuse(f"must be a series like 0x3 2x10, is {cursor.kind}")
        try:
            return parse_series(text)
        except NotationError as error:
            part_of(cursor, error.at, text[error.at :]).refuse(str(error))

    def schema(self) -> Json:
        return {"anyOf": [{"type": "number"}, {"type": "string", "pattern": PATTERN}]}


A_ROLE: Final = Key("role", Choice(Role), default=None)
A_ROOM: Final = Key("room", Text(), default=_ROOM, about=f"without it {_ROOM!r}")
EVERY: Final = Key("interval", Duration(), default=None, about="how often it is read")
UNBORN: Final = Key("born", Flag(), default=True, about="false: no birth comes at the start")
DEVICE_IS: Final = Shape("a device", A_ROLE, A_ROOM, EVERY, UNBORN)


class Described:
    """A role alone, or a mapping that says more of a device."""

    def read(self, cursor: Cursor) -> Record:
        if cursor.kind == "a mapping":
            return DEVICE_IS.read(cursor)
        return Record(cursor, {"role": Choice(Role).read(cursor)}, {})

    def schema(self) -> Json:
        return {"anyOf": [Choice(Role).schema(), DEVICE_IS.schema()]}


FROM: Final = Key("from", MOMENT, need=True)
TO: Final = Key("to", MOMENT, need=True)
RECORDED: Final = Key("recorded", Flag(), default=True, about="booked as recorded; without it true")
LESSON: Final = Shape("a lesson", FROM, TO, RECORDED)

TOLD: Final = Key("told", Choice(Shutdown), default=None, about="the shutdown that was announced before a death")
DOWN: Final = Key("down", Duration(), default=timedelta(), about="how long a restart takes")
TICKET: Final = Key("ticket", Number(low=1, whole=True), default=1.0, about="the ticket that somebody acts on")
FIELDS: Final = Key("with", MapOf(Text(), Text()), default={}, about="what the action asks for")
_OF_AN_AGENT: Final[tuple[What, ...]] = (What.QUIET, What.HEARD, What.CUT, What.BACK)
_OF_A_DEVICE: Final[tuple[What, ...]] = (What.BORN, What.DIED, *_OF_AN_AGENT)
ON_DEVICE: Final = {what: Key(what.value, DEVICE) for what in What if what in _OF_A_DEVICE}
ON_ALL: Final = {what: Key(what.value, Yes()) for what in (What.RESTART, What.BLIND, What.SEES)}
ACT: Final = Key("act", OneOf(tuple(ACTIONS)))
EVENT: Final = Shape("an event", AT, TOLD, DOWN, TICKET, FIELDS, one_of=(*ON_DEVICE.values(), *ON_ALL.values(), ACT))


class _Within:
    """A campus file's content, read where the start of the test is known."""

    def read(self, cursor: Cursor) -> Cursor:
        return cursor

    def schema(self) -> Json:
        return CAMPUS.schema()


NAME: Final = Key("name", Text(), need=True, about="a sentence")
START: Final = Key("start", CalendarTime(), default=None, about="when it begins, by the clock of `time_zone`")
INTERVAL: Final = Key("interval", Duration(), default=None, about="between two values of a series")
ZONE: Final = Key("time_zone", TimeZone(), default=_ZONE)
OF_CAMPUS: Final = Key("campus", _Within(), default=None, about="as in a campus file")
LESSONS: Final = Key("lessons", MapOf(Text(), Many(LESSON)), default={}, about="site/room: its timetable")
DEVICES: Final = Key("devices", MapOf(DEVICE, Described()), default={}, about="what births say of devices")
LINES: Final = Key("series", MapOf(SeriesName(), Series()), default={}, about="DEVICE METRIC[INSTANCE]: values")
EVENTS: Final = Key("events", Many(EVENT), default=())
EXPECT: Final = Key("expect", Many(EXPECTED, at_least=1), need=True)
TEST: Final = Shape("a test", NAME, START, INTERVAL, OF_CAMPUS, LESSONS, DEVICES, LINES, EVENTS, EXPECT)
RULES: Final = Key("rules", Many(Text(), at_least=1, single=True), default=(".",), about="files or folders, from here")
TESTS: Final = Key("tests", Many(TEST, at_least=1), need=True)
SUITE: Final = Shape("a file of tests", RULES, START, INTERVAL, ZONE, OF_CAMPUS, TESTS)


def load_tests(paths: Sequence[Path]) -> list[Suite]:
    """Return the tests in files and in the `*.test.yaml` of folders.

    Raises PackError with every mistake of all files.
    """
    mistakes: list[Mistake] = []
    suites: list[Suite] = []
    packs = _Packs()
    for path in _files(paths, mistakes):
        try:
            root = open_document(path)
            suite = read_or(SUITE, root)
            if suite is not None:
                suites.append(_suite(suite, path, packs))
            root.document.check()
        except PackError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise PackError(list(dict.fromkeys(mistakes)))
    return suites


class _Packs:
    """The rules that tests are about, read once; a test's overrides are forms of them."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, ...], RulePack] = {}

    def __call__(self, names: tuple[str, ...]) -> RulePack:
        """Return the rules of files and folders. Raises PackError."""
        if names not in self._read:
            self._read[names] = load_rules([Path(name) for name in names])
        return self._read[names]


def _files(paths: Sequence[Path], mistakes: list[Mistake]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in paths:
        found = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not found:
            mistakes.append(Mistake(str(path), 1, 1, "", f"there are no tests (*{SUFFIX}) in this folder"))
        for file in found:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _suite(record: Record, path: Path, packs: _Packs) -> Suite:
    rules = tuple(str(path.parent / name) for name in record[RULES])
    cases: list[Case] = []
    names: dict[str, Place] = {}
    for test in record[TESTS]:
        try:
            case = _Reading(record, test, path, lambda: packs(rules)).case()
        except Unreadable:
            continue
        if case.name in names:
            test.at(NAME).note(f"there is a test of this name before, in line {names[case.name].line}")
        names.setdefault(case.name, case.place)
        cases.append(case)
    return Suite(file=str(path), rules=rules, cases=tuple(cases))


class _Reading:
    """Makes one test of its record."""

    def __init__(self, suite: Record, test: Record, path: Path, rules: Callable[[], RulePack]) -> None:
        self._test = test
        self._rules = rules
        self._path = path
        self._zone = suite[ZONE]
        self._start = (test[START] or suite[START] or _START).within(self._zone)
        self._interval = test[INTERVAL] or suite[INTERVAL] or _INTERVAL
        self._campus_at = test[OF_CAMPUS] or suite[OF_CAMPUS]
        if self._interval <= timedelta():
            test.at(INTERVAL).refuse("must be longer than nothing")

    def case(self) -> Case:
        test = self._test
        events = [self._happening(event) for event in test[EVENTS]]
        expected = ExpectedReader(at=self._at, zone=self._zone, place=self._place)
        expectations = [expected.expectation(record) for record in test[EXPECT]]
        births = self._births({each.device for each in events if each.what is What.BORN and each.at == timedelta()})
        return Case(
            name=test[NAME],
            place=self._place(test.at(NAME)),
            start=self._start,
            interval=self._interval,
            campus=self._campus(),
            overrides=self._overrides(),
            lines=tuple(
                Line(device=device, metric=metric, instance=instance, values=values)
                for (device, metric, instance), values in test[LINES].items()
            ),
            happenings=(*births, *sorted(events, key=lambda each: each.at)),
            expectations=tuple(sorted(expectations, key=lambda each: each.at)),
        )

    # ------------------------------------------------------------ who is there

    def _births(self, told: set[DeviceId | None]) -> list[Happening]:
        """Return the births at the start: of all that is described or read, agents first."""
        described = {DeviceId(device): record for device, record in self._test[DEVICES].items()}
        named = dict.fromkeys([*described, *(device for device, _, _ in self._test[LINES])])
        nodes = dict.fromkeys(node_of(device) for device in named)
        births: list[Happening] = []
        for device in [*nodes, *(device for device in named if not is_node(device))]:
            record = described.get(device)
            if device in told or (record is not None and not record[UNBORN]):
                continue
            births.append(
                Happening(
                    at=timedelta(),
                    what=What.BORN,
                    device=device,
                    properties=self._properties(device),
                    interval=self._every(device),
                )
            )
        return births

    def _properties(self, device: DeviceId) -> Mapping[str, str]:
        record = self._test[DEVICES].get(device)
        role = record[A_ROLE] if record is not None else None
        said = {"room": record[A_ROOM] if record is not None else _ROOM}
        return {**said, "role": str(role)} if role is not None else said

    def _every(self, device: DeviceId) -> timedelta | None:
        record = self._test[DEVICES].get(device)
        asked = record[EVERY] if record is not None else None
        return asked or (self._interval if is_node(device) else None)

    # ------------------------------------------------------------ where

    def _campus(self) -> Campus:
        campus = Campus()
        if self._campus_at is not None:
            campus = read_campus(self._campus_at, self._path.parent, self._start)
        rooms = dict(campus.rooms)
        for name, records in self._test[LESSONS].items():
            room = RoomId(name)
            known = rooms.get(room) or Room(id=room, site=SiteId(name.partition("/")[0]), name=name)
            lessons = sorted((self._lesson(record) for record in records), key=lambda lesson: lesson.start)
            rooms[room] = replace(known, has_timetable=True, lessons=tuple(lessons))
        return replace(campus, rooms=rooms)

    def _overrides(self) -> Mapping[str, tuple[Override, ...]]:
        """Return the forms that the test's campus gives to rules; their mistakes are noted where they stand."""
        at = self._campus_at
        if at is None or at.kind != "a mapping" or all(key.scalar != OVERRIDES for key, _ in at.entries()):
            return {}
        return overrides_within(at, self._rules())

    def _lesson(self, record: Record) -> Lesson:
        start, end = self._at(record[FROM]), self._at(record[TO])
        if end <= start:
            record.at(TO).refuse("a lesson ends after it begins")
        return Lesson(start=self._start + start, end=self._start + end, title="", recorded=record[RECORDED])

    # ------------------------------------------------------------ what happens

    def _happening(self, record: Record) -> Happening:
        at = self._at(record[AT])
        if at < timedelta():
            record.at(AT).refuse("is before the start of the test")
        for what, key in ON_DEVICE.items():
            if key in record:
                device = DeviceId(record[key])
                if what in _OF_AN_AGENT and not is_node(device):
                    record.at(key).refuse("only an agent sends messages; a device behind it dies or is not read")
                return Happening(
                    at=at,
                    what=what,
                    device=device,
                    properties=self._properties(device) if what in (What.BORN, What.BACK) else {},
                    interval=self._every(device) if what in (What.BORN, What.BACK) else None,
                    told=record[TOLD],
                )
        for what, said in ON_ALL.items():
            if said in record:
                return Happening(at=at, what=what, down=record[DOWN])
        return Happening(
            at=at, what=What.ACT, ticket=int(record[TICKET]), action=record[ACT], fields=_fields(record[FIELDS])
        )

    # ------------------------------------------------------------

    def _at(self, moment: Moment) -> timedelta:
        if isinstance(moment, timedelta):
            return moment
        at = moment.within(self._zone)
        return timedelta(seconds=at.timestamp() - self._start.timestamp())

    def _place(self, cursor: Cursor) -> Place:
        mark = cursor.node.start_mark
        return Place(file=str(self._path), line=mark.line + 1, column=mark.column + 1)


def _fields(said: Mapping[str, str]) -> Mapping[str, object]:
    """Return an action's fields; what is a whole number is one."""
    return {name: int(text) if re.fullmatch(r"\d{1,9}", text) else text for name, text in said.items()}


def part_of(cursor: Cursor, offset: int, text: str) -> Cursor:
    """Return a place within a scalar of one line: for mistakes in the middle of a text."""
    mark = cursor.node.start_mark
    quoted = isinstance(cursor.node, yaml.ScalarNode) and cursor.node.style in ("'", '"')
    column = mark.column + offset + (1 if quoted else 0)
    moved = yaml.Mark(mark.name, mark.index, mark.line, column, None, 0)
    return Cursor(cursor.document, yaml.ScalarNode(cursor.node.tag, text, moved, moved), cursor.where)


def tests_schema() -> Json:
    """Return the JSON Schema of a file of tests."""
    return SUITE.schema()
