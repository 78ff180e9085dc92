"""Live events, and the snapshot that they begin with."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request
from starlette.responses import StreamingResponse

from collector.api.auth import COOKIE, Caller, by_cookie
from collector.api.problems import ProblemError
from collector.api.schemas.live import Events, Snapshot
from collector.api.schemas.people import Via
from collector.api.services import Served, Services
from collector.desk.stream import Scope

router = APIRouter(tags=["live"])
_CHECK_AGAIN_S: Final = 60.0


class EventStream(StreamingResponse):
    """A response of Server-Sent Events."""

    media_type = "text/event-stream"


@router.get("/events", response_class=EventStream, responses={200: {"model": Events}})
async def stream_events(
    served: Served,
    caller: Caller,
    request: Request,
    last_event_id: Annotated[str | None, Header(max_length=200)] = None,
) -> EventStream:
    """Stream what changes, as named events whose data is `{"items": [...]}`.

    It begins with a `snapshot`, or with what was missed since `Last-Event-ID`. A `pulse` comes each second; without
    one for ten, the stream is dead.
    """
    cookie = request.cookies.get(COOKIE) if caller.via is Via.SESSION else None
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(_chunks(served, caller.sites, last_event_id, cookie), headers=headers)


@router.get("/snapshot")
async def get_snapshot(served: Served, caller: Caller) -> Snapshot:
    """Show all that a wall needs at once: what the event stream begins with."""
    return served.live.snapshot_of(caller.sites, served.now())


async def _chunks(served: Services, scope: Scope, last_id: str | None, cookie: str | None) -> AsyncIterator[bytes]:
    checked_s = served.monotonic_s()
    client, begin = served.live.join(scope, last_id)
    try:
        yield begin
        async for chunk in client:
            yield chunk
            if cookie is not None and served.monotonic_s() - checked_s > _CHECK_AGAIN_S:
                checked_s = served.monotonic_s()
                await by_cookie(served, cookie)
    except ProblemError:  # the session is over, and so is what it sees
        return
    finally:
        served.live.stream.unsubscribe(client)
