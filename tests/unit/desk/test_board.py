"""The board: what the campus is now."""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.core.campus import Campus, Lesson, Room, Site
from collector.core.model import Device, DeviceId, Health, Level, RoomId, Series, SeriesId, SiteId, State
from collector.desk.board import Board
from collector.desk.board_views import Lessons, lessons_at, worst_state
from collector.desk.changes import Changes

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
NORTH = SiteId("north")


class NoValues:
    def last_value(self, series: SeriesId) -> tuple[float, int] | None:
        return None

    def series_of(self, device: DeviceId) -> list[Series]:
        return []


def health(
    id_: str, state: State = State.OK, level: Level | None = None, *, room: str = "", role: str = "camera"
) -> Health:
    device = Device(id=DeviceId(id_), room=RoomId(room), role=role)
    return Health(device=device, state=state, level=level, since=NOW, last_seen=NOW)


def board(campus: Campus | None = None) -> Board:
    return Board(campus=campus or Campus(), values=NoValues(), now=NOW)


STATES = [
    pytest.param([], State.UNKNOWN, id="nothing is known of nothing"),
    pytest.param([State.OFF, State.OFF], State.OFF, id="off only when all are"),
    pytest.param([State.OFF, State.OK], State.OK, id="one that is on"),
    pytest.param([State.OK, State.DEGRADED], State.DEGRADED, id="degraded"),
    pytest.param([State.DEGRADED, State.UNKNOWN], State.UNKNOWN, id="not seeing before degraded"),
    pytest.param([State.UNKNOWN, State.FAILED], State.FAILED, id="failed before all"),
]


@pytest.mark.parametrize(("states", "expected"), STATES)
def test_a_whole_is_as_its_worst_part(states: list[State], expected: State) -> None:
    assert worst_state(states) is expected


def test_who_is_there_for_a_drill_is_gone_without_a_trace_when_it_is_over() -> None:
    shown = board()
    shown.apply(Changes(devices=(health("north:pc", room="north/a1"),)))
    before = (shown.take_news(NOW).rooms, shown.devices())
    shown.apply(Changes(devices=(health("north:drill-a1", room="north/a1"), health("north:drill-b", room="north/b"))))
    assert len(shown.take_news(NOW).devices) == 2
    over = tuple(health(f"north:drill-{name}", State.OFF, room=f"north/{name}") for name in ("a1", "b"))
    shown.apply(Changes(devices=over))
    news = shown.take_news(NOW)
    assert (news.renewed, news.devices) == (True, ())
    assert (tuple(shown.rooms()), shown.devices()) == before
    shown.apply(Changes(devices=over))  # as after a restart
    assert not shown.take_news(NOW)


def test_news_are_told_once_and_only_of_what_is_different() -> None:
    shown = board()
    shown.apply(Changes(devices=(health("north:pc", room="north/a1"), health("north:pc:cam", room="north/a1"))))
    first = shown.take_news(NOW)
    assert (len(first.devices), len(first.rooms), len(first.sites)) == (2, 1, 1)
    assert not shown.take_news(NOW)
    shown.apply(Changes(devices=(health("north:pc", room="north/a1"),)))
    again = shown.take_news(NOW)
    assert (len(again.devices), again.rooms, again.sites) == (1, (), ())


def test_a_room_tells_at_once_that_a_fault_of_its_device_is_timed() -> None:
    shown = board()
    well = health("north:pc", room="north/a1")
    shown.apply(Changes(devices=(well,)))
    assert [room.pending for room in shown.take_news(NOW).rooms] == [False]
    shown.apply(Changes(devices=(replace(well, pending=True),)))
    assert [room.pending for room in shown.take_news(NOW).rooms] == [True]


def test_a_device_that_moves_leaves_its_old_room() -> None:
    shown = board()
    shown.apply(Changes(devices=(health("north:pc", State.FAILED, Level.OUTAGE, room="north/a1"),)))
    shown.settle(NOW)
    shown.apply(Changes(devices=(health("north:pc", State.FAILED, Level.OUTAGE, room="north/a2"),)))
    shown.settle(NOW)
    assert [(room.id, room.level) for room in shown.rooms()] == [("north/a2", 1)]


def test_a_device_without_a_room_counts_for_its_site() -> None:
    shown = board()
    shown.apply(Changes(devices=(health("north:gateway", State.DEGRADED, Level.DEGRADED),)))
    shown.settle(NOW)
    (site,) = shown.sites()
    assert (site.level, site.counts.degraded, site.rooms.total) == (3, 1, 0)


def test_the_campus_file_gives_the_order_and_births_come_after() -> None:
    rooms = [Room(id=RoomId(f"north/{name}"), site=NORTH, name=name) for name in ("z9", "a1")]
    campus = Campus(
        sites={NORTH: Site(id=NORTH, name="North", time_zone=ZoneInfo("UTC"))}, rooms={room.id: room for room in rooms}
    )
    shown = board(campus)
    shown.apply(Changes(devices=(health("north:x", room="north/b1"), health("east:x", room="east/1"))))
    shown.settle(NOW)
    assert [room.id for room in shown.rooms()] == ["north/z9", "north/a1", "east/1", "north/b1"]
    assert [site.id for site in shown.sites()] == ["north", "east"]


def test_lessons_that_follow_one_another_do_not_run_at_once() -> None:
    lessons = tuple(
        Lesson(start=NOW + timedelta(hours=hour), end=NOW + timedelta(hours=hour + 1), title=str(hour), recorded=False)
        for hour in range(3)
    )
    room = Room(id=RoomId("north/a1"), site=NORTH, name="a1", has_timetable=True, lessons=lessons)
    assert lessons_at(room, NOW - timedelta(minutes=1)) == Lessons(now=None, next=lessons[0])
    assert lessons_at(room, NOW + timedelta(hours=1)) == Lessons(now=lessons[1], next=lessons[2])
    assert lessons_at(room, NOW + timedelta(hours=3)) == Lessons()


def test_changes_may_be_published_from_any_thread() -> None:
    async def look() -> None:
        shown = board()
        shown.attach(asyncio.get_running_loop())
        writers = [
            threading.Thread(
                target=lambda: [shown.publish(Changes(devices=(health(f"north:x{n}"),))) for n in range(50)]
            )
            for _ in range(4)
        ]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        shown.settle(NOW)
        assert len(shown.devices()) == 50

    asyncio.run(look())


def test_what_is_published_after_the_end_goes_nowhere() -> None:
    shown = board()
    loop = asyncio.new_event_loop()
    shown.attach(loop)
    loop.close()
    shown.publish(Changes(devices=(health("north:x"),)))
    assert shown.devices() == []


def test_the_newest_values_of_some_metrics_are_told_by_their_names() -> None:
    class Two(NoValues):
        def last_value(self, series: SeriesId) -> tuple[float, int] | None:
            return {1: (2.0, 5), 3: (9.0, 5)}.get(series)

        def series_of(self, device: DeviceId) -> list[Series]:
            rows = [(1, "a.jumps", "back"), (2, "a.jumps", "forward"), (3, "other", "")]
            return [Series(id=SeriesId(n), device=device, metric=m, instance=i, unit="1") for n, m, i in rows]

    shown = Board(campus=Campus(), values=Two(), now=NOW)
    assert shown.values_of(DeviceId("north:pc"), {"a.jumps"}) == {"a.jumps[back]": 2.0}
