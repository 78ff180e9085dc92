"""One way to ask an SNMP device, whatever library speaks to it.

In: OIDs, numeric and without a leading dot. Out: plain values, with what the wire said about their type lost
(a profile knows which are counters): int, float, str for an OID or an address, bytes for an octet string.
"""

import importlib.util
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from agent.now import monotonic_s
from agent.snmp.target import SnmpTarget

Value = int | float | str | bytes

# A table longer than this is not walked to its end: no classroom device has one that matters.
WALK_LIMIT: Final = 20_000
# Nor one that takes so long, or has so much in it: a device that answers each request just in time must give its
# thread back, and one that sends texts as long as a datagram must not fill the memory.
WALK_LONGEST_S: Final = 120.0
WALK_MOST_OCTETS: Final = 8 << 20
REPETITIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk brought: values by the part of their OID below the one asked for.

    `fault` says why it was ended before its time: "" (it was not), "loops", "endless", "slow" or "heavy".
    """

    rows: dict[str, Value]
    fault: str = ""


class Engine(Protocol):
    """A session with one device. Calls may come from any thread, one at a time is served."""

    def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """Return the values of those `oids` that the device has, in one request.

        An error status of the device (tooBig, noSuchName, genErr) brings nothing: {}.

        Raises:
            SnmpError: no answer, or none that can be used.
        """
        ...

    def walk(self, oid: str, *, repetitions: int = REPETITIONS, limit: int = WALK_LIMIT) -> Walk:
        """Return everything below `oid`; `repetitions` of 1 (and SNMPv1) asks for one value a request.

        Raises:
            SnmpError: no answer, or none that can be used.
        """
        ...

    def close(self) -> None:
        """Give back sockets; the engine may be used again and then opens new ones."""
        ...


def plain(value: Value) -> Value:
    """Return the number that an Opaque holds (net-snmp's float and double), anything else as it is."""
    if type(value) is bytes and value[:1] == b"\x9f":
        if len(value) == 7 and value[1:3] == b"\x78\x04":
            return float(struct.unpack(">f", value[3:])[0])
        if len(value) == 11 and value[1:3] == b"\x79\x08":
            return float(struct.unpack(">d", value[3:])[0])
    return value


def bounded(found: Iterable[tuple[str, Value]], oid: str, limit: int, clock: Callable[[], float] = monotonic_s) -> Walk:
    """Collect a walk below `oid`, and end one that leaves the tree, goes in circles or has no end."""
    base = oid + "."
    skip = len(base)
    rows: dict[str, Value] = {}
    octets, until_s = 0, clock() + WALK_LONGEST_S
    for name, value in found:
        if not name.startswith(base):
            break
        index = name[skip:]
        if index in rows:
            return Walk(rows, "loops")
        if len(rows) >= limit:
            return Walk(rows, "endless")
        if isinstance(value, (bytes, str)):
            octets += len(value)
            if octets > WALK_MOST_OCTETS:
                return Walk(rows, "heavy")
        rows[index] = plain(value)
        if clock() > until_s:
            return Walk(rows, "slow")
    return Walk(rows)


def engine_for(target: SnmpTarget) -> Engine:
    """Return the fastest engine that is installed and can speak to `target`."""
    # gufo-snmp has no SNMPv3 contexts.
    in_context = target.user is not None and target.user.context != ""
    if not in_context and sys.platform != "win32" and importlib.util.find_spec("gufo.snmp") is not None:
        from agent.snmp.gufo_engine import GufoEngine

        return GufoEngine(target)
    from agent.snmp.pysnmp_engine import PysnmpEngine

    return PysnmpEngine(target)
