"""Public holidays, make-up days, terms: what the files say of days, and what a room is for on them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.core.agreement import Calendar, Counting, Term
from collector.core.almanac import Almanac
from collector.core.campus import Campus, Lesson, Room, Site
from collector.core.context import Schedule
from collector.core.deadline import due_at
from collector.core.model import Context, RoomId, SiteId
from collector.core.rule import Quantity
from collector.core.ticket import Step
from collector.desk.setting import Setting
from collector.packs.agreement import load_agreements
from collector.packs.public_days import public_days
from tests.unit.packs.test_campus import ICS, load, mistakes

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = (((time(8), time(22)),),) * 5 + ((), ())
ROOM = Room(id=RoomId("east/a101"), site=SiteId("east"), name="A101", has_timetable=True)
YEARS = range(2025, 2029)


@pytest.mark.parametrize(
    ("country", "day", "off", "worked"),
    [
        ("CN", date(2026, 10, 1), True, False),
        ("CN", date(2026, 10, 4), True, False),
        ("CN", date(2026, 10, 10), False, True),
        ("CN", date(2026, 2, 14), False, True),
        ("CN", date(2027, 10, 1), True, False),
        ("CN", date(2026, 11, 23), False, False),
        ("DE-BY", date(2026, 1, 6), True, False),
        ("DE", date(2026, 1, 6), False, False),
    ],
    ids=["National Day", "a Sunday within it", "the Saturday that makes up", "a Saturday before New Year",
         "a year that is not announced", "a Monday", "a part's holiday", "no holiday of the whole"],
)  # fmt: skip
def test_public_days_are_those_of_the_country(country: str, day: date, off: bool, worked: bool) -> None:
    found = public_days(country, YEARS)
    assert (day in found.holidays, day in found.working_days) == (off, worked)


ALMANAC = Almanac(
    holidays=frozenset({date(2026, 10, 1), date(2026, 10, 2)}),
    working_days=frozenset({date(2026, 10, 10)}),
    terms=((date(2026, 9, 1), date(2026, 10, 31)),),
)
SITE = Site(
    id=SiteId("east"),
    name="E",
    time_zone=SHANGHAI,
    opening_hours={number: spans for number, spans in enumerate(WEEK) if spans},
    almanac=ALMANAC,
)


@pytest.mark.parametrize(
    ("day", "context"),
    [
        (date(2026, 9, 30), Context.OPEN),
        (date(2026, 10, 1), Context.CLOSED),
        (date(2026, 10, 10), Context.OPEN),
        (date(2026, 10, 11), Context.CLOSED),
        (date(2026, 8, 31), Context.CLOSED),
        (date(2026, 11, 2), Context.CLOSED),
    ],
    ids=["a Wednesday", "a holiday", "a make-up Saturday", "a Sunday", "before the term", "after the term"],
)
def test_a_room_is_closed_on_holidays_and_outside_the_terms_and_open_on_make_up_days(
    day: date, context: Context
) -> None:
    noon = datetime.combine(day, time(12), SHANGHAI).astimezone(UTC)
    assert Schedule(ROOM, SITE).context(noon) is context


def test_contexts_change_where_the_next_working_day_begins() -> None:
    schedule = Schedule(ROOM, SITE)
    evening = datetime(2026, 9, 30, 22, 30, tzinfo=SHANGHAI).astimezone(UTC)
    assert schedule.context(evening) is Context.CLOSED
    assert schedule.next_change(evening) == datetime(2026, 10, 5, 8, tzinfo=SHANGHAI).astimezone(UTC)


def test_promises_skip_holidays_and_count_make_up_days_of_the_sites_country() -> None:
    agreements = load_agreements([Path(__file__).parents[3] / "rules" / "agreements"])
    setting = Setting(campus=Campus(sites={SITE.id: SITE}), agreements=agreements, words=lambda _rule: {})
    found = setting.agreement(SITE.id)
    assert setting.agreement(SiteId("other")) is agreements["default"]
    three_days = Term(step=Step.SWAP, within=timedelta(days=3), counting=Counting.WORKING_DAYS)
    friday = datetime(2026, 10, 9, 17, 30, tzinfo=SHANGHAI).astimezone(UTC)
    due = due_at(friday, three_days, stops=(), calendar=found.calendar, zone=SHANGHAI)
    assert due == datetime(2026, 10, 13, 17, 30, tzinfo=SHANGHAI).astimezone(UTC)  # Saturday, Monday, Tuesday
    plain = due_at(friday, three_days, stops=(), calendar=agreements["default"].calendar, zone=SHANGHAI)
    assert plain == datetime(2026, 10, 14, 17, 30, tzinfo=SHANGHAI).astimezone(UTC)


def test_what_an_agreement_says_of_a_day_wins_over_the_country() -> None:
    own = Calendar(week=WEEK, holidays=frozenset({date(2026, 10, 10)}), working_days=frozenset({date(2026, 10, 1)}))
    both = own.with_days_of(ALMANAC)
    assert both.spans(date(2026, 10, 10)) == ()
    assert both.spans(date(2026, 10, 1)) == WEEK[0]
    assert both.spans(date(2026, 10, 2)) == ()


CAMPUS = """sites:
  - id: east
    time_zone: Asia/Shanghai
    opening_hours: {mon: "08:00-22:00", tue: "08:00-22:00", wed: "08:00-22:00"}
    country: CN
    holidays: [2026-11-24, 2026-12-24 to 2026-12-26]
    working_days: [2026-10-01]
    terms: [2026-09-01 to 2027-01-17, 2027-02-22 to 2027-07-10]
rooms:
  - {id: a101, site: east, timetable: a101.ics}
"""


def test_a_campus_file_says_days(tmp_path: Path) -> None:
    almanac = load(tmp_path, CAMPUS).sites[SiteId("east")].almanac
    assert {date(2026, 10, 2), date(2026, 11, 24), date(2026, 12, 25)} <= almanac.holidays
    assert date(2026, 10, 1) not in almanac.holidays
    assert {date(2026, 10, 1), date(2026, 10, 10)} <= almanac.working_days
    assert almanac.terms[1] == (date(2027, 2, 22), date(2027, 7, 10))


def held(campus: Campus) -> list[tuple[int, str]]:
    lessons = campus.rooms[RoomId("east/a101")].lessons
    return [(lesson.start.astimezone(SHANGHAI).day, lesson.title) for lesson in lessons]


def test_what_recurs_is_not_held_on_a_holiday_and_what_was_entered_for_that_day_is(tmp_path: Path) -> None:
    assert held(load(tmp_path, CAMPUS)) == [(23, "高等数学"), (24, "班会"), (7, "高等数学")]
    text = CAMPUS.replace("holidays: [2026-11-24,", "holidays: [2026-11-23, 2026-11-24,")
    assert held(load(tmp_path, text)) == [(24, "班会"), (7, "高等数学")]


def test_a_timetable_that_lists_every_lesson_by_its_day_lists_holidays_too(tmp_path: Path) -> None:
    alone = ICS.replace("RRULE", "X-RULE").replace("20261102T", "20261123T")
    assert "RRULE" in ICS
    text = CAMPUS.replace("holidays: [2026-11-24,", "holidays: [2026-11-23, 2026-11-24,")
    assert [day for day, _ in held(load(tmp_path, CAMPUS, alone)) if day in (23, 24)] == [23]
    assert [day for day, _ in held(load(tmp_path, text, alone)) if day in (23, 24)] == []


@pytest.mark.parametrize("for_that_day", [False, True])
def test_a_lesson_on_a_holiday_is_held_where_it_was_entered_for_that_very_day(for_that_day: bool) -> None:
    start = datetime(2026, 10, 1, 9, tzinfo=SHANGHAI).astimezone(UTC)
    lesson = Lesson(start=start, end=start + timedelta(hours=1), title="", recorded=True, for_that_day=for_that_day)
    schedule = Schedule(replace(ROOM, lessons=(lesson,)), SITE)
    assert schedule.context(start) is (Context.LESSON if for_that_day else Context.CLOSED)
    assert schedule.booked(start) is for_that_day
    assert schedule.quantity(Quantity.BOOKED_HOURS, start) == (1.0 if for_that_day else 0.0)


def test_a_lesson_on_a_make_up_saturday_or_an_ordinary_sunday_is_held() -> None:
    for day in (10, 11):
        start = datetime(2026, 10, day, 9, tzinfo=SHANGHAI).astimezone(UTC)
        lesson = Lesson(start=start, end=start + timedelta(hours=1), title="", recorded=True)
        assert Schedule(replace(ROOM, lessons=(lesson,)), SITE).context(start) is Context.LESSON


def test_a_lesson_that_was_moved_to_a_holiday_is_held(tmp_path: Path) -> None:
    moved = """BEGIN:VEVENT
UID:1
RECURRENCE-ID;TZID=Asia/Shanghai:20261123T080000
DTSTART;TZID=Asia/Shanghai:20261124T080000
DTEND;TZID=Asia/Shanghai:20261124T094000
SUMMARY:补课
END:VEVENT
END:VCALENDAR"""
    assert (24, "补课") in held(load(tmp_path, CAMPUS, ICS.replace("END:VCALENDAR", moved)))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("country: CN", "country: China"), "5:14 sites[0].country: must be a country like CN"),
        (("country: CN", "country: XX"), "5:14 sites[0].country: of 'XX' no public holidays are known"),
        (("country: CN", "country: DE-XX"), "5:14 sites[0].country: DE has no part 'XX'"),
        (("2026-11-24,", "2026-11-31,"), "6:16 sites[0].holidays[0]: must be a date like 2026-10-01"),
        (("to 2026-12-26", "to 2026-12-06"), "6:28 sites[0].holidays[1]: ends before it begins"),
        (("[2026-10-01]", "[2026-11-24]"), "7:19 sites[0].working_days: 2026-11-24 is both a holiday and"),
        (("2026-09-01 to 2027-01-17", "2026-09-01"), "8:13 sites[0].terms[0]: must be days like"),
        (("2027-02-22 to", "2027-01-10 to"), "8:12 sites[0].terms: the term that begins on 2027-01-10 begins"),
        (("timetable: a101.ics", "timetable: ftp://x/y.ics"), "10:39 rooms[0].timetable: a timetable is a file or an"),
    ],
    ids=["no code", "no such country", "no such part", "no such day", "backwards", "both", "one day", "overlap", "ftp"],
)
def test_a_slip_in_days_is_told_where_it_is(tmp_path: Path, change: tuple[str, str], expected: str) -> None:
    (found,) = mistakes(tmp_path, CAMPUS.replace(*change))
    assert found.startswith(expected)
