"""Notices on every kind of records database: kept, listed, counted where they repeat, and served."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.api.sources import Filter
from collector.core.model import DeviceId, IncidentId, IncidentState, Notice, NoticeChanged, RoomId, SiteId
from collector.store.records.database import Records
from collector.store.records.notices import NoticeQueries, load_open_notices
from tests.contract.test_records import postgres as postgres
from tests.contract.test_records import url as url
from tests.unit.desk.desk_scene import DeskScene

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ALL = tuple(IncidentState)


def notice(number: int, *, room: str = "s/r", rule: str = "sound-low", days: float = 0) -> Notice:
    at = START + timedelta(days=days)
    return Notice(
        id=IncidentId(f"n{number}"),
        device=DeviceId(f"{room.partition('/')[0]}:pc"),
        room=RoomId(room),
        metric="classroom.recording.audio.level",
        instance="desk",
        family=rule,
        rule=rule,
        onset_at=at,
        detected_at=at + timedelta(minutes=5),
        value=-65.25,
    )


@dataclass
class Desk:
    scene: DeskScene
    queries: NoticeQueries
    records: Records

    def keep(self, *notices: Notice) -> None:
        self.scene.desk.carry_out([NoticeChanged(notice=one) for one in notices], commit=None, now=START)


@pytest.fixture
def desk(url: str, tmp_path: Path) -> Iterator[Desk]:
    records = Records.open(url)
    yield Desk(DeskScene(records), NoticeQueries(records), records)
    records.close()


def test_a_notice_comes_back_as_it_was_and_is_remembered_over_a_restart(desk: Desk) -> None:
    desk.keep(notice(1))
    assert desk.queries.notices(Filter(), states=ALL, before=None, limit=9) == [notice(1)]
    assert desk.scene.desk.restore().notices == [notice(1)]


def test_a_notice_that_is_over_is_no_longer_open(desk: Desk) -> None:
    desk.keep(notice(1), notice(2, days=1))
    over = replace(notice(1), state=IncidentState.CLEARED, cleared_at=START + timedelta(minutes=9))
    desk.keep(over)
    with desk.records.session(read_only=True) as session:
        assert [one.id for one in load_open_notices(session)] == ["n2"]
    assert desk.queries.notices(Filter(), states=ALL, before=None, limit=9) == [notice(2, days=1), over]


def test_notices_are_narrowed_and_paged(desk: Desk) -> None:
    desk.keep(*(notice(n, room="s/r" if n % 2 else "t/r", days=n) for n in range(6)))

    def asked(**narrow: object) -> list[str]:
        chosen = Filter(**narrow)  # type: ignore[arg-type]
        return [str(one.id) for one in desk.queries.notices(chosen, states=ALL, before=None, limit=9)]

    assert asked() == ["n5", "n4", "n3", "n2", "n1", "n0"]
    assert asked(sites=frozenset({SiteId("t")})) == ["n4", "n2", "n0"]
    assert asked(rooms=frozenset({RoomId("s/r")})) == ["n5", "n3", "n1"]
    place = (START + timedelta(days=4), "n4")
    page = desk.queries.notices(Filter(), states=ALL, before=place, limit=2)
    assert [one.id for one in page] == ["n3", "n2"]


def test_what_a_room_is_told_three_times_suggests_training(desk: Desk) -> None:
    desk.keep(*(notice(n, days=n) for n in range(3)), *(notice(n + 9, room="s/q", days=n) for n in range(2)))
    desk.keep(notice(30, rule="no-sound", days=1), notice(31, room="s/p", days=-30))
    (found,) = desk.queries.repeated(Filter(), since=START - timedelta(days=12), at_least=3)
    assert (found.room, found.rule, found.count, found.last_at) == ("s/r", "sound-low", 3, START + timedelta(days=2))
    assert desk.queries.repeated(Filter(), since=START + timedelta(days=1), at_least=3) == []
