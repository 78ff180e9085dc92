"""Classifier and desk together, whatever happens in whatever order: one incident one ticket, told once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.core.action import ActionRefused
from collector.core.campus import Campus, Room, Site
from collector.core.maintenance import Plan, Scope, Window
from collector.core.model import Decision, Device, DeviceId, IncidentState, RoomId, SiteId, TicketId
from collector.core.replay import open_incidents
from collector.core.ticket import UNDER_WAY, Entry, TicketState
from collector.desk.changes import IncidentRecord
from tests.unit.core.classify_scene import PC, Scene
from tests.unit.core.test_classify_properties import METRIC, PACK
from tests.unit.desk.desk_scene import DeskScene, Everything, fresh_records

CAMERA = DeviceId("s:pc:cam")
ROOM = RoomId("s/r")
CAMPUS = Campus(
    sites={SiteId("s"): Site(id=SiteId("s"), name="S", time_zone=ZoneInfo("Asia/Shanghai"))},
    rooms={ROOM: Room(id=ROOM, site=SiteId("s"), name="R")},
    devices={
        PC: Device(id=PC, room=ROOM, role="recorder-pc", in_campus=True),
        CAMERA: Device(id=CAMERA, room=ROOM, role="camera", in_campus=True),
    },
)
_TOLD = ("opened", "attached", "reopened")


class Line(Scene):
    """A classifier whose decisions a desk carries out; both go on from their records after a restart."""

    def __init__(self, desk: DeskScene) -> None:
        self.desk = desk
        self.desk_commit = 0
        super().__init__(CAMPUS, PACK)

    def keep(self, decisions: list[Decision]) -> None:
        super().keep(decisions)
        if decisions:
            self.desk_commit += 1
            self.desk.desk.carry_out(decisions, commit=self.desk_commit, now=self.now)
        due = self.desk.desk.next_due()
        if due is not None and due <= self.now:
            self.desk.desk.let_time_pass(self.now)

    def wait(self, by: float | timedelta) -> None:
        """Let time pass; what is due for the desk happens at its moment."""
        until = self.now + (by if isinstance(by, timedelta) else timedelta(seconds=by))
        while (due := self.desk.desk.next_due()) is not None and due <= until:
            super().wait(max(due - self.now, timedelta()))
            self.desk.desk.let_time_pass(self.now)
        super().wait(until - self.now)

    def restart(self, after: float = 0.0) -> None:
        plan = self.desk.desk._setting.plan
        self.desk.again().replace(plan=plan)
        super().restart(after)

    def say(self, decisions: Sequence[Decision]) -> None:
        """Tell the desk once more what it was told already."""
        self.desk.desk.carry_out(decisions, commit=self.desk_commit, now=self.now)

    def work_on(self, scope: Scope, minutes: float) -> None:
        window = Window(
            id=1,
            scope=scope,
            start=self.now,
            end=self.now + timedelta(minutes=minutes),
            zone=ZoneInfo("Asia/Shanghai"),
            made_at=self.now,
            made_by="li",
        )
        self.desk.desk.replace(plan=Plan([window]))
        self.desk.desk.let_time_pass(self.now)

    def recorded(self) -> dict[str, IncidentRecord]:
        found = self.desk.queries.incidents(Everything(), states=(), start=None, end=None, before=None, limit=10_000)
        return {record.incident.id: record for record in found}

    def logs(self) -> dict[TicketId, list[Entry]]:
        return {ticket.id: self.desk.log(ticket.id) for ticket in self.desk.tickets}


@contextmanager
def a_line() -> Iterator[Line]:
    records = fresh_records()
    try:
        yield Line(DeskScene(records, CAMPUS))
    finally:
        records.close()


def hold_the_books(line: Line) -> None:
    """Hold incidents, tickets and their logs against each other."""
    records, tickets, plan = line.recorded(), line.desk.tickets, line.desk.desk._setting.plan
    by_id = {ticket.id: ticket for ticket in tickets}
    assert {id_ for id_, record in records.items() if record.incident.state is IncidentState.OPEN} == set(
        line.open.values()
    )
    for record in records.values():
        incident = record.incident
        assert incident == line.incidents[incident.id]
        if record.ticket is None:
            assert record.held
            assert incident.state is IncidentState.CLEARED or plan.holds(incident, line.now)
        elif incident.state is IncidentState.OPEN and by_id[record.ticket].state in UNDER_WAY:
            assert by_id[record.ticket].level <= incident.level
    under_way = [ticket for ticket in tickets if ticket.state in UNDER_WAY]
    faults = [
        {(one.device, one.family, one.instance) for id_ in ticket.incidents for one in (line.incidents[id_],)}
        for ticket in under_way
    ]
    assert sum(map(len, faults)) == len(set().union(*faults)), "two open tickets for one fault"
    told: set[str] = set()
    for log in line.logs().values():
        seen: set[str] = set()
        for entry in log:
            incident_id = entry.fields.get("incident")
            if not isinstance(incident_id, str):
                continue
            if entry.action == "cleared":
                assert incident_id in seen, "a clear before a raise"
            if entry.action in _TOLD and incident_id not in seen:
                assert incident_id not in told, "told twice"
                told.add(incident_id)
            seen.add(incident_id)
        ticket = by_id[TicketId(next(id_ for id_, each in line.logs().items() if each == log))]
        if ticket.state in UNDER_WAY and not ticket.flapping and not _by_person(log):
            assert open_incidents(log), "nothing stands, and the ticket waits"
    line.desk.assert_tickets_are_their_logs()


def _by_person(log: Sequence[Entry]) -> bool:
    return any(entry.actor == "li" for entry in log)


STEPS = st.lists(
    st.tuples(
        st.sampled_from([5, 20, 20, 50, 50, 120, 900, 2400]),
        st.sampled_from(
            ["bad", "bad", "poor", "good", "good", "die", "born", "restart", "again", "work", "work on one", "act"]
        ),
        st.sampled_from(["", "", "a"]),
        st.integers(0, 5),
    ),
    max_size=30,
)
VALUES = {"bad": 12.0, "poor": 8.0, "good": 0.0}
ACTIONS = ("acknowledge", "arrive", "restore", "resolve", "close", "reopen")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_one_incident_has_one_ticket_whatever_happens(steps: list[tuple[int, str, str, int]]) -> None:
    with a_line() as line:
        line.born(interval=None)  # so that time passes without readings
        for wait, what, instance, which in steps:
            match what:
                case "bad" | "poor" | "good":
                    line.read(METRIC, VALUES[what], instance=instance)
                    line.wait(wait)
                case "die":
                    line.died()
                    line.wait(wait)
                case "born":
                    line.born(interval=None)
                case "restart":
                    line.restart(after=min(wait, 60))
                case "again":
                    line.say(line.log[-8:])
                case "work":
                    line.work_on(Scope(site=SiteId("s"), room=ROOM), wait / 20)
                case "work on one":
                    line.work_on(Scope(site=SiteId("s"), rule="f"), wait / 20)
                case _:
                    act(line, ACTIONS[which])
            hold_the_books(line)
        line.born(interval=None)
        for instance in ("", "a"):
            line.read(METRIC, 0.0, instance=instance)
        line.wait(7200)
        hold_the_books(line)
        assert line.open == {}
        for ticket in line.desk.tickets:
            assert ticket.state not in UNDER_WAY or _by_person(line.desk.log(ticket.id))


def act(line: Line, action: str) -> None:
    """Let a person do something to the latest ticket, where its state allows it."""
    tickets = line.desk.tickets
    if not tickets:
        return
    try:
        line.desk.desk.act(tickets[-1].id, action, {}, actor="li", now=line.now)
    except ActionRefused:
        return


def test_a_fault_that_comes_and_goes_for_hours_is_one_ticket_with_few_lines() -> None:
    with a_line() as line:
        line.born(interval=None)
        for _ in range(80):
            for value, wait in ((12.0, 40), (0.0, 60)):
                line.read(METRIC, value)
                line.wait(wait)
        hold_the_books(line)
        (ticket,) = line.desk.tickets
        assert (len(line.recorded()), ticket.flapping) == (80, True)
        assert len(line.desk.log()) <= 12
        line.wait(7200)
        (ticket,) = line.desk.tickets
        assert (ticket.state, ticket.flapping) == (TicketState.RESTORED, False)
