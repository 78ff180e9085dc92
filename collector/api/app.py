"""The API and the dashboard as one ASGI application.

Comes in: the parts of the collector that are looked at and asked. Goes out: an application for uvicorn. While it runs,
the board belongs to its event loop. Call `stop_streams` before the server is stopped: event streams never end by
themselves, and a server waits for its connections.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from collector.api import problems
from collector.api.headers import SecurityHeaders
from collector.api.services import assemble, services_of
from collector.api.sources import HealthSource, Installation, RuleWords, SeriesSource, TicketDesk, TicketSource
from collector.api.spec import build
from collector.api.ui import Dashboard
from collector.core.rule import RulePack
from collector.desk.board import Board, LastValues
from collector.desk.stream import Limits
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
    rules: Callable[[], RulePack] = RulePack,
    ui_dir: Path | None = None,
    ui_mend: str = MEND,
    installation: Installation | None = None,
    limits: Limits | None = None,
    now: Callable[[], datetime] = clock,
) -> FastAPI:
    """Return the application. `ui_dir` is the built dashboard; where it is missing, a page says to run `ui_mend`."""
    app = build(lifespan=_lifespan)
    app.state.services = assemble(
        board=board,
        desk=desk,
        tickets=tickets,
        accounts=accounts,
        reader=reader,
        values=values,
        health=health,
        words=words,
        rules=rules,
        dashboard=Dashboard(folder=ui_dir, mend=ui_mend),
        installation=installation,
        limits=limits,
        now=now,
    )
    problems.install(app)
    app.add_route("/{path:path}", _serve_dashboard, methods=["GET"], include_in_schema=False)
    app.add_middleware(SecurityHeaders)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    served = services_of(app)
    served.board.attach(asyncio.get_running_loop())
    sending = asyncio.create_task(served.live.run(), name="api-live")
    try:
        yield
    finally:
        served.live.stream.close()
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        served.board.attach(None)
        served.pool.close()
        served.slow_pool.close(wait=False)  # its stores are closed next, which ends what runs


async def _serve_dashboard(request: Request) -> Response:
    served = services_of(request.app)
    return await served.dashboard.serve(request, served.pool)


def stop_streams(app: FastAPI) -> None:
    """End every event stream; belongs to the event loop, before the server is stopped."""
    services_of(app).live.stream.close()
