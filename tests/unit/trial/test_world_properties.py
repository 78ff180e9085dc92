"""Whatever happens in whatever order, to the desk: one open ticket a fault, and a restart changes nothing.

Readings, deaths, births, restarts of the collector, clocks that jump, a broker that is lost, and people at work.
"""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from os import environ
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.core.action import ActionRefused
from collector.core.campus import Campus, Carries, Link
from collector.core.maintenance import Plan, Scope, Window
from collector.core.model import Born, DeviceId, Died, IncidentState, RoomId, Shutdown, SiteId, is_node, node_of
from collector.core.rule import RulePack
from collector.core.ticket import UNDER_WAY, Ticket, TicketState
from collector.packs.agreement import load_agreements
from collector.packs.rules import load_rules
from collector.settings import default_rules
from collector.trial.world import World

T0 = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
STEP = timedelta(seconds=10)
PC, CAMERA, GATEWAY, UPS = (DeviceId(f"s:{name}") for name in ("pc", "pc:cam", "gw", "gw:ups"))
FED = Campus(links=(Link(feeder=UPS, carries=Carries.POWER, device=PC),))
ROLES = {PC: "recorder-pc", CAMERA: "camera", GATEWAY: "gateway", UPS: "ups"}
METRICS = [
    (PC, "system.filesystem.utilization", "/d", [0.1, 0.92, 0.96, 1.0]),
    (PC, "system.cpu.utilization", "", [0.2, 0.97]),
    (PC, "process.count", "recorder", [1.0, 0.0]),
    (CAMERA, "hw.status", "lens", [0.0, 1.0, 2.0]),
    (UPS, "hw.ups.source", "", [0.0, 1.0]),
]
DEPTH = int(environ.get("ROOMTONE_EXAMPLES", "15"))
"""How many stories each property is tried on; a thousand take some minutes."""
QUICK = settings(max_examples=DEPTH, deadline=None, suppress_health_check=[HealthCheck.too_slow])

agreements = cache(lambda: load_agreements([default_rules() / "agreements"]))


@cache
def rules() -> RulePack:
    return load_rules([default_rules()])


class Story:
    """A world whose devices are read each ten seconds."""

    def __init__(self) -> None:
        self.world = World(campus=FED, rules=rules(), now=T0, agreements=agreements(), keeps_past=True)
        self.values = {(device, metric, instance): values[0] for device, metric, instance, values in METRICS}
        self.here: set[DeviceId] = set()
        self.blind = False
        for device in ROLES:
            self.born(device)

    def pass_time(self, seconds: float) -> None:
        until = self.world.now + timedelta(seconds=seconds)
        while self.world.now < until:
            self.world.advance(min(self.world.now + STEP, until))
            self.read()

    def read(self) -> None:
        if self.blind:
            return
        readings = [
            (device, metric, instance, value)
            for (device, metric, instance), value in self.values.items()
            if device in self.here and DeviceId(":".join(device.split(":")[:2])) in self.here
        ]
        if readings:
            self.world.read(readings)
        self.world.hear(*(device for device in (PC, GATEWAY) if device in self.here))

    def born(self, device: DeviceId) -> None:
        interval = STEP if device in (PC, GATEWAY) else None
        said = {"role": ROLES[device], "room": "r"}
        self.world.happen(Born(device=device, at=self.world.now, properties=said, interval=interval))
        self.here.add(device)
        for behind in [one for one in self.here if one.startswith(f"{device}:")]:  # an agent gives birth to all again
            self.born(behind)

    def died(self, device: DeviceId, told: Shutdown | None = None) -> None:
        self.world.happen(Died(device=device, at=self.world.now, told=told))
        self.here.discard(device)

    def plan(self, minutes: int) -> None:
        """Plan work on the room from now on; it takes the place of what was planned before."""
        until = self.world.now + timedelta(minutes=minutes)
        scope = Scope(site=SiteId("s"), room=RoomId("s/r"))
        shanghai = ZoneInfo("Asia/Shanghai")
        window = Window(
            id=1, scope=scope, start=self.world.now, end=until, zone=shanghai, made_at=self.world.now, made_by="li"
        )
        self.world.plan(Plan([window]))

    def deliver(self, number: int) -> None:
        """Let a backlog of the ten minutes before arrive: a value for half of it, the one of now in the other half."""
        device, metric, instance, values = METRICS[number % len(METRICS)]
        if device not in self.here or node_of(device) not in self.here or self.blind:
            return
        chosen = values[number // len(METRICS) % len(values)]
        for step in range(60, 0, -1):
            value = chosen if step > 30 else self.values[device, metric, instance]
            stamp = self.world.now - step * STEP
            self.world.read([(device, metric, instance, value)], historical=True, stamp=stamp)

    def do(self, what: str, number: int) -> None:
        device = list(ROLES)[number % len(ROLES)]
        match what:
            case "read":
                chosen, metric, instance, values = METRICS[number % len(METRICS)]
                self.values[chosen, metric, instance] = values[number // len(METRICS) % len(values)]
                self.read()
            case "die":
                self.died(device)
            case "told":
                self.died(device, Shutdown.OS)
            case "born":
                self.pass_time(70)
                if node_of(device) in self.here or is_node(device):  # a dead agent gives birth to nothing
                    self.born(device)
            case "restart":
                self.world.restart(down=timedelta(seconds=number))
            case "lose broker":
                self.blind = not self.blind
                self.world.see(connected=not self.blind)
            case "window":
                self.plan(5 * (number % 4 + 1))
            case "late":
                self.deliver(number)
            case "clock moves":
                self.world.put_clock(timedelta(seconds=(number - 10) * (1 if number % 2 else 1000)))
            case "wrong clock":
                with suppress(StopIteration):
                    key = next(key for key in self.values if key[0] in self.here)
                    self.world.read([(*key, self.values[key])], stamp=self.world.now + timedelta(hours=number - 5))
            case _:  # by what it is about: of two that open about then, either may be the first
                tickets = sorted(
                    self.world.tickets(), key=lambda ticket: (ticket.device, ticket.title, ticket.onset_at)
                )
                if tickets:
                    with suppress(ActionRefused):
                        self.world.act(tickets[number % len(tickets)].id, what, {}, actor="li")

    # ------------------------------------------------------------ what must hold

    def check(self) -> None:
        incidents = self.world.kept.incidents.values()
        standing = [incident for incident in incidents if incident.state is IncidentState.OPEN]
        faults = Counter((incident.device, incident.family, incident.instance) for incident in standing)
        assert max(faults.values(), default=1) == 1, faults
        tickets = self.world.tickets()
        owners = Counter(incident for ticket in tickets for incident in ticket.incidents)
        assert max(owners.values(), default=1) == 1, "an incident of two tickets"
        fault_of = {  # a member is no fault of its own: somebody may reopen the ticket of its cause
            incident.id: (incident.device, incident.family, incident.instance)
            for incident in incidents
            if incident.cause is None
        }
        under_way = Counter(
            fault
            for ticket in tickets
            if ticket.state in UNDER_WAY
            for fault in {fault_of[incident] for incident in ticket.incidents if incident in fault_of}
        )
        assert max(under_way.values(), default=1) == 1, "two tickets under way for one fault"
        for incident in incidents:
            assert incident.onset_at <= incident.detected_at
            assert incident.cleared_at is None or incident.onset_at <= incident.cleared_at
        for health in self.world.kept.health.values():
            here = [incident for incident in standing if incident.device == health.device.id]
            own = [incident for incident in here if incident.cause is None]  # what has a cause, that bears the level of
            borne = {min((incident.level for incident in each), default=None) for each in (here, own)}
            assert health.level in borne


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 5.0, 25.0, 70.0, 400.0]),
        st.sampled_from(
            ["read"] * 6
            + ["die", "told", "born", "born", "restart", "lose broker", "clock moves", "wrong clock", "window", "late"]
            + ["acknowledge", "arrive", "restore", "resolve", "close", "reopen"]
        ),
        st.integers(0, 19),
    ),
    max_size=14,
)


@QUICK
@given(operations=OPERATIONS)
def test_no_story_makes_two_open_tickets_of_one_fault(operations: list[tuple[float, str, int]]) -> None:
    story = Story()
    try:
        for wait, what, number in operations:
            story.pass_time(wait)
            story.do(what, number)
            story.check()
        story.pass_time(120)
        story.check()
    finally:
        story.world.close()


SOBER = st.lists(
    st.tuples(
        st.sampled_from([5.0, 25.0, 70.0, 400.0]),
        st.sampled_from(["read"] * 5 + ["die", "told", "born", "born", "acknowledge", "close", "window", "late"]),
        st.integers(0, 19),
    ),
    min_size=1,
    max_size=10,
)


def told(ticket: Ticket) -> tuple[str, ...]:
    known = (ticket.device, ticket.level, ticket.state, ticket.onset_at, len(ticket.incidents), ticket.title)
    return tuple(map(str, known))


def faults_of(tickets: list[Ticket]) -> dict[tuple[str, str], tuple[int, int, bool]]:
    """Return what tickets say of each device: how many incidents, the worst level, and whether any is not over."""
    found: dict[tuple[str, str], tuple[int, int, bool]] = {}
    for ticket in tickets:
        count, worst, open_ = found.get((ticket.device, ticket.title), (0, 4, False))
        found[ticket.device, ticket.title] = (
            count + len(ticket.incidents),
            min(worst, int(ticket.level)),
            open_ or ticket.state in UNDER_WAY,
        )
    return found


@QUICK
@given(operations=SOBER, data=st.data())
def test_a_restart_in_the_middle_of_any_state_leaves_the_same_tickets(
    operations: list[tuple[float, str, int]], data: st.DataObject
) -> None:
    """At each restart a silence that is timed may take ten seconds longer: agents get to say that they are there."""
    breaks = data.draw(st.sets(st.integers(0, len(operations) - 1), min_size=1))
    outcomes: list[list[Ticket]] = []
    for restarts in (set[int](), breaks):
        story = Story()
        try:
            for place, (wait, what, number) in enumerate(operations):
                story.pass_time(wait)
                if what in ("acknowledge", "close"):  # a person finds the same tickets
                    story.pass_time(len(breaks) * STEP.total_seconds())
                story.do(what, number)
                if place in restarts:
                    story.world.restart()
            story.pass_time(1300)
            outcomes.append(story.world.tickets())
        finally:
            story.world.close()
    without, with_them = (sorted(tickets, key=told) for tickets in outcomes)
    assert [told(ticket) for ticket in with_them] == [told(ticket) for ticket in without]
    for one, other in zip(without, with_them, strict=True):
        assert timedelta() <= other.opened_at - one.opened_at <= len(breaks) * STEP


@QUICK
@given(
    operations=st.lists(
        st.tuples(
            st.sampled_from([5.0, 25.0, 70.0, 400.0]),
            st.sampled_from(["read"] * 5 + ["die", "told", "born", "born", "restart", "acknowledge", "close"]),
            st.integers(0, 9),
        ),
        min_size=1,
        max_size=10,
    ),
    moves=st.dictionaries(st.integers(0, 9), st.sampled_from([-600, -37, 37, 600]), min_size=1, max_size=3),
)
def test_a_clock_that_is_moved_leaves_the_same_faults(
    operations: list[tuple[float, str, int]], moves: dict[int, int]
) -> None:
    """A clock put forward may be a machine that slept: agents have three intervals, and ten seconds, to be heard.

    Whether a fault that is back reopens its ticket goes by the times on record, which stay as they were told.
    """
    outcomes: list[dict[tuple[str, str], tuple[int, int, bool]]] = []
    for is_moved in (False, True):
        story = Story()
        try:
            for place, (wait, what, number) in enumerate(operations):
                story.pass_time(wait)
                if what in ("acknowledge", "close"):  # a person finds the same tickets
                    story.pass_time(len(moves) * 40)
                story.do(what, number)
                if is_moved and place in moves:
                    story.world.put_clock(timedelta(seconds=moves[place]))
                story.check()
            story.pass_time(1300)
            outcomes.append(faults_of(story.world.tickets()))
        finally:
            story.world.close()
    assert outcomes[1] == outcomes[0]


def test_a_for_that_stood_still_while_its_host_was_away_stands_still_over_a_restart() -> None:
    opened = []
    for restarts in (False, True):
        story = Story()
        story.pass_time(5)
        story.do("read", 5)  # a volume at 0.92
        story.pass_time(5)
        story.do("die", 0)
        story.do("born", 0)
        if restarts:
            story.world.restart()
        story.pass_time(900)
        opened.append({ticket.title: ticket.opened_at for ticket in story.world.tickets()})
        story.world.close()
    assert opened[0]["Storage volume filling up"] == opened[1]["Storage volume filling up"]


def test_the_stories_can_reach_every_state_of_a_ticket() -> None:
    """Without it nobody would know that the properties see anything."""
    story = Story()
    seen: set[TicketState] = set()
    for wait, what, number in [
        (0, "read", 15), (80, "acknowledge", 0), (10, "arrive", 0), (10, "read", 0), (700, "read", 0), (10, "close", 0),
        (10, "die", 0), (70, "resolve", 0), (10, "acknowledge", 0), (10, "resolve", 0), (2000, "reopen", 1),
    ]:  # fmt: skip
        story.pass_time(wait)
        story.do(what, number)
        story.check()
        seen |= {ticket.state for ticket in story.world.tickets()}
    assert seen == set(TicketState)
    story.world.close()
