"""Sends informs to one receiver until it acknowledges them. In: variables, datagrams. Out: datagrams, counts.

An inform is made for its receiver's engine, which is asked for first (RFC 3414 section 4). One is under way at a time;
it is repeated a few times, then the receiver is left alone for a while. What waits is bounded: the oldest goes.
"""

import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from agent.snmp.protocol.authority import NOT_IN_TIME, REASONS, level_of
from agent.snmp.protocol.ber import BerError
from agent.snmp.protocol.inquiry import inquiry
from agent.snmp.protocol.keys import keys_at
from agent.snmp.protocol.message import (
    AUTHENTICATED,
    REPORTABLE,
    Scoped,
    Secured,
    Sender,
    read_message,
    write_secured,
)
from agent.snmp.protocol.pdu import Kind, Pdu, Varbind
from agent.snmp.target import SnmpUser
from agent.uplink.backoff import Backoff

log = logging.getLogger("agent.snmp")

MOST_WAITING: Final = 200
ANSWER_S: Final = 2.0
# Asking for the engine, learning its clock, and three times the inform itself.
TRIES: Final = 5
FIRST_REST_S: Final = 5.0
LONGEST_REST_S: Final = 300.0

Send = Callable[[bytes], None]


@dataclass(slots=True)
class _Engine:
    """The receiver's engine, and its clock when we last heard of it."""

    engine_id: bytes
    boots: int
    time_s: int
    heard_s: float


class Informer:
    """One receiver. `step` it at `next_due` and after `received`."""

    def __init__(self, name: str, user: SnmpUser, send: Send, random: Random) -> None:
        self.name = name
        self.sent = 0
        self.lost = 0
        self._user = user
        self._send = send
        self._waiting: deque[Sequence[Varbind]] = deque()
        self._engine: _Engine | None = None
        self._message_id = int.from_bytes(os.urandom(3), "big")
        self._deadline_s: float | None = None  # of the answer that is waited for
        self._not_before_s = 0.0
        self._tries = 0
        self._random = random
        self._backoff = self._fresh()
        self._said = ""

    def put(self, varbinds: Sequence[Varbind]) -> None:
        """Have an inform sent."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._tries = 0
            self.lost += 1
        self._waiting.append(varbinds)

    def put_alone(self, varbinds: Sequence[Varbind]) -> None:
        """Have an inform sent at once; what waits is of the past by now, and lost."""
        self.lost += len(self._waiting)
        self._waiting = deque([varbinds])
        self._deadline_s, self._tries, self._not_before_s = None, 0, 0.0

    @property
    def depth(self) -> int:
        """How many wait to be acknowledged."""
        return len(self._waiting)

    def next_due(self) -> float:
        """Return when `step` has something to do; infinity where nothing waits."""
        if not self._waiting:
            return float("inf")
        return self._not_before_s if self._deadline_s is None else self._deadline_s

    def step(self, now_s: float) -> None:
        """Send what is to be sent now."""
        if not self._waiting or now_s < self.next_due():
            return
        if self._deadline_s is not None and self._tries >= TRIES:
            self._rest(now_s, "does not answer")
            return
        self._tries += 1
        self._message_id = self._message_id % 0x7FFFFFFE + 1
        self._deadline_s = now_s + ANSWER_S
        self._send(inquiry(self._message_id) if self._engine is None else self._inform(self._engine, now_s))

    def received(self, data: bytes, now_s: float) -> None:
        """Take a datagram of the receiver; what makes no sense is ignored."""
        try:
            message = read_message(data)
            if not isinstance(message, Secured) or message.message_id != self._message_id or self._deadline_s is None:
                return
            self._take(message, now_s)
        except BerError:
            return

    def _take(self, message: Secured, now_s: float) -> None:
        engine = self._engine
        if engine is None:
            if len(message.engine_id) >= 5:
                self._meet(message, now_s)
            return
        keys = keys_at(self._user, engine.engine_id)
        is_signed = bool(message.flags & AUTHENTICATED) and message.is_signed_by(keys)
        pdu = message.open(keys).pdu
        if pdu.kind is Kind.REPORT:
            why = pdu.varbinds[0].oid if pdu.varbinds else ""
            if why == NOT_IN_TIME and is_signed:
                self._meet(message, now_s)
            else:
                # Another engine than before, or one that does not know us.
                self._rest(now_s, f"refuses us: {REASONS.get(why, 'no reason given')}")
        elif pdu.kind is Kind.RESPONSE and is_signed and pdu.request_id == message.message_id:
            self._waiting.popleft()
            self.sent += 1
            self._deadline_s, self._tries, self._said = None, 0, ""
            self._backoff = self._fresh()

    def _meet(self, message: Secured, now_s: float) -> None:
        self._engine = _Engine(message.engine_id, message.boots, message.time_s, now_s)
        self._deadline_s = None

    def _rest(self, now_s: float, why: str) -> None:
        if why != self._said:
            self._said = why
            log.warning("%s %s; changes of status wait for it, up to %d", self.name, why, MOST_WAITING)
        self._engine = None  # it may be another one when it is back
        self._deadline_s, self._tries = None, 0
        self._not_before_s = now_s + self._backoff.failed()

    def _fresh(self) -> Backoff:
        return Backoff(self._random, first_s=FIRST_REST_S, most_s=LONGEST_REST_S)

    def _inform(self, engine: _Engine, now_s: float) -> bytes:
        sender = Sender(
            engine_id=engine.engine_id,
            boots=engine.boots,
            time_s=engine.time_s + int(now_s - engine.heard_s),
            user=self._user.name.encode(),
            keys=keys_at(self._user, engine.engine_id),
            flags=level_of(self._user) | REPORTABLE,
        )
        pdu = Pdu(Kind.INFORM, self._message_id, tuple(self._waiting[0]))
        return write_secured(self._message_id, Scoped(engine.engine_id, b"", pdu), sender)
