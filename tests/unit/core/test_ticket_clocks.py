"""What the clocks of a ticket say: the sentences of INTERFACE and of the agreement, one by one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.core.action import ACTIONS, ActionRefused
from collector.core.model import Level
from collector.core.replay import nearest_due, open_incidents
from collector.core.ticket import UNDER_WAY, ClockState, Step, TicketState
from tests.unit.core.ticket_scene import OPENED, Scene, after

DAY = 24 * 60


def test_all_clocks_start_when_the_ticket_opens() -> None:
    assert {clock.step: clock.due_at for clock in Scene(1).ticket.clocks} == {
        Step.RESPOND: after(30),
        Step.ARRIVE: after(120),
        Step.SOLVE: after(480),
    }


def test_the_slow_track_answers_in_a_day_solves_in_two_or_swaps_in_three_working_days() -> None:
    assert {clock.step: clock.due_at for clock in Scene(3).ticket.clocks} == {
        Step.RESPOND: after(DAY),
        Step.SOLVE: after(2 * DAY),
        Step.SWAP: after(5 * DAY),  # from Thursday morning over a week-end
    }


def test_a_question_is_only_answered() -> None:
    assert Scene(4, source="person").states() == {"respond": "running"}


def test_each_step_is_met_by_its_own_action() -> None:
    scene = Scene()
    scene.act("acknowledge", 5)
    assert scene.states() == {"respond": "met", "arrive": "running", "solve": "running"}
    scene.act("arrive", 60)
    assert scene.states() == {"respond": "met", "arrive": "met", "solve": "running"}
    scene.act("restore", 90)
    assert scene.states() == {"respond": "met", "arrive": "met", "solve": "met"}
    assert [clock.met_at for clock in scene.ticket.clocks] == [after(5), after(60), after(90)]


def test_solve_is_met_by_a_swap_too() -> None:
    scene = Scene(3)
    scene.act("swap", 3 * DAY)
    assert scene.states() == {"respond": "breached", "solve": "breached", "swap": "met"}


def test_an_arrival_before_anyone_answered_is_the_answer() -> None:
    scene = Scene()
    scene.act("arrive", 20)
    assert scene.states() == {"respond": "met", "arrive": "met", "solve": "running"}


def test_what_is_met_late_is_breached_and_says_when() -> None:
    scene = Scene()
    scene.act("acknowledge", 31)
    clock = scene.clock(Step.RESPOND)
    assert clock is not None
    assert (clock.state, clock.due_at, clock.met_at) == (ClockState.BREACHED, after(30), after(31))


def test_what_is_met_on_the_second_is_kept() -> None:
    scene = Scene()
    assert scene.states(30)["respond"] == "running"
    scene.act("acknowledge", 30)
    assert scene.states()["respond"] == "met"


def test_a_clock_that_has_run_out_is_breached_before_it_is_met() -> None:
    scene = Scene()
    assert scene.states(30.1) == {"respond": "breached", "arrive": "running", "solve": "running"}


def test_telemetry_that_clears_restores_meets_solve_and_waives_the_rest() -> None:
    scene = Scene()
    ticket = scene.clear(10, cleared=9)
    assert ticket.state is TicketState.RESTORED
    assert scene.states() == {"respond": "waived", "arrive": "waived", "solve": "met"}
    clock = scene.clock(Step.SOLVE)
    assert clock is not None
    assert clock.met_at == ticket.restored_at == after(9)
    assert scene.states(60 * DAY) == {"respond": "waived", "arrive": "waived", "solve": "met"}


def test_what_was_met_before_telemetry_clears_stays_met() -> None:
    scene = Scene()
    scene.act("acknowledge", 5)
    scene.clear(10)
    assert scene.states() == {"respond": "met", "arrive": "waived", "solve": "met"}


def test_what_had_run_out_before_telemetry_clears_stays_breached() -> None:
    scene = Scene()
    scene.clear(45)
    assert scene.states() == {"respond": "breached", "arrive": "waived", "solve": "met"}


def test_the_swap_that_a_restored_ticket_no_longer_needs_is_waived() -> None:
    scene = Scene(3)
    scene.act("restore", 60)
    assert scene.states() == {"respond": "waived", "solve": "met", "swap": "waived"}


def test_a_ticket_resolved_without_a_restoration_waives_what_it_no_longer_needs() -> None:
    scene = Scene()
    scene.act("acknowledge", 5)
    scene.act("resolve", 20)
    assert scene.states(DAY) == {"respond": "met", "arrive": "waived", "solve": "waived"}


def test_good_readings_from_before_the_opening_restore_at_the_opening() -> None:
    scene = Scene()
    assert scene.clear(1, cleared=-5).restored_at == OPENED


# ---------------------------------------------------------------- pauses


def test_a_pause_stops_every_clock_and_gives_its_time_back() -> None:
    scene = Scene()
    scene.act("pause", 10)
    assert scene.states(DAY) == {"respond": "paused", "arrive": "paused", "solve": "paused"}
    scene.act("resume", 70)
    assert [clock.due_at for clock in scene.ticket.clocks] == [after(90), after(180), after(540)]
    assert scene.states(89)["respond"] == "running"


def test_a_pause_does_not_mend_what_had_run_out() -> None:
    scene = Scene()
    scene.act("pause", 40)
    assert scene.states() == {"respond": "breached", "arrive": "paused", "solve": "paused"}
    scene.act("resume", 100)
    clock = scene.clock(Step.RESPOND)
    assert clock is not None
    assert clock.due_at == after(30)


def test_what_was_met_before_a_pause_keeps_its_deadline() -> None:
    scene = Scene()
    scene.act("acknowledge", 5)
    scene.act("pause", 10)
    scene.act("resume", 20)
    clock = scene.clock(Step.RESPOND)
    assert clock is not None
    assert clock.due_at == after(30)


def test_a_restoration_ends_a_pause() -> None:
    scene = Scene()
    scene.act("pause", 10)
    ticket = scene.clear(400)
    assert (ticket.state, ticket.paused_at) == (TicketState.RESTORED, None)
    assert scene.states() == {"respond": "waived", "arrive": "waived", "solve": "met"}


# ---------------------------------------------------------------- levels


def test_a_rising_level_brings_its_own_track_from_the_opening_on() -> None:
    scene = Scene(3)
    ticket = scene.tell("releveled", 15, incident="i1", level=2, title="UPS is about to stop")
    assert (ticket.level, ticket.title) == (Level.SEVERE, "UPS is about to stop")
    assert [(clock.step, clock.due_at) for clock in ticket.clocks] == [
        (Step.RESPOND, after(30)),
        (Step.ARRIVE, after(120)),
        (Step.SOLVE, after(480)),
    ]


def test_a_rising_level_keeps_elapsed_time_even_where_that_is_too_much() -> None:
    scene = Scene(3)
    scene.tell("releveled", 200, incident="i1", level=1)
    assert scene.states(200) == {"respond": "breached", "arrive": "breached", "solve": "running"}


def test_a_rising_level_keeps_paused_time() -> None:
    scene = Scene(3)
    scene.act("pause", 10)
    scene.act("resume", 60)
    scene.tell("releveled", 70, incident="i1", level=1)
    assert [clock.due_at for clock in scene.ticket.clocks] == [after(80), after(170), after(530)]


def test_what_was_answered_in_time_is_not_breached_by_a_later_level() -> None:
    scene = Scene(3)
    scene.act("acknowledge", 300)
    scene.tell("releveled", 310, incident="i1", level=1)
    assert scene.states(310) == {"respond": "met", "arrive": "breached", "solve": "running"}


def test_a_lower_level_by_a_person_forgives_no_breach() -> None:
    scene = Scene(1)
    scene.act("relevel", 45, {"level": 3})
    assert scene.states(45) == {"respond": "breached", "solve": "running", "swap": "running"}


def test_an_incident_that_eases_leaves_the_ticket_at_its_worst() -> None:
    scene = Scene(1)
    assert scene.tell("releveled", 5, incident="i1", level=3, title="Milder").level is Level.OUTAGE
    assert scene.ticket.title == "Recorder is silent"


def test_an_incident_that_eases_does_not_undo_what_a_person_decided() -> None:
    scene = Scene(1)
    scene.act("relevel", 5, {"level": 3})
    assert scene.tell("releveled", 6, incident="i1", level=2).level is Level.DEGRADED
    assert scene.tell("releveled", 7, incident="i1", level=1).level is Level.OUTAGE


# ---------------------------------------------------------------- several incidents


def test_a_ticket_is_restored_when_its_last_incident_clears() -> None:
    scene = Scene(1)
    scene.tell("attached", 1, incident="i2", level=1, cause="i1")
    assert scene.clear(5).state is TicketState.OPEN
    assert open_incidents(scene.log) == {"i2"}
    assert scene.clear(6, incident="i2").state is TicketState.RESTORED
    assert scene.ticket.incidents == ("i1", "i2")


def test_a_member_does_not_raise_the_ticket_of_its_cause() -> None:
    scene = Scene(3)
    assert scene.tell("attached", 1, incident="i2", level=1, cause="i1").level is Level.DEGRADED


# ---------------------------------------------------------------- reopening


def test_a_fault_that_is_back_goes_on_with_the_time_it_had() -> None:
    scene = Scene()
    scene.act("acknowledge", 5)
    scene.clear(10)
    ticket = scene.tell("reopened", 18, incident="i2", level=1)
    assert (ticket.state, ticket.restored_at) == (TicketState.ACKNOWLEDGED, None)
    assert scene.states() == {"respond": "met", "arrive": "running", "solve": "running"}
    assert [clock.due_at for clock in ticket.clocks] == [after(30), after(128), after(488)]
    assert ticket.incidents == ("i1", "i2")


def test_a_waived_step_of_a_reopened_ticket_runs_again_with_what_was_left() -> None:
    scene = Scene()
    scene.clear(10)
    scene.tell("reopened", 100, incident="i2", level=1)
    clock = scene.clock(Step.RESPOND, 110)
    assert clock is not None
    assert (clock.state, clock.due_at) == (ClockState.RUNNING, after(120))


def test_a_reopened_ticket_may_come_back_worse() -> None:
    scene = Scene(3)
    scene.clear(10)
    ticket = scene.tell("reopened", 15, incident="i2", level=1, title="It is dead now")
    assert (ticket.level, ticket.title) == (Level.OUTAGE, "It is dead now")
    assert [clock.due_at for clock in ticket.clocks] == [after(35), after(125), after(485)]


def test_a_person_reopens_what_was_answered_as_acknowledged() -> None:
    scene = Scene()
    for minute, action in enumerate(["acknowledge", "arrive", "restore", "resolve", "close"], start=1):
        scene.act(action, minute)
    ticket = scene.act("reopen", DAY)
    assert ticket.state is TicketState.ACKNOWLEDGED
    assert scene.states() == {"respond": "met", "arrive": "met", "solve": "running"}


def test_the_nearest_deadline_is_that_of_a_running_clock() -> None:
    scene = Scene()
    assert nearest_due(scene.ticket) == after(30)
    scene.act("acknowledge", 5)
    assert nearest_due(scene.ticket) == after(120)
    scene.clear(10)
    assert nearest_due(scene.ticket) is None


# ---------------------------------------------------------------- what holds for every log

steps = st.lists(
    st.tuples(
        st.sampled_from([*ACTIONS, "attached", "releveled", "cleared", "reopened"]),
        st.integers(0, 600),
        st.integers(1, 4),
    ),
    max_size=14,
)


def run(level: int, moves: list[tuple[str, int, int]]) -> Scene:
    scene = Scene(level)
    minute = 0
    for number, (action, gap, rung) in enumerate(moves):
        minute += gap
        if action in ACTIONS:
            try:
                scene.act(action, minute, {"level": rung} if action == "relevel" else None)
            except ActionRefused:
                continue
        elif action == "cleared":
            scene.clear(minute, cleared=minute - rung)
        elif action != "reopened" or scene.ticket.state not in UNDER_WAY:
            fields = {"cause": "i1"} if action == "attached" else {}
            incident = "i1" if action == "releveled" else f"i{number + 2}"
            scene.tell(action, minute, incident=incident, level=rung, **fields)
    return scene


@given(st.integers(1, 4), steps)
def test_a_ticket_is_its_log(level: int, moves: list[tuple[str, int, int]]) -> None:
    scene = run(level, moves)
    assert scene.ticket == scene.ticket
    assert scene.ticket.version == len(scene.log)
    assert all(clock.due_at > OPENED for clock in scene.ticket.clocks)
    states = {clock.state for clock in scene.ticket.clocks}
    if scene.ticket.state in UNDER_WAY:
        assert ClockState.WAIVED not in states
        assert not (scene.ticket.paused_at and ClockState.RUNNING in states)
    else:
        assert not states & {ClockState.RUNNING, ClockState.PAUSED}


@given(st.integers(1, 4), steps)
def test_a_clock_once_met_in_time_stays_so_until_the_ticket_reopens(
    level: int, moves: list[tuple[str, int, int]]
) -> None:
    scene = run(level, moves)
    kept: set[Step] = set()
    for count in range(1, len(scene.log) + 1):
        part = Scene(level)
        part.log = scene.log[:count]
        if part.log[-1].action in {"reopen", "reopened"}:
            kept.clear()
        now = {clock.step for clock in part.ticket.clocks if clock.state is ClockState.MET}
        assert kept <= now
        kept = now


@given(st.integers(1, 4), steps, st.integers(1, 5000))
def test_more_pause_is_never_due_earlier(level: int, moves: list[tuple[str, int, int]], length: int) -> None:
    scene = run(level, moves)
    before = {clock.step: clock for clock in scene.ticket.clocks}
    last = (scene.ticket.updated_at - OPENED) / timedelta(minutes=1)
    if scene.ticket.state not in UNDER_WAY or scene.ticket.paused_at:
        return
    scene.act("pause", last)
    scene.act("resume", last + length)
    for clock in scene.ticket.clocks:
        assert clock.due_at >= before[clock.step].due_at


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_closed_ticket_says_the_same_for_ever(level: int) -> None:
    scene = Scene(level)
    scene.act("restore", 7)
    scene.act("close", 8)
    assert scene.states(9) == scene.states(1000 * DAY)
