"""Everything that routes work with, in one value that hangs on the application."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from collector.api.blocking import Pool
from collector.api.figures import Figures
from collector.api.live import Live
from collector.api.pulse import PulseSource
from collector.api.render import Renderer
from collector.api.signin_guard import SignInGuard
from collector.api.sources import (
    HealthSource,
    Installation,
    NoWords,
    RuleWords,
    SeriesSource,
    TicketDesk,
    TicketSource,
)
from collector.api.ui import Dashboard
from collector.core.rule import RulePack
from collector.desk.board import Board, LastValues
from collector.desk.stream import Limits, Stream
from collector.now import monotonic_s
from collector.store.records.accounts import Accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What is behind the API. `now` is the clock; `board` belongs to the event loop; `rules` are those in force.

    `slow_pool` is for what takes minutes, one after the other, so that `pool` stays free for everybody else.
    """

    accounts: Accounts
    board: Board
    desk: TicketDesk
    tickets: TicketSource
    series: SeriesSource
    values: LastValues
    health: HealthSource
    installation: Installation
    pool: Pool
    slow_pool: Pool
    live: Live
    pulse: PulseSource
    renderer: Renderer
    guard: SignInGuard
    figures: Figures
    dashboard: Dashboard
    rules: Callable[[], RulePack]
    now: Callable[[], datetime]
    monotonic_s: Callable[[], float]
    started_at: datetime

    def settled_board(self) -> Board:
        """Return the board with its views up to date."""
        self.board.settle(self.now())
        return self.board


def assemble(
    *,
    board: Board,
    desk: TicketDesk,
    tickets: TicketSource,
    accounts: Accounts,
    reader: SeriesSource,
    values: LastValues,
    health: HealthSource,
    dashboard: Dashboard,
    words: RuleWords | None = None,
    rules: Callable[[], RulePack] = RulePack,
    installation: Installation | None = None,
    limits: Limits | None = None,
    now: Callable[[], datetime],
) -> Services:
    """Return what is behind the API, with the parts that are its own."""
    renderer = Renderer(board=board, values=values, words=words or NoWords())
    stream = Stream(run=secrets.token_hex(4), limits=limits)
    pulse = PulseSource(health)
    live = Live(board=board, renderer=renderer, stream=stream, pulse=pulse, now=now)
    guard = SignInGuard()
    return Services(
        accounts=accounts,
        board=board,
        desk=desk,
        tickets=tickets,
        series=reader,
        values=values,
        health=health,
        installation=installation or Installation(),
        pool=Pool(),
        slow_pool=Pool(threads=1),
        live=live,
        pulse=pulse,
        renderer=renderer,
        guard=guard,
        figures=Figures(vitals=health.vitals, board=board, stream=stream, encoder=live, guard=guard),
        dashboard=dashboard,
        rules=rules,
        now=now,
        monotonic_s=monotonic_s,
        started_at=now(),
    )


def services_of(app: FastAPI) -> Services:
    """Return what hangs on an application."""
    found = app.state.services
    assert isinstance(found, Services)  # noqa: S101 - create_app put it there
    return found


def services(request: Request) -> Services:
    """Return what hangs on the application that answers."""
    return services_of(request.app)


Served = Annotated[Services, Depends(services)]
