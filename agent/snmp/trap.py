"""Traps and informs. In: datagrams of all three versions. Out: polls out of turn, and values for the devices' readings.

A trap says that something changed; what is true now says the device. So its sender is polled at once, and what the
trap itself told goes with that poll: where both tell a reading, the poll's counts, and where the device has no time to
answer any more, the trap's. Many traps of one device are one poll. A storm is bounded and counted.
"""

import logging
import socket
import sys
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final, Protocol

from agent.now import moment, monotonic_s
from agent.reading import Reading
from agent.ready import ready
from agent.snmp.configure import TrapSettings
from agent.snmp.engine import Value, plain
from agent.snmp.flood import Flood
from agent.snmp.known import KnownEngines
from agent.snmp.port import bound
from agent.snmp.protocol.authority import REASONS, UNKNOWN_ENGINE, Accepted, Authority, Refused
from agent.snmp.protocol.ber import BerError
from agent.snmp.protocol.message import REPORTABLE, Plain, Secured, read_message, write_plain
from agent.snmp.protocol.own_engine import own_engine
from agent.snmp.protocol.pdu import SNMP_TRAP_ADDRESS, SNMP_TRAP_OID, SNMP_TRAPS, Kind, Pdu, answer_to
from agent.snmp.senders import Senders, plain_address
from agent.snmp.target import SnmpTarget

log = logging.getLogger("agent.snmp")

# Somebody, perhaps we ourselves, asked the device in vain: a poll would only cause the next one.
AUTHENTICATION_FAILURE: Final = f"{SNMP_TRAPS}.5"
_ENGINE_FILE: Final = "snmp-traps-engine.json"
_LARGEST: Final = 65_535
_RECEIVE_BYTES: Final = 4 << 20
_AT_ONCE: Final = 200
# When more came than is looked at; what comes meanwhile waits in the socket, or is dropped and counted there.
_REST_S: Final = 0.05
_LOOK_AGAIN_S: Final = 5.0
_SO_RXQ_OVFL: Final = 40  # Linux: how many datagrams the socket had no room for
_REPEATED_WITHIN_S: Final = 60.0
_MOST_REMEMBERED: Final = 1024

Peer = tuple[str, int]
Tell = Callable[[str], None]


class Hearer(Protocol):
    """A device that takes what a trap told."""

    target: SnmpTarget

    def heard(self, values: Mapping[str, Value]) -> None:
        """Take values that its trap told."""
        ...


class TrapReceiver:
    """Listens in a thread of its own; as a probe it tells what it counted."""

    name = "traps"
    has_rates = False
    gives: ClassVar[tuple[str, ...]] = tuple(
        f"classroom.agent.traps.{what}" for what in ("received", "dropped", "refused")
    )

    def __init__(
        self, settings: TrapSettings, devices: Sequence[Hearer], engines: KnownEngines, data_dir: Path
    ) -> None:
        self.settings = settings
        self.received = 0
        self.dropped = 0
        self.refused: Counter[str] = Counter()
        self.port = settings.port
        self.troubles: tuple[str, ...] = ()
        self._devices = {device.target.id: device for device in devices}
        targets = [device.target for device in devices]
        self._senders = Senders(targets, engines)
        self._communities = {target.community.encode() for target in targets if target.version != "3"}
        if settings.community:
            self._communities.add(settings.community.encode())
        users = [target.user for target in targets if target.user is not None]
        users += [settings.user] if settings.user is not None else []
        self._users = [replace(user, context="") for user in users]
        self._data_dir = data_dir
        self._authority: Authority | None = None
        self._flood = Flood(settings.most_per_s, monotonic_s())
        self._informs: OrderedDict[tuple[Peer, int], float] = OrderedDict()
        self._overflow = 0
        self._tell: Tell | None = None
        self._socket: socket.socket | None = None
        self._is_closed = threading.Event()

    # ------------------------------------------------------------ the probe

    def read(self, now: datetime) -> Iterator[Reading]:
        """Return what has been counted; a port that could not be had is tried again."""
        if self._tell is not None and self._socket is None:
            self._open()
        yield Reading("classroom.agent.traps.received", self.received)
        yield Reading("classroom.agent.traps.dropped", self.dropped)
        for reason, count in sorted(self.refused.items()):
            yield Reading("classroom.agent.traps.refused", count, reason)

    def listen(self, tell: Tell) -> None:
        """Begin; `tell` is called, from the thread, with the id of a device that has news."""
        self._tell = tell
        self._open()

    def close(self) -> None:
        """Stop listening."""
        self._is_closed.set()
        if self._socket is not None:
            self._socket.close()

    def _open(self) -> None:
        where = f"{self.settings.bind}:{self.settings.port}"
        try:
            self._socket = _ready(bound(self.settings.bind, self.settings.port))
        except OSError as error:
            self.troubles = (f"cannot listen to traps on {where}: {error.strerror or error}",)
            return
        self.troubles = ()
        self.port = self._socket.getsockname()[1]
        if self._authority is None:
            self._authority = Authority(own_engine(self._data_dir / _ENGINE_FILE, moment()), self._users, monotonic_s)
        threading.Thread(target=self._work, args=(self._socket,), name="traps", daemon=True).start()
        log.info("listening to traps on %s", where)

    # ------------------------------------------------------------ the thread

    def _work(self, sock: socket.socket) -> None:
        while not self._is_closed.is_set():
            try:
                self._senders.refresh(monotonic_s())
                ready([sock], [], _LOOK_AGAIN_S)
                if not self._take_waiting(sock):
                    self._is_closed.wait(_REST_S)
            except (OSError, ValueError):
                return  # closed
            except Exception:  # a message must not end the thread, whatever is in it
                self.refused["fault"] += 1
                log.debug("a trap could not be taken", exc_info=True)

    def _take_waiting(self, sock: socket.socket) -> bool:
        """Take what waits; return False where there is more than is looked at."""
        for _ in range(_AT_ONCE):
            try:
                data, extra, peer = _received(sock)
            except (BlockingIOError, ConnectionError):
                return True
            self._count_overflow(extra)
            now_s = monotonic_s()
            if self._flood.allows(peer[0], now_s):
                self._take(sock, data, peer, now_s)
            else:
                self.dropped += 1
        return False

    def _count_overflow(self, extra: Sequence[tuple[int, int, bytes]]) -> None:
        for level, kind, data in extra:
            if level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL and len(data) >= 4:
                total = int.from_bytes(data[:4], sys.byteorder)
                self.dropped += (total - self._overflow) & 0xFFFFFFFF
                self._overflow = total

    def _take(self, sock: socket.socket, data: bytes, peer: Peer, now_s: float) -> None:
        try:
            message = read_message(data)
            pdu, engine_id, answer = self._believed(message)
        except BerError:
            self.refused["garbage"] += 1
            return
        if answer is not None:
            try:
                sock.sendto(answer, peer)
            except OSError:
                pass  # the sender asks again
        if pdu is None or self._is_repeated(pdu, peer, now_s):
            return
        values = {bind.oid: plain(bind.value) for bind in pdu.varbinds if bind.value is not None}
        forwarded = values.get(SNMP_TRAP_ADDRESS)
        addresses = [plain_address(str(peer[0])), *([forwarded] if isinstance(forwarded, str) else [])]
        found = self._senders.of(addresses, engine_id)
        if not found:
            self.refused["unknown sender"] += 1
            return
        self.received += 1
        for device in found:
            if values.get(SNMP_TRAP_OID) != AUTHENTICATION_FAILURE and self._tell is not None:
                self._devices[device].heard(values)
                self._tell(device)

    def _believed(self, message: Plain | Secured) -> tuple[Pdu | None, bytes, bytes | None]:
        """Return the notification in a message, None where it is not believed; its engine; and what to answer."""
        if isinstance(message, Plain):
            if message.community not in self._communities:
                self.refused["community"] += 1
                return None, b"", None
            if message.pdu.kind not in (Kind.TRAP, Kind.INFORM):
                self.refused["no trap"] += 1
                return None, b"", None
            is_inform = message.pdu.kind is Kind.INFORM
            return message.pdu, b"", _plain_answer(message) if is_inform else None
        if self._authority is None:
            return None, b"", None
        outcome = self._authority.receive(message)
        if isinstance(outcome, Refused):
            # Whoever asks for our engine first is no stranger: so informs begin.
            if outcome.why != UNKNOWN_ENGINE or not message.flags & REPORTABLE:
                self.refused[REASONS[outcome.why]] += 1
            return None, b"", outcome.report
        return self._notification(outcome)

    def _notification(self, accepted: Accepted) -> tuple[Pdu | None, bytes, bytes | None]:
        pdu, authority = accepted.scoped.pdu, self._authority
        is_ours = authority is not None and accepted.message.engine_id == authority.engine.engine_id
        if pdu.kind is not (Kind.INFORM if is_ours else Kind.TRAP) or authority is None:
            self.refused["no trap"] += 1
            return None, b"", None
        answer = authority.answer(accepted, answer_to(pdu, pdu.varbinds)) if is_ours else None
        return pdu, b"" if is_ours else accepted.message.engine_id, answer

    def _is_repeated(self, pdu: Pdu, peer: Peer, now_s: float) -> bool:
        """Tell whether an inform came before: its sender has not seen our answer."""
        if pdu.kind is not Kind.INFORM:
            return False
        key = (peer, pdu.request_id)
        last_s = self._informs.get(key)
        self._informs[key] = now_s
        self._informs.move_to_end(key)
        while len(self._informs) > _MOST_REMEMBERED:
            self._informs.popitem(last=False)
        return last_s is not None and now_s - last_s < _REPEATED_WITHIN_S


def _plain_answer(message: Plain) -> bytes:
    return write_plain(message.version, message.community, answer_to(message.pdu, message.pdu.varbinds))


def _received(sock: socket.socket) -> tuple[bytes, Sequence[tuple[int, int, bytes]], Peer]:
    if sys.platform == "win32":
        data, peer = sock.recvfrom(_LARGEST)
        return data, (), peer
    data, extra, _, peer = sock.recvmsg(_LARGEST, 64)
    return data, extra, peer


def _ready(sock: socket.socket) -> socket.socket:
    """Let a storm wait in the socket, and have it count what it has no room for."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        if sys.platform == "linux":
            sock.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
    except OSError as error:
        log.debug("the socket for traps takes no options: %s", error)
    return sock
