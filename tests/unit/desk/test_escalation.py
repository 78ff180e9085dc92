"""The escalation ladder: who is told as a promise runs out, once a ticket, and what is kept quiet until later."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.action import ActionRefused
from collector.core.agreement import ComplaintRung, Contact, Rung
from collector.core.deadline import next_working
from collector.core.maintenance import Plan, Scope, Window
from collector.core.model import DeviceId, Level, State
from collector.core.storm import CALL_AFTER
from collector.core.ticket import Hold, RungState, Step
from tests.unit.core.ticket_scene import AGREEMENT
from tests.unit.desk.desk_scene import (
    CAMERA,
    PC,
    SOUTH,
    START,
    W201,
    DeskScene,
    at_level,
    fault,
    flap,
    fresh_records,
    health,
    minute,
)

LADDER = replace(
    AGREEMENT,
    contacts=(Contact(role="on-call", name="Zhou"), Contact(role="lead", name="Li"), Contact(role="manager")),
    ladder=(
        Rung(step=Step.RESPOND, share=0, to="on-call"),
        Rung(step=Step.RESPOND, share=0.5, to="lead"),
        Rung(step=Step.RESPOND, share=1, to="manager"),
        Rung(step=Step.SOLVE, share=0.8, to="lead", levels=(Level.OUTAGE,)),
    ),
    told_in_business_hours=(Level.DEGRADED,),
)
CALL = CALL_AFTER / timedelta(minutes=1)


@pytest.fixture
def scene() -> Iterator[DeskScene]:
    records = fresh_records()
    yield DeskScene(records, agreement=LADDER)
    records.close()


def reached(scene: DeskScene, ticket: int = 1) -> dict[str, float]:
    """When each rung was reached, in minutes."""
    entries = [entry for entry in scene.log(ticket) if entry.action == "escalated"]
    rungs = [str(entry.fields["rung"]) for entry in entries]
    assert len(rungs) == len(set(rungs)), "somebody was told twice"
    return {
        rung: round((entry.at - START) / timedelta(minutes=1), 2) for rung, entry in zip(rungs, entries, strict=True)
    }


def window(start: float, end: float, device: DeviceId | None = PC) -> Plan:
    scope = Scope(site=SOUTH, room=W201, device=device)
    zone = ZoneInfo("UTC")
    return Plan(
        [Window(id=1, scope=scope, start=minute(start), end=minute(end), zone=zone, made_at=START, made_by="li")]
    )


def test_each_is_told_when_a_share_of_the_time_has_gone(scene: DeskScene) -> None:
    scene.open(fault())
    scene.pass_time(1000)
    assert reached(scene) == {"respond/0": round(CALL, 2), "respond/50": 15, "respond/100": 30, "solve/80": 384}
    told = next(entry for entry in scene.log() if entry.fields.get("rung") == "respond/50")
    assert (told.fields["to"], told.fields["name"], told.fields["level"]) == ("lead", "Li", 1)
    assert scene.tickets[0].called_at == minute(CALL)
    assert scene.desk.next_due() is None
    scene.assert_tickets_are_their_logs()


def test_an_answer_in_time_spares_the_rest_of_its_promise(scene: DeskScene) -> None:
    scene.open(fault())
    scene.pass_time(10)
    scene.act("acknowledge", 10)
    scene.pass_time(100)
    assert set(reached(scene)) == {"respond/0"}
    states = {each.rung: each.state for each in scene.tickets[0].escalation}
    assert states == {
        "respond/0": RungState.REACHED,
        "respond/50": RungState.WAIVED,
        "respond/100": RungState.WAIVED,
        "solve/80": RungState.WAITING,
    }


def test_a_paused_ticket_escalates_as_much_later(scene: DeskScene) -> None:
    scene.open(fault())
    scene.act("acknowledge", 10)
    scene.act("pause", 20, {"text": "exams"})
    scene.pass_time(600)
    scene.act("resume", 600)
    scene.pass_time(2000)
    assert reached(scene) == {"solve/80": 384 + 580}


def test_a_rise_in_level_brings_its_own_times_and_tells_nobody_twice(scene: DeskScene) -> None:
    mild = fault(level=3)
    scene.open(mild)
    scene.pass_time(100)
    assert reached(scene) == {"respond/0": round(CALL, 2)}
    scene.relevel(at_level(mild, 1), at=100)
    scene.pass_time(100)
    assert reached(scene) == {"respond/0": round(CALL, 2), "respond/50": 100, "respond/100": 100}
    scene.act("relevel", 120, {"level": 3})
    scene.pass_time(4000)
    assert set(reached(scene)) == {"respond/0", "respond/50", "respond/100"}


def test_a_fault_that_is_back_within_its_grace_tells_nobody_twice(scene: DeskScene) -> None:
    scene.open(fault())
    scene.pass_time(16)
    scene.clear(fault(), at=16)
    scene.pass_time(36)
    scene.open(fault("i2", at=36), at=36)
    scene.pass_time(49.9)
    assert set(reached(scene)) == {"respond/0", "respond/50"}
    scene.pass_time(50)
    assert reached(scene)["respond/100"] == 50


def test_nobody_is_called_at_night_for_what_can_wait(scene: DeskScene) -> None:
    night = 13 * 60  # 23:00 of a Thursday
    scene.open(fault(level=3, at=night), at=night)
    scene.pass_time(night + 60)
    assert reached(scene) == {}
    assert scene.tickets[0].calls_at == minute(22.5 * 60)
    scene.pass_time(23 * 60)
    assert reached(scene) == {"respond/0": 22.5 * 60}  # Friday, 08:30


@pytest.mark.parametrize("device", [PC, None], ids=["of the device", "of the room"])
def test_what_falls_due_within_a_window_is_told_when_it_is_over(scene: DeskScene, device: DeviceId | None) -> None:
    scene.open(fault())
    scene.pass_time(10)
    scene.desk.replace(plan=window(10, 50, device))
    scene.pass_time(49)
    assert set(reached(scene)) == {"respond/0"}
    assert [(each.rung, each.held_by) for each in scene.tickets[0].escalation if each.state is RungState.HELD] == [
        ("respond/50", Hold.MAINTENANCE),
        ("respond/100", Hold.MAINTENANCE),
    ]
    scene.again()
    scene.desk.replace(plan=window(10, 50, device))
    scene.pass_time(60)
    assert reached(scene) == {"respond/0": round(CALL, 2), "respond/50": 50, "respond/100": 50}


def test_what_was_answered_within_a_window_is_not_told_after_it(scene: DeskScene) -> None:
    scene.open(fault())
    scene.pass_time(10)
    scene.desk.replace(plan=window(10, 50))
    scene.pass_time(20)
    scene.act("acknowledge", 20)
    scene.pass_time(60)
    assert set(reached(scene)) == {"respond/0"}


def test_a_device_out_of_sight_escalates_when_it_is_seen_again(scene: DeskScene) -> None:
    hot = replace(fault("hot", device=CAMERA, rule="too-hot"), metric="hw.temperature")
    scene.open(hot)
    scene.see(health(PC), health(CAMERA, State.DEGRADED, 1))
    scene.pass_time(10)
    scene.see(health(PC, State.UNKNOWN), health(CAMERA, State.UNKNOWN, 1, hidden=True), at=10)
    scene.pass_time(40)
    assert set(reached(scene)) == {"respond/0"}
    assert scene.tickets[0].escalation[1].held_by is Hold.OUT_OF_SIGHT
    scene.see(health(PC), health(CAMERA, State.DEGRADED, 1), at=40)
    scene.pass_time(41)
    assert reached(scene) == {"respond/0": round(CALL, 2), "respond/50": 40, "respond/100": 40}


def test_a_silence_behind_the_computer_of_a_room_over_snmp_waits_for_that_computer(scene: DeskScene) -> None:
    """The poller itself is well: it is the room's computer, a device of it, that hides the other."""
    poller, ups = DeviceId("south:poller"), DeviceId("south:poller:pc1.ups-1")
    scene.open(fault("ups", device=ups))
    scene.see(health(poller), health(ups, State.FAILED, 1))
    scene.pass_time(10)
    scene.see(health(ups, State.UNKNOWN, 1, hidden=True), at=10)
    scene.pass_time(40)
    assert set(reached(scene)) == {"respond/0"}
    scene.see(health(ups, State.FAILED, 1), at=40)
    scene.pass_time(41)
    assert reached(scene)["respond/50"] == 40


def test_the_cause_that_others_are_hidden_by_escalates(scene: DeskScene) -> None:
    cause = fault("cause", device=DeviceId("south:w201:switch"))
    scene.open(cause, fault("child", cause="cause"))
    scene.see(health(PC, State.UNKNOWN), health(cause.device, State.UNKNOWN, 1))
    scene.pass_time(15)
    assert set(reached(scene)) == {"respond/0", "respond/50"}


def test_a_fault_that_comes_and_goes_escalates_once_it_is_steady(scene: DeskScene) -> None:
    flap(scene, 3, level=1)
    scene.open(fault("f3", at=6), at=6)
    scene.pass_time(40)
    assert scene.tickets[0].flapping
    assert "respond/50" not in reached(scene)
    scene.pass_time(80)
    assert not scene.tickets[0].flapping
    assert set(reached(scene)) >= {"respond/50", "respond/100"}


def test_the_first_ticket_of_a_storm_speaks_for_all_until_it_is_done(scene: DeskScene) -> None:
    storm = [fault(f"f{number}", device=DeviceId(f"south:r{number}")) for number in range(30)]
    scene.open(*storm)
    scene.pass_time(40)
    assert set(reached(scene, 1)) == {"respond/0", "respond/50", "respond/100"}
    assert [reached(scene, number) for number in range(2, 10)] == [{}] * 8
    assert all(ticket.storm == "f0" for ticket in scene.tickets)
    scene.act("acknowledge", 41, ticket=1)
    scene.act("resolve", 42, {"cause": "the feeder", "remedy": "a fuse"}, ticket=1)
    scene.pass_time(42)
    assert set(reached(scene, 2)) == {"respond/50", "respond/100"}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "clear", "worse", "hide", "show", "work", "end work", "restart", "again", "wait"])
        | st.sampled_from(["acknowledge", "pause", "resume", "resolve", "reopen", "restore", "relevel"]),
        st.integers(0, 25),
    ),
    min_size=3,
    max_size=25,
)
SAID = {"pause": {"text": "x"}, "relevel": {"level": 2}, "resolve": {"cause": "a", "remedy": "b"}}


@settings(max_examples=30, deadline=None)
@given(steps=STEPS)
def test_no_rung_is_lost_or_spent_whatever_happens(steps: list[tuple[str, int]]) -> None:
    records = fresh_records()
    scene = DeskScene(records, agreement=LADDER)
    now, count = 0.0, 0
    hot = replace(fault("i0", device=CAMERA, rule="too-hot", level=2), metric="hw.temperature")
    scene.open(hot)
    plan, is_open = Plan(), True
    for what, minutes in [*steps, ("show", 0), ("end work", 300)]:
        match what:
            case "open" if not is_open:
                count += 1
                onset = minute(now - 0.5)
                hot = replace(
                    hot, id=type(hot.id)(f"i{count}"), level=Level(2), onset_at=onset, detected_at=minute(now)
                )
                scene.open(hot, at=now)
                is_open = True
            case "clear" if is_open:
                scene.clear(hot, at=now)
                is_open = False
            case "worse" if is_open and hot.level is not Level.OUTAGE:
                hot = at_level(hot, 1)
                scene.relevel(hot, at=now)
            case "hide" | "show":
                state = State.UNKNOWN if what == "hide" else State.DEGRADED
                scene.see(
                    health(PC, State.UNKNOWN if what == "hide" else State.OK, at=now),
                    health(CAMERA, state, 1, at=now, hidden=what == "hide"),
                    at=now,
                )
            case "work" | "end work":
                plan = window(now, now + 1000, CAMERA) if what == "work" else Plan()
                scene.desk.replace(plan=plan)
            case "restart":
                scene.again()
                scene.desk.replace(plan=plan)
            case "acknowledge" | "pause" | "resume" | "resolve" | "reopen" | "restore" | "relevel":
                try:
                    scene.act(what, now, SAID.get(what))
                except ActionRefused:
                    pass
            case _:
                pass
        now += minutes
        scene.pass_time(now)
    for ticket in scene.tickets:
        spent = set(reached(scene, ticket.id))
        for rung in ticket.escalation:
            assert (rung.rung in spent) == (rung.state is RungState.REACHED)
            late = rung.state in (RungState.WAITING, RungState.HELD) and rung.due_at <= minute(now)
            assert not late or ticket.paused_at is not None or ticket.flapping, "a rung was lost"
    scene.assert_tickets_are_their_logs()
    records.close()


# ------------------------------------------------------------ complaints

COMPLAINTS = (
    ComplaintRung(after=timedelta(), to="lead"),
    ComplaintRung(after=timedelta(hours=4), to="senior"),
    ComplaintRung(after=timedelta(hours=24), to="manager"),
)


@pytest.fixture
def unhappy() -> Iterator[DeskScene]:
    """A ticket of which nothing is owed any more."""
    records = fresh_records()
    scene = DeskScene(records, agreement=replace(LADDER, ladder=(), complaints=COMPLAINTS))
    scene.open(fault())
    for action in ("acknowledge", "restore", "resolve"):
        scene.act(action, 1)
    yield scene
    records.close()


def complain(scene: DeskScene, at: float) -> None:
    scene.act("complain", at, {"text": "it happens every week", "complainant": "Chen"})


def test_a_complaint_climbs_until_the_complainant_is_content(unhappy: DeskScene) -> None:
    complain(unhappy, 10)
    unhappy.pass_time(9000)
    assert reached(unhappy) == {"complaint/5/0": 10, "complaint/5/1": 250, "complaint/5/2": 1450}
    told = [entry.fields for entry in unhappy.log() if entry.action == "escalated"]
    assert [(one["to"], one["name"]) for one in told] == [("lead", "Li"), ("senior", ""), ("manager", "")]
    assert unhappy.tickets[0].called_at is None
    unhappy.assert_tickets_are_their_logs()


def test_who_complains_again_is_one_rung_further_at_once(unhappy: DeskScene) -> None:
    complain(unhappy, 10)
    unhappy.pass_time(20)
    complain(unhappy, 60)
    unhappy.pass_time(61)
    assert reached(unhappy) == {"complaint/5/0": 10, "complaint/5/1": 60}


def test_a_complaint_that_is_settled_climbs_no_further_and_a_new_one_begins_below(unhappy: DeskScene) -> None:
    complain(unhappy, 10)
    unhappy.pass_time(20)
    unhappy.act("settle", 30, {"text": "content"})
    unhappy.act("close", 31)
    unhappy.pass_time(5000)
    assert set(reached(unhappy)) == {"complaint/5/0"}
    assert unhappy.desk.next_due() is None
    complain(unhappy, 5000)
    unhappy.pass_time(5000)
    assert reached(unhappy)["complaint/9/0"] == 5000


def test_neither_a_pause_nor_planned_work_keeps_a_complaint_quiet() -> None:
    records = fresh_records()
    scene = DeskScene(records, agreement=replace(LADDER, complaints=COMPLAINTS))
    scene.open(fault())
    scene.desk.replace(plan=window(0, 9000))
    scene.act("pause", 2, {"text": "exams"})
    complain(scene, 3)
    scene.pass_time(300)
    assert reached(scene) == {"complaint/3/0": 3, "complaint/3/1": 243}
    records.close()


def test_a_complaint_about_what_can_wait_is_told_in_business_hours(unhappy: DeskScene) -> None:
    unhappy.act("reopen", 5)
    unhappy.act("relevel", 6, {"level": 3})
    complain(unhappy, 10)
    (rung, *_) = unhappy.tickets[0].escalation
    assert rung.due_at == next_working(minute(10), calendar=LADDER.calendar, zone=ZoneInfo("Asia/Shanghai"))
