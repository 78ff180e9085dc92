"""Sites and rooms, in campus order."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from collector.api.auth import Caller
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of
from collector.api.problems import not_found
from collector.api.schemas.base import Page
from collector.api.schemas.place import Lesson, Room, RoomDetail, Site
from collector.api.services import Served
from collector.core.model import RoomId

router = APIRouter(tags=["places"])
_DAYS_SHOWN = timedelta(days=2)


@router.get("/sites")
async def list_sites(served: Served, caller: Caller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[Site]:
    """List sites with their worst level and state counts."""
    chosen = [view for view in served.settled_board().sites() if caller.sees(view.id)]
    views, following = page_of(chosen, id_of=lambda view: view.id, limit=limit, cursor=cursor)
    return Page(items=[served.renderer.site(view) for view in views], next=following)


@router.get("/rooms")
async def list_rooms(
    served: Served,
    caller: Caller,
    site: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Room]:
    """List rooms with worst level, state counts, and the lessons now and next."""
    chosen = [
        view for view in served.settled_board().rooms() if caller.sees(view.site) and (not site or view.site in site)
    ]
    views, following = page_of(chosen, id_of=lambda view: view.id, limit=limit, cursor=cursor)
    return Page(items=[served.renderer.room(view) for view in views], next=following)


@router.get("/rooms/{site}/{room}")
async def get_room(served: Served, caller: Caller, site: str, room: str) -> RoomDetail:
    """Show one room, with the lessons of today and tomorrow by the site's clock."""
    board = served.settled_board()
    id_ = RoomId(f"{site}/{room}")
    view = board.room(id_)
    if view is None or not caller.sees(view.site):
        raise not_found("room", id_)
    midnight = served.now().astimezone(board.time_zone(view.site)).replace(hour=0, minute=0, second=0, microsecond=0)
    lessons = board.lessons(id_, midnight, midnight + _DAYS_SHOWN)
    shown = served.renderer.room(view)
    return RoomDetail(**dict(shown), lessons=[Lesson.model_validate(lesson) for lesson in lessons])
