"""What the desk makes of the classifier's decisions: one incident one ticket, and everything twice is done once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.campus import Campus
from collector.core.model import (
    Cleared,
    Decision,
    DeviceId,
    HealthChanged,
    IncidentState,
    Level,
    Opened,
    Phase,
    PhaseChanged,
    Releveled,
    State,
)
from collector.core.ticket import UNDER_WAY, Source, TicketState
from collector.desk.desk import Desk
from tests.unit.desk.desk_scene import (
    CAMERA,
    CAMPUS,
    PC,
    START,
    DeskScene,
    Everything,
    at_level,
    fault,
    fresh_records,
    health,
    minute,
    over,
)


@pytest.fixture
def scene() -> Iterator[DeskScene]:
    records = fresh_records()
    yield DeskScene(records)
    records.close()


# ---------------------------------------------------------------- one incident, one ticket


def test_an_incident_opens_one_ticket_with_everything_on_it(scene: DeskScene) -> None:
    changes = scene.open(fault(level=1), at=0)
    (ticket,) = changes.tickets
    assert (ticket.id, ticket.level, ticket.state) == (1, Level.OUTAGE, TicketState.OPEN)
    assert (ticket.site, ticket.room, ticket.device, ticket.source) == ("south", "south/w201", PC, Source.TELEMETRY)
    assert (ticket.title, ticket.symptom) == ("Lectern PC: agent-silent", "W201 ")
    assert ticket.words["zh-CN"]["title"] == "Lectern PC：agent-silent"
    assert (ticket.onset_at, ticket.detected_at, ticket.opened_at) == (minute(-0.5), START, START)
    assert (ticket.agreement, ticket.coverage, ticket.version) == ("default", "warranty", 1)
    assert ticket.incidents == ("i1",)
    (record,) = changes.incidents
    assert (record.incident.id, record.ticket) == ("i1", 1)
    assert scene.tickets == [ticket]


def test_tickets_are_numbered_from_one_in_the_order_of_decisions(scene: DeskScene) -> None:
    scene.open(fault("a"), fault("b", device=CAMERA))
    scene.open(fault("c", rule="volume-full"))
    assert [(ticket.id, ticket.incidents) for ticket in scene.tickets] == [(1, ("a",)), (2, ("b",)), (3, ("c",))]


def test_a_rising_incident_raises_its_ticket_and_renames_it(scene: DeskScene) -> None:
    incident = fault(rule="volume-filling", family="volume", level=3)
    scene.open(incident)
    scene.relevel(at_level(incident, 1, "volume-full"), at=5)
    (ticket,) = scene.tickets
    assert (ticket.level, ticket.title, ticket.opened_at) == (Level.OUTAGE, "Lectern PC: volume-full", START)
    assert [clock.due_at for clock in ticket.clocks] == [minute(30), minute(120), minute(480)]
    assert scene.actions() == ["opened", "releveled"]


def test_an_easing_incident_leaves_the_ticket_at_its_worst(scene: DeskScene) -> None:
    incident = fault(level=1)
    scene.open(incident)
    (record,) = scene.relevel(at_level(incident, 3), at=5).incidents
    assert (record.incident.level, scene.tickets[0].level) == (Level.DEGRADED, Level.OUTAGE)


def test_a_cleared_incident_restores_its_ticket_and_does_not_close_it(scene: DeskScene) -> None:
    incident = fault()
    scene.open(incident)
    changes = scene.carry_out(Cleared(incident=over(incident, 9)), at=10)
    (ticket,) = changes.tickets
    assert (ticket.state, ticket.restored_at) == (TicketState.RESTORED, minute(9))
    assert [clock.state.value for clock in ticket.clocks] == ["waived", "waived", "met"]
    assert changes.incidents[0].incident.state is IncidentState.CLEARED


def test_a_worsening_incident_reopens_a_ticket_that_was_thought_done(scene: DeskScene) -> None:
    incident = fault(level=3)
    scene.open(incident)
    for action in ("restore", "resolve", "close"):
        scene.act(action, 5)
    scene.relevel(at_level(incident, 1), at=10)
    (ticket,) = scene.tickets
    assert (ticket.state, ticket.level) == (TicketState.OPEN, Level.OUTAGE)


def test_an_easing_incident_says_nothing_to_a_closed_ticket(scene: DeskScene) -> None:
    incident = fault(level=1)
    scene.open(incident)
    for action in ("restore", "resolve", "close"):
        scene.act(action, 5)
    assert scene.relevel(at_level(incident, 3), at=10).tickets == ()


def test_evidence_that_comes_too_late_is_recorded_and_calls_nobody(scene: DeskScene) -> None:
    changes = scene.carry_out(Opened(incident=over(fault(), -10)))
    assert changes.tickets == ()
    assert [(record.incident.id, record.ticket) for record in changes.incidents] == [("i1", None)]
    changes = scene.carry_out(Cleared(incident=over(fault("i2"), -10)))
    assert (changes.tickets, changes.incidents[0].ticket) == ((), None)
    assert scene.tickets == []


def test_what_is_over_may_be_corrected(scene: DeskScene) -> None:
    incident = fault()
    scene.open(incident)
    scene.clear(incident, at=10)
    earlier = over(incident, 6)
    (record,) = scene.carry_out(Cleared(incident=earlier), at=20).incidents
    assert (record.incident.cleared_at, record.ticket) == (minute(6), 1)
    assert scene.actions() == ["opened", "cleared"]


def test_a_level_of_an_incident_never_opened_opens_it(scene: DeskScene) -> None:
    assert len(scene.relevel(fault()).tickets) == 1


# ---------------------------------------------------------------- causes


def test_what_another_incident_caused_joins_its_ticket(scene: DeskScene) -> None:
    scene.open(fault("switch", rule="device-silent"))
    changes = scene.open(fault("child", device=CAMERA, cause="switch"))
    (ticket,) = scene.tickets
    assert ticket.incidents == ("switch", "child")
    assert changes.incidents[0].ticket == 1


def test_the_order_within_a_batch_does_not_matter(scene: DeskScene) -> None:
    scene.open(
        fault("grandchild", device=DeviceId("south:x"), cause="child"),
        fault("child", device=CAMERA, cause="switch"),
        fault("switch"),
    )
    (ticket,) = scene.tickets
    assert ticket.incidents == ("switch", "child", "grandchild")


def test_a_hundred_members_are_one_ticket(scene: DeskScene) -> None:
    members = [fault(f"m{number}", device=DeviceId(f"south:r{number}"), cause="switch") for number in range(100)]
    scene.open(*members, fault("switch", level=2))
    (ticket,) = scene.tickets
    assert (len(ticket.incidents), ticket.level) == (101, Level.SEVERE)
    scene.clear(fault("switch", level=2), *members, at=5)
    assert scene.tickets[0].state is TicketState.RESTORED


def test_a_ticket_is_restored_when_the_last_member_clears(scene: DeskScene) -> None:
    scene.open(fault("switch"), fault("child", device=CAMERA, cause="switch"))
    scene.clear(fault("switch"), at=5)
    states = [scene.tickets[0].state]
    scene.clear(fault("child", device=CAMERA, cause="switch"), at=6)
    assert [*states, scene.tickets[0].state] == [TicketState.OPEN, TicketState.RESTORED]


@pytest.mark.parametrize("cause", ["unknown", "cleared", "itself"])
def test_an_incident_whose_cause_is_not_standing_has_its_own_ticket(scene: DeskScene, cause: str) -> None:
    scene.open(fault("cleared", device=CAMERA))
    scene.clear(fault("cleared", device=CAMERA), at=1)
    scene.open(fault("itself", cause=cause), at=2)
    assert [ticket.incidents for ticket in scene.tickets] == [("cleared",), ("itself",)]


def test_a_rising_member_does_not_raise_the_ticket_of_its_cause(scene: DeskScene) -> None:
    child = fault("child", device=CAMERA, cause="switch", level=3)
    scene.open(fault("switch", level=2), child)
    scene.relevel(at_level(child, 1), at=1)
    assert scene.tickets[0].level is Level.SEVERE


def test_what_is_silent_by_itself_after_its_cause_is_over_has_a_ticket_of_its_own(scene: DeskScene) -> None:
    child = fault("child", device=CAMERA, cause="switch")
    scene.open(fault("switch"), child)
    scene.clear(fault("switch"), at=5)
    scene.carry_out(Cleared(incident=over(child, 5)), Opened(incident=fault("own", device=CAMERA, at=6)), at=6)
    assert [ticket.incidents for ticket in scene.tickets] == [("switch", "child"), ("own",)]
    assert scene.tickets[0].state is TicketState.RESTORED


# ---------------------------------------------------------------- back within the grace


@pytest.mark.parametrize(
    ("gap", "tickets"),
    [pytest.param(29, 1, id="back in 29 minutes"), pytest.param(31, 2, id="back in 31 minutes")],
)
def test_a_fault_that_is_back_soon_reopens_its_ticket(scene: DeskScene, gap: float, tickets: int) -> None:
    scene.open(fault("a"))
    scene.clear(fault("a"), at=5)
    scene.open(fault("b", at=5.5 + gap), at=5.5 + gap)
    assert len(scene.tickets) == tickets
    if tickets == 1:
        (ticket,) = scene.tickets
        assert (ticket.state, ticket.incidents) == (TicketState.OPEN, ("a", "b"))
        assert scene.actions() == ["opened", "cleared", "reopened"]


def test_a_fault_that_is_back_worse_raises_the_ticket(scene: DeskScene) -> None:
    scene.open(fault("a", level=3))
    scene.clear(fault("a", level=3), at=5)
    scene.open(fault("b", level=1, at=8), at=8)
    assert [(ticket.level, ticket.state) for ticket in scene.tickets] == [(Level.OUTAGE, TicketState.OPEN)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(fault("b", at=8, device=CAMERA), id="of another device"),
        pytest.param(fault("b", at=8, rule="volume-full"), id="of another family"),
        pytest.param(fault("b", at=8, instance="C:"), id="of another instance"),
    ],
)
def test_another_fault_opens_a_ticket_of_its_own(scene: DeskScene, other: object) -> None:
    assert isinstance(other, type(fault()))
    scene.open(fault("a"))
    scene.clear(fault("a"), at=5)
    scene.open(other, at=8)
    assert len(scene.tickets) == 2


@pytest.mark.parametrize(
    ("back", "states"),
    [
        pytest.param(85, ["open"], id="less than half an hour ago"),
        pytest.param(95, ["closed", "open"], id="longer ago"),
    ],
)
def test_a_fault_that_is_back_soon_after_its_ticket_was_closed_reopens_it(
    scene: DeskScene, back: float, states: list[str]
) -> None:
    scene.open(fault("a"))
    scene.clear(fault("a"), at=5)
    scene.act("close", 60)
    scene.open(fault("b", at=back), at=back)
    assert [ticket.state.value for ticket in scene.tickets] == states
    assert scene.tickets[-1].incidents[-1] == "b"


def test_a_reopened_ticket_keeps_the_time_that_had_passed(scene: DeskScene) -> None:
    scene.open(fault("a"))
    scene.act("acknowledge", 2)
    scene.clear(fault("a"), at=5)
    scene.act("close", 10)
    scene.open(fault("b", at=25), at=25)
    (ticket,) = scene.tickets
    assert [clock.due_at for clock in ticket.clocks] == [minute(30), minute(140), minute(500)]
    assert (ticket.state, ticket.done_at, ticket.restored_at) == (TicketState.ACKNOWLEDGED, None, None)


def test_a_resolved_ticket_whose_fault_is_back_was_not_resolved(scene: DeskScene) -> None:
    scene.open(fault("a"))
    scene.act("acknowledge", 1)
    scene.clear(fault("a"), at=5)
    scene.act("resolve", 6)
    scene.open(fault("b", at=8), at=8)
    assert [ticket.state for ticket in scene.tickets] == [TicketState.ACKNOWLEDGED]


def test_cleared_and_back_in_one_batch_is_one_ticket_that_goes_on(scene: DeskScene) -> None:
    scene.open(fault("a"))
    scene.carry_out(Cleared(incident=over(fault("a"), 5)), Opened(incident=fault("b", at=6)), at=6)
    (ticket,) = scene.tickets
    assert (ticket.state, ticket.incidents) == (TicketState.OPEN, ("a", "b"))


# ---------------------------------------------------------------- done once


def decisions() -> list[Decision]:
    phase = Phase(
        device=PC,
        rule="cpu",
        instance="",
        standing="raising",
        since=START,
        onset_at=START,
        elapsed=timedelta(seconds=3),
    )
    return [
        HealthChanged(health=health(PC, State.FAILED, 1)),
        Opened(incident=fault("a")),
        Opened(incident=fault("b", device=CAMERA, cause="a")),
        PhaseChanged(device=PC, rule="cpu", instance="", phase=phase),
    ]


def test_a_commit_carried_out_twice_changes_nothing(scene: DeskScene) -> None:
    first = scene.carry_out(*decisions(), at=0, commit=7)
    before = scene.everything()
    again = scene.carry_out(*decisions(), at=3, commit=7)
    assert scene.everything() == before
    assert (again.devices, again.incidents, again.tickets) == (first.devices, first.incidents, first.tickets)


def test_a_commit_carried_out_again_after_a_restart_changes_nothing(scene: DeskScene) -> None:
    scene.carry_out(*decisions(), at=0, commit=7)
    before = scene.everything()
    scene.again()
    scene.carry_out(*decisions(), at=3, commit=7)
    assert scene.everything() == before


def test_decisions_without_a_commit_repeated_open_nothing_twice(scene: DeskScene) -> None:
    for at in (0, 1):
        scene.desk.carry_out([Opened(incident=fault())], commit=None, now=minute(at))
    assert len(scene.tickets) == 1
    assert scene.actions() == ["opened"]
    for at in (2, 3):
        scene.desk.carry_out([Cleared(incident=over(fault(), 2))], commit=None, now=minute(at))
    scene.desk.carry_out([Opened(incident=fault())], commit=None, now=minute(4))
    assert scene.actions() == ["opened", "cleared"]


def test_a_hot_store_put_back_to_an_earlier_commit_is_still_carried_out(scene: DeskScene) -> None:
    scene.carry_out(Opened(incident=fault("a")), commit=900)
    scene.again()
    assert len(scene.carry_out(Opened(incident=fault("b", device=CAMERA)), commit=12).tickets) == 1
    assert scene.desk.restore().last_commit == 12


def test_a_transaction_that_fails_leaves_nothing(scene: DeskScene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.open(fault("a"))
    before = scene.everything()
    monkeypatch.setattr("collector.desk.docket.save_phases", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scene.carry_out(*decisions(), at=3, commit=8)
    assert scene.everything() == before
    monkeypatch.undo()
    scene.carry_out(*decisions(), at=3, commit=8)
    assert scene.desk.restore().last_commit == 8


# ---------------------------------------------------------------- restart, files


def test_a_restart_goes_on_from_what_was_saved(scene: DeskScene) -> None:
    scene.carry_out(*decisions(), commit=7)
    scene.open(fault("c", rule="volume-full"))
    scene.clear(fault("c", rule="volume-full"), at=2)
    restored = scene.again().restore()
    assert restored.devices == [health(PC, State.FAILED, 1)]
    assert [incident.id for incident in restored.incidents] == ["a", "b"]
    assert [decision.phase for decision in decisions() if isinstance(decision, PhaseChanged)] == restored.phases
    assert restored.last_commit == 9


def test_a_new_desk_has_nothing_to_go_on_from(scene: DeskScene) -> None:
    restored = scene.desk.restore()
    assert (restored.devices, restored.incidents, restored.phases, restored.last_commit) == ([], [], [], 0)


def test_a_phase_that_ends_is_forgotten(scene: DeskScene) -> None:
    scene.carry_out(*decisions())
    scene.carry_out(PhaseChanged(device=PC, rule="cpu", instance="", phase=None))
    assert scene.desk.restore().phases == []


def test_the_last_of_several_healths_counts(scene: DeskScene) -> None:
    changes = scene.see(health(PC, State.OK), health(PC, State.FAILED, 1))
    assert changes.devices == (health(PC, State.FAILED, 1),)


def test_the_history_of_a_device_is_kept(scene: DeskScene) -> None:
    scene.see(health(PC, State.OK, at=0), at=0)
    scene.see(replace(health(PC, State.OK, at=0), pending=True), at=4)
    scene.see(health(PC, State.FAILED, 1, at=5), at=5)
    scene.see(health(PC, State.OK, at=20), at=20)
    changes = scene.queries.health_changes([PC, CAMERA], minute(2), minute(15))
    assert [(change.at, change.state) for change in changes[PC]] == [(minute(0), State.OK), (minute(5), State.FAILED)]
    assert CAMERA not in changes
    assert scene.queries.known_from([PC, CAMERA]) == {PC: minute(0)}


def test_a_new_agreement_moves_no_deadline_of_an_open_ticket(scene: DeskScene) -> None:
    incident = fault(level=3)
    scene.open(incident)
    held = scene.tickets[0].clocks
    old = scene.desk._setting.agreements["default"]
    slower = replace(old, tracks={level: track[:1] for level, track in old.tracks.items()})
    scene.desk.replace(agreements={"default": slower})
    assert scene.act("comment", 2, {"text": "hello"}).clocks == held
    scene.relevel(at_level(incident, 1), at=3)
    assert len(scene.tickets[0].clocks) == 3
    scene.open(fault("b", device=CAMERA), at=4)
    assert len(scene.tickets[1].clocks) == 1


def test_a_device_that_nobody_listed_gets_a_ticket_too() -> None:
    records = fresh_records()
    scene = DeskScene(records, campus=Campus())
    (ticket,) = scene.open(fault(device=DeviceId("north:pc-7"))).tickets
    assert (ticket.site, ticket.title) == ("north", "pc-7: agent-silent")
    records.close()


def test_words_with_stray_braces_are_shown_as_they_are(scene: DeskScene) -> None:
    scene.desk.replace(words=lambda _rule: {"en": {"title": "{device.__class__} {oops {0}"}})
    assert scene.open(fault()).tickets[0].title == "{device.__class__} {oops {0}"
    scene.desk.replace(words=lambda _rule: {})
    assert scene.open(fault("b", device=CAMERA)).tickets[0].title == "agent-silent"


def test_a_desk_without_a_default_agreement_is_refused() -> None:
    records = fresh_records()
    with pytest.raises(ValueError, match="no agreement 'default'"):
        Desk(records=records, campus=CAMPUS, agreements={}, words=lambda _rule: {})
    records.close()


# ---------------------------------------------------------------- what holds for every sequence

moves = st.lists(
    st.tuples(
        st.sampled_from(["open", "clear", "rise", "ease", "restore", "close", "acknowledge", "restart", "repeat"]),
        st.integers(0, 2),
        st.integers(0, 15),
        st.integers(1, 3),
    ),
    max_size=12,
)


@given(moves)
@settings(max_examples=40, deadline=None)
def test_no_sequence_yields_two_live_tickets_for_one_fault(steps: list[tuple[str, int, int, int]]) -> None:
    records = fresh_records()
    scene = DeskScene(records)
    devices = [PC, CAMERA, DeviceId("south:other")]
    standing: dict[DeviceId, object] = {}
    at = 0.0
    last: list[Decision] = []
    for number, (move, which, gap, level) in enumerate(steps):
        at += gap
        device = devices[which]
        incident = standing.get(device)
        assert incident is None or isinstance(incident, type(fault()))
        if move == "restart":
            scene.again()
        elif move == "repeat":
            scene.desk.carry_out(last, commit=scene.commit, now=minute(at))
        elif move == "open" and incident is None:
            standing[device] = opened = fault(f"i{number}", device=device, level=level, at=at)
            last = [Opened(incident=opened)]
            scene.carry_out(*last, at=at)
        elif move == "clear" and incident is not None:
            last = [Cleared(incident=over(incident, at))]
            del standing[device]
            scene.carry_out(*last, at=at)
        elif move in ("rise", "ease") and incident is not None:
            standing[device] = changed = at_level(incident, 1 if move == "rise" else 3)
            last = [Releveled(incident=changed)]
            scene.carry_out(*last, at=at)
        elif move in ("restore", "close", "acknowledge"):
            for ticket in scene.tickets:
                if ticket.device == device:
                    with_state = (
                        ticket.state in UNDER_WAY if move == "restore" else ticket.state is TicketState.RESTORED
                    )
                    if move == "acknowledge":
                        with_state = ticket.state is TicketState.OPEN
                    if with_state:
                        scene.act(move, at, ticket=ticket.id)
    for device in devices:
        live = [each for each in scene.tickets if each.device == device and each.state in UNDER_WAY]
        assert len(live) <= 1
    records_of = scene.queries.incidents(Everything(), states=(), start=None, end=None, before=None, limit=1000)
    assert {record.incident.device for record in records_of if record.incident.state is IncidentState.OPEN} == set(
        standing
    )
    assert all(record.ticket is not None for record in records_of)
    scene.assert_tickets_are_their_logs()
    records.close()
