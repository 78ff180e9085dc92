"""A whole campus on one thread. Comes in: rooms, faults, a broker. Goes out: what hundreds of edge nodes would send.

One selector watches every room's connection; timers say when a room reads and when a fault begins or ends.
"""

import math
import selectors
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from agent.now import Moment, moment
from simulate.edge import Edge, World
from simulate.fault import Fault
from simulate.place import Campus, Room, Site
from simulate.timers import Timers

# Rooms start one after the other, so that the broker does not meet all of them in one instant.
_START_GAP_S: Final = 0.02
# A room that is due at once waits so long, so that none can keep the others from their turn.
_SOONEST_S: Final = 0.01
_LONGEST_WAIT_S: Final = 0.5
_FAREWELL_S: Final = 5.0

Tell = Callable[[Fault, bool], None]
"""Told when a fault begins (True) and when it is over (False)."""
Work = Callable[[Moment], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a simulation does: rooms that its broker has accepted, readings taken, faults that are on."""

    rooms: int
    connected: int
    readings: int
    faults: int


class Simulation:
    """Runs until it is stopped; `stop` may be called from a signal handler or another thread."""

    def __init__(self, campus: Campus, faults: Iterable[Fault], world: World, *, tell: Tell) -> None:
        self._coming: Iterator[Fault] = iter(faults)
        self._interval_s = world.interval_s
        self._tell = tell
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()
        for end in (self._wake_in, self._wake_out):
            end.setblocking(False)
        self._selector.register(self._wake_out, selectors.EVENT_READ, None)
        self._woken: deque[Edge] = deque()
        self._edges = [self._edge(site, room, world) for site in campus.sites for room in site.nodes()]
        self._watched: dict[Edge, tuple[socket.socket, int]] = {}
        self._timers: Timers[Work] = Timers()
        self._turns: Timers[Edge] = Timers()
        self._turn_at: dict[Edge, float] = {}
        self._on = 0
        self._stopping = False

    def run(self, duration_s: float = math.inf) -> None:
        """Live for `duration_s` seconds, or until stopped; then every machine says goodbye."""
        now = moment()
        ends_s = now.mono_s + duration_s
        for number, edge in enumerate(self._edges):
            self._timers.add(now.mono_s + number * _START_GAP_S, partial(self._start, edge))
        self._plan_fault(now.mono_s)
        try:
            while not self._stopping and now.mono_s < ends_s:
                self._do_what_is_due(now)
                self._wait(min(self._timers.next_s(), self._turns.next_s(), ends_s) - moment().mono_s)
                now = moment()
        finally:
            self._finish()

    def stop(self) -> None:
        """End soon."""
        self._stopping = True

    @property
    def figures(self) -> Figures:
        """Return what it does at this moment."""
        return Figures(
            rooms=len(self._edges),
            connected=sum(edge.is_connected for edge in self._edges),
            readings=sum(edge.readings for edge in self._edges),
            faults=self._on,
        )

    # ------------------------------------------------------------ turns

    def _do_what_is_due(self, now: Moment) -> None:
        while work := self._timers.take(now.mono_s):
            work(now)
        while self._woken:
            self._touch(self._woken.popleft(), now)
        while edge := self._turns.take(now.mono_s):
            due_s = self._turn_at.pop(edge, math.inf)
            if due_s <= now.mono_s:
                self._touch(edge, now)

    def _wait(self, wait_s: float) -> None:
        for key, _ in self._selector.select(max(0.0, min(_LONGEST_WAIT_S, wait_s))):
            edge: Edge | None = key.data
            if edge is not None:
                self._touch(edge, moment())
            else:
                _drain(self._wake_out)

    def _touch(self, edge: Edge, now: Moment) -> None:
        """Let a room do what it can, and see when it wants its next turn."""
        edge.step(now)
        self._watch(edge)
        due_s = edge.next_due()
        if due_s == math.inf:
            return
        due_s = max(due_s, now.mono_s + _SOONEST_S)
        planned_s = self._turn_at.get(edge, math.inf)
        if planned_s <= now.mono_s or due_s < planned_s:
            self._turn_at[edge] = due_s
            self._turns.add(due_s, edge)

    def _watch(self, edge: Edge) -> None:
        readers, writers = edge.sockets()
        before = self._watched.get(edge)
        after = (readers[0], selectors.EVENT_READ | (selectors.EVENT_WRITE if writers else 0)) if readers else None
        if before == after:
            return
        if before is not None and (after is None or before[0] is not after[0]):
            self._selector.unregister(before[0])
            del self._watched[edge]
        if after is not None:
            if edge in self._watched:
                self._selector.modify(*after, edge)
            else:
                self._selector.register(*after, edge)
            self._watched[edge] = after

    def _wake(self, edge: Edge) -> None:
        self._woken.append(edge)
        try:
            self._wake_in.send(b"\0")
        except OSError:  # full: it will be heard anyway
            return

    # ------------------------------------------------------------ rooms

    def _edge(self, site: Site, room: Room, world: World) -> Edge:
        edge: Edge
        edge = Edge(site, room, world, wake=lambda: self._wake(edge))
        return edge

    def _start(self, edge: Edge, now: Moment) -> None:
        edge.start()
        self._touch(edge, now)
        self._read(edge, edge.grid.step_at(now.at_ms), now)

    def _read(self, edge: Edge, step_ms: int, now: Moment) -> None:
        edge.read(step_ms, now)
        self._touch(edge, now)
        following_ms = edge.grid.step_after(max(step_ms, now.at_ms))
        at_s = now.mono_s + (following_ms - now.at_ms) / 1000
        self._timers.add(at_s, partial(self._read, edge, following_ms))

    # ------------------------------------------------------------ faults

    def _plan_fault(self, started_s: float) -> None:
        fault = next(self._coming, None)
        if fault is not None:
            self._timers.add(started_s + fault.at_s, partial(self._begin, fault, started_s))

    def _begin(self, fault: Fault, started_s: float, now: Moment) -> None:
        self._on += 1
        self._tell(fault, True)
        for edge in self._meant(fault):
            edge.begin(fault, now)
            self._touch(edge, now)
        if fault.for_s is not None:
            self._timers.add(now.mono_s + fault.for_s, partial(self._end, fault))
        self._plan_fault(started_s)

    def _end(self, fault: Fault, now: Moment) -> None:
        self._on -= 1
        self._tell(fault, False)
        for edge in self._meant(fault):
            edge.end(fault, now)
            self._touch(edge, now)

    def _meant(self, fault: Fault) -> list[Edge]:
        return [edge for edge in self._edges if fault.hits(edge.room)]

    # ------------------------------------------------------------ the end

    def _finish(self) -> None:
        until_s = moment().mono_s + _FAREWELL_S
        for edge in self._edges:
            now = moment()
            if now.mono_s < until_s:
                edge.shut_down("service", now)
            else:
                edge.kill()
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()


def _drain(end: socket.socket) -> None:
    try:
        while end.recv(4096):
            pass
    except OSError:  # empty
        return
