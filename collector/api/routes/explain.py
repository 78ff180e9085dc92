"""Why a device is what it is, asked of the classifier on its own thread."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from collector.api.auth import Caller
from collector.api.problems import ProblemError, not_found
from collector.api.schemas.base import Problem
from collector.api.schemas.explain import Explanation
from collector.api.services import Served
from collector.core import explain
from collector.core.model import DeviceId, site_of

router = APIRouter(tags=["devices"])
Explain = Callable[[DeviceId], explain.Explanation | None]


def _explainer(request: Request) -> Explain:
    found: Explain | None = getattr(request.app.state, "explain", None)
    if found is None:
        raise ProblemError(503, "this collector was started without the classifier that knows")
    return found


@router.get(
    "/devices/{id}/explain",
    responses={
        404: {"model": Problem, "description": "There is no such device"},
        503: {"model": Problem, "description": "The line is held up, so that the classifier does not answer"},
    },
)
async def explain_device(
    served: Served, caller: Caller, explainer: Annotated[Explain, Depends(_explainer)], id: str
) -> Explanation:
    """Say why a device is at its level: values, rules and their guards, timers, context and parents."""
    device = DeviceId(id)
    if served.settled_board().device(device) is None or not caller.sees(site_of(device)):
        raise not_found("device", id)
    try:
        found = await served.pool.run(explainer, device)
    except TimeoutError as error:
        raise ProblemError(503, str(error)) from error
    if found is None:
        raise not_found("device", id)
    return Explanation.model_validate(found)
