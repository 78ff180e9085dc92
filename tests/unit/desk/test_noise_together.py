"""What keeps quiet, together: maintenance, flapping, storms, what is hidden, people at work, and restarts."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.action import ActionRefused
from collector.core.maintenance import Plan
from collector.core.model import DeviceId, Incident, State
from collector.core.storm import GATHERED, LIMIT, WITHIN, calls_at
from collector.core.ticket import RungState, Step, TicketState
from collector.desk.errors import UnknownTicket
from tests.unit.desk.desk_scene import CAMERA, PC, DeskScene, at_level, fault, flap, fresh_records, health, minute
from tests.unit.desk.test_escalation import CALL, LADDER, reached, window

RESTARTS = pytest.mark.parametrize("restart", [False, True], ids=["", "with a restart"])
SECOND = 1 / 60


@pytest.fixture
def scene() -> Iterator[DeskScene]:
    records = fresh_records()
    yield DeskScene(records, agreement=LADDER)
    records.close()


def again(scene: DeskScene, plan: Plan | None = None) -> None:
    """Kill the desk and start another, which is told what is planned."""
    scene.again()
    if plan is not None:
        scene.desk.replace(plan=plan)


# ---------------------------------------------------------------- storms


def of_storm(number: int, at: float) -> Incident:
    return fault(f"f{number}", device=DeviceId(f"south:r{number}"), at=at)


@RESTARTS
@pytest.mark.parametrize(
    ("tenth_s", "is_storm"), [(59.9, True), (60.0, False), (61.0, False)], ids=["59.9 s", "a minute", "61 s"]
)
def test_the_tenth_fault_makes_a_storm_until_the_first_was_a_minute_ago(
    scene: DeskScene, tenth_s: float, is_storm: bool, restart: bool
) -> None:
    scene.open(*(of_storm(number, 0) for number in range(LIMIT - 1)))
    if restart:
        again(scene)
    scene.open(of_storm(99, tenth_s * SECOND), at=tenth_s * SECOND)
    assert [ticket.storm is not None for ticket in scene.tickets] == [is_storm] * LIMIT
    assert (calls_at(scene.tickets[-1]) is None) is is_storm


@RESTARTS
@pytest.mark.parametrize(("every_s", "is_storm"), [(6.6, True), (6.7, False)], ids=["59.4 s for ten", "60.3 s for ten"])
def test_the_minute_of_a_storm_goes_along(scene: DeskScene, every_s: float, is_storm: bool, restart: bool) -> None:
    """Ten within any minute, not by the minutes of a clock."""
    for number in range(25):
        at = number * every_s * SECOND
        scene.open(of_storm(number, at), at=at)
        if restart and number % 4 == 3:
            again(scene)
    assert len(scene.tickets) == 25
    assert [calls_at(ticket) is None for ticket in scene.tickets[LIMIT - 1 :]] == [is_storm] * (26 - LIMIT)


@RESTARTS
@pytest.mark.parametrize(("every_s", "gathers"), [(2.06, True), (2.07, False)], ids=["59.7 s for 30", "60.03 s for 30"])
def test_the_minute_of_what_a_storm_gathers_goes_along(
    scene: DeskScene, every_s: float, gathers: bool, restart: bool
) -> None:
    for number in range(GATHERED + 5):
        at = number * every_s * SECOND
        scene.open(of_storm(number, at), at=at)
        if restart and number % 4 == 3:
            again(scene)
    assert len(scene.tickets) == (GATHERED - 1 if gathers else GATHERED + 5)


def test_two_hundred_faults_and_a_restart_within_their_minute_call_people_once(scene: DeskScene) -> None:
    scene.open(*(of_storm(number, 0) for number in range(100)))
    again(scene)
    scene.open(*(of_storm(number, 0.5) for number in range(100, 200)), at=0.5)
    again(scene)
    scene.open(of_storm(200, 0.9), at=0.9)
    scene.pass_time(12)
    assert [number for number in range(1, len(scene.tickets) + 1) if reached(scene, number)] == [1]
    assert [ticket.id for ticket in scene.tickets if calls_at(ticket) is not None] == [1]
    assert sum(len(ticket.incidents) for ticket in scene.tickets) == 201
    again(scene)
    scene.open(of_storm(300, 0.9 + WITHIN / timedelta(minutes=1)), at=12)
    scene.pass_time(13)
    assert set(reached(scene, scene.tickets[-1].id)) == {"respond/0"}


# ---------------------------------------------------------------- maintenance


@RESTARTS
def test_a_fault_that_is_back_within_a_window_reopens_its_ticket_when_that_ends_and_calls_nobody_anew(
    scene: DeskScene, restart: bool
) -> None:
    scene.open(fault("a"))
    scene.pass_time(5)
    scene.clear(fault("a"), at=5)
    plan = window(10, 40)
    scene.desk.replace(plan=plan)
    scene.open(fault("b", at=15), at=15)
    if restart:
        again(scene, plan)
    scene.pass_time(39.9)
    assert [(ticket.state, ticket.incidents) for ticket in scene.tickets] == [(TicketState.RESTORED, ("a",))]
    scene.pass_time(41)
    (ticket,) = scene.tickets
    assert (ticket.state, ticket.incidents) == (TicketState.OPEN, ("a", "b"))
    assert scene.actions().count("reopened") == 1
    assert reached(scene)["respond/0"] == round(CALL, 2)  # once a ticket: at its opening, and not again
    scene.assert_tickets_are_their_logs()


@RESTARTS
def test_a_window_that_ends_while_a_fault_holds_calls_once(scene: DeskScene, restart: bool) -> None:
    plan = window(0, 30)
    scene.desk.replace(plan=plan)
    scene.open(fault(at=10), at=10)
    scene.pass_time(30)
    if restart:
        again(scene, plan)
    for at in (30.1, 30.2, 31.0, 40.0):
        scene.pass_time(at)
        scene.desk.let_time_pass(minute(at))
    assert len(scene.tickets) == 1
    assert reached(scene) == {"respond/0": round(30 + CALL, 2)}


def test_what_comes_and_goes_within_a_window_does_not_flap_after_it(scene: DeskScene) -> None:
    scene.desk.replace(plan=window(0, 30))
    flap(scene, 7, level=1)
    scene.open(fault("f7", at=14), at=14)
    scene.pass_time(31)
    (ticket,) = scene.tickets
    assert (ticket.incidents, ticket.flapping, ticket.state) == (("f7",), False, TicketState.OPEN)


@RESTARTS
def test_what_flaps_when_a_window_begins_is_still_quiet_and_told_once_both_are_over(
    scene: DeskScene, restart: bool
) -> None:
    for number in range(4):
        incident = fault(f"f{number}", at=2 * number)
        scene.open(incident, at=2 * number)
        scene.pass_time(2 * number + 0.5)
        if number < 3:
            scene.clear(incident, at=2 * number + 1)
    plan = window(7, 120)
    scene.desk.replace(plan=plan)
    if restart:
        again(scene, plan)
    scene.pass_time(119)
    assert not scene.tickets[0].flapping
    assert set(reached(scene)) == {"respond/0"}
    scene.pass_time(120)
    assert reached(scene) == {"respond/0": round(CALL, 2), "respond/50": 120, "respond/100": 120}
    scene.assert_tickets_are_their_logs()


# ---------------------------------------------------------------- neither lost nor spent


@RESTARTS
def test_a_hold_is_said_once_and_what_was_held_is_told_once(scene: DeskScene, restart: bool) -> None:
    plan = window(10, 60)
    scene.open(fault())
    scene.desk.replace(plan=plan)
    for at in range(16, 60):
        scene.pass_time(at)
        scene.desk.let_time_pass(minute(at))
        if restart and at == 40:
            again(scene, plan)
    assert scene.actions().count("escalation_held") == 2  # at a half and at the end of the time to respond
    states = {each.rung: (each.state, each.held_by) for each in scene.tickets[0].escalation}
    assert states["respond/50"] == (RungState.HELD, "maintenance")
    for at in range(60, 70):
        scene.pass_time(at)
        scene.desk.let_time_pass(minute(at))
    assert reached(scene) == {"respond/0": round(CALL, 2), "respond/50": 60, "respond/100": 60}
    told = {each.rung: (each.state, each.held_by) for each in scene.tickets[0].escalation}
    assert told["respond/50"] == told["respond/100"] == (RungState.REACHED, None)


@RESTARTS
def test_one_hold_after_the_other_keeps_a_rung_until_the_last_is_over(scene: DeskScene, restart: bool) -> None:
    """Hidden behind its computer, then worked on, then seen and left alone."""
    scene.open(fault(device=CAMERA))
    scene.see(health(PC), health(CAMERA, State.FAILED, 1))
    scene.pass_time(10)
    scene.see(health(CAMERA, State.UNKNOWN, 1, hidden=True), at=10)
    scene.pass_time(20)
    plan = window(20, 50, CAMERA)
    scene.desk.replace(plan=plan)
    scene.see(health(CAMERA, State.FAILED, 1), at=25)
    if restart:
        again(scene, plan)
    scene.pass_time(49.9)
    assert set(reached(scene)) == {"respond/0"}
    held = [entry.fields["by"] for entry in scene.log() if entry.fields.get("rung") == "respond/50"]
    assert held == ["out_of_sight", "maintenance"]
    scene.pass_time(50)
    assert reached(scene)["respond/50"] == 50


@RESTARTS
def test_a_rise_of_what_somebody_works_on_keeps_what_was_done_and_the_time_that_has_gone(
    scene: DeskScene, restart: bool
) -> None:
    mild = fault(level=3)
    scene.open(mild)
    scene.pass_time(5)
    scene.act("acknowledge", 5)
    if restart:
        again(scene)
    scene.relevel(at_level(mild, 1), at=100)
    (ticket,) = scene.tickets
    clocks = {clock.step: clock for clock in ticket.clocks}
    assert (ticket.state, ticket.level) == (TicketState.ACKNOWLEDGED, 1)
    assert clocks[Step.RESPOND].met_at == minute(5)
    assert clocks[Step.SOLVE].due_at == minute(480)  # eight hours from the opening, not from the rise
    scene.pass_time(400)
    assert reached(scene) == {"respond/0": round(CALL, 2), "solve/80": 384}


# ---------------------------------------------------------------- whatever comes together

HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(
            ["fall", "fall", "clear", "clear", "worse", "hide", "show", "work", "end work", "acknowledge", "flap"]
        ),
        st.integers(1, 14),  # how many, or who
        st.sampled_from([0.0, 0.1, 0.3, 0.9, 1.1, 3.0, 20.0]),  # minutes after it
    ),
    min_size=2,
    max_size=20,
)


def told_of(happenings: list[tuple[str, int, float]], restarts: set[int]) -> object:
    """Return all that is on record of a story, told with restarts of the desk at some of its places."""
    records = fresh_records()
    scene, now, plan, count = DeskScene(records, agreement=LADDER), 0.0, Plan(), 0
    standing: dict[int, Incident] = {}
    for place, (what, number, minutes) in enumerate([*happenings, ("end work", 1, 100.0)]):
        chosen = [standing[key] for key in sorted(standing)][:number]
        match what:
            case "fall":
                fallen = [key for key in range(number) if key not in standing]
                for key in fallen:
                    count += 1
                    device = DeviceId(f"south:r{key}")
                    standing[key] = replace(fault(f"f{count}", device=device, level=2, at=now), instance=str(key))
                scene.open(*(standing[key] for key in fallen), at=now)
            case "clear":
                scene.clear(*chosen, at=now)
                standing = {key: one for key, one in standing.items() if one not in chosen}
            case "flap":
                for _ in range(4):
                    count += 1
                    device = DeviceId(f"south:r{20 + number}")
                    turn = replace(fault(f"f{count}", device=device, level=2, at=now), instance="flaps")
                    scene.open(turn, at=now)
                    scene.clear(turn, at=now + 0.2)
                    now += 0.5
                    scene.pass_time(now)
            case "worse":
                risen = {key: at_level(one, 1) for key, one in standing.items() if one in chosen and one.level > 1}
                scene.relevel(*risen.values(), at=now)
                standing.update(risen)
            case "hide" | "show":
                state = State.UNKNOWN if what == "hide" else State.FAILED
                scene.see(*(health(one.device, state, 2, at=now, hidden=what == "hide") for one in chosen), at=now)
            case "work" | "end work":
                plan = window(now, now + 1000, None) if what == "work" else Plan()
                scene.desk.replace(plan=plan)
            case _:
                with suppress(ActionRefused, UnknownTicket):
                    scene.act(what, now, ticket=number)
        if place in restarts:
            again(scene, plan)
        now += minutes
        scene.pass_time(now)
    scene.assert_tickets_are_their_logs()
    for ticket in scene.tickets:
        reached(scene, ticket.id)  # nobody is told twice
    kept = scene.everything()
    records.close()
    return kept


@settings(max_examples=15, deadline=None)
@given(happenings=HAPPENINGS, data=st.data())
def test_a_restart_among_storms_windows_and_flaps_changes_nothing_on_record(
    happenings: list[tuple[str, int, float]], data: st.DataObject
) -> None:
    restarts = data.draw(st.sets(st.integers(0, len(happenings) - 1), min_size=1))
    assert told_of(happenings, restarts) == told_of(happenings, set())
