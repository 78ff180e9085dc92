"""The fleet desk behind the routes of agents and enrolments, and its refusals as problem documents."""

from collections.abc import Callable
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from collector.api.auth import allow
from collector.api.principal import Principal
from collector.api.problems import ProblemError, bad_request, not_found
from collector.api.schemas.base import Mistake
from collector.api.services import Services
from collector.fleet.account import AccountsError
from collector.fleet.desk import FleetDesk, UnknownAgent
from collector.fleet.document import BadDocument
from collector.store.records.accounts import Role
from collector.store.records.fleet import CodeRefused

P = ParamSpec("P")
T = TypeVar("T")


def _fleet_desk(request: Request) -> FleetDesk:
    found = getattr(request.app.state, "fleet", None)
    if not isinstance(found, FleetDesk):
        raise ProblemError(503, "this collector was started without a fleet of agents")
    return found


Fleet = Annotated[FleetDesk, Depends(_fleet_desk)]
Engineer = Annotated[Principal, Depends(allow(Role.ENGINEER, Role.ADMIN))]


async def ask(served: Services, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a call of the fleet desk returns.

    Raises:
        ProblemError: 400 a configuration that cannot be one, 403 a code that is not good, 404 no such agent, 503 the
            broker does not play along.
    """
    try:
        return await served.pool.run(call, *args, **kwargs)
    except CodeRefused as error:
        raise ProblemError(403, str(error)) from error
    except UnknownAgent as error:
        raise not_found("agent of this collector", error) from error
    except BadDocument as error:
        raise bad_request([Mistake(where="body.config", what=str(error))]) from error
    except AccountsError as error:
        raise ProblemError(503, str(error)) from error
