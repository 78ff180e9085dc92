"""Which sockets can be read or written now, whatever their numbers are.

`select` knows no file descriptor above 1023, which a gateway with a thousand devices, or a simulated campus, passes.
"""

import math
import select
import socket
from collections.abc import Sequence
from typing import Final

_HAS_POLL: Final = hasattr(select, "poll")  # Windows has none; its select asks for no numbers below a limit


def ready(
    readable: Sequence[socket.socket], writable: Sequence[socket.socket], timeout_s: float
) -> tuple[list[socket.socket], list[socket.socket]]:
    """Wait until one can be read or written, or the time has passed; return those that can.

    One whose connection broke counts as readable: reading it tells how. Raises `ValueError` or `OSError` for a socket
    that is closed.
    """
    if not _HAS_POLL:
        can_read, can_write, _ = select.select(readable, writable, [], max(0.0, timeout_s))
        return can_read, can_write
    wanted: dict[int, int] = {}
    for sock in readable:
        wanted[sock.fileno()] = select.POLLIN
    for sock in writable:
        wanted[sock.fileno()] = wanted.get(sock.fileno(), 0) | select.POLLOUT
    poller = select.poll()
    for number, events in wanted.items():
        poller.register(number, events)
    found = dict(poller.poll(math.ceil(max(0.0, timeout_s) * 1000)))
    return (
        [sock for sock in readable if found.get(sock.fileno(), 0) & ~select.POLLOUT],
        [sock for sock in writable if found.get(sock.fileno(), 0) & select.POLLOUT],
    )
