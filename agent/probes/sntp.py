"""One question to an NTP server. Out: how far this computer's clock is off.

Source: RFC 4330 (SNTP v4), RFC 5905 (NTP v4): the offset is ((T2 - T1) + (T3 - T4)) / 2, positive when this clock is
behind; T1 and T4 are ours, T2 and T3 the server's.
"""

import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent.errors import ProbeError
from agent.now import monotonic_s
from agent.now import now as clock

PORT: Final = 123
_PACKET: Final = struct.Struct("!BBbb iI4s Q QQQ")
_CLIENT: Final = 4 << 3 | 3  # version 4, mode 3
_SERVER_MODES: Final = frozenset({4, 5})
_UNSYNCHRONISED: Final = 3
_MOST_STRATUM: Final = 15
_MOST_DISTANCE_S: Final = 16.0
_ERA: Final = 1 << 32
_FROM_1900: Final = 2_208_988_800


class Unfit(ProbeError):
    """A server answers, and its time is none to go by."""


class KissOfDeath(Unfit):
    """A server asks us not to ask it (RFC 5905, 7.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one server says: seconds that this clock is behind, and the round trip, which bounds the error."""

    offset_s: float
    delay_s: float


def ask(host: str, *, port: int = PORT, timeout_s: float, now: Callable[[], datetime] = clock) -> Answer:
    """Ask a server for the time.

    Raises:
        Unfit: its time is not to be trusted, or it wants no more questions.
        ProbeError: it cannot be found, or does not answer.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    except socket.gaierror as error:
        raise ProbeError(f"{host} cannot be found: {error.strerror}") from error
    # What we send as our time is random: it tells nobody our clock, and an answer that repeats it is to this question.
    cookie = int.from_bytes(os.urandom(8), "big") or 1
    question = _PACKET.pack(_CLIENT, 0, 0, 0, 0, 0, b"", 0, 0, 0, cookie)
    try:
        with socket.socket(family, kind, protocol) as sock:
            sock.connect(address)
            t1, start_s = now().timestamp(), monotonic_s()
            sock.send(question)
            while (left_s := start_s + timeout_s - monotonic_s()) > 0:
                sock.settimeout(left_s)
                packet = sock.recv(1024)
                # By the steady clock, so that a correction in between does no harm.
                t4 = t1 + (monotonic_s() - start_s)
                answer = understood(host, packet, cookie, t1, t4)
                if answer is not None:
                    return answer
    except TimeoutError:
        pass
    except OSError as error:
        raise ProbeError(f"{host} cannot be asked for the time: {error.strerror or error}") from error
    raise ProbeError(f"{host} does not answer as a time server within {timeout_s:g} s")


def understood(host: str, packet: bytes, cookie: int, t1: float, t4: float) -> Answer | None:
    """Return what a packet says; None where it is no answer to our question.

    Raises:
        Unfit: it is, and the time in it is none to go by.
    """
    if len(packet) < _PACKET.size:
        return None
    flags, stratum, _, _, root_delay, root_dispersion, reference, _, origin, received, sent = _PACKET.unpack_from(
        packet
    )
    if origin != cookie or flags & 7 not in _SERVER_MODES:
        return None
    if stratum == 0:
        code = reference.decode("ascii", "replace").strip("\0 ")
        raise KissOfDeath(f"{host} wants no more questions ({code if code.isprintable() else '?'}): ask another server")
    if flags >> 6 == _UNSYNCHRONISED or stratum > _MOST_STRATUM or not sent or not received:
        raise Unfit(f"{host} does not know the time itself")
    if (abs(root_delay) / 2 + root_dispersion) / 65536 > _MOST_DISTANCE_S:
        raise Unfit(f"{host} is too far from the true time to go by")
    t2, t3 = _unix_s(received, t1), _unix_s(sent, t1)
    delay_s = (t4 - t1) - (t3 - t2)
    return Answer(offset_s=((t2 - t1) + (t3 - t4)) / 2, delay_s=max(0.0, delay_s))


def _unix_s(stamp: int, near: float) -> float:
    """Return an NTP time in seconds since 1970, of the era in which it is nearest to `near`."""
    seconds = stamp / (1 << 32) - _FROM_1900
    return seconds + round((near - seconds) / _ERA) * _ERA
