"""The live part of the API: takes the board's news, encodes each thing once, and sends it to all who look.

Comes in: `News` of the board, ten times a second at most, and how fresh the data is. Goes out: frames of the stream.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from collector.api.pulse import PulseSource
from collector.api.render import Renderer
from collector.api.schemas.base import Shown
from collector.api.schemas.live import Snapshot
from collector.core import ticket as core
from collector.core.model import TicketId, site_of
from collector.core.replay import as_of
from collector.desk.board import Board, News
from collector.desk.stream import Piece, Scope, Stream, Subscription, frame_text, items_json

BATCH_S: Final = 0.1
PULSE_S: Final = 1.0
SWEEP_S: Final = 5.0
RETRY_MS: Final = 1000
_SNAPSHOT_LASTS: Final = timedelta(seconds=5)
_MOST_SNAPSHOTS: Final = 100
_log = structlog.get_logger("collector.api")


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeptSnapshot:
    """A snapshot as it was sent, and the event after which it was made."""

    at: datetime
    position: str
    frame: bytes


class Live:
    """Encodes and sends. Belongs to one event loop; `run` is its task."""

    def __init__(
        self, *, board: Board, renderer: Renderer, stream: Stream, pulse: PulseSource, now: Callable[[], datetime]
    ) -> None:
        self._board = board
        self._renderer = renderer
        self._stream = stream
        self._pulse = pulse
        self._now = now
        self._clocks: dict[TicketId, tuple[core.Clock, ...]] = {}
        self._snapshots: dict[Scope, _KeptSnapshot] = {}
        self.encoded = 0

    @property
    def stream(self) -> Stream:
        """The stream that is sent to."""
        return self._stream

    async def run(self) -> None:
        """Send what is new, until cancelled. A failure of one pass is told and ends nothing."""
        passes = 0
        pulses = round(PULSE_S / BATCH_S)
        sweeps = round(SWEEP_S / BATCH_S)
        while True:
            now = self._now()
            try:
                if passes % sweeps == 0:
                    self.sweep(now)
                self.flush(now)
                if passes % pulses == 0:
                    self.beat(now)
            except Exception:  # noqa: BLE001 - whatever is wrong with one thing shown, the others are still to be shown
                _log.exception("api.live_failed")
            passes += 1
            await asyncio.sleep(BATCH_S)

    def sweep(self, now: datetime) -> None:
        """Let time pass: lessons begin and end, recordings start, clocks run out."""
        self._board.sweep(now)
        run_out = [
            ticket
            for ticket in self._board.live_tickets()
            if as_of(ticket, now).clocks != self._clocks.get(ticket.id, ticket.clocks)
        ]
        if run_out:
            self._send_tickets(run_out, now)

    def beat(self, now: datetime) -> None:
        """Send the pulse, so that whoever looks knows that the stream lives and how old the data is."""
        pulse = self._pulse.pulse(now)
        if self._stream.clients:
            self._stream.send_passing("pulse", items_json([self._encode(pulse)]))

    def flush(self, now: datetime) -> None:
        """Send what the board has that is new."""
        news = self._board.take_news(now)
        if news.renewed:
            self._snapshots.clear()
            self._stream.renew(lambda scope: self._encode(self.snapshot_of(scope, now)))
        elif news:
            self._send(news, now)

    def _send(self, news: News, now: datetime) -> None:
        render = self._renderer
        self._send_pieces("site", ((view.id, render.site(view)) for view in news.sites))
        self._send_pieces("room", ((view.site, render.room(view)) for view in news.rooms))
        self._send_pieces("device", ((site_of(one.device.id), render.device(one)) for one in news.devices))
        self._send_pieces("incident", ((site_of(one.incident.device), render.incident(one)) for one in news.incidents))
        self._send_tickets(news.tickets, now)
        self._send_pieces("notice", ((site_of(one.device), render.notice(one)) for one in news.notices))

    def _send_tickets(self, tickets: Iterable[core.Ticket], now: datetime) -> None:
        shown = [as_of(ticket, now) for ticket in tickets]
        for ticket in shown:
            if ticket.state is core.TicketState.CLOSED:
                self._clocks.pop(ticket.id, None)
            else:
                self._clocks[ticket.id] = ticket.clocks
        self._send_pieces("ticket", ((ticket.site, self._renderer.ticket(ticket, now)) for ticket in shown))

    def _send_pieces(self, event: str, items: Iterable[tuple[str, Shown]]) -> None:
        pieces = [Piece(site, self._encode(item)) for site, item in items]
        if pieces:
            self._stream.send(event, pieces)

    def _encode(self, item: Shown) -> bytes:
        self.encoded += 1
        return item.__pydantic_serializer__.to_json(item)

    # ------------------------------------------------------------ who begins to look

    def _snapshot_frames(self, scope: Scope, now: datetime) -> bytes:
        """Return a snapshot and what came after it: one is made for all who join within a few seconds."""
        kept = self._snapshots.get(scope)
        if kept is not None and timedelta() <= now - kept.at < _SNAPSHOT_LASTS:
            later = self._stream.since(scope, kept.position)
            if later is not None:
                return kept.frame + later
        position = self._stream.position
        frame = frame_text("snapshot", self._encode(self.snapshot_of(scope, now)), position)
        if len(self._snapshots) >= _MOST_SNAPSHOTS:
            self._snapshots.clear()
        self._snapshots[scope] = _KeptSnapshot(at=now, position=position, frame=frame)
        return frame

    def snapshot_of(self, scope: Scope, now: datetime) -> Snapshot:
        """Return all that a wall needs, of the sites in scope."""
        board, render = self._board, self._renderer
        board.settle(now)

        def sees(site: str) -> bool:
            return scope is None or site in scope

        return Snapshot(
            pulse=self._pulse.pulse(now),
            items=[render.device(one) for one in board.devices() if sees(site_of(one.device.id))],
            sites=[render.site(view) for view in board.sites() if sees(view.id)],
            rooms=[render.room(view) for view in board.rooms() if sees(view.site)],
            incidents=[render.incident(one) for one in board.open_incidents() if sees(site_of(one.incident.device))],
            tickets=[render.ticket(ticket, now) for ticket in board.live_tickets() if sees(ticket.site)],
            notices=[render.notice(one) for one in board.open_notices() if sees(site_of(one.device))],
        )

    def join(self, scope: Scope, last_id: str | None) -> tuple[Subscription, bytes]:
        """Return a new client and the bytes that it begins with: what it missed, or a snapshot."""
        now = self._now()
        self.flush(now)
        client, missed = self._stream.subscribe(scope, last_id)
        if missed is None:
            missed = self._snapshot_frames(scope, now)
        pulse = frame_text("pulse", items_json([self._encode(self._pulse.pulse(now))]))
        return client, b"retry: %d\n\n" % RETRY_MS + missed + pulse
