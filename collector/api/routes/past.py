"""The stored past in one file, for programs that replay rules over it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from collector.api.fleet_desk import Engineer
from collector.api.problems import ProblemError
from collector.api.schemas.base import Problem
from collector.api.services import Served
from collector.api.span import read_span
from collector.store.errors import StoreError

router = APIRouter(tags=["series"])
Dump = Callable[[datetime, datetime], bytes]
_BYTES: Final = "application/octet-stream"


def _dump(request: Request) -> Dump:
    found: Dump | None = getattr(request.app.state, "past", None)
    if found is None:
        raise ProblemError(503, "this collector was started without the store of readings")
    return found


@router.get(
    "/past",
    response_class=Response,
    responses={
        200: {"content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}}, "description": "The past"},
        503: {"model": Problem, "description": "The store cannot be read, or the span is too long for it"},
    },
)
async def get_past(
    served: Served,
    caller: Engineer,
    dump: Annotated[Dump, Depends(_dump)],
    start: Annotated[str | None, Query(alias="from")] = None,
    end: Annotated[str | None, Query(alias="to")] = None,
) -> Response:
    """Give readings, births and deaths of a span as one compressed file: what `roomtone rules replay` works on."""
    span = read_span(start, end, "1000", now=served.now())
    try:
        return Response(await served.slow_pool.run(dump, span.start, span.end), media_type=_BYTES)
    except StoreError as error:
        raise ProblemError(503, str(error)) from error
