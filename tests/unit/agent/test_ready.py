"""Waiting for sockets with numbers that `select` does not know."""

import fcntl
import socket
from collections.abc import Iterator

import pytest

from agent.ready import ready

HIGH = 1500


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A pair of sockets, the first with a high number."""
    low, other = socket.socketpair()
    high = socket.socket(low.family, low.type, fileno=fcntl.fcntl(low, fcntl.F_DUPFD, HIGH))
    low.close()
    with high, other:
        assert high.fileno() >= HIGH
        yield high, other


def test_it_tells_what_can_be_read_and_written(ends: tuple[socket.socket, socket.socket]) -> None:
    high, other = ends
    assert ready([high], [], 0) == ([], [])
    assert ready([high], [high], 0) == ([], [high])
    other.send(b"x")
    assert ready([high, other], [high], 5) == ([high], [high])


def test_a_broken_connection_counts_as_readable_and_a_closed_socket_is_an_error(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    high, other = ends
    other.close()
    assert ready([high], [], 5) == ([high], [])
    high.close()
    with pytest.raises(ValueError, match="file descriptor"):
        ready([high], [], 0)
