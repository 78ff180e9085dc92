"""Agreements. Comes in: `rules/agreements/*.yaml`. Goes out: an `Agreement` each by its id, or every mistake in them.

`python -m collector.packs.agreement > docs/schema/agreement.json` writes the schema for editors.
"""

import json
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from collector.core.agreement import Agreement, Calendar, ComplaintRung, Contact, Counting, Rung, Term
from collector.core.model import Level
from collector.core.ticket import Step
from collector.packs.campus import Day
from collector.packs.days import Days, all_days
from collector.packs.document import Cursor, Unreadable, open_document
from collector.packs.errors import Mistake, PackError
from collector.packs.scalar import Choice, DaySpans, Duration, Flag, Number, OneOf, Text, identifier
from collector.packs.shape import Json, Key, Many, MapOf, Record, Shape

_WORKING_DAYS = re.compile(r"\s*(\d+)\s+working\s+days?\s*")
_BUSINESS = re.compile(r"(.*\S)\s+of\s+business\s+hours\s*")
_PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")
_MOST_PERCENT = 1000
_DURATION_WORDS = Duration()


@dataclass(frozen=True, slots=True)
class Within:
    """A promised time: `30 min` by the wall clock, `4 h of business hours`, or `3 working days`."""

    def read(self, cursor: Cursor) -> tuple[timedelta, Counting]:
        text = cursor.scalar or ""
        if days := _WORKING_DAYS.fullmatch(text):
            within, counting = timedelta(days=int(days[1])), Counting.WORKING_DAYS
        elif business := _BUSINESS.fullmatch(text):
            within, counting = _duration(cursor, business[1]), Counting.BUSINESS
        else:
            within, counting = _duration(cursor, text), Counting.ALWAYS
        if not timedelta() < within <= timedelta(days=366):
            cursor.refuse("must be more than nothing and at most a year")
        return within, counting

    def schema(self) -> Json:
        duration = r"(\s*\d+(\.\d+)?\s*(s|min|m|h|d)\s*)+"
        return {"type": "string", "pattern": rf"^({duration}|{duration}of business hours|\s*\d+ working days?\s*)$"}


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a promise's time: `50 %`; more than 100 % is after its deadline."""

    def read(self, cursor: Cursor) -> float:
        match = _PERCENT.fullmatch(cursor.scalar or "")
        if match is None or not 0 <= float(match[1]) <= _MOST_PERCENT:
            cursor.refuse(f"must be a share like 50 %, at most {_MOST_PERCENT} %, is {cursor.scalar or cursor.kind}")
        return float(match[1]) / 100

    def schema(self) -> Json:
        return {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s*$"}


STEP: Final = Key("step", Choice(Step), need=True, about="what is promised")
WITHIN: Final = Key("within", Within(), need=True, about="30 min, 4 h of business hours, or 3 working days")
TERM: Final = Shape("a promise", STEP, WITHIN)

CONTACT_ROLE: Final = Key("role", Text(), need=True, about="lead, senior engineer, manager, ...")
CONTACT_NAME: Final = Key("name", Text(), default="")
PHONE: Final = Key("phone", Text(), default="")
EMAIL: Final = Key("email", Text(), default="")
CONTACT: Final = Shape("a contact", CONTACT_ROLE, CONTACT_NAME, PHONE, EMAIL)

ID: Final = Key("id", identifier(), need=True, about="as sites of the campus file name it")
NAME: Final = Key("name", MapOf(OneOf(("en", "zh-CN")), Text()), default=None, about="what people call it, by language")
TRACKS: Final = Key(
    "tracks", MapOf(identifier(), Many(TERM, at_least=1)), need=True, about="promises; all count from the opening"
)
LEVELS: Final = Key(
    "levels", MapOf(OneOf(("1", "2", "3", "4")), identifier()), need=True, about="the track of each level"
)
HOURS: Final = Key(
    "business_hours",
    MapOf(Choice(Day), DaySpans()),
    default=None,
    about="local time a day of the week; a day not listed is not worked",
)
HOLIDAYS: Final = Key(
    "holidays",
    Many(Days()),
    default=(),
    about="days that are not worked, beside the public holidays of a site's country",
)
WORKING_DAYS: Final = Key(
    "working_days", Many(Days()), default=(), about="days that are worked although their weekday is not"
)
REOPEN: Final = Key(
    "reopen_within",
    Duration(),
    default=timedelta(minutes=30),
    about="a fault that is back so soon is the same ticket",
)
WARRANTY: Final = Key("warranty_years", Number(0, 50, whole=True), default=5, about="from the room's acceptance")
FOLLOW_ON: Final = Key("follow_on_contract", Flag(), default=False, about="a contract pays for visits after it")
CONTACTS: Final = Key("contacts", Many(CONTACT), default=(), about="who is called, in the order of escalation")
RUNG_STEP: Final = Key("step", Choice(Step), need=True, about="the promise whose time runs out")
RUNG_AT: Final = Key(
    "at", Share(), need=True, about="how much of it has gone: 0 % is the first call, 100 % the deadline"
)
RUNG_TO: Final = Key("to", Text(), need=True, about="the role of a contact")
A_LEVEL: Final = OneOf(("1", "2", "3", "4"))
RUNG_LEVELS: Final = Key("levels", Many(A_LEVEL, at_least=1), default=(), about="without it at every level")
RUNG: Final = Shape("a rung", RUNG_STEP, RUNG_AT, RUNG_TO, RUNG_LEVELS)
LADDER: Final = Key("escalation", Many(RUNG), default=(), about="who is told as the time of a promise runs out")
AFTER: Final = Key("after", Duration(), need=True, about="how long the complaint has stood: 0 s is at once")
COMPLAINT_RUNG: Final = Shape("a rung", AFTER, RUNG_TO)
COMPLAINTS: Final = Key(
    "complaints", Many(COMPLAINT_RUNG), default=(), about="who is told of a complaint, until whoever made it is content"
)
IN_HOURS: Final = Key(
    "told_in_business_hours", Many(A_LEVEL), default=(), about="levels for which nobody is called at night"
)
AGREEMENT: Final = Shape(
    "an agreement",
    *(ID, NAME, TRACKS, LEVELS, HOURS, HOLIDAYS, WORKING_DAYS, REOPEN, WARRANTY, FOLLOW_ON, CONTACTS),
    *(LADDER, COMPLAINTS, IN_HOURS),
)


def load_agreements(paths: Sequence[Path]) -> dict[str, Agreement]:
    """Return the agreements of files and of folders' `*.yaml`, by id. Raises PackError with every mistake of all files.

    Of two files with one id the later path wins, so that a customer's folder may replace a shipped agreement; twice in
    one path is a mistake.
    """
    found: dict[str, Agreement] = {}
    mistakes: list[Mistake] = []
    for path in paths:
        here: dict[str, Path] = {}
        for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
            try:
                agreement, at = _load(file)
            except PackError as error:
                mistakes += error.mistakes
                continue
            if agreement.id in here:
                line, column = at.node.start_mark.line + 1, at.node.start_mark.column + 1
                what = f"agreement {agreement.id!r} is in {here[agreement.id]} too"
                mistakes.append(Mistake(str(file), line, column, at.where, what))
            here[agreement.id] = file
            found[agreement.id] = agreement
    if mistakes:
        raise PackError(mistakes)
    return found


def agreement_schema() -> Json:
    """Return the JSON Schema of an agreement's file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Roomtone agreement",
        "description": "What a customer was promised: tracks of promises, the levels they serve, and working time.",
        **AGREEMENT.schema(),
    }


def _load(path: Path) -> tuple[Agreement, Cursor]:
    root = open_document(path)
    try:
        agreement, at = _assemble(AGREEMENT.read(root))
    except Unreadable as error:
        root.document.check()
        raise AssertionError("what is unreadable was noted") from error
    root.document.check()
    return agreement, at


def _assemble(record: Record) -> tuple[Agreement, Cursor]:
    tracks = {name: _track(name, terms) for name, terms in record[TRACKS].items()}
    levels: dict[Level, tuple[Term, ...]] = {}
    for level in Level:
        track = record[LEVELS].get(str(level.value))
        if track is None:
            record.at(LEVELS).note(f"level {level.value} has no track")
        elif track not in tracks:
            record.at(LEVELS).note(f"level {level.value}: there is no track {track!r}; there are {', '.join(tracks)}")
        else:
            levels[level] = tracks[track]
    hours = record[HOURS] or {}
    week = tuple(hours.get(day, ()) for day in Day)
    if not any(week) and any(term.counting is not Counting.ALWAYS for track in tracks.values() for term in track):
        record.at(HOURS).note("a promise counts working time, so business_hours must list at least one day")
    if record[IN_HOURS] and not any(week):
        record.at(IN_HOURS).note("needs business_hours")
    ladder, complaints = _ladder(record), _complaints(record)
    record.cursor.document.check()
    holidays, working_days = record[HOLIDAYS], record[WORKING_DAYS]
    agreement = Agreement(
        id=record[ID],
        name=_names(record),
        tracks=levels,
        calendar=Calendar(week=week, holidays=all_days(holidays), working_days=all_days(working_days)),
        reopen_within=record[REOPEN],
        warranty_years=int(record[WARRANTY]),
        follow_on_contract=record[FOLLOW_ON],
        contacts=tuple(
            Contact(role=each[CONTACT_ROLE], name=each[CONTACT_NAME], phone=each[PHONE], email=each[EMAIL])
            for each in record[CONTACTS]
        ),
        ladder=ladder,
        complaints=complaints,
        told_in_business_hours=tuple(sorted({Level(int(level)) for level in record[IN_HOURS]})),
    )
    return agreement, record.at(ID)


def _names(record: Record) -> Mapping[str, str]:
    return record[NAME] or {"en": record[ID]}


def _track(name: str, records: Sequence[Record]) -> tuple[Term, ...]:
    terms: dict[Step, Term] = {}
    for record in records:
        within, counting = record[WITHIN]
        if record[STEP] in terms:
            record.at(STEP).note(f"track {name!r} promises {record[STEP]} twice")
        terms[record[STEP]] = Term(step=record[STEP], within=within, counting=counting)
    return tuple(terms[step] for step in Step if step in terms)


def _ladder(record: Record) -> tuple[Rung, ...]:
    roles = _roles(record)
    rungs: dict[str, Rung] = {}
    for each in record[LADDER]:
        rung = Rung(
            step=each[RUNG_STEP],
            share=each[RUNG_AT],
            to=each[RUNG_TO],
            levels=tuple(sorted({Level(int(level)) for level in each[RUNG_LEVELS]})),
        )
        _check_role(each, rung.to, roles)
        if rung.key in rungs:
            each.cursor.note(f"{rung.step} at {rung.share:.0%} is here twice")
        rungs[rung.key] = rung
    return tuple(rungs.values())


def _complaints(record: Record) -> tuple[ComplaintRung, ...]:
    roles = _roles(record)
    rungs: list[ComplaintRung] = []
    for each in record[COMPLAINTS]:
        rung = ComplaintRung(after=each[AFTER], to=each[RUNG_TO])
        _check_role(each, rung.to, roles)
        if rungs and rung.after <= rungs[-1].after:
            each.at(AFTER).note("must be later than the rung before it")
        rungs.append(rung)
    return tuple(rungs)


def _roles(record: Record) -> set[str]:
    return {each[CONTACT_ROLE] for each in record[CONTACTS]}


def _check_role(record: Record, role: str, roles: Collection[str]) -> None:
    if role not in roles:
        record.at(RUNG_TO).note(f"there is no contact of role {role!r}; there are {', '.join(roles) or 'none'}")


def _duration(cursor: Cursor, text: str) -> timedelta:
    """Read a part of a value as a duration."""
    part = type(cursor.node)(cursor.node.tag, text, cursor.node.start_mark, cursor.node.end_mark)
    return _DURATION_WORDS.read(Cursor(cursor.document, part, cursor.where))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(agreement_schema(), indent=2, ensure_ascii=False) + "\n")
