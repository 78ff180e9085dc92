"""What a supervisor asks: does the process live, and is it ready to work."""

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from collector.api.schemas.base import Shown
from collector.api.schemas.status import Readiness, Vital
from collector.api.services import Served

router = APIRouter(tags=["operating"])


class Alive(Shown):
    """The process lives."""

    status: str


@router.get("/healthz")
async def healthz() -> Alive:
    """Say that the process lives."""
    return Alive(status="ok")


@router.get(
    "/readyz", response_model=Readiness, responses={503: {"model": Readiness, "description": "A part is not usable"}}
)
async def readyz(served: Served) -> Response:
    """Say whether broker and stores are usable; 503 when one is not."""
    vitals = served.health.vitals()
    answer = Readiness(
        ready=vitals.is_ready,
        broker=Vital.model_validate(vitals.broker),
        series=Vital.model_validate(vitals.series),
        records=Vital.model_validate(vitals.records),
    )
    return JSONResponse(answer.model_dump(mode="json"), status_code=200 if vitals.is_ready else 503)
