"""Plays a network stream for a moment. In: its address and account. Out: the frames that came, or why there are none.

A server that answers every question may still send no frame; only frames count. Everything goes over one TCP connection
(interleaved), so no packet is lost on the way. Source: RFC 2326.
"""

import contextlib
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from agent.errors import ProbeError
from agent.media.account import Account
from agent.media.challenge import authorization
from agent.media.rtp import Frames
from agent.media.sdp import Track, tracks_of
from agent.now import monotonic_s

_MOST_HEAD: Final = 64 << 10
_MOST_BODY: Final = 256 << 10
_MOST_BYTES: Final = 64 << 20
_AGENT: Final = "Roomtone"


class SilentServerError(ProbeError):
    """Nobody answers at the address."""


class RefusedError(ProbeError):
    """The server answers, and does not let us play."""


class NotLetInError(RefusedError):
    """The server wants another username or password, so we cannot see how the stream is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a stream in a moment. `waited_s` is the time from PLAY to the end of it."""

    media: str
    stamps: tuple[float, ...]
    packets: int
    since_last_s: float | None
    waited_s: float
    server: str = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    reason: str
    headers: Mapping[str, tuple[str, ...]]
    body: bytes

    def first(self, name: str) -> str:
        return self.headers.get(name, ("",))[0]


def play(
    url: str,
    *,
    account: Account,
    timeout_s: float,
    wanted: str = "video",
    enough_s: float = 1.2,
    clock: Callable[[], float] = monotonic_s,
) -> Played:
    """Play the first track of kind `wanted` (else the first there is) until frames of `enough_s` came, or time is up.

    `timeout_s` bounds the way to PLAY and, once more, the wait for frames.

    Raises:
        SilentServerError: nobody answers, or not as RTSP does.
        NotLetInError: it wants another username or password.
        RefusedError: the server answers with another error, or has nothing to play.
    """
    with _Session(url, account, timeout_s, clock) as session:
        return session.play(wanted, enough_s)


class _Session:
    def __init__(self, url: str, account: Account, timeout_s: float, clock: Callable[[], float]) -> None:
        parts = urlsplit(url)
        self._url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
        self._where = f"{parts.hostname}:{parts.port or 554}"
        self._account = account
        self._timeout_s = timeout_s
        self._clock = clock
        self._end_s = clock() + timeout_s
        self._number = 0
        self._session = ""
        self._challenges: tuple[str, ...] = ()
        self._buffer = bytearray()
        self._received = 0
        try:
            self._socket = socket.create_connection((parts.hostname or "", parts.port or 554), timeout=timeout_s)
        except (OSError, UnicodeError) as error:
            raise SilentServerError(f"{self._where} does not answer: {error}") from error

    def __enter__(self) -> "_Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def play(self, wanted: str, enough_s: float) -> Played:
        self._ask("OPTIONS", self._url)
        described = self._ask("DESCRIBE", self._url, {"Accept": "application/sdp"})
        base = described.first("content-base") or described.first("content-location") or self._url
        tracks = tracks_of(described.body.decode(errors="replace"), base)
        track = next((t for t in tracks if t.media == wanted), tracks[0] if tracks else None)
        if track is None:
            raise RefusedError(f"{self._where} describes a stream without any track")
        set_up = self._ask("SETUP", track.url, {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"})
        self._session = set_up.first("session").partition(";")[0].strip()
        channel = _channel(set_up.first("transport"))
        self._ask("PLAY", base, {"Range": "npt=0.000-"})
        played = self._listen(track, channel, enough_s, described.first("server"))
        self._end_s = self._clock() + 1.0
        # Many cameras serve few clients, and hold a place for one that just went away.
        with contextlib.suppress(ProbeError):
            self._ask("TEARDOWN", base)
        return played

    def _listen(self, track: Track, channel: int, enough_s: float, server: str) -> Played:
        frames = Frames(track.clock)
        begun_s = self._clock()
        self._end_s = begun_s + self._timeout_s
        with contextlib.suppress(SilentServerError):
            # A server may send what it has stored in one go, so the stamps tell how much has come, not the clock.
            while self._clock() < self._end_s and not (frames.count > 5 and frames.span_s >= enough_s):
                got = self._next()
                if isinstance(got, tuple) and got[0] == channel:
                    frames.take(got[1], self._clock())
        now_s = self._clock()
        return Played(
            media=track.media,
            stamps=tuple(frames.stamps),
            packets=frames.packets,
            since_last_s=None if frames.last_at_s is None else now_s - frames.last_at_s,
            waited_s=now_s - begun_s,
            server=server,
        )

    # ------------------------------------------------------------ asking

    def _ask(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> _Answer:
        answer = self._send(method, url, headers or {})
        if answer.status == 401 and self._account.username and (found := answer.headers.get("www-authenticate")):
            # Also when the nonce of an earlier one has grown old.
            self._challenges = found
            answer = self._send(method, url, headers or {})
        if answer.status == 401:
            has_account = "refuses the username or password" if self._account.username else "wants a username"
            raise NotLetInError(f"{self._where} {has_account}")
        if not 200 <= answer.status < 300:
            raise RefusedError(f"{self._where} answers {method} with {answer.status} {answer.reason}".rstrip())
        return answer

    def _send(self, method: str, url: str, headers: Mapping[str, str]) -> _Answer:
        self._number += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._number}", f"User-Agent: {_AGENT}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self._session:
            lines.append(f"Session: {self._session}")
        if self._challenges:
            proof = authorization(self._challenges, method, url, self._account.username, self._account.password)
            if proof:
                lines.append(f"Authorization: {proof}")
        try:
            self._socket.settimeout(max(0.05, self._end_s - self._clock()))
            self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        except OSError as error:
            raise SilentServerError(f"{self._where} closed the connection: {error}") from error
        while True:
            got = self._next()
            if isinstance(got, _Answer) and got.first("cseq") in (str(self._number), ""):
                return got

    # ------------------------------------------------------------ receiving

    def _next(self) -> _Answer | tuple[int, bytes]:
        """Return the next answer, or an interleaved packet and its channel."""
        while True:
            if self._buffer[:1] == b"$":
                self._fill(4)
                size = int.from_bytes(self._buffer[2:4], "big")
                channel = self._buffer[1]
                self._fill(4 + size)
                return channel, self._take(4 + size)[4:]
            if self._buffer[:1] in (bytearray(b"\r"), bytearray(b"\n")):
                del self._buffer[:1]
                continue
            if self._buffer:
                message = self._message()
                if message is not None:
                    return message
                continue
            self._fill(1)

    def _message(self) -> _Answer | None:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _MOST_HEAD:
                raise SilentServerError(f"{self._where} does not speak RTSP")
            self._fill(len(self._buffer) + 1)
        start, *lines = self._take(end + 4).decode("latin-1").rstrip().split("\r\n")
        headers: dict[str, tuple[str, ...]] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if colon:
                key = name.strip().lower()
                headers[key] = (*headers.get(key, ()), value.strip())
        length = headers.get("content-length", ("0",))[0]
        if not length.isascii() or not length.isdigit() or int(length) > _MOST_BODY:
            raise SilentServerError(f"{self._where} does not speak RTSP")
        self._fill(int(length))
        body = self._take(int(length))
        words = start.split(" ", 2)
        if not start.startswith("RTSP/"):
            # A server may ask us things, too; nothing it may ask matters for a moment.
            if "RTSP/" in start:
                return None
            raise SilentServerError(f"{self._where} does not speak RTSP")
        if len(words) < 2 or not words[1].isdigit():
            raise SilentServerError(f"{self._where} does not speak RTSP")
        return _Answer(int(words[1]), words[2] if len(words) > 2 else "", headers, body)

    def _fill(self, size: int) -> None:
        while len(self._buffer) < size:
            left_s = self._end_s - self._clock()
            if left_s <= 0:
                raise SilentServerError(f"{self._where} did not answer within {self._timeout_s:g} s")
            try:
                self._socket.settimeout(left_s)
                piece = self._socket.recv(1 << 16)
            except TimeoutError as error:
                raise SilentServerError(f"{self._where} did not answer within {self._timeout_s:g} s") from error
            except OSError as error:
                raise SilentServerError(f"{self._where} closed the connection: {error}") from error
            self._received += len(piece)
            if not piece or self._received > _MOST_BYTES:
                raise SilentServerError(f"{self._where} closed the connection" if not piece else "it sends too much")
            self._buffer += piece

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def _channel(transport: str) -> int:
    for part in transport.split(";"):
        name, _, value = part.partition("=")
        first = value.partition("-")[0].strip()
        if name.strip() == "interleaved" and first.isdigit():
            return int(first)
    return 0
