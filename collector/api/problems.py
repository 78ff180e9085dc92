"""Refusals and failures as problem documents, RFC 9457. Nothing that a caller sends may answer 500.

ProblemError     a refusal that a route raises: status, title, detail, and every mistake
"""

from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from collector.api.schemas.base import Mistake, Problem
from collector.store.errors import StoreError

MEDIA_TYPE: Final = "application/problem+json"
_TITLES: Final = {
    400: "The request is not right",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Not possible now",
    413: "The request is too large",
    429: "Too many tries",
    500: "Something went wrong here",
    503: "Not available now",
}
_log = structlog.get_logger("collector.api")


class ProblemError(Exception):
    """A refusal, answered as a problem document."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mistake] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers


def not_found(what: str, id_: object) -> ProblemError:
    """Return the refusal for a thing that is not there, or not there for this caller."""
    return ProblemError(404, f"there is no {what} {str(id_)[:200]!r}")


def bad_request(mistakes: Sequence[Mistake]) -> ProblemError:
    """Return the refusal of a request with all that is wrong with it."""
    detail = "; ".join(f"{mistake.where}: {mistake.what}" for mistake in mistakes)
    return ProblemError(400, detail, errors=mistakes)


def problem(
    status: int,
    detail: str,
    *,
    path: str | None = None,
    errors: Sequence[Mistake] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem document as a response."""
    title = _TITLES.get(status, "Refused" if status < 500 else "Failed")
    body = Problem(title=title, status=status, detail=detail, instance=path, errors=list(errors))
    return JSONResponse(
        body.model_dump(mode="json"),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers) if headers else None,
    )


def install(app: FastAPI) -> None:
    """Answer every error of the application as a problem document."""
    app.add_exception_handler(ProblemError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(OperationalError, _records)
    app.add_exception_handler(Exception, _failed)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - installed for this class
    return problem(error.status, error.detail, path=request.url.path, errors=error.errors, headers=error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - installed for this class
    mistakes = [_mistake(one["loc"], one["msg"]) for one in error.errors()]
    in_path = any(one["loc"] and one["loc"][0] == "path" for one in error.errors())
    refusal = bad_request(mistakes)
    status = 404 if in_path else 400
    return problem(status, refusal.detail, path=request.url.path, errors=mistakes)


def _mistake(where: Sequence[object], what: str) -> Mistake:
    """Return a mistake whose place reads as a person would write it: `limit`, `body.level`."""
    place = [str(part) for part in where]
    if place and place[0] in ("query", "path", "header"):
        place = place[1:]
    return Mistake(where=".".join(place), what=what)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - installed for this class
    detail = f"there is nothing at {request.url.path}" if error.status_code == 404 else str(error.detail)
    return problem(error.status_code, detail, path=request.url.path, headers=error.headers)


async def _store(request: Request, error: Exception) -> Response:
    _log.warning("api.store_failed", path=request.url.path, error=str(error))
    return problem(503, str(error), path=request.url.path, headers={"Retry-After": "5"})


async def _records(request: Request, error: Exception) -> Response:
    _log.warning("api.records_failed", path=request.url.path, error=str(error))
    detail = "the records database does not answer; nothing of this request was done. Try again in a moment"
    return problem(503, detail, path=request.url.path, headers={"Retry-After": "5"})


async def _failed(request: Request, error: Exception) -> Response:
    _log.error("api.failed", method=request.method, path=request.url.path, exc_info=error)
    detail = "the collector's log says what; nothing of this request was done, or all of it"
    return problem(500, detail, path=request.url.path)
