"""Timetables as schools write them: what can be understood counts, and a bad event costs only itself."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from collector.packs.timetable import Timetable, TimetableError, parse_lessons

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
GOOD = "UID:good\nSUMMARY:good\nDTSTART:20261124T010000Z\nDTEND:20261124T020000Z"
ZONE = (
    "BEGIN:VTIMEZONE\nTZID:{name}\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:{off}\nTZOFFSETTO:{off}\n"
    "END:STANDARD\nEND:VTIMEZONE\n"
)
AT_8 = "UID:1\nSUMMARY:a\nDTSTART;TZID=Asia/Shanghai:20261101T080000\nDTEND;TZID=Asia/Shanghai:20261101T090000\n"
DAILY = f"{AT_8}RRULE:FREQ=DAILY;UNTIL=20261125T000000Z"
MOVED = "\nUID:1\nSUMMARY:moved\nDTSTART;TZID=Asia/Shanghai:20261124T150000\nDTEND;TZID=Asia/Shanghai:20261124T160000\n"
EVERY_DAY = ["a 23 00:00", "a 24 00:00", "a 25 00:00"]


def ics(*events: str, head: str = "") -> str:
    body = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:t\n{head}{body}END:VCALENDAR\n"


def read(text: str | bytes) -> Timetable:
    return parse_lessons(text if isinstance(text, bytes) else text.encode(), SHANGHAI, NOW)


def lessons(text: str | bytes) -> list[str]:
    return [f"{one.title} {one.start:%d %H:%M}" for one in read(text).lessons]


@pytest.mark.parametrize(
    ("times", "why"),
    [
        ("DTSTART:20261131T080000\nDTEND:20261131T090000", "DTSTART: Wrong datetime format"),
        ("DTSTART:2026-11-24 08:00\nDTEND:20261124T090000", "DTSTART: Wrong datetime format"),
        ("DTEND:20261124T090000", "it has no DTSTART"),
        ("DTSTART:20261124T080000\nDTSTART:20261124T083000\nDTEND:20261124T090000", "DTSTART is there more than once"),
        ("DTSTART:20261124T080000\nDTEND:20261124T070000", "it ends before it begins"),
        ("DTSTART;VALUE=DATE:20261124\nDTEND:20261124T070000Z", "must be of the same type"),
        ("DTSTART:20261124T080000\nDTEND:20271124T080000", "it is longer than 7 days"),
        ("DTSTART:20261101T080000\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES", "RRULE: Expected frequency"),
        ("DTSTART:20261101T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL must be 1 or more"),
        ("DTSTART:20200101T080000\nDURATION:PT1S\nRRULE:FREQ=SECONDLY", "FREQ=SECONDLY is not one of"),
        (
            f"DTSTART:20200101T080000\nDURATION:PT1S\nRRULE:FREQ=DAILY;BYSECOND={','.join(map(str, range(60)))}",
            "more than 48 times a day",
        ),
        ("DTSTART:00010101T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY", "it recurs from before 1970"),
        ("DTSTART:20261101T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEXDATE:tomorrow", "EXDATE: Wrong date"),
    ],
)
def test_a_bad_event_costs_only_itself_and_has_its_place(times: str, why: str) -> None:
    found = read(ics("UID:b\nSUMMARY:bad\n" + times, GOOD))
    assert [one.title for one in found.lessons] == ["good"]
    (bad,) = found.left_out
    assert bad.line == 4
    assert bad.why.startswith("event 'bad' is left out: ")
    assert why in bad.why


@pytest.mark.parametrize(
    "event",
    [
        f"{AT_8}RRULE:FREQ=DAILY;UNTIL=20261125T000000Z",
        f"{AT_8}RRULE:FREQ=DAILY;UNTIL=20261125",
        f"{AT_8}RRULE:FREQ=DAILY;UNTIL=20261125T080000",
        f"{AT_8.replace(';TZID=Asia/Shanghai', '')}RRULE:FREQ=DAILY;UNTIL=20261125T000000Z",
        f"{AT_8.replace('TZID=Asia/Shanghai', 'TZID=China Standard Time')}RRULE:FREQ=DAILY;COUNT=25",
        f"{AT_8.replace('TZID=Asia/Shanghai', 'TZID=Nowhere/Known')}RRULE:FREQ=DAILY;COUNT=25",
        f"this is no line\n{DAILY}\nATTACH;X=:\nRDATE;VALUE=PERIOD:20261124T000000Z/PT1H",
    ],
    ids=["in UTC", "a day", "local", "in UTC of no zone", "Outlook's zone", "no zone of this world", "junk beside it"],
)
def test_a_rule_is_followed_to_its_last_lesson(event: str) -> None:
    assert lessons(ics(event)) == EVERY_DAY


@pytest.mark.parametrize("but", [";VALUE=DATE:20261124", ":20261124T000000Z", ":20261124T080000"])
def test_an_exception_is_left_out_however_it_is_written(but: str) -> None:
    assert lessons(ics(f"{DAILY}\nEXDATE{but}")) == ["a 23 00:00", "a 25 00:00"]


@pytest.mark.parametrize("which", [";VALUE=DATE:20261124", ":20261124T000000Z", ";TZID=Asia/Shanghai:20261124T080000"])
def test_a_moved_lesson_is_held_once_where_it_was_moved_to(which: str) -> None:
    assert lessons(ics(DAILY, f"{MOVED}RECURRENCE-ID{which}")) == ["a 23 00:00", "moved 24 07:00", "a 25 00:00"]


def test_a_rule_that_never_comes_true_ends() -> None:
    never = f"{AT_8}RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"
    assert lessons(ics(never, GOOD)) == ["good 24 01:00"]


def test_each_file_has_its_own_zones() -> None:
    event = AT_8.replace("TZID=Asia/Shanghai", "TZID=Ours").replace("20261101", "20261124")
    assert lessons(ics(event, head=ZONE.format(name="Ours", off="+0800"))) == ["a 24 00:00"]
    assert lessons(ics(event, head=ZONE.format(name="Ours", off="+0100"))) == ["a 24 07:00"]


@pytest.mark.parametrize("uids", ["", "UID:same\n"], ids=["no UID", "one UID for all"])
def test_events_without_a_uid_of_their_own_are_lessons_all_the_same(uids: str) -> None:
    events = [f"{uids}SUMMARY:{hour}\nDTSTART:20261124T{hour}0000Z\nDURATION:PT45M" for hour in ("01", "02")]
    assert lessons(ics(*events)) == ["01 24 01:00", "02 24 02:00"]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + ics(GOOD.replace("SUMMARY:good", "SUMMARY:高数")).encode(),
        ics(GOOD.replace("SUMMARY:good", "SUMMARY:高数")).encode("gbk"),
        ics(GOOD.replace("SUMMARY:good", "SUMMARY:高数")).encode("utf-16"),
        ics(GOOD.replace("SUMMARY:good", "SUMMARY:高数")).replace("\n", "\r").encode(),
        (ics() + ics(GOOD.replace("SUMMARY:good", "SUMMARY:高数"))).encode(),
    ],
    ids=["with a mark", "GBK", "UTF-16", "lines of old Macs", "two calendars"],
)
def test_a_file_is_read_however_it_was_saved(data: bytes) -> None:
    assert lessons(data) == ["高数 24 01:00"]


@pytest.mark.parametrize("length", [40, 90, -20])
def test_half_a_file_is_none(length: int) -> None:
    with pytest.raises(TimetableError, match="is not a valid iCalendar file"):
        read(ics(GOOD, GOOD)[:length])
