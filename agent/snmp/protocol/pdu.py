"""Requests, answers and notifications of all three versions. In: bytes. Out: a `Pdu`, and the other way round.

Source: RFC 1157 (version 1), RFC 3416 (PDUs), RFC 3584 section 3.1 (a v1 trap as one of v2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from agent.snmp.protocol import ber
from agent.snmp.protocol.ber import BerError, Value

SYS_UP_TIME: Final = "1.3.6.1.2.1.1.3.0"
SNMP_TRAP_OID: Final = "1.3.6.1.6.3.1.1.4.1.0"
SNMP_TRAP_ENTERPRISE: Final = "1.3.6.1.6.3.1.1.4.3.0"
SNMP_TRAP_ADDRESS: Final = "1.3.6.1.6.3.18.1.3.0"
SNMP_TRAPS: Final = "1.3.6.1.6.3.1.1.5"
ENTERPRISE_SPECIFIC: Final = 6
MOST_VARBINDS: Final = 1000


class Kind(IntEnum):
    """Tags of PDUs."""

    GET = 0xA0
    NEXT = 0xA1
    RESPONSE = 0xA2
    SET = 0xA3
    TRAP_V1 = 0xA4
    BULK = 0xA5
    INFORM = 0xA6
    TRAP = 0xA7
    REPORT = 0xA8


class Status(IntEnum):
    """Error statuses that we give (RFC 3416 section 3)."""

    NO_ERROR = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    GENERAL = 5
    NO_ACCESS = 6
    AUTHORIZATION = 16
    NOT_WRITABLE = 17


@dataclass(frozen=True, slots=True)
class Varbind:
    """A name and its value; `value` is None where the tag says that there is none."""

    oid: str
    tag: int = ber.NULL
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU. Of a GETBULK, `status` and `index` are the non-repeaters and the repetitions."""

    kind: Kind
    request_id: int
    varbinds: tuple[Varbind, ...] = ()
    status: int = 0
    index: int = 0


def encode_value(bind: Varbind) -> bytes:
    """Return the bytes of a value.

    Raises:
        BerError: the value does not fit its tag.
    """
    value = bind.value
    if bind.tag in ber.MISSING:
        return ber.tlv(bind.tag, b"")
    if isinstance(value, int):
        return ber.integer(value, bind.tag)
    if bind.tag == ber.OBJECT_ID and isinstance(value, str):
        return ber.object_id(value)
    if bind.tag == ber.IP_ADDRESS and isinstance(value, str):
        return ber.tlv(bind.tag, bytes(map(int, value.split("."))))
    if isinstance(value, bytes):
        return ber.tlv(bind.tag, value)
    raise BerError(f"{value!r} is no value of tag {bind.tag:#04x}")


def encode_pdu(pdu: Pdu) -> bytes:
    """Return a PDU's bytes; not for `TRAP_V1`, which nobody sends any more."""
    return ber.sequence(
        ber.integer(pdu.request_id),
        ber.integer(pdu.status),
        ber.integer(pdu.index),
        ber.sequence(*(ber.sequence(ber.object_id(bind.oid), encode_value(bind)) for bind in pdu.varbinds)),
        tag=pdu.kind,
    )


def decode_pdu(data: bytes, at: int, end: int) -> Pdu:
    """Return the PDU at `at`; a trap of version 1 becomes one of version 2.

    Raises:
        BerError: there is none.
    """
    tag, at, end = ber.element(data, at, end)
    if tag == Kind.TRAP_V1:
        return _trap_of_v1(data, at, end)
    try:
        kind = Kind(tag)
    except ValueError:
        raise BerError(f"{tag:#04x} is no PDU") from None
    numbers: list[int] = []
    for _ in range(3):
        start, stop = ber.expect(data, at, end, ber.INTEGER)
        numbers.append(ber.number(data, start, stop))
        at = stop
    start, stop = ber.expect(data, at, end, ber.SEQUENCE)
    return Pdu(kind, numbers[0], _varbinds(data, start, stop), numbers[1], numbers[2])


def _varbinds(data: bytes, at: int, end: int) -> tuple[Varbind, ...]:
    found: list[Varbind] = []
    while at < end:
        start, stop = ber.expect(data, at, end, ber.SEQUENCE)
        name, name_end = ber.expect(data, start, stop, ber.OBJECT_ID)
        tag, value, value_end = ber.element(data, name_end, stop)
        found.append(Varbind(ber.oid_text(data[name:name_end]), tag, ber.value_of(data, tag, value, value_end)))
        if len(found) > MOST_VARBINDS:
            raise BerError(f"more than {MOST_VARBINDS} variables")
        at = stop
    return tuple(found)


def _trap_of_v1(data: bytes, at: int, end: int) -> Pdu:
    start, at = ber.expect(data, at, end, ber.OBJECT_ID)
    enterprise = ber.oid_text(data[start:at])
    start, at = ber.expect(data, at, end, ber.IP_ADDRESS)
    address = ber.value_of(data, ber.IP_ADDRESS, start, at)
    start, at = ber.expect(data, at, end, ber.INTEGER)
    generic = ber.number(data, start, at)
    start, at = ber.expect(data, at, end, ber.INTEGER)
    specific = ber.number(data, start, at)
    start, at = ber.expect(data, at, end, ber.TIME_TICKS)
    ticks = ber.value_of(data, ber.TIME_TICKS, start, at)
    start, stop = ber.expect(data, at, end, ber.SEQUENCE)
    if not 0 <= generic <= ENTERPRISE_SPECIFIC or specific < 0:
        raise BerError("a trap's number cannot be")
    name = f"{enterprise}.0.{specific}" if generic == ENTERPRISE_SPECIFIC else f"{SNMP_TRAPS}.{generic + 1}"
    return Pdu(
        Kind.TRAP,
        0,
        (
            Varbind(SYS_UP_TIME, ber.TIME_TICKS, ticks),
            Varbind(SNMP_TRAP_OID, ber.OBJECT_ID, name),
            *_varbinds(data, start, stop),
            Varbind(SNMP_TRAP_ADDRESS, ber.IP_ADDRESS, address),
            Varbind(SNMP_TRAP_ENTERPRISE, ber.OBJECT_ID, enterprise),
        ),
    )


def answer_to(request: Pdu, varbinds: Iterable[Varbind], status: int = 0, index: int = 0) -> Pdu:
    """Return the Response to a request."""
    return Pdu(Kind.RESPONSE, request.request_id, tuple(varbinds), status, index)
