"""The API and the dashboard as one ASGI application.

Comes in: the parts of the collector that are looked at and asked. Goes out: an application for uvicorn. While it runs,
the board belongs to its event loop. Call `stop_streams` before the server is stopped: event streams never end by
themselves, and a server waits for its connections.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from collector.api import problems
from collector.api.blocking import Pool
from collector.api.figures import Figures
from collector.api.headers import SecurityHeaders
from collector.api.live import Live
from collector.api.pulse import PulseSource
from collector.api.render import Renderer
from collector.api.services import Services
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
from collector.api.spec import build
from collector.api.ui import Dashboard
from collector.desk.board import Board, LastValues
from collector.desk.stream import Limits, Stream
from collector.now import monotonic_s
from collector.now import now as clock
from collector.store.records.accounts import Accounts

MEND: Final = "script/bootstrap"


def create_app(
    *,
    board: Board,
    desk: TicketDesk,
    tickets: TicketSource,
    accounts: Accounts,
    reader: SeriesSource,
    values: LastValues,
    health: HealthSource,
    words: RuleWords | None = None,
    ui_dir: Path | None = None,
    ui_mend: str = MEND,
    installation: Installation | None = None,
    limits: Limits | None = None,
    now: Callable[[], datetime] = clock,
) -> FastAPI:
    """Return the application. `ui_dir` is the built dashboard; where it is missing, a page says to run `ui_mend`."""
    renderer = Renderer(board=board, values=values, words=words or NoWords())
    stream = Stream(run=secrets.token_hex(4), limits=limits)
    pulse = PulseSource(health)
    live = Live(board=board, renderer=renderer, stream=stream, pulse=pulse, now=now)
    guard = SignInGuard()
    pool = Pool()
    served = Services(
        accounts=accounts,
        board=board,
        desk=desk,
        tickets=tickets,
        series=reader,
        values=values,
        health=health,
        installation=installation or Installation(),
        pool=pool,
        live=live,
        pulse=pulse,
        renderer=renderer,
        guard=guard,
        figures=Figures(vitals=health.vitals, board=board, stream=stream, encoder=live, guard=guard),
        now=now,
        monotonic_s=monotonic_s,
        started_at=now(),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        board.attach(asyncio.get_running_loop())
        sending = asyncio.create_task(live.run(), name="api-live")
        try:
            yield
        finally:
            stream.close()
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
            board.attach(None)
            pool.close()

    app = build(lifespan=lifespan)
    app.state.services = served
    problems.install(app)
    dashboard = Dashboard(folder=ui_dir, mend=ui_mend, pool=pool)
    app.add_route("/{path:path}", dashboard.serve, methods=["GET"], include_in_schema=False)
    app.add_middleware(SecurityHeaders)
    return app


def stop_streams(app: FastAPI) -> None:
    """End every event stream; belongs to the event loop, before the server is stopped."""
    served: Services = app.state.services
    served.live.stream.close()
