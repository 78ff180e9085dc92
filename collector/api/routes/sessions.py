"""Signing in and out of the dashboard."""

import math

from fastapi import APIRouter, Request, Response

from collector.api.auth import COOKIE, address_of, is_own_page, principal_of
from collector.api.problems import ProblemError
from collector.api.routes.me import set_cookie, shown
from collector.api.schemas.base import Problem
from collector.api.schemas.people import Me, SignIn
from collector.api.services import Served

router = APIRouter(tags=["people"])


@router.post("/session", status_code=201, responses={429: {"model": Problem, "description": "Too many tries"}})
async def sign_in(served: Served, request: Request, response: Response, asked: SignIn) -> Me:
    """Sign in with a name and a password; answers with a cookie."""
    if "origin" in request.headers and not is_own_page(request):
        raise ProblemError(403, "the request comes from another site's page")
    address = address_of(request)
    wait_s = served.guard.wait_s(asked.user, address, served.monotonic_s())
    if wait_s > 0:
        wait = str(math.ceil(wait_s))
        raise ProblemError(429, f"too many tries; try again in {wait} s", headers={"Retry-After": wait})
    now = served.now()
    user = await served.pool.run(served.accounts.check_password, asked.user, asked.password)
    if user is None:
        await served.pool.run(
            served.accounts.note,
            at=now, actor=asked.user, action="session.refused", subject=asked.user, address=address, fields={},
        )  # fmt: skip
        raise ProblemError(401, "the name or the password is wrong")
    served.guard.forgive(asked.user, address)
    cookie = await served.pool.run(served.accounts.open_session, user.name, now)
    set_cookie(request, response, cookie)
    await served.pool.run(
        served.accounts.note,
        at=now, actor=user.name, action="session.open", subject=user.name, address=address, fields={},
    )  # fmt: skip
    return shown(principal_of(user))


@router.delete("/session", status_code=204)
async def sign_out(served: Served, request: Request) -> Response:
    """Sign out; nothing happens where nobody is signed in."""
    cookie = request.cookies.get(COOKIE)
    if cookie is not None:
        if not is_own_page(request):
            raise ProblemError(403, "the request comes from another site's page")
        await served.pool.run(served.accounts.end_session, cookie)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return response
