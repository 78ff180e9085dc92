"""Who is calling: a bearer token, or the cookie of a session; and which roles may do what.

A cookie is `SameSite=Strict` and `HttpOnly`; an unsafe method with a cookie must also come from our own pages.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from collector.api.principal import Principal
from collector.api.problems import ProblemError
from collector.api.schemas.people import Via
from collector.api.services import Served, Services
from collector.core.model import SiteId
from collector.store.records.accounts import Language, Role, Token, User

COOKIE: Final = "roomtone_session"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ASK: Final = {"WWW-Authenticate": 'Bearer realm="roomtone"'}
_SIGN_IN: Final = "sign in, or send `Authorization: Bearer TOKEN`"

_token_scheme = HTTPBearer(auto_error=False, scheme_name="token", description="A token of `roomtone token create`")
_cookie_scheme = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session")


async def identify(
    request: Request,
    served: Served,
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(_token_scheme)],
    cookie: Annotated[str | None, Depends(_cookie_scheme)],
) -> Principal | None:
    """Return who is calling; None where nothing was shown.

    Raises:
        ProblemError: 401, what was shown is not valid; 403, a foreign page uses our cookie.
    """
    if request.headers.get("authorization") is not None:
        return await _by_token(served, token.credentials if token else "")
    if cookie is None:
        return None
    if request.method not in _SAFE_METHODS and not is_own_page(request):
        raise ProblemError(403, "the request comes from another site's page")
    return await by_cookie(served, cookie)


async def caller(principal: Annotated[Principal | None, Depends(identify)]) -> Principal:
    """Return who is calling.

    Raises:
        ProblemError: 401, nothing was shown.
    """
    if principal is None:
        raise ProblemError(401, _SIGN_IN, headers=_ASK)
    return principal


def allow(*roles: Role) -> Callable[..., Any]:
    """Return a dependency that lets these roles pass, and gives who is calling."""

    async def check(principal: Annotated[Principal, Depends(caller)]) -> Principal:
        if principal.role not in roles:
            raise ProblemError(403, f"the role {principal.role} may not do this; it is for {', '.join(roles)}")
        return principal

    return check


Caller = Annotated[Principal, Depends(caller)]
Admin = Annotated[Principal, Depends(allow(Role.ADMIN))]
Actor = Annotated[Principal, Depends(allow(Role.OPERATOR, Role.ENGINEER, Role.ADMIN, Role.CUSTOMER))]


async def _by_token(served: Services, text: str) -> Principal:
    found = await served.pool.run(served.accounts.check_token, text, served.now())
    if found is None:
        raise ProblemError(401, f"the token is not valid, or it was revoked or ran out; {_SIGN_IN}", headers=_ASK)
    return principal_of(found)


async def by_cookie(served: Services, cookie: str) -> Principal:
    """Return whose session a cookie is.

    Raises:
        ProblemError: 401, the session is over.
    """
    found = await served.pool.run(served.accounts.session_user, cookie, served.now())
    if found is None:
        raise ProblemError(401, f"the session is over; {_SIGN_IN}", headers=_ASK)
    return principal_of(found)


def principal_of(account: User | Token) -> Principal:
    """Return the caller that an account makes. A customer without sites sees none."""
    return Principal(
        name=account.name,
        role=account.role,
        via=Via.SESSION if isinstance(account, User) else Via.TOKEN,
        language=account.language if isinstance(account, User) else Language.EN,
        sites=frozenset(map(SiteId, account.sites)) if account.role is Role.CUSTOMER else None,
    )


def is_own_page(request: Request) -> bool:
    """Tell whether the browser says that one of our own pages sent the request."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
    return request.headers.get("sec-fetch-site") == "same-origin"


def address_of(request: Request) -> str:
    """Return where a request came from, as the server knows it."""
    return request.client.host if request.client else ""
