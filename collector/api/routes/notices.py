"""Notices: what the people in a room should know, and where training would help because it repeats."""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request

from collector.api.auth import Caller
from collector.api.narrowing import Words, narrow
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, read_cursor, write_cursor
from collector.api.problems import ProblemError
from collector.api.routes.incidents import STATES, IncidentFilter, within_years
from collector.api.schemas.base import Page, Problem
from collector.api.schemas.notice import Notice, TrainingSuggestion
from collector.api.services import Served
from collector.store.records.notices import NoticeQueries
from collector.store.series.instants import instant, microseconds

_MOST: Final = 200
_UNKEPT: Final[dict[int | str, dict[str, Any]]] = {503: {"model": Problem, "description": "Nothing keeps notices here"}}

router = APIRouter(tags=["notices"])


def _queries(request: Request) -> NoticeQueries:
    found = getattr(request.app.state, "notices", None)
    if not isinstance(found, NoticeQueries):
        raise ProblemError(503, "this collector was started without the records that keep notices")
    return found


Notices = Annotated[NoticeQueries, Depends(_queries)]


@router.get("/notices", responses=_UNKEPT)
async def list_notices(
    served: Served,
    caller: Caller,
    notices: Notices,
    state: IncidentFilter = IncidentFilter.OPEN,
    site: Words = [],  # noqa: B006 - FastAPI copies it
    room: Words = [],  # noqa: B006
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Notice]:
    """List what people in rooms should know, the latest onset first. No ticket is opened for it."""
    before = None
    if cursor is not None:
        onset_us, last = read_cursor(cursor, int, str)
        before = instant(within_years(int(onset_us))), str(last)
    found = await served.pool.run(
        notices.notices,
        narrow(caller, served.settled_board(), sites=site, rooms=room),
        states=STATES[state],
        before=before,
        limit=limit + 1,
    )
    page = found[:limit]
    following = write_cursor(microseconds(page[-1].onset_at), page[-1].id) if len(found) > limit else None
    return Page(items=[served.renderer.notice(notice) for notice in page], next=following)


@router.get("/notices/training", responses=_UNKEPT)
async def suggest_training(
    served: Served,
    caller: Caller,
    notices: Notices,
    site: Words = [],  # noqa: B006
    room: Words = [],  # noqa: B006
    days: Annotated[int, Query(ge=1, le=366, description="how far back")] = 14,
    at_least: Annotated[int, Query(ge=2, le=1000, description="how often")] = 3,
) -> Page[TrainingSuggestion]:
    """List the rooms that were told the same thing again and again, the most often first: at most 200 of them."""
    found = await served.pool.run(
        notices.repeated,
        narrow(caller, served.settled_board(), sites=site, rooms=room),
        since=served.now() - timedelta(days=days),
        at_least=at_least,
    )
    return Page(items=[served.renderer.training(one, days) for one in found[:_MOST]])
