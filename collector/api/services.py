"""Everything that routes work with, in one value that hangs on the application."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from collector.api.blocking import Pool
from collector.api.figures import Figures
from collector.api.live import Live
from collector.api.pulse import PulseSource
from collector.api.render import Renderer
from collector.api.signin_guard import SignInGuard
from collector.api.sources import HealthSource, Installation, SeriesSource, TicketDesk, TicketSource
from collector.desk.board import Board, LastValues
from collector.store.records.accounts import Accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What is behind the API. `now` is the clock; `board` belongs to the event loop."""

    accounts: Accounts
    board: Board
    desk: TicketDesk
    tickets: TicketSource
    series: SeriesSource
    values: LastValues
    health: HealthSource
    installation: Installation
    pool: Pool
    live: Live
    pulse: PulseSource
    renderer: Renderer
    guard: SignInGuard
    figures: Figures
    now: Callable[[], datetime]
    monotonic_s: Callable[[], float]
    started_at: datetime

    def settled_board(self) -> Board:
        """Return the board with its views up to date."""
        self.board.settle(self.now())
        return self.board


def services(request: Request) -> Services:
    """Return what hangs on the application."""
    found = request.app.state.services
    assert isinstance(found, Services)  # noqa: S101 - create_app put it there
    return found


Served = Annotated[Services, Depends(services)]
