"""Answers SNMPv3 questions. In: datagrams. Out: datagrams, and counts of what was refused.

GET, GETNEXT and GETBULK (RFC 3416 section 4.2); nothing can be set. Only users with authentication and privacy are
known here, so that nothing else is answered.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final, Protocol

from agent.snmp.protocol import ber
from agent.snmp.protocol.authority import REASONS, UNKNOWN_ENGINE, Accepted, Authority, Refused
from agent.snmp.protocol.ber import BerError
from agent.snmp.protocol.message import REPORTABLE, Secured, read_message
from agent.snmp.protocol.pdu import Kind, Pdu, Status, Varbind, answer_to, encode_value

# What goes through any network in one piece; a large GETBULK gets as many rows as that holds.
LARGEST_ANSWER: Final = 1400
_AROUND: Final = 200  # octets of a message beside its variables
MOST_REPETITIONS: Final = 100


class Objects(Protocol):
    """What can be asked for."""

    def get(self, oid: str) -> Varbind:
        """Return an object, or that there is none."""
        ...

    def after(self, oid: str) -> Varbind | None:
        """Return the object that follows, None behind the last."""
        ...


class Responder:
    """Answers for one engine. `answered` and `refused` count."""

    def __init__(self, authority: Authority, objects: Objects) -> None:
        self.answered = 0
        self.refused: Counter[str] = Counter()
        self._authority = authority
        self._objects = objects

    def answer(self, data: bytes) -> bytes | None:
        """Return what to answer to a datagram, None for nothing."""
        try:
            message = read_message(data)
            if not isinstance(message, Secured):
                self.refused["version"] += 1
                return None
            outcome = self._authority.receive(message)
        except BerError:
            self.refused["garbage"] += 1
            return None
        if isinstance(outcome, Refused):
            if outcome.why != UNKNOWN_ENGINE or not message.flags & REPORTABLE:
                self.refused[REASONS[outcome.why]] += 1
            return outcome.report
        return self._reply(outcome)

    def _reply(self, accepted: Accepted) -> bytes | None:
        scoped, room = accepted.scoped, min(LARGEST_ANSWER, accepted.message.largest) - _AROUND
        is_ours = accepted.message.engine_id == self._authority.engine.engine_id
        if not is_ours or scoped.pdu.kind not in (Kind.GET, Kind.NEXT, Kind.BULK, Kind.SET):
            self.refused["no request"] += 1
            return None
        self.answered += 1
        pdu = self._refusal(scoped.pdu, scoped.context) or self._found(scoped.pdu, room)
        return self._authority.answer(accepted, pdu)

    def _refusal(self, pdu: Pdu, context: bytes) -> Pdu | None:
        if pdu.kind is Kind.SET:
            return answer_to(pdu, pdu.varbinds, Status.NOT_WRITABLE, min(1, len(pdu.varbinds)))
        if context:
            self.refused["context"] += 1
            return answer_to(pdu, pdu.varbinds, Status.AUTHORIZATION)
        return None

    def _found(self, pdu: Pdu, room: int) -> Pdu:
        if pdu.kind is Kind.BULK:
            return answer_to(pdu, self._bulk(pdu, room))
        if pdu.kind is Kind.GET:
            found = [self._objects.get(bind.oid) for bind in pdu.varbinds]
        else:
            found = [self._after(bind.oid) for bind in pdu.varbinds]
        if sum(map(_size, found)) > room:
            return answer_to(pdu, (), Status.TOO_BIG)
        return answer_to(pdu, found)

    def _bulk(self, pdu: Pdu, room: int) -> Iterable[Varbind]:
        single = min(max(0, pdu.status), len(pdu.varbinds))
        found: list[Varbind] = []
        left = room
        for bind in pdu.varbinds[:single]:
            left = self._add(found, self._after(bind.oid), left)
        names = [bind.oid for bind in pdu.varbinds[single:]]
        for _ in range(min(max(0, pdu.index), MOST_REPETITIONS)):
            row = [self._after(name) for name in names]
            names = [bind.oid for bind in row]
            for bind in row:
                left = self._add(found, bind, left)
            if left <= 0 or all(bind.tag == ber.END_OF_VIEW for bind in row):
                break
        return found

    @staticmethod
    def _add(found: list[Varbind], bind: Varbind, left: int) -> int:
        """Add a variable where there is room, and return what is left; 0 where there is none."""
        size = _size(bind)
        if left <= 0 or (size > left and found):
            return 0
        found.append(bind)
        return left - size

    def _after(self, oid: str) -> Varbind:
        return self._objects.after(oid) or Varbind(oid, ber.END_OF_VIEW)


def _size(bind: Varbind) -> int:
    return len(ber.object_id(bind.oid)) + len(encode_value(bind)) + 4
