"""One stream of events for everybody who looks. Comes in: items, encoded once. Goes out: bytes of Server-Sent Events.

Frames are numbered and kept in a ring bounded in frames and bytes, so that a client that lost its connection goes on
where it was. A client that does not keep up is dropped (it comes back and resumes), and counted. Format: WHATWG HTML,
section 9.2. All of it belongs to one event loop.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

Scope = frozenset[str] | None  # the sites that a client may see; None: all
_MIB: Final = 1 << 20


class Piece(NamedTuple):
    """One item as JSON, and the site that it belongs to."""

    site: str
    json: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the ring keeps, and what may wait for one client before it is dropped."""

    ring_frames: int = 4096
    ring_bytes: int = 16 * _MIB
    waiting_bytes: int = 4 * _MIB


@dataclass(slots=True)
class _Frame:
    """One event. It is put into words once a scope, however many clients there are."""

    number: int
    event: str
    pieces: Sequence[Piece]
    _texts: dict[Scope, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(len(piece.json) for piece in self.pieces)

    def text(self, run: str, scope: Scope) -> bytes:
        """Return the event's bytes for a scope; empty where it holds nothing for it."""
        if scope not in self._texts:
            seen = [piece.json for piece in self.pieces if scope is None or piece.site in scope]
            self._texts[scope] = frame_text(self.event, items_json(seen), f"{run}-{self.number}") if seen else b""
        return self._texts[scope]


class Subscription:
    """One client. Iterate over it to get chunks of bytes; it ends when the client was too slow, or all is closed."""

    def __init__(self, scope: Scope, limits: Limits) -> None:
        self.scope = scope
        self._limits = limits
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._something = asyncio.Event()
        self.is_over = False

    def give(self, text: bytes) -> bool:
        """Put bytes where the client finds them; False: it has too much waiting and is dropped."""
        if self._waiting_bytes + len(text) > self._limits.waiting_bytes:
            self.end()
            return False
        self._waiting.append(text)
        self._waiting_bytes += len(text)
        self._something.set()
        return True

    def end(self) -> None:
        """Let the iteration end; what is waiting is not sent."""
        self.is_over = True
        self._waiting.clear()
        self._something.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await self._something.wait()
            self._something.clear()
            if self.is_over:
                return
            chunk = b"".join(self._waiting)
            self._waiting.clear()
            self._waiting_bytes = 0
            if chunk:
                yield chunk


class Stream:
    """The events of one run of the collector; `run` tells its ids from those of another run."""

    def __init__(self, *, run: str, limits: Limits | None = None) -> None:
        self._run = run
        self._limits = limits or Limits()
        self._number = 0
        self._ring: deque[_Frame] = deque()
        self._ring_bytes = 0
        self._clients: set[Subscription] = set()
        self._is_closed = False
        self.dropped = 0
        self.frames = 0

    @property
    def clients(self) -> int:
        """How many clients look."""
        return len(self._clients)

    @property
    def position(self) -> str:
        """The id of the newest event."""
        return f"{self._run}-{self._number}"

    def send(self, event: str, pieces: Iterable[Piece]) -> None:
        """Number an event, keep it, and give it to every client who may see any of it."""
        self._number += 1
        frame = _Frame(self._number, event, tuple(pieces))
        self.frames += 1
        self._ring.append(frame)
        self._ring_bytes += frame.size
        while len(self._ring) > self._limits.ring_frames or self._ring_bytes > self._limits.ring_bytes:
            self._ring_bytes -= self._ring.popleft().size
        for client in tuple(self._clients):
            self._give(client, frame.text(self._run, client.scope))

    def send_passing(self, event: str, data: bytes) -> None:
        """Give an event to every client that is neither numbered nor kept: only the newest one means anything."""
        text = frame_text(event, data)
        for client in tuple(self._clients):
            self._give(client, text)

    def subscribe(self, scope: Scope, last_id: str | None) -> tuple[Subscription, bytes | None]:
        """Return a new client and what it missed since `last_id`; None where only a snapshot can tell."""
        client = Subscription(scope, self._limits)
        if self._is_closed:
            client.end()
            return client, b""
        self._clients.add(client)
        return client, self.since(scope, last_id)

    def since(self, scope: Scope, last_id: str | None) -> bytes | None:
        """Return what a scope missed since an event; None where that is not known any more."""
        run, _, number = (last_id or "").rpartition("-")
        if run != self._run or not (number.isascii() and number.isdecimal()):
            return None
        seen = int(number) if len(number) < 20 else -1
        oldest = self._ring[0].number if self._ring else self._number + 1
        if not oldest - 1 <= seen <= self._number:
            return None
        return b"".join(frame.text(self._run, scope) for frame in self._ring if frame.number > seen)

    def unsubscribe(self, client: Subscription) -> None:
        """Forget a client."""
        self._clients.discard(client)

    def renew(self, snapshot: Callable[[Scope], bytes]) -> None:
        """Forget what was kept and give every client a new snapshot, made once a scope: things may be gone."""
        self._ring.clear()
        self._ring_bytes = 0
        self._number += 1
        texts: dict[Scope, bytes] = {}
        for client in tuple(self._clients):
            if client.scope not in texts:
                texts[client.scope] = frame_text("snapshot", snapshot(client.scope), self.position)
            self._give(client, texts[client.scope])

    def close(self) -> None:
        """End every client's stream, also of those who come later: the server is about to stop."""
        self._is_closed = True
        for client in self._clients:
            client.end()
        self._clients.clear()

    def _give(self, client: Subscription, text: bytes) -> None:
        if text and not client.give(text):
            self._clients.discard(client)
            self.dropped += 1


def frame_text(event: str, data: bytes, id_: str = "") -> bytes:
    """Return an event's bytes; `data` is JSON on one line."""
    head = f"id: {id_}\nevent: {event}\n" if id_ else f"event: {event}\n"
    return b"%sdata: %s\n\n" % (head.encode(), data)


def items_json(items: Iterable[bytes]) -> bytes:
    """Return `{"items": [...]}` of items that are JSON already."""
    return b'{"items":[%s]}' % b",".join(items)
