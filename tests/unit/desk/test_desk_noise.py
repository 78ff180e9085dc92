"""What the desk keeps quiet about: faults that come and go, and faults within planned maintenance."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from collector.core.maintenance import Plan, Scope, Window
from collector.core.model import Attribution, Cleared, Opened
from collector.core.ticket import TicketState
from collector.desk.changes import IncidentRecord
from tests.unit.desk.desk_scene import (
    CAMERA,
    PC,
    SOUTH,
    START,
    W201,
    DeskScene,
    Everything,
    at_level,
    fault,
    flap,
    fresh_records,
    minute,
    over,
)


@pytest.fixture
def scene() -> Iterator[DeskScene]:
    records = fresh_records()
    yield DeskScene(records)
    records.close()


def recorded(scene: DeskScene) -> dict[str, IncidentRecord]:
    found = scene.queries.incidents(Everything(), states=(), start=None, end=None, before=None, limit=1000)
    return {record.incident.id: record for record in found}


def pass_time(scene: DeskScene, until: float) -> None:
    """Let the desk do what is due on the way, each at its moment."""
    while (due := scene.desk.next_due()) is not None and due <= minute(until):
        scene.desk.let_time_pass(max(due, START))


# ---------------------------------------------------------------- flapping


def test_a_fault_that_comes_and_goes_holds_its_one_ticket_open_and_says_so(scene: DeskScene) -> None:
    flap(scene, 3)
    (ticket,) = scene.tickets
    assert (ticket.state, ticket.flapping) == (TicketState.OPEN, True)
    assert scene.actions() == ["opened", "cleared", "reopened", "cleared", "reopened", "flapping", "cleared"]
    told = scene.log()[5].fields
    assert (told["changes"], told["share"], told["device"]) == (6, pytest.approx(0.339), PC)
    assert recorded(scene)["f2"].flapping
    assert not recorded(scene)["f0"].flapping


def test_while_it_flaps_nothing_more_is_told_and_all_is_on_record(scene: DeskScene) -> None:
    flap(scene, 30)
    assert len(scene.log()) == 7
    records = recorded(scene)
    assert len(records) == 30
    assert {record.ticket for record in records.values()} == {1}


def test_what_flaps_worse_is_told(scene: DeskScene) -> None:
    last = flap(scene, 5, level=3)
    worse = fault("worse", level=1, at=last + 1)
    scene.open(worse, at=last + 1)
    scene.clear(worse, at=last + 2)
    assert scene.actions()[-2:] == ["attached", "cleared"]
    assert (scene.tickets[0].level, scene.tickets[0].state) == (1, TicketState.OPEN)


def test_a_rise_of_what_flaps_is_told_and_an_ease_is_not(scene: DeskScene) -> None:
    last = flap(scene, 5, level=3)
    again = fault("again", level=3, at=last + 1)
    scene.open(again, at=last + 1)
    scene.relevel(at_level(again, 2), at=last + 2)
    assert scene.actions()[-1] == "releveled"
    count = len(scene.log())
    scene.clear(at_level(again, 2), at=last + 3)
    scene.open(fault("calm", level=3, at=last + 4), at=last + 4)
    assert len(scene.log()) == count + 1
    assert scene.tickets[0].level == 2


def test_steady_and_gone_the_ticket_is_restored_since_it_was_last_gone(scene: DeskScene) -> None:
    last = flap(scene, 10)
    pass_time(scene, last + 70)
    (ticket,) = scene.tickets
    assert (ticket.state, ticket.flapping, ticket.restored_at) == (TicketState.RESTORED, False, minute(last))
    assert scene.actions()[-1] == "steady"
    assert not recorded(scene)["f9"].flapping
    assert next(clock for clock in ticket.clocks if clock.step == "solve").met_at == minute(last)


def test_steady_and_there_the_ticket_goes_on(scene: DeskScene) -> None:
    last = flap(scene, 10)
    scene.open(stays := fault("stays", level=2, at=last + 1), at=last + 1)
    assert recorded(scene)["stays"].flapping
    pass_time(scene, last + 70)
    (ticket,) = scene.tickets
    assert (ticket.state, ticket.flapping, ticket.incidents[-1]) == (TicketState.OPEN, False, "stays")
    assert not recorded(scene)["stays"].flapping
    scene.clear(stays, at=last + 80)
    assert scene.tickets[0].state is TicketState.RESTORED


def test_flapping_goes_on_over_a_restart(scene: DeskScene) -> None:
    flap(scene, 2)
    scene.again()
    incident = fault("f2", level=2, at=4)
    scene.open(incident, at=4)
    scene.again()
    scene.clear(incident, at=5)
    assert scene.tickets[0].flapping
    scene.again()
    pass_time(scene, 80)
    assert scene.tickets[0].state is TicketState.RESTORED


@pytest.mark.parametrize("restart", [False, True])
def test_a_clock_that_was_put_back_keeps_nothing_flapping_for_longer(scene: DeskScene, restart: bool) -> None:
    scene.desk.let_time_pass(START)
    for number in range(10):
        incident = fault(f"f{number}", level=2, at=300 + 2 * number)
        scene.open(incident, at=300 + 2 * number)
        scene.clear(incident, at=301 + 2 * number)
    assert scene.tickets[0].flapping
    if restart:
        scene.again()
    scene.desk.let_time_pass(minute(140))  # the engine has it look when the clock was moved
    pass_time(scene, 140 + 69)
    assert (scene.tickets[0].flapping, scene.tickets[0].state) == (False, TicketState.RESTORED)


def test_what_is_done_twice_is_one_turn(scene: DeskScene) -> None:
    scene.open(fault("f0"), at=0)
    for _ in range(9):
        scene.desk.carry_out([Cleared(incident=over(fault("f0"), 1))], commit=None, now=minute(1))
        scene.desk.carry_out([Opened(incident=fault("f0"))], commit=None, now=minute(1))
    assert scene.actions() == ["opened", "cleared"]


def test_a_fault_that_was_quiet_for_an_hour_is_forgotten(scene: DeskScene) -> None:
    flap(scene, 1)
    assert scene.desk.next_due() is not None
    pass_time(scene, 70)
    assert scene.desk.next_due() is None


def test_a_member_that_goes_with_its_cause_does_not_flap(scene: DeskScene) -> None:
    scene.open(fault("switch", rule="device-silent"))
    for number in range(10):
        child = fault(f"c{number}", device=CAMERA, cause="switch", at=number)
        scene.open(child, at=number)
        scene.clear(child, at=number + 0.5)
    assert not scene.tickets[0].flapping


def test_what_people_do_to_a_flapping_ticket_is_done(scene: DeskScene) -> None:
    last = flap(scene, 10)
    assert scene.act("restore", last + 0.1).state is TicketState.RESTORED
    scene.open(fault("back", level=2, at=last + 1), at=last + 1)
    (ticket,) = scene.tickets
    assert (ticket.state, ticket.flapping) == (TicketState.OPEN, True)
    scene.clear(fault("back", level=2, at=last + 1), at=last + 2)
    for action in ("acknowledge", "resolve", "close"):
        scene.act(action, last + 2.5)
    pass_time(scene, last + 100)
    assert (scene.tickets[0].state, scene.tickets[0].flapping) == (TicketState.CLOSED, False)


# ---------------------------------------------------------------- maintenance


def plan(scope: Scope | None = None, *, start: float = 0, end: float = 60, ended_at: datetime | None = None) -> Plan:
    window = Window(
        id=1,
        scope=scope or Scope(site=SOUTH, room=W201),
        start=minute(start),
        end=minute(end),
        zone=ZoneInfo("Asia/Shanghai"),
        made_at=START,
        made_by="li",
        ended_at=ended_at,
    )
    return Plan([window])


def test_a_fault_within_a_window_opens_no_ticket_and_one_that_is_gone_by_its_end_never_does(scene: DeskScene) -> None:
    scene.desk.replace(plan=plan())
    changes = scene.open(fault(at=10), at=10)
    assert (changes.tickets, [record.held for record in changes.incidents]) == ((), [True])
    scene.clear(fault(at=10), at=30)
    pass_time(scene, 90)
    assert scene.tickets == []
    assert (recorded(scene)["i1"].ticket, recorded(scene)["i1"].held) == (None, True)


def test_a_fault_that_still_holds_when_the_window_ends_opens_then_with_its_true_onset(scene: DeskScene) -> None:
    scene.desk.replace(plan=plan())
    scene.open(fault(at=10), at=10)
    scene.relevel(at_level(fault(at=10), 2), at=20)
    pass_time(scene, 59.9)
    assert scene.tickets == []
    pass_time(scene, 60)
    (ticket,) = scene.tickets
    assert (ticket.onset_at, ticket.detected_at, ticket.opened_at) == (minute(9.5), minute(10), minute(60))
    assert (ticket.level, ticket.clocks[0].due_at) == (2, minute(90))
    assert (recorded(scene)["i1"].ticket, recorded(scene)["i1"].held) == (1, False)
    scene.clear(at_level(fault(at=10), 2), at=70)
    assert scene.tickets[0].state is TicketState.RESTORED


@pytest.mark.parametrize("restart", [False, True])
def test_a_window_ended_early_lets_its_faults_go_at_once(scene: DeskScene, restart: bool) -> None:
    scene.desk.replace(plan=plan())
    scene.open(fault(at=10), at=10)
    scene.desk.let_time_pass(minute(11))
    assert scene.desk.next_due() == minute(60)
    if restart:
        scene.again()
    scene.desk.replace(plan=plan(ended_at=minute(12)))
    assert len(scene.desk.let_time_pass(minute(12)).tickets) == 1


def test_what_a_restart_finds_held_back_is_held_until_the_end(scene: DeskScene) -> None:
    scene.desk.replace(plan=plan())
    scene.open(fault(at=10), at=10)
    scene.again()
    scene.desk.replace(plan=plan())
    pass_time(scene, 59)
    assert scene.tickets == []
    pass_time(scene, 61)
    assert len(scene.tickets) == 1


def test_a_ticket_from_before_the_window_goes_on(scene: DeskScene) -> None:
    scene.open(fault("a"))
    scene.desk.replace(plan=plan(start=5))
    scene.clear(fault("a"), at=10)
    assert scene.tickets[0].state is TicketState.RESTORED
    scene.open(fault("b", at=15), at=15)
    assert scene.tickets[0].state is TicketState.RESTORED
    pass_time(scene, 60)
    (ticket,) = scene.tickets
    assert (ticket.state, ticket.incidents) == (TicketState.OPEN, ("a", "b"))


def test_what_the_work_causes_elsewhere_is_held_back_too(scene: DeskScene) -> None:
    scene.desk.replace(plan=plan(Scope(site=SOUTH, device=PC)))
    scene.open(fault("cause", at=10), fault("child", device=CAMERA, cause="cause", at=10), at=10)
    scene.open(fault("own", device=CAMERA, rule="picture-black", at=11), at=11)
    assert [ticket.incidents for ticket in scene.tickets] == [("own",)]
    pass_time(scene, 60)
    assert [ticket.incidents for ticket in scene.tickets] == [("own",), ("cause", "child")]


def test_only_the_rule_that_is_named_is_quiet(scene: DeskScene) -> None:
    scene.desk.replace(plan=plan(Scope(site=SOUTH, rule="volume-full")))
    scene.open(fault("a", rule="volume-full"), fault("b"), at=5)
    assert [ticket.incidents for ticket in scene.tickets] == [("b",)]


def test_windows_and_beats_cost_nothing_where_nothing_waits(scene: DeskScene) -> None:
    scene.desk.let_time_pass(START)
    assert scene.desk.next_due() is None
    scene.desk.replace(plan=plan())
    scene.desk.let_time_pass(START)
    assert scene.desk.next_due() is None
    scene.open(fault(at=1), at=1)
    scene.desk.let_time_pass(minute(1))
    assert scene.desk.next_due() == minute(60)


# ---------------------------------------------------------------- whose trouble nobody knows


def test_a_fault_opens_its_ticket_once_it_is_known_whose_trouble_it_is(scene: DeskScene) -> None:
    unknown = replace(fault(level=2), attribution=Attribution.UNKNOWN)
    scene.open(unknown)
    assert scene.tickets == []
    known = replace(unknown, attribution=Attribution.EQUIPMENT)
    for _ in range(2):
        scene.relevel(known, at=10)
    (ticket,) = scene.tickets
    assert (ticket.onset_at, ticket.opened_at, ticket.level) == (unknown.onset_at, minute(10), 2)
    scene.clear(known, at=20)
    assert scene.tickets[0].state is TicketState.RESTORED
