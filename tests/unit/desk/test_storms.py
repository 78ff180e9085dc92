"""Many faults of one site within a minute are a storm: it calls people once, and one ticket gathers the most of it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from collector.core.maintenance import Plan, Scope, Window
from collector.core.model import DeviceId, Incident, Level
from collector.core.storm import CALL_AFTER, GATHERED, LIMIT, calls_at
from tests.unit.desk.desk_scene import SOUTH, DeskScene, at_level, fault, fresh_records, minute


@pytest.fixture
def scene() -> Iterator[DeskScene]:
    records = fresh_records()
    yield DeskScene(records)
    records.close()


def storm(number: int, at: float) -> Incident:
    return fault(f"f{number}", device=DeviceId(f"south:r{number}"), at=at)


@pytest.mark.parametrize(
    ("count", "spread"),
    [pytest.param(200, False, id="200 in one batch"), pytest.param(60, True, id="60 over a minute")],
)
def test_the_many_faults_of_a_site_within_a_minute_call_people_once(scene: DeskScene, count: int, spread: bool) -> None:
    faults = [storm(number, number / (count + 1) if spread else 0.0) for number in range(count)]
    if not spread:
        scene.open(*faults)
    else:
        for number, incident in enumerate(faults):
            if number % 20 == 7:
                scene.again()  # a restart in the middle changes nothing
            scene.open(incident, at=number / (count + 1))
    tickets = scene.tickets
    assert len(tickets) == GATHERED - 1
    assert [ticket.id for ticket in tickets if calls_at(ticket) is not None] == [1]
    assert len(tickets[0].incidents) == count - len(tickets) + 1
    # The storm is known before the first ticket has called anybody.
    known_at = max(scene.log(1)[1].at, tickets[LIMIT - 2].opened_at)
    assert known_at <= min(ticket.opened_at for ticket in tickets) + CALL_AFTER


def test_the_faults_of_an_ordinary_minute_call_people_each(scene: DeskScene) -> None:
    for number in range(LIMIT + 5):
        scene.open(storm(number, number / 6), at=number / 6)
    assert len(scene.tickets) == LIMIT + 5
    assert all(calls_at(ticket) == ticket.opened_at + CALL_AFTER for ticket in scene.tickets)


def test_a_few_faults_too_many_have_tickets_of_their_own_and_call_people_once(scene: DeskScene) -> None:
    scene.open(*(storm(number, 0) for number in range(LIMIT + 5)))
    assert [len(ticket.incidents) for ticket in scene.tickets] == [1] * (LIMIT + 5)
    assert [ticket.id for ticket in scene.tickets if calls_at(ticket) is not None] == [1]


def test_in_a_storm_people_are_called_for_the_first_of_the_worst(scene: DeskScene) -> None:
    levels = [3] * 4 + [2] * (LIMIT - 4) + [3, 1, 2, 1]
    for number, level in enumerate(levels):
        scene.open(at_level(storm(number, number / 100), level), at=number / 100)
    calling = [ticket.id for ticket in scene.tickets if calls_at(ticket) is not None]
    assert calling == [5, levels.index(1) + 1]


def test_after_a_storm_a_fault_has_a_ticket_of_its_own_again(scene: DeskScene) -> None:
    scene.open(*(storm(number, 0) for number in range(GATHERED + 10)))
    scene.open(storm(GATHERED + 10, 1.5), at=1.5)
    assert len(scene.tickets) == GATHERED
    assert calls_at(scene.tickets[-1]) is not None


def test_the_worst_fault_of_a_storm_is_the_level_of_its_ticket(scene: DeskScene) -> None:
    scene.open(*(at_level(storm(number, 0), 3) for number in range(GATHERED + 5)))
    scene.open(at_level(storm(GATHERED + 5, 0.1), 1), at=0.1)
    assert scene.tickets[0].level is Level.OUTAGE


def test_what_a_window_lets_go_all_at_once_calls_people_once(scene: DeskScene) -> None:
    """Found one by one while the whole site was worked on; what still holds at the end is told in the same moment."""
    window = Window(
        id=1,
        scope=Scope(site=SOUTH),
        start=minute(0),
        end=minute(300),
        zone=ZoneInfo("Asia/Shanghai"),
        made_at=minute(0),
        made_by="li",
    )
    scene.desk.replace(plan=Plan([window]))
    for number in range(50):
        scene.open(storm(number, 5 * number), at=5 * number)
    assert scene.tickets == []
    scene.pass_time(300)
    tickets = scene.tickets
    assert len(tickets) == GATHERED - 1
    assert [ticket.id for ticket in tickets if calls_at(ticket) is not None] == [1]
    assert sum(len(ticket.incidents) for ticket in tickets) == 50
    assert min(ticket.onset_at for ticket in tickets) == minute(-0.5)


def test_a_fault_of_a_storm_that_grows_worse_raises_its_ticket_and_calls_nobody_anew(scene: DeskScene) -> None:
    faults = [at_level(storm(number, 0), 3) for number in range(GATHERED + 5)]
    scene.open(*faults)
    before = scene.tickets[0]
    scene.relevel(at_level(faults[-1], 2), at=10)
    raised = scene.tickets[0]
    assert (raised.level, raised.opened_at, calls_at(raised)) == (2, before.opened_at, calls_at(before))
    assert raised.clocks[0].due_at == minute(30)  # of level 2, from the opening on
    assert len(scene.tickets) == GATHERED - 1
