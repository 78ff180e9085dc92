"""ICMP echo with whatever this computer allows: a datagram socket, a raw socket, or the `ping` program.

Source: RFC 792, RFC 4443.
"""

import shutil
import socket
import struct
import subprocess
import sys
import threading
from itertools import count
from typing import Final

from agent.errors import ProbeError
from agent.now import monotonic_s

_REQUEST_4, _REPLY_4 = 8, 0
_REQUEST_6, _REPLY_6 = 128, 129
_PAYLOAD: Final = b"roomtone"
_numbers = count(1)
_lock = threading.Lock()


def echo(host: str, timeout_s: float) -> float | None:
    """Return the round trip in seconds, None when no answer came in time.

    Raises:
        ProbeError: the name is not known, or this computer lets us send no echo.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0]
    except socket.gaierror as error:
        raise ProbeError(f"{host} cannot be found: {error.strerror}") from error
    is_6 = family == socket.AF_INET6
    protocol = socket.IPPROTO_ICMPV6 if is_6 else socket.IPPROTO_ICMP
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError:
            continue
        with sock:
            return _exchange(sock, address, is_6=is_6, is_raw=kind == socket.SOCK_RAW, timeout_s=timeout_s)
    return _program(str(address[0]), timeout_s)


def _exchange(
    sock: socket.socket,
    address: tuple[str | int, ...] | tuple[int, bytes],
    *,
    is_6: bool,
    is_raw: bool,
    timeout_s: float,
) -> float | None:
    with _lock:
        number = next(_numbers)
    ident, sequence = (number >> 16) & 0xFFFF or 0x7254, number & 0xFFFF
    start = monotonic_s()
    try:
        sock.sendto(request(is_6, ident, sequence), address)
        while True:
            left = start + timeout_s - monotonic_s()
            if left <= 0:
                return None
            sock.settimeout(left)
            packet, _ = sock.recvfrom(2048)
            if is_raw and not is_6:
                packet = packet[(packet[0] & 15) * 4 :]
            if is_reply(packet, is_6, ident if is_raw else None, sequence):
                return monotonic_s() - start
    except OSError:
        return None


def request(is_6: bool, ident: int, sequence: int) -> bytes:
    """Return an echo request; for IPv6 the kernel fills in the checksum."""
    kind = _REQUEST_6 if is_6 else _REQUEST_4
    blank = struct.pack("!BBHHH", kind, 0, 0, ident, sequence) + _PAYLOAD
    if is_6:
        return blank
    return struct.pack("!BBHHH", kind, 0, checksum(blank), ident, sequence) + _PAYLOAD


def is_reply(packet: bytes, is_6: bool, ident: int | None, sequence: int) -> bool:
    """Tell whether a packet answers our request; a datagram socket's ident is the kernel's, so None is any."""
    if len(packet) < 8:
        return False
    kind, _, _, got_ident, got_sequence = struct.unpack("!BBHHH", packet[:8])
    return (
        kind == (_REPLY_6 if is_6 else _REPLY_4)
        and got_sequence == sequence
        and ident in (None, got_ident)
        and packet[8:] == _PAYLOAD
    )


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _program(address: str, timeout_s: float) -> float | None:
    program = shutil.which("ping")
    if program is None:
        raise ProbeError(
            "no right to send ICMP echo and no ping program: install it, widen net.ipv4.ping_group_range,"
            " or give the target a TCP port"
        )
    if sys.platform == "win32":
        words = [program, "-n", "1", "-w", str(round(timeout_s * 1000)), address]
    else:
        words = [program, "-n", "-c", "1", "-W", str(max(1, round(timeout_s))), address]
    start = monotonic_s()
    try:
        done = subprocess.run(words, capture_output=True, timeout=timeout_s + 2, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return None
    if done.returncode != 0:
        return None
    return _said_s(done.stdout.decode(errors="replace")) or monotonic_s() - start


def _said_s(text: str) -> float | None:
    _, found, rest = text.partition("time=")
    number = "".join(c for c in rest.lstrip()[:12] if c.isdigit() or c == ".")
    try:
        return float(number) / 1000 if found else None
    except ValueError:
        return None
