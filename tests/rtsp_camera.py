"""A camera that speaks RTSP over a real socket, with what ffmpeg has made, and with the faults that real ones have.

`record` lets ffmpeg publish a film to us, as to any RTSP server (RFC 2326, ANNOUNCE and RECORD), and keeps its packets.
`Camera` plays them to whoever asks, interleaved on the same connection.
"""

import hashlib
import re
import secrets
import socket
import subprocess
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

Headers = dict[str, str]


@dataclass(frozen=True)
class Film:
    """A session description, and interleaved packets with the seconds at which they are to be shown."""

    description: str
    packets: list[tuple[float, bytes]]
    key_frames_s: float

    def from_second(self, at_s: float) -> Iterator[bytes]:
        """Yield packets from the last key frame before `at_s` on."""
        begin = at_s - at_s % self.key_frames_s
        number = bisect_left(self.packets, (begin - 0.001, b""))
        yield from (packet for _, packet in self.packets[number:])


class Conversation:
    """The server's side of one RTSP connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rb")
        self._connection = connection

    def requests(self) -> Iterator[tuple[str, str, Headers, bytes] | bytes]:
        """Yield requests as method, address, headers, body; and interleaved packets as they are."""
        while first := self._stream.read(1):
            if first == b"$":
                head = self._stream.read(3)
                yield first + head + self._stream.read(int.from_bytes(head[1:], "big"))
                continue
            method, url, _ = (first + self._stream.readline()).decode().split(" ", 2)
            headers: Headers = {}
            while line := self._stream.readline().decode().strip():
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            yield method, url, headers, self._stream.read(int(headers.get("content-length", "0")))

    def answer(self, asked: Headers, status: str = "200 OK", body: str = "", **headers: str) -> None:
        lines = [f"RTSP/1.0 {status}", f"CSeq: {asked.get('cseq', '')}", "Session: 4711"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self._connection.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


def record(ffmpeg: Path, film: Path, key_frames_s: float = 2.0) -> Film:
    """Return what ffmpeg publishes of a film."""
    said: list[str] = []
    packets: list[bytes] = []

    def take(connection: socket.socket) -> None:
        conversation = Conversation(connection)
        for request in conversation.requests():
            if isinstance(request, bytes):
                packets.append(request)
                continue
            method, _, headers, body = request
            if method == "ANNOUNCE":
                said.append(body.decode())
            conversation.answer(headers, Transport=headers.get("transport", ""), Public="ANNOUNCE, SETUP, RECORD")
            if method == "TEARDOWN":
                return

    with _serving(take) as port:
        words = [str(ffmpeg), "-v", "error", "-i", str(film), "-c", "copy", "-f", "rtsp", "-rtsp_transport", "tcp"]
        subprocess.run([*words, f"rtsp://127.0.0.1:{port}/film"], check=True, timeout=60)
    clocks = [int(ticks) for ticks in re.findall(r"a=rtpmap:\d+ [\w-]+/(\d+)", said[0])]
    firsts: dict[int, int] = {}
    timed = []
    for packet in packets:
        channel = packet[1]
        if channel % 2 == 0:  # the others are reports
            stamp = int.from_bytes(packet[8:12], "big")
            since = (stamp - firsts.setdefault(channel, stamp)) % (1 << 32)
            timed.append((since / clocks[channel // 2], packet))
    return Film(said[0], sorted(timed, key=lambda one: one[0]), key_frames_s)


@dataclass
class Camera:
    """What it shows, and how it fails.

    `at_s` says which second of the film is now. `says` are bytes that it says to any question instead of an answer, and
    goes on for as long as there are more. With `sends_nothing` it answers all questions and sends no frame.
    """

    film: Film | None = None
    at_s: Callable[[], float] = lambda: 0.0
    account: tuple[str, str] | None = None
    algorithm: str = "MD5"
    sends_nothing: bool = False
    says: Callable[[], Iterator[bytes]] | None = None
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/stream"

    def serve(self, connection: socket.socket) -> None:
        """Hold one conversation."""
        conversation, nonce = Conversation(connection), secrets.token_hex(8)
        chosen: dict[int, int] = {}
        for request in conversation.requests():
            if isinstance(request, bytes):
                continue
            method, url, headers, _ = request
            self.asked.append(method)
            if self.says is not None:
                for piece in self.says():
                    connection.sendall(piece)
                return
            if self.account is not None and not self._is_proven(method, headers, nonce):
                challenge = f'Digest realm="camera", nonce="{nonce}", algorithm={self.algorithm}'
                conversation.answer(headers, "401 Unauthorized", WWW_Authenticate=challenge)
            elif method == "DESCRIBE":
                conversation.answer(headers, body=self._description(), Content_Base=f"{url}/")
            elif method == "SETUP":
                number = int(url.rpartition("streamid=")[2])
                channel = re.search(r"interleaved=(\d+)", headers["transport"])
                assert channel is not None
                chosen[2 * number] = int(channel[1])
                conversation.answer(headers, Transport=headers["transport"])
            elif method == "PLAY":
                conversation.answer(headers)
                if not self.sends_nothing and not self._play(connection, chosen):
                    return
            else:
                conversation.answer(headers, Public="OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")

    def _description(self) -> str:
        return self.film.description if self.film is not None else ""

    def _play(self, connection: socket.socket, chosen: dict[int, int]) -> bool:
        """Send frames until nobody wants more of them."""
        assert self.film is not None
        connection.setblocking(True)
        for packet in self.film.from_second(self.at_s()):
            if packet[1] in chosen:
                connection.sendall(packet[:1] + bytes([chosen[packet[1]]]) + packet[2:])
        return False

    def _is_proven(self, method: str, headers: Headers, nonce: str) -> bool:
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', headers.get("authorization", "").removeprefix("Digest ")))
        assert self.account is not None
        username, password = self.account

        def hashed(*parts: str) -> str:
            name = self.algorithm.replace("-", "").lower()
            return hashlib.new(name, ":".join(parts).encode()).hexdigest()

        secret, asked = hashed(username, "camera", password), hashed(method, said.get("uri", ""))
        return said.get("username") == username and said.get("response") == hashed(secret, nonce, asked)


@contextmanager
def serving(camera: Camera) -> Iterator[Camera]:
    """Let a camera answer at a free port of its own."""
    with _serving(camera.serve) as camera.port:
        yield camera


@contextmanager
def _serving(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    def hold(connection: socket.socket) -> None:
        # Whoever asked has gone away: as clients do.
        with connection, suppress(OSError, ValueError):
            serve(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                threading.Thread(target=hold, args=(connection,), daemon=True).start()

    connections: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
