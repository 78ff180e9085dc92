"""The bytes of SNMP. In: values and their tags. Out: BER, and the other way round, with every length checked.

Source: ITU-T X.690 (the definite forms that RFC 3417 section 8 allows), RFC 2578 for the application types.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

INTEGER: Final = 0x02
OCTETS: Final = 0x04
NULL: Final = 0x05
OBJECT_ID: Final = 0x06
SEQUENCE: Final = 0x30
IP_ADDRESS: Final = 0x40
COUNTER32: Final = 0x41
GAUGE32: Final = 0x42
TIME_TICKS: Final = 0x43
OPAQUE: Final = 0x44
COUNTER64: Final = 0x46
NO_SUCH_OBJECT: Final = 0x80
NO_SUCH_INSTANCE: Final = 0x81
END_OF_VIEW: Final = 0x82
MISSING: Final = frozenset({NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_VIEW})
_NUMBERS: Final = frozenset({INTEGER, COUNTER32, GAUGE32, TIME_TICKS, COUNTER64})
# RFC 2578 section 3.5.
LONGEST_OID: Final = 128
_LONGEST_NUMBER: Final = 9

Value = int | float | str | bytes


class BerError(ValueError):
    """The bytes are not what they should be."""


def tlv(tag: int, body: bytes) -> bytes:
    """Return one element."""
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def sequence(*parts: bytes, tag: int = SEQUENCE) -> bytes:
    """Return elements in one that holds them."""
    return tlv(tag, b"".join(parts))


def integer(value: int, tag: int = INTEGER) -> bytes:
    """Return a number in as few octets as it takes; counters are signed on the wire, too."""
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: bytes, tag: int = OCTETS) -> bytes:
    """Return an octet string, or anything else made of bytes."""
    return tlv(tag, value)


@lru_cache(4096)
def object_id(oid: str) -> bytes:
    """Return an object identifier, given as numbers with dots.

    Raises:
        BerError: it is none.
    """
    try:
        first, second, *rest = (int(part) for part in oid.split("."))
    except ValueError as error:
        raise BerError(f"{oid!r} is no object identifier") from error
    body = bytearray()
    for number in (first * 40 + second, *rest):
        if number < 0:
            raise BerError(f"{oid!r} is no object identifier")
        at = len(body)
        body.append(number & 0x7F)
        while number := number >> 7:
            body.insert(at, 0x80 | (number & 0x7F))
    return tlv(OBJECT_ID, bytes(body))


def element(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return (tag, start, stop) of the element at `at`, whose body is `data[start:stop]`, all of it before `end`.

    Raises:
        BerError: it does not fit, or its length is in no form that SNMP allows.
    """
    if at + 2 > end:
        raise BerError("an element is cut off")
    tag, size = data[at], data[at + 1]
    start = at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4 or start + count > end:
            raise BerError("a length cannot be")
        size = int.from_bytes(data[start : start + count], "big")
        start += count
    stop = start + size
    if stop > end:
        raise BerError("an element is longer than what holds it")
    return tag, start, stop


def expect(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Return (start, stop) of the body of the element at `at`, which must have this tag.

    Raises:
        BerError: it has another.
    """
    found, start, stop = element(data, at, end)
    if found != tag:
        raise BerError(f"tag {found:#04x} where {tag:#04x} belongs")
    return start, stop


def number(data: bytes, start: int, stop: int) -> int:
    """Return the number in a body.

    Raises:
        BerError: it is empty, or too long for any of SNMP's.
    """
    if not start < stop <= start + _LONGEST_NUMBER:
        raise BerError("a number cannot be")
    return int.from_bytes(data[start:stop], "big", signed=True)


@lru_cache(8192)
def oid_text(body: bytes) -> str:
    """Return an object identifier as numbers with dots.

    Raises:
        BerError: the bytes are none.
    """
    # What is cached must not be as long as a datagram: a part has five octets at most.
    if not body or body[-1] & 0x80 or len(body) > 5 * LONGEST_OID:
        raise BerError("an object identifier cannot be")
    parts: list[int] = []
    value = 0
    for octet in body:
        value = value << 7 | (octet & 0x7F)
        if not octet & 0x80:
            parts.append(value)
            value = 0
        elif value > 0xFFFFFFFF:
            raise BerError("an object identifier cannot be")
    if len(parts) >= LONGEST_OID:
        raise BerError("an object identifier is too long")
    first = min(parts[0] // 40, 2)
    return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))


def value_of(data: bytes, tag: int, start: int, stop: int) -> Value | None:
    """Return a value as Python's: a number, bytes, or a text for an object identifier and an address.

    None for what says that there is none.

    Raises:
        BerError: the bytes are no value of this tag.
    """
    if tag in _NUMBERS:
        found = number(data, start, stop)
        # Some agents forget the leading zero of an unsigned number.
        return found if tag == INTEGER or found >= 0 else found + (1 << 8 * (stop - start))
    if tag == OBJECT_ID:
        return oid_text(data[start:stop])
    if tag == IP_ADDRESS:
        if stop - start != 4:
            raise BerError("an address cannot be")
        return ".".join(map(str, data[start:stop]))
    return None if tag in MISSING else data[start:stop]


def sort_key(oid: str) -> Sequence[int]:
    """Return what orders object identifiers as a walk meets them."""
    return tuple(map(int, oid.split(".")))
