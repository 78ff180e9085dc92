"""A socket that reads in large pieces for a client that asks for single bytes.

paho-mqtt reads a packet with four `recv` calls. Each lets go of the interpreter's lock, and has to win it back from the
thread that decodes; one large read for hundreds of packets keeps the receiver from starving.
"""

import ssl
from typing import Final, Protocol

import paho.mqtt.client as mqtt

_PIECE: Final = 256 << 10


class Socket(Protocol):
    """What is needed of the socket inside."""

    def recv(self, buffer_size: int) -> bytes: ...
    def send(self, buffer: bytes | bytearray) -> int: ...
    def close(self) -> None: ...
    def fileno(self) -> int: ...
    def setblocking(self, flag: bool) -> None: ...


class BufferedSocket:
    """What paho-mqtt uses of a socket, with a buffer for reading."""

    def __init__(self, inner: Socket) -> None:
        self._inner = inner
        self._piece = b""
        self._place = 0

    @property
    def has_more(self) -> bool:
        """Whether something can be read without asking the system whether there is."""
        if self._place < len(self._piece):
            return True
        return isinstance(self._inner, ssl.SSLSocket) and self._inner.pending() > 0

    def recv(self, buffer_size: int) -> bytes:
        """Return up to `buffer_size` bytes, as a socket does."""
        place = self._place
        if place >= len(self._piece):
            self._piece = self._inner.recv(_PIECE)
            place = 0
        self._place = place + buffer_size
        return self._piece[place : place + buffer_size]

    def send(self, buffer: bytes | bytearray) -> int:
        return self._inner.send(buffer)

    def close(self) -> None:
        self._inner.close()

    def fileno(self) -> int:
        return self._inner.fileno()

    def pending(self) -> int:
        return len(self._piece) - self._place

    def setblocking(self, flag: bool) -> None:
        self._inner.setblocking(flag)


class Client(mqtt.Client):
    """paho's client over a `BufferedSocket`."""

    buffered: BufferedSocket | None = None

    def _create_socket(self) -> BufferedSocket:
        inner = super()._create_socket()
        self.buffered = BufferedSocket(inner)
        return self.buffered
