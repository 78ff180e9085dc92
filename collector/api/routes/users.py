"""Users: the people who may sign in."""

from fastapi import APIRouter, Request, Response

from collector.api.auth import Admin, address_of
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, read_cursor, write_cursor
from collector.api.problems import ProblemError, not_found
from collector.api.roles import check_sites
from collector.api.schemas.base import AccountName, Page, Problem
from collector.api.schemas.people import User, UserAsked
from collector.api.services import Served
from collector.store.records.accounts import LastAdministrator, NameTaken

router = APIRouter(tags=["people"])


@router.get("/users")
async def list_users(served: Served, caller: Admin, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[User]:
    """List users by name."""
    after = str(read_cursor(cursor, str)[0]) if cursor is not None else ""
    found = await served.pool.run(served.accounts.users, after=after, limit=limit + 1)
    page = found[:limit]
    following = write_cursor(page[-1].name) if len(found) > limit else None
    return Page(items=[User.model_validate(user) for user in page], next=following)


@router.post("/users", status_code=201, responses={409: {"model": Problem, "description": "The name is taken"}})
async def make_user(served: Served, caller: Admin, request: Request, asked: UserAsked) -> User:
    """Make a user."""
    check_sites(asked.role, asked.sites)
    try:
        made = await served.pool.run(
            served.accounts.add_user,
            name=asked.name,
            password=asked.password,
            role=asked.role,
            language=asked.language,
            sites=asked.sites,
            now=served.now(),
        )
    except NameTaken as error:
        raise ProblemError(409, f"there is a user {asked.name!r} already") from error
    await served.pool.run(
        served.accounts.note,
        at=served.now(),
        actor=caller.name,
        action="user.make",
        subject=made.name,
        address=address_of(request),
        fields={"role": made.role.value, "sites": list(made.sites)},
    )
    return User.model_validate(made)


@router.delete("/users/{name}", status_code=204, responses={409: {"model": Problem}})
async def delete_user(served: Served, caller: Admin, request: Request, name: AccountName) -> Response:
    """Remove a user and end their sessions."""
    try:
        is_removed = await served.pool.run(served.accounts.remove_user, name)
    except LastAdministrator as error:
        raise ProblemError(409, f"{name!r} is the last administrator; make another one first") from error
    if not is_removed:
        raise not_found("user", name)
    await served.pool.run(
        served.accounts.note,
        at=served.now(),
        actor=caller.name,
        action="user.remove",
        subject=name,
        address=address_of(request),
        fields={},
    )
    return Response(status_code=204)
