"""Tokens: what programs call the API with."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from collector.api.auth import Admin, address_of
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, read_cursor, write_cursor
from collector.api.problems import bad_request, not_found
from collector.api.roles import check_sites
from collector.api.schemas.base import Mistake, Page
from collector.api.schemas.people import Token, TokenAsked, TokenMade
from collector.api.services import Served

router = APIRouter(tags=["people"])


@router.get("/tokens")
async def list_tokens(
    served: Served, caller: Admin, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Token]:
    """List tokens in the order in which they were made; their texts are not kept."""
    after = int(read_cursor(cursor, int)[0]) if cursor is not None else 0
    found = await served.pool.run(served.accounts.tokens, after=after, limit=limit + 1)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return Page(items=[Token.model_validate(token) for token in page], next=following)


@router.post("/tokens", status_code=201)
async def make_token(served: Served, caller: Admin, request: Request, asked: TokenAsked) -> TokenMade:
    """Make a token; its text is in this answer and nowhere else."""
    check_sites(asked.role, asked.sites)
    now = served.now()
    if asked.expires_at is not None and (asked.expires_at.tzinfo is None or asked.expires_at <= now):
        raise bad_request([Mistake(where="expires_at", what="must be a time to come, like 2026-11-22T08:30:00Z")])
    made, text = await served.pool.run(
        served.accounts.add_token,
        name=asked.name,
        role=asked.role,
        sites=asked.sites,
        expires_at=asked.expires_at,
        now=now,
    )
    await served.pool.run(
        served.accounts.note,
        at=now,
        actor=caller.name,
        action="token.make",
        subject=str(made.id),
        address=address_of(request),
        fields={"name": made.name, "role": made.role.value, "sites": list(made.sites)},
    )
    return TokenMade(**dict(Token.model_validate(made)), token=text)


@router.delete("/tokens/{id}", status_code=204)
async def delete_token(
    served: Served,
    caller: Admin,
    request: Request,
    id: Annotated[int, Path(ge=1, lt=1 << 31)],
) -> Response:
    """Revoke a token; it is not valid from the next request on."""
    if not await served.pool.run(served.accounts.remove_token, id):
        raise not_found("token", id)
    await served.pool.run(
        served.accounts.note,
        at=served.now(),
        actor=caller.name,
        action="token.revoke",
        subject=str(id),
        address=address_of(request),
        fields={},
    )
    return Response(status_code=204)
