"""The user-based security of our own engine. In: v3 messages. Out: what they carry, or why they are not believed.

A request or an inform is made for our engine: keys and clock are ours. A trap is made by its sender's engine: the keys
are those of its user at that engine, whose id it carries, and its clock is remembered so that no old one is replayed.

Source: RFC 3414 section 3.2; a refusal is told by a Report where the message asks for one (RFC 3412 section 7.1).
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from agent.snmp.protocol import ber
from agent.snmp.protocol.ber import BerError
from agent.snmp.protocol.keys import Keys, keys_at
from agent.snmp.protocol.message import (
    AUTHENTICATED,
    ENCRYPTED,
    REPORTABLE,
    Scoped,
    Secured,
    Sender,
    write_secured,
)
from agent.snmp.protocol.own_engine import OwnEngine
from agent.snmp.protocol.pdu import Kind, Pdu, Varbind
from agent.snmp.target import SnmpUser

WINDOW_S: Final = 150
LAST_BOOT: Final = (1 << 31) - 1
_MOST_ENGINES: Final = 4096
_STATISTICS: Final = "1.3.6.1.6.3.15.1.1"
UNSUPPORTED_LEVEL: Final = f"{_STATISTICS}.1.0"
NOT_IN_TIME: Final = f"{_STATISTICS}.2.0"
UNKNOWN_USER: Final = f"{_STATISTICS}.3.0"
UNKNOWN_ENGINE: Final = f"{_STATISTICS}.4.0"
WRONG_DIGEST: Final = f"{_STATISTICS}.5.0"
CANNOT_DECRYPT: Final = f"{_STATISTICS}.6.0"
# What a refusal is called in counters.
REASONS: Final = {
    UNSUPPORTED_LEVEL: "security level",
    NOT_IN_TIME: "not in time",
    UNKNOWN_USER: "unknown user",
    UNKNOWN_ENGINE: "other engine",
    WRONG_DIGEST: "wrong key",
    CANNOT_DECRYPT: "wrong key",
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is believed. `keys` are those of its user at the engine whose clock it carries."""

    message: Secured
    scoped: Scoped
    keys: Keys


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that is not, why (one of `REASONS`' keys), and what to answer, if anything."""

    why: str
    report: bytes | None = None


def level_of(user: SnmpUser) -> int:
    """Return the flags of the security that a user is configured for; less is not accepted from it."""
    return AUTHENTICATED * (user.auth_proto is not None) | ENCRYPTED * (user.priv_proto is not None)


class Authority:
    """Our engine and the users it knows; several may have one name."""

    def __init__(self, engine: OwnEngine, users: Iterable[SnmpUser], clock: Callable[[], float]) -> None:
        self.engine = engine
        self._users: dict[bytes, list[SnmpUser]] = {}
        for user in dict.fromkeys(users):
            self._users.setdefault(user.name.encode(), []).append(user)
        self._clock = clock
        self._started_s = clock()
        self._counts: dict[str, int] = {}
        # Other engines' clocks: boots, latest time, and when we heard it.
        self._clocks: OrderedDict[bytes, tuple[int, int, float]] = OrderedDict()

    @property
    def up_s(self) -> float:
        """How long our engine has been up."""
        return self._clock() - self._started_s

    @property
    def time_s(self) -> int:
        """How long our engine has been up, in whole seconds."""
        return int(self.up_s)

    def receive(self, message: Secured) -> Accepted | Refused:
        """Check a message as RFC 3414 3.2 says."""
        if message.engine_id == self.engine.engine_id:
            return self._check(message, is_ours=True)
        if message.flags & REPORTABLE or len(message.engine_id) < 5:
            return self._refuse(UNKNOWN_ENGINE, message)
        return self._check(message, is_ours=False)

    def answer(self, accepted: Accepted, pdu: Pdu) -> bytes:
        """Return the datagram that answers a message in kind."""
        message = accepted.message
        sender = Sender(
            engine_id=self.engine.engine_id,
            boots=self.engine.boots,
            time_s=self.time_s,
            user=message.user,
            keys=accepted.keys,
            flags=message.flags & (AUTHENTICATED | ENCRYPTED),
        )
        scoped = Scoped(accepted.scoped.engine_id, accepted.scoped.context, pdu)
        return write_secured(message.message_id, scoped, sender)

    def _check(self, message: Secured, *, is_ours: bool) -> Accepted | Refused:
        users = self._users.get(message.user, ())
        if not users:
            return self._refuse(UNKNOWN_USER, message)
        level = message.flags & (AUTHENTICATED | ENCRYPTED)
        fitting = [user for user in users if level == level_of(user)]
        if not fitting:
            return self._refuse(UNSUPPORTED_LEVEL, message)
        all_keys = [keys_at(user, message.engine_id) for user in fitting]
        if level & AUTHENTICATED:
            all_keys = [keys for keys in all_keys if message.is_signed_by(keys)]
            if not all_keys:
                return self._refuse(WRONG_DIGEST, message)
            if not (self._is_now(message) if is_ours else self._is_newer(message)):
                return self._refuse(NOT_IN_TIME, message, all_keys[0])
        for keys in all_keys:
            try:
                return Accepted(message, message.open(keys), keys)
            except BerError:
                continue
        return self._refuse(CANNOT_DECRYPT, message)

    def _is_now(self, message: Secured) -> bool:
        is_near = abs(message.time_s - self.time_s) <= WINDOW_S
        return message.boots == self.engine.boots and is_near and message.boots != LAST_BOOT

    def _is_newer(self, message: Secured) -> bool:
        """Tell whether a message of another engine is no replay, and remember its clock."""
        now_s = self._clock()
        known = self._clocks.get(message.engine_id)
        if message.boots == LAST_BOOT:
            return False
        if known is not None:
            boots, time_s, heard_s = known
            if message.boots < boots:
                return False
            if message.boots == boots and message.time_s < time_s + int(now_s - heard_s) - WINDOW_S:
                return False
        if known is None or (message.boots, message.time_s) > known[:2]:
            self._clocks[message.engine_id] = (message.boots, message.time_s, now_s)
            self._clocks.move_to_end(message.engine_id)
            while len(self._clocks) > _MOST_ENGINES:
                self._clocks.popitem(last=False)
        return True

    def _refuse(self, why: str, message: Secured, keys: Keys | None = None) -> Refused:
        self._counts[why] = self._counts.get(why, 0) + 1
        if not message.flags & REPORTABLE:
            return Refused(why)
        request_id = 0
        if not message.flags & ENCRYPTED:
            try:
                request_id = message.open(None).pdu.request_id
            except BerError:
                pass
        told = Varbind(why, ber.COUNTER32, self._counts[why] & 0xFFFFFFFF)
        scoped = Scoped(self.engine.engine_id, b"", Pdu(Kind.REPORT, request_id, (told,)))
        sender = Sender(
            engine_id=self.engine.engine_id,
            boots=self.engine.boots,
            time_s=self.time_s,
            user=message.user,
            keys=keys,
            flags=AUTHENTICATED if keys is not None else 0,
        )
        return Refused(why, write_secured(message.message_id, scoped, sender))
