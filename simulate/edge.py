"""One simulated room: a recorder PC with its devices, a Sparkplug edge node made of the agent's own uplink.

Comes in: the time, faults that begin and end. Goes out: readings, over a connection of its own.
"""

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from agent.entry import Bounds
from agent.now import Moment, instant
from agent.outbox import Outbox
from agent.reading import Reading
from agent.sample import Sample, sample_of
from agent.schedule import Grid
from agent.uplink.address import BrokerAddress, client_id
from agent.uplink.birth import NodeIdentity
from agent.uplink.mqtt import MqttUplink
from agent.uplink.session import EdgeSession
from simulate.chance import chance
from simulate.device import read_device
from simulate.fault import Act, Fault
from simulate.lessons import Hours, Lesson, running, timetable
from simulate.place import Room, Site, Thing
from simulate.recorder import read_gateway, read_recorder
from simulate.scene import Scene
from wire.catalogue import Role
from wire.version import __version__

# A link that is down for half an hour loses nothing.
_OUTBOX: Final = Bounds(max_bytes=1 << 20, grace_bytes=64 << 10, grace_age_s=600)
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
_DAY_S: Final = 86400.0
_SYSTEM_OF: Final = {Role.RECORDER_PC: "Windows 11 (simulated)", Role.GATEWAY: "Debian 13 (simulated)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What all rooms share."""

    broker: BrokerAddress
    host_id: str
    interval_s: float
    seed: int
    zone: ZoneInfo
    hours: Hours


class Edge:
    """A room that lives. `wake` is called, perhaps from another thread, when it should be stepped soon."""

    def __init__(self, site: Site, room: Room, world: World, *, wake: Callable[[], None]) -> None:
        self.room = room
        self.grid = Grid.of(room.node, world.interval_s)
        self.readings = 0
        self._world = world
        self._wake = wake
        self._lessons: tuple[Lesson, ...] = timetable(world.seed, site.id, site.bell, room.timetable, world.hours)
        self._scene = Scene(random=chance(world.seed, "scene", room.node), interval_s=world.interval_s)
        self._faults: list[tuple[Fault, float]] = []
        self._starts = 0
        self._outbox: Outbox
        self._session: EdgeSession
        self._uplink: MqttUplink | None = None

    # ------------------------------------------------------------ running

    @property
    def is_running(self) -> bool:
        """Tell whether the machine has power."""
        return self._uplink is not None

    @property
    def is_connected(self) -> bool:
        """Tell whether its broker has accepted it."""
        return self._uplink is not None and self._uplink.is_connected

    def start(self) -> None:
        """Give the machine power: a new process with a new outbox, which connects when it is stepped."""
        self._starts += 1
        room, world = self.room, self._world
        identity = NodeIdentity(
            site=room.site,
            agent=room.agent,
            interval_s=world.interval_s,
            properties=_properties(room.pc, room.id)
            | {"agent_version": __version__, "os": _SYSTEM_OF.get(room.pc.role, "")},
        )
        random = chance(world.seed, "jitter", room.node, self._starts)
        self._outbox = Outbox.open(None, _OUTBOX)
        self._session = EdgeSession(identity, self._outbox, host_id=world.host_id, random=random)
        for thing in room.things:
            if not self._is_silent(thing):
                self._session.device_up(thing.id, thing.role, _properties(thing, room.id))
        address = client_id(room.site, room.agent)
        self._uplink = MqttUplink(world.broker, address, self._session, wake=self._wake, random=random)
        self._scene.up_s = 0.0 if self._starts > 1 else self._scene.up_s

    def kill(self) -> None:
        """Take the power away: the socket is reset, nobody says goodbye, and the broker tells of the death."""
        for sock in self._uplink.sockets()[0] if self._uplink is not None else ():
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            sock.close()
        self._forget()

    def shut_down(self, reason: str, now: Moment) -> None:
        """Say why, and go; nobody hears it where nothing gets through."""
        if self._uplink is not None and self._is_through:
            self._uplink.farewell(reason, now)
            self._forget()
        else:
            self.kill()

    def _forget(self) -> None:
        if self._uplink is not None:
            self._uplink = None
            self._outbox.close()

    # ------------------------------------------------------------ the loop's part

    def sockets(self) -> tuple[list[socket.socket], list[socket.socket]]:
        """Return what to select on for reading and for writing; nothing while nothing gets through."""
        return self._uplink.sockets() if self._uplink is not None and self._is_through else ([], [])

    def next_due(self) -> float:
        """Return the `mono_s` at which `step` wants to be called."""
        return self._uplink.next_due() if self._uplink is not None and self._is_through else float("inf")

    def step(self, now: Moment) -> None:
        """Take in and send what can be done now."""
        if self._uplink is not None and self._is_through:
            self._uplink.step(now)

    def read(self, at_ms: int, now: Moment) -> None:
        """Read every probe for the step `at_ms` of the grid, as far as the machine can."""
        local = instant(at_ms).astimezone(self._world.zone)
        self._scene.step(day_share=_day_share(local), lesson=running(self._lessons, local))
        if self._uplink is None or self._has(Act.FREEZE):
            return
        samples: dict[str, list[Sample]] = {"": []}
        for reading in self._read_all(now):
            samples.setdefault(reading.device, []).append(sample_of(reading))
        self._session.report(at_ms, samples, now)
        self.readings += sum(map(len, samples.values()))

    def _read_all(self, now: Moment) -> Iterator[Reading]:
        room, scene = self.room, self._scene
        cameras = [thing.id for thing in room.things if thing.role is Role.CAMERA]
        is_room = room.pc.role is Role.RECORDER_PC
        for reading in read_recorder(scene, cameras) if is_room else read_gateway(scene):
            yield self._as_troubled(reading, now)
        oldest_ms = self._outbox.oldest_ms
        yield Reading("classroom.agent.outbox.depth", self._outbox.depth)
        yield Reading("classroom.agent.outbox.oldest", (now.at_ms - oldest_ms) / 1000 if oldest_ms else 0.0)
        yield Reading("classroom.agent.outbox.dropped", self._session.untold_dropped)
        for thing in room.things:
            for reading in read_device(scene, thing):
                if not self._is_silent(thing):
                    yield self._as_troubled(reading, now)

    def _as_troubled(self, reading: Reading, now: Moment) -> Reading:
        of = f"{self.room.node}:{reading.device}" if reading.device else self.room.node
        for fault, began_s in self._faults:
            if fault.kind.act is Act.READ and fault.device == of:
                reading = fault.changed(reading, now.mono_s - began_s)
        return reading

    # ------------------------------------------------------------ faults

    def begin(self, fault: Fault, now: Moment) -> None:
        """Let a fault begin."""
        if fault.kind.act is Act.KILL:
            self.kill()
        elif fault.kind.act is Act.SHUT_DOWN:
            self.shut_down("os", now)
        self._faults.append((fault, now.mono_s))
        if self._uplink is not None:
            for thing in self.room.things:
                if self._is_silenced(thing, fault):
                    self._session.device_down(thing.id, now)

    def end(self, fault: Fault, now: Moment) -> None:
        """Let a fault be over."""
        self._faults = [pair for pair in self._faults if pair[0] is not fault]
        if self._uplink is None and not (self._has(Act.KILL) or self._has(Act.SHUT_DOWN)):
            self.start()
        if self._uplink is not None:
            for thing in self.room.things:
                if self._is_silenced(thing, fault) and not self._is_silent(thing):
                    self._session.device_up(thing.id, thing.role, _properties(thing, self.room.id))

    @property
    def _is_through(self) -> bool:
        return not (self._has(Act.FREEZE) or self._has(Act.CUT) or self._is_switch_lost)

    @property
    def _is_switch_lost(self) -> bool:
        switch = self.room.switch
        return any(fault.kind.act is Act.LOSE and fault.device == switch for fault, _ in self._faults)

    def _has(self, act: Act) -> bool:
        return any(fault.kind.act is act for fault, _ in self._faults)

    def _is_silent(self, thing: Thing) -> bool:
        return any(self._is_silenced(thing, fault) for fault, _ in self._faults)

    def _is_silenced(self, thing: Thing, fault: Fault) -> bool:
        return fault.kind.act in (Act.SILENCE, Act.LOSE) and fault.device == self.room.device(thing)


def _properties(thing: Thing, room: str) -> dict[str, str]:
    return {
        "room": room,
        "role": thing.role,
        "name": thing.name,
        "vendor": thing.vendor,
        "model": thing.model,
        "serial": thing.serial,
        "firmware": thing.firmware,
    }


def _day_share(local: datetime) -> float:
    midnight = datetime.combine(local.date(), time(), local.tzinfo)
    return (local - midnight).total_seconds() / _DAY_S
