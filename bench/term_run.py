"""Carries a simulated term through a world. Comes in: a `Term`. Goes out: the world with its tickets.

What is and what is heard are two things: rooms live on behind a lost switch, an unplugged cable, or while broker or
collector is away. What they read then comes late; who died or said goodbye then is never heard of.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.term_campus import campus_of
from collector.core.agreement import Agreement
from collector.core.model import Born, DeviceId, Died, Readings, Series, SeriesId, Shutdown
from collector.core.rule import RulePack
from collector.core.series import to_us
from collector.trial.world import World
from simulate.chance import chance
from simulate.term import Term
from simulate.term_campus import UPTIME
from simulate.term_events import (
    Birth,
    BrokerAway,
    Change,
    Cut,
    Death,
    Happening,
    Restart,
    Skew,
    Unplug,
)

_WEEK: Final = timedelta(days=7)
_KEPT: Final = timedelta(hours=5)  # no backlog is older, and no trend looks further back
_FROZEN: Final = 0.2
_STEADY: Final = timedelta(minutes=5)  # of reading before and after an absence that can be told
_FIRST_TICK: Final = timedelta(seconds=37)


@dataclass(slots=True)
class Node:
    """An agent: who hides it (a switch, its cable, the watch), its clock, when its computer started, what it keeps."""

    id: str
    hidden_by: set[str] = field(default_factory=set)
    skew: timedelta = timedelta()
    started: datetime | None = None
    kept: list[tuple[datetime, NDArray[np.int32], NDArray[np.float64]]] = field(default_factory=list)
    has_frozen_disk: bool = False  # a restore card: what it kept is gone with each start
    times_found: int = 0
    missed: list["Gone"] = field(default_factory=list)  # since it was heard last


@dataclass(frozen=True, slots=True)
class Gone:
    """A device was gone and is back."""

    device: str
    since: datetime
    until: datetime


class TermRun:
    """See the module's docstring. Readings come each interval of all that is on, happenings at their moment."""

    def __init__(self, term: Term, *, interval: timedelta, rules: RulePack, agreements: dict[str, Agreement]) -> None:
        self._term = term
        self._interval = interval
        self.world = World(
            campus=campus_of(term, term.start),
            rules=rules,
            now=term.start,
            agreements=agreements,
            keeps_past=_KEPT if term.edges else False,
        )
        self._number: dict[tuple[str, str, str], int] = {}
        self._series: list[Series] = []
        self._of: dict[str, list[int]] = {}
        self._uptime: dict[str, int] = {}
        self._nodes: dict[str, Node] = {}
        self._behind: dict[str, list[str]] = defaultdict(list)  # the agents behind a switch
        self._at: dict[str, list[str]] = defaultdict(list)  # the devices behind an agent
        values: list[float] = []
        for device in term.campus.devices():
            self._of[device.id] = []
            node = node_of(device.id)
            if device.id == node:
                frozen = chance("frozen", node).random() < _FROZEN
                self._nodes[node] = Node(node, has_frozen_disk=frozen)
            else:
                self._at[node].append(device.id)
            for metric, instance, value in device.metrics:
                number = len(values)
                self._number[device.id, metric, instance] = number
                self._of[device.id].append(number)
                if metric == UPTIME:
                    self._uptime[device.id] = number
                self._series.append(
                    Series(id=SeriesId(number + 1), device=DeviceId(device.id), metric=metric, instance=instance)
                )
                values.append(value)
        for room in term.campus.rooms:
            self._behind[room.switch].append(room.pc.id)
        self._well = np.array(values)
        self._now_read = self._well.copy()
        self._alive: set[str] = set()
        self._born: set[str] = set()  # devices that the collector takes for there
        self._rows: dict[str, NDArray[np.int32]] = {}  # by agent that is alive: what it reads
        self._heard_rows: NDArray[np.int32] | None = None
        self._due: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._order = count()
        self._away = 0  # how many reasons there are for which nothing reaches the collector
        self.unseen: list[tuple[datetime, datetime]] = []  # when nothing reached the collector
        self.readings = 0
        self.gone: list[Gone] = []  # all that was gone and came back
        self.overlooked: list[Gone] = []  # those of which nobody could hear, and which what was kept tells of
        self._gone_at: dict[str, tuple[datetime, int]] = {}

    def run(self) -> None:
        """Live through the term."""
        term = self._term
        self.world.take(series=self._series)
        for happening in term.happenings:
            self._later(happening.at, lambda at, happening=happening: self._happen(happening, at))
        self._later(term.start + _WEEK, self._next_week)
        self._later(term.start + _FIRST_TICK, self._tick)
        while self._due and self._due[0][0] <= term.end:
            at, _, what = heappop(self._due)
            if not self._away:
                self.world.advance(at)
            what(at)

    def _later(self, at: datetime, what: Callable[[datetime], None]) -> None:
        heappush(self._due, (at, next(self._order), what))

    def _next_week(self, at: datetime) -> None:
        self.world.replace(campus_of(self._term, at))
        self._later(at + _WEEK, self._next_week)

    # ------------------------------------------------------------ what is

    def _happen(self, happening: Happening, at: datetime) -> None:
        match happening:
            case Birth(device=device):
                self._alive.add(device)
                self._changed(device)
                node = self._nodes[node_of(device)]
                self._is_back(device, node, at)
                if device == node.id and happening.up_s is not None:
                    node.started = at - timedelta(seconds=happening.up_s)
                if not self._is_hidden(node) and node.id in self._alive:
                    self._tell_birth(device, at, happening.serial)
            case Death(device=device, told=told):
                self._alive.discard(device)
                self._changed(device)
                node = self._nodes[node_of(device)]
                self._gone_at.setdefault(device, (at, node.times_found if self._is_hidden(node) else -1))
                if device == node.id and node.has_frozen_disk:
                    node.kept.clear()
                if not self._is_hidden(node):
                    self._tell_death(device, at, told)
            case Change(device=device, metric=metric, instance=instance, value=value):
                number = self._number[device, metric, instance]
                self._now_read[number] = self._well[number] if value is None else value
            case Cut(device=switch, mended=mended):
                for name in self._behind[switch]:
                    self._hide(self._nodes[name], switch, at, hidden=not mended)
            case Unplug(device=device, mended=mended):
                self._hide(self._nodes[device], "cable", at, hidden=not mended)
            case Skew(device=device, by=by):
                self._nodes[device].skew = by
            case Restart(down=down):
                self._lose_all(at, at + down, lambda now: self.world.restart(down=now - self.world.now))
            case BrokerAway(lasts=lasts):
                if not self._away:
                    self.world.see(connected=False)
                self._lose_all(at, at + lasts, self._broker_back)

    def _is_back(self, device: str, node: Node, at: datetime) -> None:
        since, times_found = self._gone_at.pop(device, (at, -1))
        if since < at:
            gone = Gone(device, since, at)
            self.gone.append(gone)
            if self._is_hidden(node) and times_found == node.times_found and not node.skew:
                node.missed.append(gone)

    def _changed(self, device: str) -> None:
        self._rows.pop(node_of(device), None)
        self._heard_rows = None

    def _is_hidden(self, node: Node) -> bool:
        return bool(node.hidden_by) or bool(self._away)

    # ------------------------------------------------------------ what is heard

    def _tell_birth(self, device: str, at: datetime, serial: str = "") -> None:
        agent = device == node_of(device)
        said = {"serial": serial} if serial else {}
        interval = self._interval if agent else None
        self.world.happen(Born(device=DeviceId(device), at=at, properties=said, interval=interval))
        self._born.add(device)

    def _tell_death(self, device: str, at: datetime, told: str | None = None) -> None:
        self.world.happen(Died(device=DeviceId(device), at=at, told=Shutdown(told) if told else None))
        self._born.discard(device)

    def _hide(self, node: Node, by: str, at: datetime, *, hidden: bool) -> None:
        """Let an agent be out of reach: its will comes when its keepalive is over. Or let it find its way back."""
        self._heard_rows = None
        source = chance("hide", node.id, at)
        if hidden:
            node.hidden_by.add(by)
            if node.id in self._alive:
                self._later(at + timedelta(seconds=source.uniform(8, 15)), lambda now: self._will(node, now))
            return
        node.hidden_by.discard(by)
        if not node.hidden_by:
            self._later(at + timedelta(seconds=source.uniform(1, 40)), lambda now: self._find_back(node, now))

    def _will(self, node: Node, at: datetime) -> None:
        if node.hidden_by and not self._away and node.id in self._born:
            self._tell_death(node.id, at)

    def _find_back(self, node: Node, at: datetime) -> None:
        """An agent that can be heard again tells of all that is there, and then of what it kept."""
        if self._is_hidden(node) or node.id not in self._alive:
            return
        self._heard_rows = None
        node.times_found += 1
        self._tell_birth(node.id, at)
        source = chance("back", node.id, at)
        for device in self._at[node.id]:
            if device in self._alive:
                self._later(
                    at + timedelta(seconds=source.uniform(1, 12)),
                    lambda now, device=device: self._found_again(node, device, now),
                )
        self._later(at + timedelta(seconds=source.uniform(5, 25)), lambda now: self._deliver(node))

    def _found_again(self, node: Node, device: str, at: datetime) -> None:
        if not self._is_hidden(node) and {node.id, device} <= self._alive:
            self._tell_birth(device, at)

    def _deliver(self, node: Node) -> None:
        if self._is_hidden(node) or not node.kept:
            return
        rows = np.concatenate([rows for _, rows, _ in node.kept])
        stamps = np.concatenate([np.full(len(rows), to_us(at + node.skew)) for at, rows, _ in node.kept])
        values = np.concatenate([values for _, _, values in node.kept])
        first, last = node.kept[0][0] + _STEADY, node.kept[-1][0] - _STEADY
        self.overlooked += [each for each in node.missed if first <= each.since and each.until <= last]
        node.missed.clear()
        node.kept.clear()
        self.readings += len(rows)
        late = Readings(rows + np.int32(1), stamps, values, np.ones(len(rows), np.bool_))
        self.world.take(readings=late, heard={DeviceId(node.id): self.world.now})

    def _lose_all(self, at: datetime, until: datetime, again: Callable[[datetime], None]) -> None:
        """Let nothing come through until then; agents that live tell of themselves anew after it."""
        if until == at:
            if not self._away:
                again(at)
            return
        self._away += 1
        self.unseen.append((at, until))

        def come_back(now: datetime) -> None:
            self._away -= 1
            if self._away:
                return
            again(now)
            for node in self._nodes.values():
                if node.id in self._alive:
                    wait = chance("rebirth", node.id, now).uniform(1, 15)
                    self._later(now + timedelta(seconds=wait), lambda later, node=node: self._find_back(node, later))

        self._later(until, come_back)

    def _broker_back(self, now: datetime) -> None:
        self.world.advance(now)
        self.world.see(connected=True)

    # ------------------------------------------------------------ readings

    def _tick(self, at: datetime) -> None:
        self._later(at + self._interval, self._tick)
        for name, number in self._uptime.items():
            started = self._nodes[node_of(name)].started
            self._now_read[number] = (at - (started or self._term.start)).total_seconds()
        if self._heard_rows is None:
            self._choose()
        assert self._heard_rows is not None
        for node in self._quiet:
            rows = self._rows[node.id]
            node.kept.append((at, rows, self._now_read[rows]))
        size = len(self._heard_rows)
        if not size or self._away:
            return
        stamps = np.full(size, to_us(at), np.int64)
        for node in self._skewed:
            stamps[np.isin(self._heard_rows, self._rows[node.id])] = to_us(at + node.skew)
        self.readings += size
        self.world.take(
            readings=Readings(
                self._heard_rows + np.int32(1), stamps, self._now_read[self._heard_rows], np.zeros(size, np.bool_)
            ),
            heard=dict.fromkeys(self._heard, at),
        )

    def _choose(self) -> None:
        """Find out who reads what, and who of them is heard."""
        alive = [node for node in self._nodes.values() if node.id in self._alive]
        for node in alive:
            if node.id not in self._rows:
                there = [node.id, *(device for device in self._at[node.id] if device in self._alive)]
                self._rows[node.id] = np.array([row for device in there for row in self._of[device]], np.int32)
        self._quiet = [node for node in alive if self._is_hidden(node)] if self._term.edges else []
        heard = [node for node in alive if not self._is_hidden(node) and node.id in self._born]
        self._heard = [DeviceId(node.id) for node in heard]
        self._skewed = [node for node in heard if node.skew]
        self._heard_rows = np.concatenate([self._rows[node.id] for node in heard] or [np.empty(0, np.int32)])


def node_of(device: str) -> str:
    """Return the agent of a device."""
    return ":".join(device.split(":")[:2])


def heard_between(unseen: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime) -> timedelta:
    """Return how long anything could be heard in a span."""
    lost = (min(until, end) - max(since, start) for since, until in unseen)
    return end - start - sum((each for each in lost if each > timedelta()), timedelta())
