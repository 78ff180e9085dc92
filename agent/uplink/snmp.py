"""Reports over SNMP instead of MQTT. In: what the sampler found. Out: answers to a poller agent, and informs to it.

A poller agent asks for ROOMTONE-MIB (docs/ROOMTONE-MIB.txt) as SNMPv3 user with authentication and privacy, and is told
at once when a state changes. In the caller's thread: select on `sockets()`, then call `step`, and at `next_due()`.
"""

import logging
import socket
from collections.abc import Sequence
from random import Random
from typing import Final

from agent.config import Config
from agent.now import Moment, moment, monotonic_s
from agent.ready import ready
from agent.sampler import Batch
from agent.snmp.configure import ResponderSettings
from agent.snmp.flood import Flood
from agent.snmp.latest import DeviceRow, Latest
from agent.snmp.port import bound
from agent.snmp.protocol import ber
from agent.snmp.protocol.authority import Authority
from agent.snmp.protocol.own_engine import own_engine
from agent.snmp.protocol.pdu import SNMP_TRAP_OID, SYS_UP_TIME, Varbind
from agent.snmp.responder import Responder
from agent.snmp.roomtone_mib import DEVICE_STATE_CHANGED, SHUTDOWN, STATUS_CHANGED, RoomtoneMib, Told
from agent.uplink.birth import NodeIdentity
from agent.uplink.informer import Informer
from wire.version import __version__

log = logging.getLogger("agent.uplink")

ENGINE_FILE: Final = "snmp-responder-engine.json"
_LARGEST: Final = 65_535
# A walk of everything asks a few hundred times in a second.
_MOST_PER_S: Final = 2000
_AT_ONCE: Final = 100
_BIND_AGAIN_S: Final = 10.0
# How long a receiver may take to acknowledge that we go.
FAREWELL_S: Final = 2.0
_LOOK_AGAIN_S: Final = 0.2
_PROPERTIES: Final = ("role", "room", "name", "vendor", "model", "serial", "firmware", "os", "agent_version")


class SnmpUplink:
    """The responder of one agent and its informers."""

    def __init__(self, config: Config, identity: NodeIdentity) -> None:
        """Begin as a new run of our engine; the port is opened by the first `step`.

        Raises:
            ValueError: the configuration has no responder.
        """
        if config.responder is None:
            raise ValueError("there is no [responder]")
        settings: ResponderSettings = config.responder
        self._settings = settings
        self._site = identity.site
        said = {"agent_version": __version__, **identity.properties}
        self.latest = Latest(self._described(said), identity.interval_s)
        authority = Authority(own_engine(config.data_dir / ENGINE_FILE, moment()), [settings.user], monotonic_s)
        told = Told(site=identity.site, agent=identity.agent, name=identity.properties.get("name", ""))
        self.mib = RoomtoneMib(told, self.latest, authority, monotonic_s, settings.base)
        self.responder = Responder(authority, self.mib)
        self.port = settings.port
        self._flood = Flood(_MOST_PER_S, monotonic_s())
        self._socket: socket.socket | None = None
        self._bind_at_s = 0.0
        self._informers = [_Receiver(address, settings) for address in settings.receivers]
        self._has_trouble = False

    def sockets(self) -> tuple[list[socket.socket], list[socket.socket]]:
        """Return what to select on for reading and for writing."""
        own = [self._socket] if self._socket is not None else []
        return own + [receiver.socket for receiver in self._informers], []

    def next_due(self) -> float:
        """Return the `mono_s` at which `step` wants to be called at the latest."""
        due_s = min((receiver.informer.next_due() for receiver in self._informers), default=float("inf"))
        return due_s if self._socket is not None else min(due_s, self._bind_at_s)

    def step(self, now: Moment) -> None:
        """Answer what was asked and send what is to be told, without waiting."""
        if self._socket is None and now.mono_s >= self._bind_at_s:
            self._open(now)
        if self._socket is not None:
            self._answer(self._socket, now)
        for receiver in self._informers:
            receiver.step(now)
        self.mib.informs_lost = sum(receiver.informer.lost for receiver in self._informers)

    def farewell(self, reason: str, now: Moment) -> None:
        """Answer no more, and tell the receivers why, within `FAREWELL_S`."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if reason:
            for receiver in self._informers:
                receiver.informer.put_alone(self._notification(SHUTDOWN, [self.mib.shutdown(reason)]))
        until_s = monotonic_s() + FAREWELL_S
        while (left_s := until_s - monotonic_s()) > 0 and any(each.informer.depth for each in self._informers):
            for receiver in self._informers:
                receiver.step(moment())
            waiting = [receiver.socket for receiver in self._informers if receiver.informer.depth]
            if waiting:
                ready(waiting, [], min(left_s, _LOOK_AGAIN_S))

    def rest(self, until_s: float) -> None:
        """Answer nobody until then, a `mono_s`; to be called after a farewell."""
        if self._socket is None:
            self._bind_at_s = until_s

    def close(self) -> None:
        """Give back the sockets."""
        for receiver in self._informers:
            receiver.socket.close()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def report(self, batch: Batch, now: Moment) -> None:
        """Take what the sampler found, and tell the receivers of states that changed."""
        present = {probe.device: probe for probe in batch.up}
        for device in batch.down:
            if self.latest.down(device):
                self._tell_device(self.latest.device(device))
        for device, probe in present.items():
            said = {**probe.properties, **({"role": probe.role} if probe.role else {})}
            if self.latest.up(device, self._described(said), getattr(probe, "interval_s", None)):
                self._tell_device(self.latest.device(device))
        for device, samples in batch.samples.items():
            changed = self.latest.report(device, samples, now.mono_s)
            row = self.latest.device(device)
            for reading in changed:
                self._tell(STATUS_CHANGED, [self.mib.device_id(row), *self.mib.reading(row, reading)])

    # ------------------------------------------------------------ small things

    def _described(self, properties: dict[str, str]) -> dict[str, str]:
        said = {name: text for name in _PROPERTIES if (text := properties.get(name, ""))}
        if "room" in said and "/" not in said["room"]:
            said["room"] = f"{self._site}/{said['room']}"
        return said

    def _open(self, now: Moment) -> None:
        settings = self._settings
        where = f"{settings.bind}:{settings.port}"
        try:
            self._socket = bound(settings.bind, settings.port)
        except OSError as error:
            self._bind_at_s = now.mono_s + _BIND_AGAIN_S
            if not self._has_trouble:
                self._has_trouble = True
                log.error("cannot answer SNMP on %s: %s; it is tried again", where, error.strerror or error)
            return
        self._has_trouble = False
        self.port = self._socket.getsockname()[1]
        log.info("answering SNMP on %s", where)

    def _answer(self, sock: socket.socket, now: Moment) -> None:
        for _ in range(_AT_ONCE):
            try:
                data, peer = sock.recvfrom(_LARGEST)
            except (BlockingIOError, ConnectionError):
                return
            if not self._flood.allows(peer[0], now.mono_s):
                self.responder.refused["too many"] += 1
                continue
            answer = self.responder.answer(data)
            if answer is not None:
                try:
                    sock.sendto(answer, peer)
                except OSError as error:
                    log.debug("an answer could not be sent: %s", error)

    def _tell_device(self, row: DeviceRow) -> None:
        self._tell(DEVICE_STATE_CHANGED, [self.mib.device_id(row), self.mib.device_state(row)])

    def _tell(self, notification: str, objects: Sequence[Varbind]) -> None:
        binds = self._notification(notification, objects)
        for receiver in self._informers:
            receiver.informer.put(binds)

    def _notification(self, notification: str, objects: Sequence[Varbind]) -> list[Varbind]:
        name = f"{self._settings.base}.{notification}"
        return [self.mib.get(SYS_UP_TIME), Varbind(SNMP_TRAP_OID, ber.OBJECT_ID, name), *objects]


class _Receiver:
    """Somebody who is told of changes, and the socket to it."""

    def __init__(self, address: tuple[str, int], settings: ResponderSettings) -> None:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self._address = address
        name = f"the receiver of informs {address[0]} port {address[1]}"
        self.informer = Informer(name, settings.user, self._send, Random())  # noqa: S311  jitter, no secret

    def step(self, now: Moment) -> None:
        for _ in range(_AT_ONCE):
            try:
                data, peer = self.socket.recvfrom(_LARGEST)
            except (BlockingIOError, ConnectionError):
                break
            if peer[:2] == self._address:
                self.informer.received(data, now.mono_s)
        self.informer.step(now.mono_s)

    def _send(self, data: bytes) -> None:
        try:
            self.socket.sendto(data, self._address)
        except OSError as error:
            log.debug("an inform could not be sent: %s", error)
