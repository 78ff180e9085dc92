"""What came to light late, at the desk: on record, in the log of its ticket, and no deadline moves."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from collector.core.inspection import time_in_states
from collector.core.model import Attribution, Cleared, Corrected, HealthCorrected, Opened, State
from collector.core.ticket import ClockState, Step, TicketState
from tests.unit.desk.desk_scene import CAMERA, PC, DeskScene, Everything, fault, fresh_records, health, minute, over


@pytest.fixture
def scene() -> Iterator[DeskScene]:
    records = fresh_records()
    yield DeskScene(records)
    records.close()


def test_a_fault_that_is_over_by_the_time_it_is_known_has_no_ticket(scene: DeskScene) -> None:
    found = replace(over(fault(at=-60), -30), detected_at=minute(0), late=True)
    scene.carry_out(Opened(incident=found))
    assert scene.tickets == []
    (record,) = scene.queries.incidents(Everything(), states=(), start=None, end=None, before=None, limit=10)
    assert (record.incident, record.ticket) == (found, None)


def test_a_ticket_that_was_detected_late_says_so(scene: DeskScene) -> None:
    scene.open(replace(fault(), late=True))
    (ticket,) = scene.tickets
    assert ticket.late


def test_a_corrected_onset_is_in_the_log_and_moves_no_deadline(scene: DeskScene) -> None:
    scene.open(fault())
    (before,) = scene.tickets
    corrected = replace(fault(), onset_at=minute(-40), late=True)
    for _ in range(2):  # the same evidence twice says nothing new
        scene.carry_out(Corrected(incident=corrected, readings=7), at=10)
    (ticket,) = scene.tickets
    assert (ticket.onset_at, ticket.late, ticket.opened_at) == (minute(-40), True, before.opened_at)
    assert ticket.clocks == before.clocks
    assert scene.actions() == ["opened", "corrected"]
    assert scene.log()[-1].fields == {
        "incident": "i1",
        "readings": 7,
        "onset_at": minute(-40).isoformat(),
        "onset_at_before": minute(-0.5).isoformat(),
        "late": True,
    }
    scene.assert_tickets_are_their_logs()


def test_what_was_corrected_is_with_the_incident_also_where_it_has_no_ticket(scene: DeskScene) -> None:
    found = replace(over(fault(at=-60), -30), detected_at=minute(0), late=True)
    scene.open(found)
    for end in (-32, -32, -35):  # the same evidence twice says nothing new
        corrected = Corrected(incident=replace(found, cleared_at=minute(end)), readings=5)
        scene.carry_out(corrected, at=10)
    assert scene.tickets == []
    (record,) = scene.queries.incidents(Everything(), states=(), start=None, end=None, before=None, limit=10)
    assert record.corrections == (
        {"at": minute(10).isoformat(), "readings": 5, "late": True, **moved(-30, -32)},
        {"at": minute(10).isoformat(), "readings": 5, "late": True, **moved(-32, -35)},
    )


def moved(before: float, after: float) -> dict[str, str]:
    return {"cleared_at": minute(after).isoformat(), "cleared_at_before": minute(before).isoformat()}


def test_a_corrected_end_says_since_when_the_service_was_back(scene: DeskScene) -> None:
    scene.open(fault())
    scene.clear(fault(), at=600)  # two hours after the clock of the solution ran out
    assert {clock.step: clock.state for clock in scene.tickets[0].clocks}[Step.SOLVE] is ClockState.BREACHED
    scene.carry_out(Corrected(incident=over(fault(), 20), readings=3), at=610)
    (ticket,) = scene.tickets
    solve = next(clock for clock in ticket.clocks if clock.step is Step.SOLVE)
    assert (ticket.state, ticket.restored_at) == (TicketState.RESTORED, minute(20))
    assert (solve.state, solve.met_at) == (ClockState.MET, minute(20))
    scene.carry_out(Corrected(incident=over(fault(), -0.25), readings=3), at=620)
    assert scene.tickets[0].restored_at == scene.tickets[0].opened_at  # a ticket is not solved before it is open
    scene.assert_tickets_are_their_logs()


def test_what_a_person_said_of_the_end_stays(scene: DeskScene) -> None:
    scene.open(fault())
    scene.act("restore", 30)
    scene.clear(fault(), at=40)
    scene.carry_out(Corrected(incident=over(fault(), 20), readings=3), at=50)
    assert scene.tickets[0].restored_at == minute(30)


def test_a_fault_that_ended_and_began_again_unseen_goes_on_in_its_ticket(scene: DeskScene) -> None:
    scene.open(fault())
    again = replace(fault("i2", at=60), onset_at=minute(40), late=True)
    scene.carry_out(Cleared(incident=over(fault(), 20)), Opened(incident=again), at=60)
    (ticket,) = scene.tickets
    assert (ticket.state, ticket.incidents) == (TicketState.OPEN, ("i1", "i2"))
    assert scene.actions() == ["opened", "attached", "cleared"]


def test_a_silence_that_was_the_networks_is_told_and_no_outage_of_the_device(scene: DeskScene) -> None:
    scene.see(health(), health(CAMERA))
    scene.open(fault())
    scene.see(health(state=State.FAILED, level=1), health(CAMERA, State.UNKNOWN), at=1)
    scene.see(health(at=61), health(CAMERA, at=61), at=61)
    scene.clear(fault(), at=60)
    network = replace(over(fault(), 60), attribution=Attribution.ENVIRONMENT)
    healed = [HealthCorrected(device=PC, start=minute(-1), end=minute(62), state=State.OK)]
    healed += [
        HealthCorrected(device=CAMERA, start=minute(0), end=minute(20), state=State.OK),
        HealthCorrected(device=CAMERA, start=minute(20), end=minute(30), state=State.DEGRADED),
    ]
    for _ in range(2):
        scene.carry_out(Corrected(incident=network, readings=360), *healed, at=63)
    assert scene.log()[-1].fields["attribution"] == "environment"
    assert scene.actions() == ["opened", "cleared", "corrected"]
    spent = {}
    for device, changes in scene.queries.health_changes([PC, CAMERA], minute(0), minute(100)).items():
        found = time_in_states(changes, start=minute(0), end=minute(100))
        spent[device] = {state: time.total_seconds() / 60 for state, time in found.items() if time}
    assert spent[PC] == {State.OK: 100}
    assert spent[CAMERA] == {State.OK: 59, State.DEGRADED: 10, State.UNKNOWN: 31}
