"""Maintenance: planned work, in which faults open no ticket and call nobody."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from collector.api.auth import Caller, address_of, allow
from collector.api.narrowing import Words
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of
from collector.api.principal import Principal
from collector.api.problems import ProblemError, bad_request
from collector.api.schemas.base import Mistake, Page, Problem
from collector.api.schemas.maintenance import Maintenance, MaintenanceAsked, Span, WindowState
from collector.api.services import Served, Services
from collector.api.span import read_instants
from collector.core.maintenance import BadWindow, Scope, Window, check_repeats, check_times, weekly
from collector.core.model import DeviceId, RoomId, SiteId, site_of
from collector.desk.board import Board
from collector.desk.maintenance import MaintenanceDesk, NotRunning, UnknownWindow
from collector.store.records.accounts import Role

router = APIRouter(tags=["maintenance"])

_AHEAD: Final = timedelta(days=14)
_LONGEST: Final = timedelta(days=400)
Id = Annotated[int, Path(ge=1, lt=1 << 62)]
Planner = Annotated[Principal, Depends(allow(Role.OPERATOR, Role.ENGINEER, Role.ADMIN))]


def _maintenance_desk(request: Request) -> MaintenanceDesk:
    found = getattr(request.app.state, "maintenance", None)
    if not isinstance(found, MaintenanceDesk):
        raise ProblemError(503, "this collector was started without planned maintenance")
    return found


Desk = Annotated[MaintenanceDesk, Depends(_maintenance_desk)]


@router.get("/maintenance")
async def list_maintenance(
    served: Served,
    caller: Caller,
    desk: Desk,
    state: Annotated[list[WindowState], Query(description="planned and running where none is named")] = [],  # noqa: B006
    site: Words = [],  # noqa: B006 - FastAPI copies it
    room: Words = [],  # noqa: B006
    device: Words = [],  # noqa: B006
    start: Annotated[str | None, Query(alias="from", description="RFC 3339; of `spans`, now where left out")] = None,
    end: Annotated[str | None, Query(alias="to", description="RFC 3339; 14 days later where left out")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Maintenance]:
    """List windows, the latest first. `room` and `device` also find the work on all that they stand in."""
    now = served.now()
    since, until = read_instants(start, end)
    since = since or now
    until = min(until or since + _AHEAD, since + _LONGEST)
    wanted = frozenset(state) or {WindowState.PLANNED, WindowState.RUNNING}
    board = served.settled_board()

    def is_wanted(window: Window) -> bool:
        scope = window.scope
        return (
            caller.sees(scope.site)
            and (not site or scope.site in site)
            and (not room or any(_is_in(board, scope, RoomId(one)) for one in room))
            and (not device or any(_is_on(board, scope, DeviceId(one)) for one in device))
            and (_state(window, now) in wanted or (bool(start) and any(window.spans(since, until))))
        )

    chosen = [window for window in desk.windows() if is_wanted(window)]
    page, following = page_of(chosen, id_of=lambda window: str(window.id), limit=limit, cursor=cursor)
    return Page(items=[_shown(board, window, now, since, until) for window in page], next=following)


@router.post("/maintenance", status_code=201)
async def plan_maintenance(
    served: Served, caller: Planner, desk: Desk, request: Request, asked: MaintenanceAsked
) -> Maintenance:
    """Plan work: from its start to its end, faults there open no ticket; what still holds at the end opens then."""
    now = served.now()
    board = served.settled_board()
    window = _asked(board, desk, asked, caller.name, now)
    added = await served.pool.run(desk.add, window)
    await _note(served, caller, request, "maintenance.plan", added)
    return _shown(board, added, now, now, now + _AHEAD)


@router.delete("/maintenance/{id}", status_code=204)
async def delete_maintenance(served: Served, caller: Planner, desk: Desk, request: Request, id: Id) -> Response:
    """End a window for good, also one that has not begun or comes again; it stays on record."""
    try:
        window = await served.pool.run(desk.end, id, by=caller.name, now=served.now())
    except UnknownWindow as error:
        raise ProblemError(404, str(error)) from error
    await _note(served, caller, request, "maintenance.delete", window)
    return Response(status_code=204)


@router.post("/maintenance/{id}/end", responses={409: {"model": Problem, "description": "The window does not run"}})
async def end_maintenance(served: Served, caller: Planner, desk: Desk, request: Request, id: Id) -> Maintenance:
    """End the time that runs now; a window that repeats comes again. What still holds opens its ticket at once."""
    now = served.now()
    try:
        window = await served.pool.run(desk.cut, id, by=caller.name, now=now)
    except UnknownWindow as error:
        raise ProblemError(404, str(error)) from error
    except NotRunning as error:
        raise ProblemError(409, str(error)) from error
    await _note(served, caller, request, "maintenance.end", window)
    return _shown(served.settled_board(), window, now, now, now + _AHEAD)


# ---------------------------------------------------------------- what was asked


def _asked(board: Board, desk: MaintenanceDesk, asked: MaintenanceAsked, by: str, now: datetime) -> Window:
    """Return the window that was asked for; its number is given later. Raises ProblemError with every mistake."""
    mistakes: list[Mistake] = []
    scope = _scope(board, asked, mistakes)
    if asked.rule is not None and not desk.knows_rule(asked.rule):
        mistakes.append(Mistake(where="body.rule", what=f"there is no rule or family {asked.rule!r}"))
    zone = board.time_zone(scope.site)
    start, end, repeats = asked.start, asked.end, asked.repeats
    if asked.weekly is not None:
        if start is not None or end is not None or repeats:
            mistakes.append(Mistake(where="body.weekly", what="goes without start, end and repeats"))
        days = [day.value for day in asked.weekly.days]
        start, end, repeats = weekly(days, asked.weekly.begins, asked.weekly.ends, zone=zone, now=now)
    for name, at in (("start", start), ("end", end)):
        if at is None or at.tzinfo is None:
            what = "is needed where there is no weekly" if at is None else "needs an offset, like 2026-11-22T08:30:00Z"
            mistakes.append(Mistake(where=f"body.{name}", what=what))
    if start is None or end is None or start.tzinfo is None or end.tzinfo is None:
        raise bad_request(mistakes)
    try:
        check_times(start, end, now)
    except BadWindow as error:
        mistakes.append(Mistake(where="body.end", what=str(error)))
    else:
        if repeats:
            try:
                check_repeats(repeats, start, end, zone)
            except BadWindow as error:
                mistakes.append(Mistake(where="body.repeats", what=str(error)))
        elif end <= now:
            mistakes.append(Mistake(where="body.end", what="is over already; give a time to come"))
    if mistakes:
        raise bad_request(mistakes)
    return Window(
        id=0,
        scope=scope,
        start=start,
        end=end,
        repeats=repeats,
        zone=zone,
        reason=asked.reason,
        made_at=now,
        made_by=by,
    )


def _scope(board: Board, asked: MaintenanceAsked, mistakes: list[Mistake]) -> Scope:
    """Return what is to be worked on; the most exact of device, room and site tells the others."""
    site, room, device = asked.site, asked.room, asked.device
    if room is not None and "/" not in room and (site or device):
        room = f"{site or site_of(DeviceId(device or ''))}/{room}"
    if device is not None:
        known = board.device(DeviceId(device))
        if known is None:
            mistakes.append(Mistake(where="body.device", what=f"there is no device {device!r}"))
        elif room is not None and known.device.room != room:
            mistakes.append(Mistake(where="body.room", what=f"device {device!r} is not in it"))
        site = site or site_of(DeviceId(device))
        if site != site_of(DeviceId(device)):
            mistakes.append(Mistake(where="body.site", what=f"device {device!r} is not of it"))
    if room is not None:
        view = board.room(RoomId(room))
        if view is None:
            mistakes.append(Mistake(where="body.room", what=f"there is no room {room!r}"))
        elif site not in (None, view.site):
            mistakes.append(Mistake(where="body.site", what=f"room {room!r} is not of it"))
        site = site or room.partition("/")[0]
    if site is None:
        mistakes.append(Mistake(where="body.site", what="is needed where no room or device is given"))
    elif room is None and device is None and all(view.id != site for view in board.sites()):
        mistakes.append(Mistake(where="body.site", what=f"there is no site {site!r}"))
    return Scope(
        site=SiteId(site or ""),
        room=RoomId(room) if room is not None and device is None else None,
        device=DeviceId(device) if device is not None else None,
        rule=asked.rule,
    )


# ---------------------------------------------------------------- what is shown


def _state(window: Window, now: datetime) -> WindowState:
    if window.now(now) is not None:
        return WindowState.RUNNING
    return WindowState.OVER if window.is_over(now) else WindowState.PLANNED


def _is_in(board: Board, scope: Scope, room: RoomId) -> bool:
    """Tell whether work is on a room, on its site, or on a device that stands in it."""
    device = board.described(scope.device) if scope.device else None
    site = SiteId(room.partition("/")[0])
    return scope.holds_place(site, room, None) or (device is not None and device.room == room)


def _is_on(board: Board, scope: Scope, device: DeviceId) -> bool:
    """Tell whether work is on a device, or on what it stands in."""
    known = board.described(device)
    return scope.holds_place(site_of(device), known.room if known is not None else None, device)


def _shown(board: Board, window: Window, now: datetime, since: datetime, until: datetime) -> Maintenance:
    scope = window.scope
    device = board.described(scope.device) if scope.device else None
    room = scope.room or (device.room if device is not None and device.room else None)
    running, coming = window.now(now), window.next(now)
    return Maintenance(
        id=window.id,
        state=_state(window, now),
        site=scope.site,
        site_name=board.site_name(scope.site),
        room=room,
        room_name=board.room_name(room) if room else None,
        device=scope.device,
        device_name=(device.name or device.id.rpartition(":")[2]) if device is not None else None,
        rule=scope.rule,
        start=window.start,
        end=window.end,
        repeats=window.repeats,
        time_zone=window.zone.key,
        reason=window.reason,
        made_at=window.made_at,
        made_by=window.made_by,
        ended_at=window.ended_at,
        ended_by=window.ended_by,
        now=Span.model_validate(running) if running is not None else None,
        next=Span.model_validate(coming) if coming is not None else None,
        spans=[Span.model_validate(span) for span in window.spans(since, until)],
    )


async def _note(served: Services, caller: Principal, request: Request, action: str, window: Window) -> None:
    scope = window.scope
    await served.pool.run(
        served.accounts.note,
        at=served.now(),
        actor=caller.name,
        action=action,
        subject=str(window.id),
        address=address_of(request),
        fields={"site": scope.site, "room": scope.room, "device": scope.device, "rule": scope.rule},
    )
