"""Who the caller is, and what they change about themselves."""

from fastapi import APIRouter, Request, Response

from collector.api.auth import COOKIE, Caller, address_of, principal_of
from collector.api.principal import Principal
from collector.api.problems import ProblemError, bad_request
from collector.api.schemas.base import Mistake
from collector.api.schemas.people import Me, MeChange, Via
from collector.api.services import Served, Services
from collector.store.records.accounts import SESSION_LASTS

router = APIRouter(tags=["people"])


@router.get("/me")
async def get_me(caller: Caller) -> Me:
    """Say who the caller is."""
    return shown(caller)


@router.patch("/me")
async def change_me(served: Served, caller: Caller, request: Request, response: Response, asked: MeChange) -> Me:
    """Change language or password. A new password ends all of the user's sessions but this one."""
    if caller.via is not Via.SESSION:
        raise ProblemError(403, "a token has neither language nor password; sign in as a user")
    if asked.password is not None:
        await _check_old_password(served, caller, asked.old_password)
    user = await served.pool.run(
        served.accounts.change_user, caller.name, language=asked.language, password=asked.password
    )
    if user is None:
        raise ProblemError(401, "the user was removed")
    if asked.password is not None:
        now = served.now()
        set_cookie(request, response, await served.pool.run(served.accounts.open_session, user.name, now))
        await served.pool.run(
            served.accounts.note,
            at=now, actor=user.name, action="user.password", subject=user.name, address=address_of(request), fields={},
        )  # fmt: skip
    return shown(principal_of(user))


async def _check_old_password(served: Services, caller: Principal, old: str | None) -> None:
    if old is None:
        raise bad_request([Mistake(where="old_password", what="is needed for a new password")])
    if await served.pool.run(served.accounts.check_password, caller.name, old) is None:
        raise bad_request([Mistake(where="old_password", what="is wrong")])


def set_cookie(request: Request, response: Response, cookie: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def shown(principal: Principal) -> Me:
    """Return a caller as JSON shows them."""
    return Me(
        name=principal.name,
        role=principal.role,
        language=principal.language,
        sites=sorted(principal.sites or ()),
        via=principal.via,
    )
