"""When promises are due: wall clock, business hours, working days, pauses, and the clocks' change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.core.agreement import Calendar, Counting, Span, Term
from collector.core.deadline import Stop, counted, due_at
from collector.core.ticket import Step

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
HOURS: tuple[Span, ...] = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
WEEK = Calendar(week=(HOURS,) * 5 + ((), ()))


def term(within: timedelta, counting: Counting = Counting.ALWAYS) -> Term:
    return Term(step=Step.SOLVE, within=within, counting=counting)


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due(
    start: str,
    promise: Term,
    *,
    stops: tuple[Stop, ...] = (),
    calendar: Calendar = WEEK,
    zone: ZoneInfo = SHANGHAI,
) -> str:
    at = due_at(local(start, zone), promise, stops=stops, calendar=calendar, zone=zone)
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


HOUR = timedelta(hours=1)
THREE_DAYS = term(timedelta(days=3), Counting.WORKING_DAYS)


@pytest.mark.parametrize(
    ("start", "promise", "expected"),
    [
        pytest.param("2026-11-21T03:00", term(HOUR / 2), "2026-11-21T03:30", id="the wall clock runs at night"),
        pytest.param("2026-11-20T16:30", term(48 * HOUR), "2026-11-22T16:30", id="the wall clock runs at week-ends"),
        pytest.param(
            "2026-11-19T10:00", term(HOUR, Counting.BUSINESS), "2026-11-19T11:00", id="an hour within the morning"
        ),
        pytest.param(
            "2026-11-19T11:30", term(HOUR, Counting.BUSINESS), "2026-11-19T14:00", id="an hour over the lunch break"
        ),
        pytest.param(
            "2026-11-20T17:00", term(HOUR, Counting.BUSINESS), "2026-11-23T09:00", id="an hour over the week-end"
        ),
        pytest.param(
            "2026-11-21T03:00", term(HOUR, Counting.BUSINESS), "2026-11-23T09:30", id="an hour from a Saturday night"
        ),
        pytest.param(
            "2026-11-20T16:30", term(HOUR, Counting.BUSINESS), "2026-11-20T17:30", id="an hour that ends with the day"
        ),
        pytest.param("2026-11-20T10:00", THREE_DAYS, "2026-11-25T10:00", id="three working days from Friday morning"),
        pytest.param("2026-11-16T08:30", THREE_DAYS, "2026-11-18T17:30", id="three working days from Monday's opening"),
        pytest.param("2026-11-21T03:00", THREE_DAYS, "2026-11-25T17:30", id="three working days from a Saturday"),
        pytest.param("2026-11-16T12:30", THREE_DAYS, "2026-11-19T12:00", id="three working days from a lunch break"),
    ],
)
def test_a_promise_is_due(start: str, promise: Term, expected: str) -> None:
    assert due(start, promise) == expected


def test_holidays_do_not_count_and_make_up_days_do() -> None:
    october = Calendar(
        week=WEEK.week,
        holidays=frozenset(date(2026, 10, day) for day in range(1, 8)),
        working_days=frozenset({date(2026, 10, 10)}),
    )
    assert due("2026-09-30T10:00", THREE_DAYS, calendar=october) == "2026-10-10T10:00"


def test_a_short_day_counts_as_one_working_day() -> None:
    friday_short = Calendar(week=(HOURS,) * 4 + (((time(8, 30), time(12)),), (), ()))
    assert due("2026-11-19T08:30", term(timedelta(days=2), Counting.WORKING_DAYS), calendar=friday_short) == (
        "2026-11-20T12:00"
    )


def test_hours_that_end_at_midnight_run_on_into_the_next_day() -> None:
    night = Calendar(week=(((time(20), time.max),), ((time(0), time(6)),), *((),) * 5))
    assert due("2026-11-16T22:00", term(4 * HOUR, Counting.BUSINESS), calendar=night) == "2026-11-17T02:00"


@pytest.mark.parametrize(
    ("start", "promise", "expected"),
    [
        pytest.param("2026-03-28T22:00", term(8 * HOUR), "2026-03-29T07:00", id="eight hours over a spring night"),
        pytest.param("2026-10-24T22:00", term(8 * HOUR), "2026-10-25T05:00", id="eight hours over an autumn night"),
        pytest.param(
            "2026-03-27T17:00", term(HOUR, Counting.BUSINESS), "2026-03-30T09:00", id="business hours stay local"
        ),
        pytest.param("2026-10-23T10:00", THREE_DAYS, "2026-10-28T10:00", id="working days stay local"),
    ],
)
def test_clocks_that_change_for_summer_neither_give_nor_take_time(start: str, promise: Term, expected: str) -> None:
    assert due(start, promise, zone=BERLIN) == expected


def test_an_hour_that_the_clocks_skip_has_no_length() -> None:
    sundays = Calendar(week=(*((),) * 6, ((time(2), time(3)), (time(3), time(4)))))
    start, end = local("2026-03-29T00:00", BERLIN), local("2026-03-29T12:00", BERLIN)
    assert counted(start, end, Counting.BUSINESS, calendar=sundays, zone=BERLIN) == HOUR


def test_an_hour_that_the_clocks_repeat_is_counted_as_it_passes() -> None:
    sundays = Calendar(week=(*((),) * 6, ((time(1), time(4)),)))
    start, end = local("2026-10-25T00:00", BERLIN), local("2026-10-25T12:00", BERLIN)
    assert counted(start, end, Counting.BUSINESS, calendar=sundays, zone=BERLIN) == 4 * HOUR


def test_a_pause_moves_the_deadline_by_its_length() -> None:
    pause = Stop(start=local("2026-11-19T10:10"), end=local("2026-11-19T11:40"))
    assert due("2026-11-19T10:00", term(HOUR), stops=(pause,)) == "2026-11-19T12:30"


def test_a_pause_outside_business_hours_takes_nothing_from_them() -> None:
    pause = Stop(start=local("2026-11-19T12:05"), end=local("2026-11-19T13:20"))
    assert due("2026-11-19T11:30", term(HOUR, Counting.BUSINESS), stops=(pause,)) == "2026-11-19T14:00"


def test_a_pause_after_the_deadline_does_not_move_it() -> None:
    pause = Stop(start=local("2026-11-19T11:00"), end=local("2026-11-19T12:00"))
    assert due("2026-11-19T10:00", term(HOUR), stops=(pause,)) == "2026-11-19T11:00"


def test_while_a_pause_lasts_the_deadline_is_as_if_it_ended_now() -> None:
    pause = Stop(start=local("2026-11-19T10:10"))
    assert due("2026-11-19T10:00", term(HOUR), stops=(pause,)) == "2026-11-19T11:00"


# ---------------------------------------------------------------- what holds for all

zones = st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe")])
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
lengths = st.integers(1, 14 * 86400).map(lambda seconds: timedelta(seconds=seconds))
countings = st.sampled_from(list(Counting))


@st.composite
def stop_lists(draw: st.DrawFn) -> tuple[datetime, tuple[Stop, ...]]:
    """Return a start and stops after it, ascending and disjoint."""
    start = at = draw(instants)
    stops: list[Stop] = []
    for gap, length in draw(st.lists(st.tuples(lengths, lengths), max_size=4)):
        stops.append(Stop(start=at + gap, end=at + gap + length))
        at = at + gap + length
    return start, tuple(stops)


@given(stop_lists(), lengths, countings, zones)
def test_exactly_what_was_promised_is_counted_by_the_deadline(
    scene: tuple[datetime, tuple[Stop, ...]], within: timedelta, counting: Counting, zone: ZoneInfo
) -> None:
    start, stops = scene
    within = within / 4 if counting is Counting.WORKING_DAYS else within
    due = due_at(start, term(within, counting), stops=stops, calendar=WEEK, zone=zone)
    total = timedelta()
    begin = start
    for stop in stops:
        assert stop.end is not None
        if stop.start < due:
            total += counted(begin, stop.start, counting, calendar=WEEK, zone=zone)
        begin = stop.end
        if due <= stop.start:
            break
    last = max((stop.end for stop in stops if stop.end and stop.start < due), default=start)
    total += counted(last, due, counting, calendar=WEEK, zone=zone) if due > last else timedelta()
    assert abs(total - within) <= timedelta(microseconds=20)


@given(instants, lengths, lengths, countings, zones)
def test_more_time_is_never_due_earlier(
    start: datetime, one: timedelta, more: timedelta, counting: Counting, zone: ZoneInfo
) -> None:
    early = due_at(start, term(one / 5, counting), stops=(), calendar=WEEK, zone=zone)
    late = due_at(start, term((one + more) / 5, counting), stops=(), calendar=WEEK, zone=zone)
    assert start < early <= late


@given(stop_lists(), lengths, countings, zones)
def test_a_pause_never_brings_a_deadline_nearer(
    scene: tuple[datetime, tuple[Stop, ...]], within: timedelta, counting: Counting, zone: ZoneInfo
) -> None:
    start, stops = scene
    promise = term(within / 5, counting)
    whole = due_at(start, promise, stops=stops, calendar=WEEK, zone=zone)
    for count in range(len(stops)):
        assert due_at(start, promise, stops=stops[:count], calendar=WEEK, zone=zone) <= whole


@given(instants, lengths, lengths, countings, zones)
def test_counting_is_additive(
    start: datetime, one: timedelta, two: timedelta, counting: Counting, zone: ZoneInfo
) -> None:
    middle, end = start + one, start + one + two
    halves = counted(start, middle, counting, calendar=WEEK, zone=zone) + counted(
        middle, end, counting, calendar=WEEK, zone=zone
    )
    assert abs(counted(start, end, counting, calendar=WEEK, zone=zone) - halves) <= timedelta(microseconds=2)
