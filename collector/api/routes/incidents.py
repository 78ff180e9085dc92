"""Incidents: the faults that telemetry sees."""

from collections.abc import Collection
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Query

from collector.api.auth import Caller
from collector.api.narrowing import Levels, Words, narrow
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, read_cursor, write_cursor
from collector.api.schemas.base import Page
from collector.api.schemas.incident import Incident
from collector.api.services import Served
from collector.api.span import read_instants
from collector.core.model import IncidentState
from collector.store.series.instants import instant, microseconds

_YEARS_US: Final = 60_000_000_000_000_000  # 1,900 years

router = APIRouter(tags=["incidents"])


class IncidentFilter(StrEnum):
    """Which incidents to list."""

    OPEN = "open"
    CLEARED = "cleared"
    ALL = "all"


STATES: Final[dict[IncidentFilter, Collection[IncidentState]]] = {
    IncidentFilter.OPEN: (IncidentState.OPEN,),
    IncidentFilter.CLEARED: (IncidentState.CLEARED,),
    IncidentFilter.ALL: tuple(IncidentState),
}


@router.get("/incidents")
async def list_incidents(
    served: Served,
    caller: Caller,
    state: IncidentFilter = IncidentFilter.OPEN,
    site: Words = [],  # noqa: B006 - FastAPI copies it
    room: Words = [],  # noqa: B006
    device: Words = [],  # noqa: B006
    level: Levels = [],  # noqa: B006
    start: Annotated[str | None, Query(alias="from", description="RFC 3339; leaves out what ended before")] = None,
    end: Annotated[str | None, Query(alias="to", description="RFC 3339; leaves out what began later")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Incident]:
    """List incidents, the latest onset first."""
    since, until = read_instants(start, end)
    before = None
    if cursor is not None:
        onset_us, last = read_cursor(cursor, int, str)
        before = instant(within_years(int(onset_us))), str(last)
    board = served.settled_board()
    found = await served.pool.run(
        served.tickets.incidents,
        narrow(caller, board, sites=site, rooms=room, devices=device, levels=level),
        states=STATES[state],
        start=since,
        end=until,
        before=before,
        limit=limit + 1,
    )
    page = found[:limit]
    last_incident = page[-1].incident if len(found) > limit else None
    following = write_cursor(microseconds(last_incident.onset_at), last_incident.id) if last_incident else None
    return Page(items=[served.renderer.incident(record) for record in page], next=following)


def within_years(at_us: int) -> int:
    """Return the stamp, brought into the range that a datetime has."""
    return max(-_YEARS_US, min(at_us, _YEARS_US))
