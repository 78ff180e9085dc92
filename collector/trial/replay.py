"""What rules would have done to the stored past. Comes in: a `Past`, rules, campus. Goes out: tickets; what differs.

Readings are taken at their stamps. What was stored late stays late: backlog moves no timer, and where for a while there
is nothing but backlog, the collector was away and nobody's silence counts. An agent whose birth the store has forgotten
is born with its first reading, as the records describe it. What was learnt of the network is taken as the records
have it, until a birth says otherwise. Drills are left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np

from collector.core.agreement import Agreement
from collector.core.campus import Campus
from collector.core.model import Born, Device, DeviceId, Event, Incident, Readings, is_drill, is_node, node_of
from collector.core.rule import Kind, RulePack
from collector.core.series import from_us
from collector.core.ticket import Ticket
from collector.store.series.past import Past
from collector.trial.world import World

SLICE_US: Final = 1_000_000
AWAY: Final = timedelta(seconds=20)  # so long nothing but backlog: the collector did not see that time
RENEWED: Final = timedelta(days=7)
Progress = Callable[[datetime], None]


def replay_past(
    past: Past,
    *,
    start: datetime,
    end: datetime,
    rules: RulePack,
    campus: Campus,
    agreements: Mapping[str, Agreement] | None,
    progress: Progress = lambda _at: None,
    renew: Callable[[datetime], Campus] | None = None,
) -> World:
    """Return a world as it is at `end` after living through the past from `start` on. The caller closes it.

    `renew` gives the campus as its file is read at a time: timetables reach two weeks, so it is asked once a week.
    """
    # How the collector itself was then, its readings do not tell.
    rules = replace(rules, rules=tuple(rule for rule in rules.rules if rule.kind is not Kind.COLLECTOR))
    world = World(campus=campus, rules=rules, now=start, agreements=agreements)
    past = _without_drills(past)
    world.recall_network(past.network)
    run = _Run(world, past)
    run.begin(start)
    renewed_at = start
    for at, happened in _in_order(past, start):
        world.approach(at)
        if renew is not None and at - renewed_at >= RENEWED:
            renewed_at = at
            world.replace(renew(at))
        run.take(happened)
        progress(at)
    world.advance(end)
    return world


def _without_drills(past: Past) -> Past:
    """Return a past in which nobody was there for a drill only."""
    series = tuple(one for one in past.series if not is_drill(one.device))
    readings = past.readings
    if len(series) < len(past.series):
        kept = np.isin(readings.series, [one.id for one in series])
        readings = Readings(
            readings.series[kept], readings.at_us[kept], readings.value[kept], readings.historical[kept]
        )
    events = tuple(event for event in past.events if not is_drill(event.device))
    return replace(past, series=series, readings=readings, events=events)


class _Run:
    def __init__(self, world: World, past: Past) -> None:
        self._world = world
        self._past = past
        self._devices = {device.id: device for device in past.devices}
        self._owner = {int(series.id): series.device for series in past.series}
        self._told = {event.device for event in past.events if isinstance(event, Born)}  # births that are known
        self._born: set[DeviceId] = set()
        self._live_at = world.now
        self._is_away = False

    def begin(self, start: datetime) -> None:
        """Bring in the series, and whoever was there."""
        self._world.take(series=self._past.series)
        last: dict[DeviceId, Event] = {}
        for event in self._past.events:
            if event.at < start:
                last[event.device] = event
        for event in sorted(last.values(), key=lambda each: each.device.count(":")):
            if isinstance(event, Born):
                self._bear(event.device, event.properties, event.interval)

    def take(self, happened: "Event | Readings") -> None:
        if isinstance(happened, Readings):
            self._read(happened)
        else:
            self._world.happen(happened)
            if isinstance(happened, Born):
                self._born.add(happened.device)

    def _read(self, readings: Readings) -> None:
        numbers = np.unique(readings.series)
        for number in numbers.tolist():
            device = self._owner.get(number)
            if device is not None and device not in self._born and device not in self._told:
                for one in (node_of(device), device):
                    if one not in self._born and one not in self._told:
                        self._bear(one, *_described(self._devices.get(one)))
        live = np.unique(readings.series[~readings.historical]).tolist()
        self._notice_absence(bool(live))
        nodes = {node_of(self._owner[number]) for number in live if number in self._owner}
        self._world.take(readings=readings, heard=dict.fromkeys(nodes, self._world.now))

    def _notice_absence(self, is_live: bool) -> None:
        now = self._world.now
        if is_live:
            self._live_at = now
        away = not is_live and (self._is_away or now - self._live_at > AWAY)
        if away is not self._is_away:
            self._is_away = away
            self._world.see(connected=not away)

    def _bear(self, device: DeviceId, properties: Mapping[str, str], interval: timedelta | None) -> None:
        self._born.add(device)
        self._world.happen(
            Born(
                device=device,
                at=self._world.now,
                properties=properties,
                interval=interval if is_node(device) else None,
            )
        )


def _described(device: Device | None) -> tuple[Mapping[str, str], timedelta | None]:
    if device is None:
        return {}, None
    return {"role": device.role, **({"room": device.room} if device.room else {})}, device.interval


def _in_order(past: Past, start: datetime) -> Iterator[tuple[datetime, Event | Readings]]:
    """Give events and readings by time; readings of one second together, at its last stamp."""
    readings = past.readings
    events = [event for event in past.events if event.at >= start]
    if not len(readings):
        yield from ((event.at, event) for event in events)
        return
    seconds = readings.at_us // SLICE_US
    cuts = [0, *(np.flatnonzero(np.diff(seconds)) + 1).tolist(), len(readings)]
    number = 0
    for first, last in pairwise(cuts):
        at = from_us(int(readings.at_us[last - 1]))
        while number < len(events) and events[number].at <= at:
            yield events[number].at, events[number]
            number += 1
        span = slice(first, last)
        yield at, Readings(readings.series[span], readings.at_us[span], readings.value[span], readings.historical[span])
    yield from ((event.at, event) for event in events[number:])


# ---------------------------------------------------------------- what differs


class Difference(StrEnum):
    SAME = "same"
    GAINED = "gained"
    LOST = "lost"
    MOVED = "moved"  # at another level, opened at another time, or over at another


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A ticket as a replay made it."""

    device: DeviceId | None
    room: str
    rule: str
    metric: str
    instance: str
    level: int  # the worst that it ever had
    opened_at: datetime
    restored_at: datetime | None
    title: str

    @property
    def fault(self) -> tuple[DeviceId | None, str, str]:
        return self.device, self.metric, self.instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the comparison; at least one side is there."""

    difference: Difference
    before: Told | None
    after: Told | None


def told(world: World) -> list[Told]:
    """Return the tickets of a world, by opening."""
    found = [_told(world, ticket) for ticket in world.tickets()]
    return sorted(found, key=lambda each: (each.opened_at, each.device or ""))


def _told(world: World, ticket: Ticket) -> Told:
    first: Incident | None = world.kept.incidents.get(ticket.incidents[0]) if ticket.incidents else None
    return Told(
        device=ticket.device,
        room=ticket.room,
        rule=first.rule if first is not None else "",
        metric=first.metric if first is not None else "",
        instance=first.instance if first is not None else "",
        level=min(world.levels[ticket.id]),
        opened_at=ticket.opened_at,
        restored_at=ticket.restored_at,
        title=ticket.title,
    )


def compare(before: Sequence[Told], after: Sequence[Told], end: datetime) -> list[Row]:
    """Return which tickets came, went and moved; a ticket is the same where its fault is and its time touches."""
    rows: list[Row] = []
    left = list(after)
    for old in before:
        match = next((new for new in left if new.fault == old.fault and _touch(old, new, end)), None)
        if match is None:
            rows.append(Row(difference=Difference.LOST, before=old, after=None))
            continue
        left.remove(match)
        same = (old.level, old.opened_at, old.restored_at) == (match.level, match.opened_at, match.restored_at)
        rows.append(Row(difference=Difference.SAME if same else Difference.MOVED, before=old, after=match))
    rows.extend(Row(difference=Difference.GAINED, before=None, after=new) for new in left)
    return sorted(rows, key=_opened)


def _opened(row: Row) -> datetime:
    either = row.before or row.after
    if either is None:
        raise ValueError("a row has a side")
    return either.opened_at


def _touch(one: Told, other: Told, end: datetime) -> bool:
    return one.opened_at <= (other.restored_at or end) and other.opened_at <= (one.restored_at or end)
