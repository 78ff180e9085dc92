"""Drills: the proofs that detection works, as they are kept."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from collector.api.auth import Caller
from collector.api.narrowing import Words
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of
from collector.api.problems import ProblemError
from collector.api.schemas.base import Page, Problem
from collector.api.schemas.drill import Drill
from collector.api.services import Served
from collector.core.model import SiteId
from collector.drill.evidence import Proof

router = APIRouter(tags=["operating"])
Kept = Callable[[], Sequence[tuple[str, Proof]]]


def _kept(request: Request) -> Kept:
    found: Kept | None = getattr(request.app.state, "drills", None)
    if found is None:
        raise ProblemError(503, "this collector was started without the folder in which drills are kept")
    return found


@router.get("/drills", responses={503: {"model": Problem, "description": "Nothing keeps drills here"}})
async def list_drills(
    served: Served,
    caller: Caller,
    kept: Annotated[Kept, Depends(_kept)],
    room: Words = [],  # noqa: B006 - FastAPI copies it
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Drill]:
    """List the drills that were carried out, the latest first, by hand or by plan. `room` is site/room."""
    found = [
        (name, proof)
        for name, proof in await served.pool.run(kept)
        if caller.sees(SiteId(proof["room"].partition("/")[0])) and (not room or proof["room"] in room)
    ]
    page, following = page_of(found, id_of=lambda each: each[0], limit=limit, cursor=cursor)
    return Page(items=[_shown(name, proof) for name, proof in page], next=following)


def _shown(name: str, proof: Proof) -> Drill:
    ticket = proof.get("ticket")
    return Drill.model_validate({**proof, "id": name, "ticket": ticket["id"] if ticket else None})
