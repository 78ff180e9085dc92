"""Maintenance windows: once, by RRULE and by the week's local times; what they hold back, and until when."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.core.maintenance import BadWindow, Plan, Scope, Span, Window, check_repeats, check_times, weekly
from collector.core.model import DeviceId, RoomId, SiteId
from tests.unit.desk.desk_scene import CAMERA, PC, SOUTH, W201, fault

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 22:00 in Shanghai
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def window(
    scope: Scope | None = None,
    *,
    id_: int = 1,
    start: datetime = MONDAY,
    hours: float = 8,
    repeats: str = "",
    zone: ZoneInfo = SHANGHAI,
    cut_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> Window:
    return Window(
        id=id_,
        scope=scope or Scope(site=SOUTH),
        start=start,
        end=start + hours * HOUR,
        repeats=repeats,
        zone=zone,
        made_at=start - DAY,
        made_by="li",
        cut_at=cut_at,
        ended_at=ended_at,
    )


# ---------------------------------------------------------------- when


def test_a_window_holds_from_its_start_until_just_before_its_end() -> None:
    once = window()
    asked = [MONDAY - timedelta(seconds=1), MONDAY, MONDAY + 8 * HOUR - timedelta(seconds=1), MONDAY + 8 * HOUR]
    assert [once.now(at) is not None for at in asked] == [False, True, True, False]
    assert once.next(MONDAY - HOUR) == Span(MONDAY, MONDAY + 8 * HOUR)
    assert once.next(MONDAY) is None


def test_a_weekly_window_comes_again_on_its_days() -> None:
    nightly = window(repeats="FREQ=WEEKLY;BYDAY=MO,TH")
    starts = [span.start for span in nightly.spans(MONDAY - DAY, MONDAY + 14 * DAY)]
    assert starts == [MONDAY, MONDAY + 3 * DAY, MONDAY + 7 * DAY, MONDAY + 10 * DAY]
    assert nightly.now(MONDAY + 3 * DAY + HOUR) == Span(MONDAY + 3 * DAY, MONDAY + 3 * DAY + 8 * HOUR)
    assert nightly.now(MONDAY + DAY + HOUR) is None


def test_a_rule_that_ends_comes_no_more() -> None:
    twice = window(repeats="FREQ=DAILY;COUNT=2")
    assert len(list(twice.spans(MONDAY, MONDAY + 30 * DAY))) == 2
    assert twice.next(MONDAY + DAY) is None


@pytest.mark.parametrize(
    ("local_day", "hours"),
    [
        pytest.param(datetime(2026, 3, 28, 22, tzinfo=BERLIN), 7, id="the night that loses an hour"),
        pytest.param(datetime(2026, 10, 24, 22, tzinfo=BERLIN), 9, id="the night that gains an hour"),
        pytest.param(datetime(2026, 11, 20, 22, tzinfo=BERLIN), 8, id="any other night"),
    ],
)
def test_a_nightly_window_keeps_to_the_wall_clock(local_day: datetime, hours: int) -> None:
    nightly = window(start=datetime(2026, 1, 5, 21, tzinfo=UTC), repeats="FREQ=DAILY", zone=BERLIN)
    span = nightly.now(local_day.astimezone(UTC) + HOUR)
    assert span == Span(local_day.astimezone(UTC), local_day.astimezone(UTC) + hours * HOUR)


def test_what_is_ended_early_is_over_then_and_a_cut_time_comes_again() -> None:
    cut = window(repeats="FREQ=DAILY", cut_at=MONDAY + HOUR)
    assert cut.now(MONDAY + HOUR) is None
    assert cut.next(MONDAY + HOUR) == Span(MONDAY + DAY, MONDAY + DAY + 8 * HOUR)
    ended = window(repeats="FREQ=DAILY", ended_at=MONDAY + HOUR)
    assert list(ended.spans(MONDAY, MONDAY + 9 * DAY)) == [Span(MONDAY, MONDAY + HOUR)]
    assert window(ended_at=MONDAY - HOUR).now(MONDAY + HOUR) is None


@pytest.mark.parametrize(
    ("days", "begins", "ends", "start", "hours"),
    [
        pytest.param(["mon"], time(22), time(6), MONDAY, 8, id="over midnight, today"),
        pytest.param(["sun"], time(22), time(6), MONDAY + 6 * DAY, 8, id="a day that is over already"),
        pytest.param(["thu", "mon"], time(12), time(13), MONDAY + 2 * DAY + 14 * HOUR, 1, id="today it is too late"),
    ],
)
def test_weekly_times_begin_with_the_first_that_is_not_over(
    days: list[str], begins: time, ends: time, start: datetime, hours: float
) -> None:
    found, end, repeats = weekly(days, begins, ends, zone=SHANGHAI, now=MONDAY - HOUR)
    assert (found, end) == (start, start + hours * HOUR)
    check_repeats(repeats, found, end, SHANGHAI)


# ---------------------------------------------------------------- what

OTHER_ROOM = RoomId("south/w202")


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        pytest.param(Scope(site=SOUTH), True, id="its site"),
        pytest.param(Scope(site=SiteId("north")), False, id="another site"),
        pytest.param(Scope(site=SOUTH, room=W201), True, id="its room"),
        pytest.param(Scope(site=SOUTH, room=OTHER_ROOM), False, id="another room"),
        pytest.param(Scope(site=SOUTH, device=PC), True, id="itself"),
        pytest.param(Scope(site=SOUTH, device=CAMERA), False, id="another device"),
        pytest.param(Scope(site=SOUTH, rule="agent-silent"), True, id="its rule"),
        pytest.param(Scope(site=SOUTH, rule="volume"), False, id="another rule"),
    ],
)
def test_a_window_holds_the_faults_of_its_place_and_rule(scope: Scope, held: bool) -> None:
    plan = Plan([window(scope)])
    assert plan.holds(fault(), MONDAY + HOUR) is held
    assert not plan.holds(fault(), MONDAY - HOUR)


def test_a_family_may_be_named_instead_of_its_rules() -> None:
    assert Plan([window(Scope(site=SOUTH, rule="volume"))]).holds(fault(rule="volume-full", family="volume"), MONDAY)


def test_a_place_is_in_maintenance_only_where_all_of_it_is() -> None:
    plan = Plan([window(Scope(site=SOUTH, device=PC)), window(Scope(site=SOUTH, rule="volume"), id_=2)])
    until = MONDAY + 8 * HOUR
    assert plan.until(SOUTH, W201, PC, MONDAY) == until
    assert [plan.until(SOUTH, W201, None, MONDAY), plan.until(SOUTH, W201, CAMERA, MONDAY)] == [None, None]
    whole = Plan([window(Scope(site=SOUTH, room=W201))])
    assert [whole.until(SOUTH, W201, one, MONDAY) for one in (None, PC)] == [until, until]
    assert whole.until(SOUTH, None, None, MONDAY) is None


def test_windows_that_follow_each_other_are_one() -> None:
    plan = Plan([window(hours=2), window(id_=2, start=MONDAY + 2 * HOUR, hours=1)])
    assert plan.until(SOUTH, W201, None, MONDAY) == MONDAY + 3 * HOUR


def test_an_escalation_that_falls_into_a_window_waits_for_its_end() -> None:
    plan = Plan([window(hours=2), window(id_=2, start=MONDAY + HOUR, hours=4)])
    told = [plan.told_at(fault(), MONDAY + number * HOUR) - MONDAY for number in (-1, 0, 1, 4, 5)]
    assert told == [-HOUR, 5 * HOUR, 5 * HOUR, 5 * HOUR, 5 * HOUR]
    elsewhere = fault(device=DeviceId("north:pc"))
    assert plan.told_at(elsewhere, MONDAY) == MONDAY


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 24), st.sampled_from(["", "FREQ=DAILY"])), max_size=4),
    st.lists(st.integers(-10, 200), min_size=1, max_size=12),
)
def test_a_plan_remembers_only_what_is_true(planned: list[tuple[int, int, str]], asked: list[int]) -> None:
    windows = [
        window(id_=number, start=MONDAY + start * HOUR, hours=hours, repeats=repeats)
        for number, (start, hours, repeats) in enumerate(planned)
    ]
    plan = Plan(windows)
    for hour in asked:
        now = MONDAY + hour * HOUR
        assert plan.holds(fault(), now) is any(one.now(now) is not None for one in windows)
        change = plan.next_change(now)
        moments = [span for one in windows for span in (one.now(now), one.next(now)) if span is not None]
        assert change == min((at for span in moments for at in (span.start, span.end) if at > now), default=None)


# ---------------------------------------------------------------- what may be planned


@pytest.mark.parametrize(
    ("repeats", "why"),
    [
        ("FREQ=HOURLY", "DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("every monday", "is no RRULE"),
        ("FREQ=WEEKLY;BYDAY=XX", "is no RRULE"),
        ("DTSTART:20260101T000000\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "must be one rule"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "start among its times"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=-30", "start among its times"),
        ("FREQ=DAILY;BYYEARDAY=400", "start among its times"),
        ("FREQ=WEEKLY;BYDAY=TU", "start among its times"),
        ("FREQ=DAILY", "again before the window is over"),
        ("FREQ=DAILY;UNTIL=20200101T000000", "start among its times"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_is_wrong(repeats: str, why: str) -> None:
    with pytest.raises(BadWindow, match=why):
        check_repeats(repeats, MONDAY, MONDAY + 25 * HOUR, SHANGHAI)


@pytest.mark.parametrize(
    "repeats", ["FREQ=DAILY;BYMONTHDAY=1,-8", "FREQ=YEARLY;BYYEARDAY=-39", "FREQ=DAILY;BYMONTH=11;BYYEARDAY=327"]
)
def test_a_window_may_come_on_days_that_are_counted(repeats: str) -> None:
    check_repeats(repeats, MONDAY, MONDAY + HOUR, SHANGHAI)


@pytest.mark.parametrize("hours", [0, -1, 24 * 32])
def test_times_that_cannot_be_are_refused(hours: int) -> None:
    with pytest.raises(BadWindow):
        check_times(MONDAY, MONDAY + hours * HOUR, MONDAY)


@pytest.mark.parametrize("start", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_times_far_off_are_refused(start: datetime) -> None:
    with pytest.raises(BadWindow, match="years away"):
        check_times(start, MONDAY, MONDAY)


def test_a_week_without_days_is_refused() -> None:
    with pytest.raises(BadWindow, match="no days"):
        weekly([], time(1), time(2), zone=SHANGHAI, now=MONDAY)
