"""Notices through the API."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

import pytest

from collector.api.sources import Filter
from collector.core.model import IncidentState, Notice, RoomId
from collector.store.records.accounts import Role
from collector.store.records.notices import NoticeQueries, Repeated
from tests.unit.api.conftest import House
from tests.unit.api.fakes import NOW, notice


class Kept(NoticeQueries):
    """Notices in memory."""

    def __init__(self) -> None:
        self.kept: list[Notice] = []
        self.asked: tuple[datetime, int] | None = None

    def notices(
        self, chosen: Filter, *, states: Collection[IncidentState], before: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Notice]:
        found = [one for one in self.kept if one.state in states]
        found = [one for one in found if chosen.sites is None or one.room.partition("/")[0] in chosen.sites]
        found = [one for one in found if not chosen.rooms or one.room in chosen.rooms]
        found.sort(key=lambda one: (one.onset_at, one.id), reverse=True)
        return [one for one in found if before is None or (one.onset_at, one.id) < before][:limit]

    def repeated(self, chosen: Filter, *, since: datetime, at_least: int) -> Sequence[Repeated]:
        self.asked = (since, at_least)
        return [Repeated(room=RoomId("north/a101"), rule="sound-low", count=4, last_at=NOW)]


@pytest.fixture
def kept(house: House) -> Iterator[Kept]:
    house.app.state.notices = Kept()
    yield house.app.state.notices
    del house.app.state.notices


def ids(answer: dict) -> list[str]:
    return [item["id"] for item in answer["items"]]


def test_notices_are_listed_with_the_names_of_their_rooms(house: House, kept: Kept) -> None:
    kept.kept = [notice(1), notice(2, cleared=True), notice(3, "south/b201")]
    found = house.get("/notices")
    assert ids(found) == ["n1", "n3"]
    assert (found["items"][0]["room_name"], found["items"][0]["site"]) == ("A101", "north")
    assert ids(house.get("/notices", state="all")) == ["n1", "n2", "n3"]
    assert ids(house.get("/notices", room="a101")) == ["n1"]
    assert ids(house.get("/notices", site="south")) == ["n3"]


def test_a_school_sees_its_own_notices_alone(house: House, kept: Kept) -> None:
    kept.kept = [notice(1), notice(3, "south/b201")]
    assert ids(house.get("/notices", Role.CUSTOMER)) == ["n3"]


def test_pages_of_notices_follow_one_another(house: House, kept: Kept) -> None:
    kept.kept = [notice(number) for number in range(3)]
    first = house.get("/notices", limit=2)
    assert ids(first) + ids(house.get("/notices", limit=2, cursor=first["next"])) == ["n0", "n1", "n2"]


def test_what_repeats_suggests_training(house: House, kept: Kept) -> None:
    (found,) = house.get("/notices/training")["items"]
    assert (found["room"], found["rule"], found["count"], found["days"]) == ("north/a101", "sound-low", 4, 14)
    assert kept.asked == (NOW - timedelta(days=14), 3)
    house.get("/notices/training", days=7, at_least=2)
    assert kept.asked == (NOW - timedelta(days=7), 2)


def test_without_records_the_call_says_so(house: House) -> None:
    assert house.call("GET", "/api/v1/notices").status_code == 503
