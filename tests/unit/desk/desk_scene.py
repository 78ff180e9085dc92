"""A desk on a database in memory, and faults for it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from collector.core.agreement import Agreement
from collector.core.campus import Campus, Room, Site
from collector.core.model import (
    Cleared,
    Decision,
    Device,
    DeviceId,
    Health,
    HealthChanged,
    Incident,
    IncidentId,
    IncidentState,
    Level,
    Opened,
    Releveled,
    RoomId,
    SiteId,
    State,
    TicketId,
)
from collector.core.replay import as_of, replay
from collector.core.ticket import Entry, Ticket
from collector.desk.changes import Changes
from collector.desk.desk import Desk
from collector.store.records.cases import load_cases
from collector.store.records.database import Records
from collector.store.records.queries import RecordQueries
from tests.unit.core.ticket_scene import AGREEMENT

START = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
SOUTH = SiteId("south")
W201 = RoomId("south/w201")
PC = DeviceId("south:w201")
CAMERA = DeviceId("south:w201:camera")
CAMPUS = Campus(
    sites={SOUTH: Site(id=SOUTH, name="South Lake", time_zone=ZoneInfo("Asia/Shanghai"))},
    rooms={W201: Room(id=W201, site=SOUTH, name="W201")},
    devices={
        PC: Device(id=PC, room=W201, role="recorder-pc", name="Lectern PC", in_campus=True),
        CAMERA: Device(id=CAMERA, room=W201, role="camera", name="Teacher camera", in_campus=True),
    },
)


def words(rule: str) -> Mapping[str, Mapping[str, str]]:
    return {
        "en": {"title": f"{{device}}: {rule}", "symptom": "{room} {instance}", "advice": "look"},
        "zh-CN": {"title": f"{{device}}：{rule}", "symptom": "", "advice": "看"},
    }


def fresh_records() -> Records:
    """Return an empty database in memory."""
    return Records.open("sqlite://")


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def fault(
    id_: str = "i1",
    *,
    device: DeviceId = PC,
    rule: str = "agent-silent",
    family: str = "",
    level: int = 1,
    at: float = 0,
    cause: str | None = None,
    instance: str = "",
) -> Incident:
    """Return an incident detected `at` minutes after the start, half a minute after its onset."""
    return Incident(
        id=IncidentId(id_),
        device=device,
        room=W201,
        metric="",
        instance=instance,
        family=family or rule,
        rule=rule,
        level=Level(level),
        onset_at=minute(at - 0.5),
        detected_at=minute(at),
        cause=None if cause is None else IncidentId(cause),
    )


def over(incident: Incident, at: float) -> Incident:
    return replace(incident, cleared_at=minute(at), state=IncidentState.CLEARED)


def at_level(incident: Incident, level: int, rule: str | None = None) -> Incident:
    return replace(incident, level=Level(level), rule=rule or incident.rule)


def health(
    device: DeviceId = PC, state: State = State.OK, level: int | None = None, at: float = 0, *, hidden: bool = False
) -> Health:
    known = CAMPUS.devices.get(device, Device(id=device))
    return Health(
        device=known,
        state=state,
        level=None if level is None else Level(level),
        since=minute(at),
        last_seen=minute(at),
        hidden=hidden,
    )


class DeskScene:
    """A desk and what it has on record."""

    def __init__(self, records: Records, campus: Campus = CAMPUS, agreement: Agreement = AGREEMENT) -> None:
        self.agreement = agreement
        self.records = records
        self.campus = campus
        self.queries = RecordQueries(records)
        self.commit = 0
        self.clock = 0.0  # the minute of what happened last
        self.desk = self.again()

    def again(self) -> Desk:
        """Return a desk as after a restart."""
        self.desk = Desk(records=self.records, campus=self.campus, agreements={"default": self.agreement}, words=words)
        return self.desk

    def carry_out(self, *decisions: Decision, at: float = 0, commit: int | None = None) -> Changes:
        self.commit = commit if commit is not None else self.commit + 1
        self.clock = max(self.clock, at)
        return self.desk.carry_out(decisions, commit=self.commit, now=minute(at))

    def open(self, *incidents: Incident, at: float = 0) -> Changes:
        return self.carry_out(*(Opened(incident=incident) for incident in incidents), at=at)

    def relevel(self, *incidents: Incident, at: float = 0) -> Changes:
        return self.carry_out(*(Releveled(incident=incident) for incident in incidents), at=at)

    def clear(self, *incidents: Incident, at: float) -> Changes:
        return self.carry_out(*(Cleared(incident=over(incident, at)) for incident in incidents), at=at)

    def see(self, *healths: Health, at: float = 0) -> Changes:
        return self.carry_out(*(HealthChanged(health=each) for each in healths), at=at)

    def act(
        self, action: str, at: float, fields: Mapping[str, object] | None = None, *, ticket: int = 1, key: str = ""
    ) -> Ticket:
        self.clock = max(self.clock, at)
        changes = self.desk.act(TicketId(ticket), action, fields or {}, actor="li", now=minute(at), key=key or None)
        (changed,) = changes.tickets
        return changed

    def pass_time(self, until: float) -> None:
        """Let the desk do what is due on the way, each at its moment."""
        while (due := self.desk.next_due()) is not None and due <= minute(until):
            self.desk.let_time_pass(max(due, minute(self.clock)))
        self.clock = max(self.clock, until)

    @property
    def tickets(self) -> list[Ticket]:
        """Every ticket on record, by number."""
        return list(reversed(self.queries.tickets(Everything(), states=(), before=None, limit=10_000)))

    def log(self, ticket: int = 1) -> list[Entry]:
        return list(self.queries.log(TicketId(ticket), after=0, limit=10_000))

    def actions(self, ticket: int = 1) -> list[str]:
        return [entry.action for entry in self.log(ticket)]

    def everything(self) -> object:
        """Return all that is on record, to compare before and after."""
        queries = self.queries
        return (
            self.tickets,
            [self.log(ticket.id) for ticket in self.tickets],
            queries.incidents(Everything(), states=(), start=None, end=None, before=None, limit=10_000),
            self.desk.restore(),
            queries.health_changes([PC, CAMERA], START, minute(10_000)),
        )

    def assert_tickets_are_their_logs(self) -> None:
        for ticket in self.tickets:
            with self.records.session(read_only=True) as session:
                case = load_cases(session, [ticket.id])[ticket.id]
            assert replay(ticket.id, self.log(ticket.id), case.agreement) == ticket
            assert as_of(ticket, ticket.updated_at).version == len(self.log(ticket.id))


def flap(scene: DeskScene, times: int, *, level: int = 2) -> float:
    """Let a fault come and go each minute; return the minute at which it was last gone."""
    for number in range(times):
        incident = fault(f"f{number}", level=level, at=2 * number)
        scene.open(incident, at=2 * number)
        scene.clear(incident, at=2 * number + 1)
    return 2 * times - 1


class Everything:
    """A filter that narrows nothing."""

    sites = None
    rooms: tuple[RoomId, ...] = ()
    devices: tuple[DeviceId, ...] = ()
    levels: tuple[Level, ...] = ()
