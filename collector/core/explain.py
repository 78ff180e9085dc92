"""Why a device is what it is. Comes in: what the classifier knows of it. Goes out: an `Explanation`.

Values, the rules that watch them and whether their conditions and guards hold, timers that run, incidents, what the
room is for, and what the device hangs on. Nothing is changed by asking.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.core.assess import Assessor
from collector.core.book import Bar
from collector.core.campus import Carries, Link
from collector.core.condition import compile_condition
from collector.core.health import judge
from collector.core.incident import Slot
from collector.core.level import grade
from collector.core.live import Being, Member
from collector.core.model import Context, DeviceId, Incident, IncidentId, Level, RoomId, Shutdown, State
from collector.core.phase import Standing
from collector.core.rule import All, Condition
from collector.core.said import said
from collector.core.series import NEVER, STALE_INTERVALS, from_us, to_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One condition, or one guard beside it, and whether it holds."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchingRung:
    """A rung that watches a reading: `parts` of its raise condition. `level` is what it would be worth now."""

    key: str
    rule: str
    parts: tuple[Part, ...]
    clears: str | None
    raise_for: timedelta
    clear_for: timedelta
    level: Level | None
    override: str | None  # where the rule has another form here, and why


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A series of the device, its last value, and the rungs that look at it."""

    metric: str
    instance: str
    value: float | None
    at: datetime | None
    fresh: bool
    rungs: tuple[WatchingRung, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rung that is not idle. `due_at` None: no timer runs. `frozen`: it waits for what is out of sight."""

    key: str
    rule: str
    instance: str
    metric: str
    standing: Standing
    level: Level | None
    state: State | None
    onset_at: datetime
    since: datetime
    due_at: datetime | None
    frozen: bool
    elapsed: timedelta
    value: float | None
    incident: IncidentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What the device hangs on, and how that is.

    `carries` None: it is the agent that speaks for `of`. `of` is the device, or one of its parents. `source` is where
    the link was learnt from, "" where the campus file says it; `port` is the parent's.
    """

    device: DeviceId
    of: DeviceId
    carries: Carries | None
    port: str
    source: str
    why: str
    state: State
    level: Level | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """See the module's docstring."""

    device: DeviceId
    at: datetime
    room: RoomId
    role: str
    state: State
    level: Level | None
    pending: bool
    since: datetime | None
    last_seen: datetime | None
    presence: Being
    silent_since: datetime | None
    told: Shutdown | None
    context: Context
    booked: bool
    changes_at: datetime | None  # when the context may change next
    sole: bool  # of its role in the room
    parents: tuple[Parent, ...]
    incidents: tuple[Incident, ...]
    reasons: tuple[Reason, ...]
    watched: tuple[Watched, ...]


def explain(assess: Assessor, member: Member, now: datetime, last_seen: datetime | None) -> Explanation:
    """Return why a device is what it is at `now`."""
    sieve = assess.sieve
    schedule = sieve.witness.schedule(member)
    judged = judge(member)
    health = member.health
    gone = member.silence if member.being is Being.GONE else None
    return Explanation(
        device=member.id,
        at=now,
        room=member.device.room,
        role=member.device.role,
        state=judged.state,
        level=judged.level,
        pending=judged.pending,
        since=health.since if health is not None else None,
        last_seen=last_seen,
        presence=member.being,
        silent_since=gone.since if gone else None,
        told=gone.told if gone else None,
        context=sieve.witness.context_of(member, now),
        booked=schedule.booked(now),
        changes_at=schedule.next_change(now),
        sole=assess.live.is_sole(member),
        parents=tuple(_parents(assess, member)),
        incidents=tuple(slot.incident for slot in member.slots.values() if slot.incident is not None),
        reasons=tuple(reason for slot in member.slots.values() for reason in _reasons(assess, slot)),
        watched=tuple(_watched(assess, member, now)),
    )


def _parents(assess: Assessor, member: Member) -> Iterator[Parent]:
    """Walk what a device hangs on: its agent, up the links of the campus file, the nearest first, and its storage."""
    ways: list[tuple[DeviceId, Link | None, Member]] = []
    if member.node is not None:
        ways.append((member.id, None, member.node))
    causes = assess.causes
    for of, link in (*causes.ways(member), *((member.id, link) for link in causes.storage(member))):
        feeder = assess.live.members.get(link.feeder)
        if feeder is not None:
            ways.append((of, link, feeder))
    for of, way, parent in ways:
        judged = judge(parent)
        yield Parent(
            device=parent.id,
            of=of,
            carries=way.carries if way is not None else None,
            port=way.port if way is not None else "",
            source=way.source if way is not None else "",
            why=_why(way),
            state=judged.state,
            level=judged.level,
        )


def _why(link: Link | None) -> str:
    if link is None:
        return "agent"
    return f"{link.carries.value} {link.port}".rstrip() + (f", learnt from {link.source}" if link.source else "")


def _reasons(assess: Assessor, slot: Slot) -> Iterator[Reason]:
    for key, climb in slot.climbs.items():
        step, verdict = climb.step, climb.verdict
        series = assess.sieve.table.rows[climb.series] if climb.series is not None else None
        yield Reason(
            key=key,
            rule=climb.bar.rule.id,
            instance=slot.instance,
            metric=series.metric if series is not None else "".join(climb.bar.rung.metrics[:1]),
            standing=step.standing,
            level=verdict.level if verdict is not None else None,
            state=verdict.state if verdict is not None else None,
            onset_at=step.onset,
            since=step.since,
            due_at=step.due(),
            frozen=step.frozen,
            elapsed=step.elapsed,
            value=slot.value,
            incident=slot.incident.id if slot.incident is not None else None,
        )


def _watched(assess: Assessor, member: Member, now: datetime) -> Iterator[Watched]:
    sieve = assess.sieve
    table = sieve.table
    for number in member.series:
        plan, series = sieve.plans[number], table.rows[number]
        if plan is None or series is None:
            continue
        known = table.stamp[number] != NEVER
        value = float(table.value[number]) if known else None
        period = table.period_us(number)
        fresh = known and (not period or to_us(now) - int(table.arrived[number]) <= STALE_INTERVALS * period)
        yield Watched(
            metric=series.metric,
            instance=series.instance,
            value=value,
            at=from_us(int(table.stamp[number])) if known else None,
            fresh=fresh,
            rungs=tuple(_rung(assess, member, bar, number, value, now) for bar in plan.bars),
        )


def _rung(assess: Assessor, member: Member, bar: Bar, number: int, value: float | None, now: datetime) -> WatchingRung:
    witness, series = assess.sieve.witness, assess.sieve.table.rows[number]
    instance = series.instance if series is not None else ""
    condition = bar.rung.raises
    parts: tuple[Condition, ...] = condition.of if isinstance(condition, All) else (condition,)
    reading = 0.0 if value is None else value

    def aim() -> None:
        witness.aim(member, instance, reading, number, reading, now)

    def holds(part: Condition) -> bool:
        aim()
        return value is not None and compile_condition(part)(reading, witness)

    aim()
    return WatchingRung(
        key=bar.rung.key,
        rule=bar.rule.id,
        parts=tuple(Part(text=said(part), holds=holds(part)) for part in parts),
        clears=said(bar.rung.clears) if bar.rung.clears is not None else None,
        raise_for=bar.rung.raise_for,
        clear_for=bar.rung.clear_for,
        level=grade(bar, witness).level,
        override=bar.override.said if bar.override is not None else None,
    )
