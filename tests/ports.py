"""Loopback ports that nobody listens on, for servers that a test is about to start."""

import os
import socket
from itertools import count
from typing import Final

# Below those that kernels hand out to connections that go out: no client of another test takes a port in the moment
# between its choice and its server's start.
_FIRST: Final = 12_000
_SIZE: Final = 20_000
# Processes that test side by side begin far from each other.
_places: Final = count(os.getpid() * 997)


def free_ports(number: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[int]:
    """Return `number` different loopback ports of TCP (or UDP) that nobody listens on, none of them given before."""
    found: list[int] = []
    while len(found) < number:
        port = _FIRST + next(_places) % _SIZE
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
    return found


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on."""
    return free_ports(1)[0]
