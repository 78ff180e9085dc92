"""The API's routes in one FastAPI application, without anything behind them: the shape that OpenAPI describes."""

from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from collector.api.problems import MEDIA_TYPE
from collector.api.routes import (
    agents,
    audit,
    devices,
    drills,
    enrolments,
    events,
    explain,
    foresight,
    incidents,
    inspections,
    maintenance,
    me,
    metrics,
    notices,
    past,
    places,
    probes,
    series,
    sessions,
    status,
    tickets,
    tokens,
    users,
)
from collector.api.schemas.base import Problem
from collector.api.storable import storable_body
from wire.version import __version__

PREFIX: Final = "/api/v1"
_MAX_BODY_BYTES: Final = 1 << 20
_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_DESCRIPTION: Final = "Recording classrooms: their devices, faults and tickets. Times are RFC 3339 in UTC."
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem, "description": "The request is not right; `errors` lists every mistake"},
    401: {"model": Problem, "description": "Not signed in"},
    403: {"model": Problem, "description": "Not for this role"},
}


def _operation_id(route: APIRoute) -> str:
    return route.name


def build(*, lifespan: Any = None) -> FastAPI:
    """Return the application with every route of the API."""
    app = FastAPI(
        title="Roomtone",
        description=_DESCRIPTION,
        version=__version__,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        separate_input_output_schemas=False,
        max_body_size=_MAX_BODY_BYTES,
    )
    api = APIRouter(prefix=PREFIX, responses=_PROBLEMS, dependencies=[Depends(storable_body)])
    for module in (
        status, sessions, me, places, devices, explain, series, past, incidents, notices, tickets, events,
        inspections, maintenance, foresight, drills, users, tokens, audit, agents, enrolments,
    ):  # fmt: skip
        api.include_router(module.router)
    app.include_router(api)
    app.include_router(probes.router)
    app.include_router(metrics.router)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's own way of extending it
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the document: FastAPI's, with refusals as problem documents and nothing that is never answered."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        for path in document["paths"].values():
            for operation in path.values():
                _answer_with_problems(operation["responses"])
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema


def _answer_with_problems(responses: dict[str, Any]) -> None:
    responses.pop("422", None)
    for response in responses.values():
        content = response.get("content", {})
        described: dict[str, Any] = next(iter(content.values()), {})
        if described.get("schema") == _PROBLEM:
            response["content"] = {MEDIA_TYPE: described}
