"""The collector's own figures, for Prometheus."""

import ipaddress
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from collector.api.auth import address_of, identify
from collector.api.figures import CONTENT_TYPE
from collector.api.principal import Principal
from collector.api.problems import ProblemError
from collector.api.services import Served
from collector.store.records.accounts import Role

router = APIRouter(tags=["operating"])


@router.get("/metrics", response_class=PlainTextResponse)
async def get_metrics(
    served: Served, request: Request, principal: Annotated[Principal | None, Depends(identify)]
) -> Response:
    """Show the figures to a scraper on this machine, or to one with a token."""
    if principal is None and not _is_here(request):
        raise ProblemError(
            401,
            "from another machine this needs `Authorization: Bearer TOKEN`; make one with `roomtone token create`",
            headers={"WWW-Authenticate": 'Bearer realm="roomtone"'},
        )
    if principal is not None and principal.role is Role.CUSTOMER:
        raise ProblemError(403, "the figures are of all sites")
    return Response(served.figures.text(), media_type=CONTENT_TYPE)


def _is_here(request: Request) -> bool:
    """Tell whether a request comes from this machine, and not through a proxy on it."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(address_of(request)).is_loopback
    except ValueError:
        return False
