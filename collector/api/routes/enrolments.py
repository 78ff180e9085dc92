"""Enrolments: the one-time codes that turn a computer into an agent of ours."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from collector.api.auth import address_of
from collector.api.fleet_desk import Engineer, Fleet
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, read_cursor, write_cursor
from collector.api.problems import not_found
from collector.api.schemas.base import Page, Problem
from collector.api.schemas.fleet import Enrolment, EnrolmentAsked, EnrolmentMade
from collector.api.services import Served
from collector.fleet.invitation import command
from collector.store.records import fleet

router = APIRouter(
    tags=["agents"], responses={503: {"model": Problem, "description": "The broker does not play along"}}
)


@router.get("/enrolments")
async def list_enrolments(
    served: Served, caller: Engineer, desk: Fleet, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Enrolment]:
    """List codes in the order in which they were made, used and expired ones too; their texts are not kept."""
    after = int(read_cursor(cursor, int)[0]) if cursor is not None else 0
    found = await served.pool.run(desk.records.enrolments, after=after, limit=limit + 1)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return Page(items=[_shown(one) for one in page], next=following)


@router.post("/enrolments", status_code=201)
async def make_enrolment(
    served: Served, caller: Engineer, desk: Fleet, request: Request, asked: EnrolmentAsked
) -> EnrolmentMade:
    """Make a code for one computer; its text is in this answer and nowhere else."""
    now = served.now()
    made, code = await served.pool.run(
        desk.records.add_enrolment,
        site=asked.site,
        room=asked.room or "",
        agent=asked.agent or "",
        lasts=timedelta(seconds=asked.expires_in_s),
        by=caller.name,
        now=now,
    )
    await served.pool.run(
        served.accounts.note,
        at=now,
        actor=caller.name,
        action="enrolment.make",
        subject=str(made.id),
        address=address_of(request),
        fields={"site": made.site, "room": made.room, "agent": made.agent},
    )
    return EnrolmentMade(**dict(_shown(made)), code=code, command=command(str(request.base_url).rstrip("/"), code))


@router.delete("/enrolments/{id}", status_code=204)
async def delete_enrolment(
    served: Served, caller: Engineer, desk: Fleet, request: Request, id: Annotated[int, Path(ge=1, lt=1 << 31)]
) -> Response:
    """Revoke a code that nobody has used; an agent that has used one is revoked itself."""
    if not await served.pool.run(desk.records.remove_enrolment, id):
        raise not_found("unused enrolment", id)
    await served.pool.run(
        served.accounts.note,
        at=served.now(),
        actor=caller.name,
        action="enrolment.revoke",
        subject=str(id),
        address=address_of(request),
        fields={},
    )
    return Response(status_code=204)


def _shown(one: fleet.Enrolment) -> Enrolment:
    return Enrolment(
        id=one.id,
        site=one.site,
        room=one.room or None,
        agent=one.agent or None,
        made_at=one.made_at,
        made_by=one.made_by,
        expires_at=one.expires_at,
        used_at=one.used_at,
        used_by=one.used_by,
    )
