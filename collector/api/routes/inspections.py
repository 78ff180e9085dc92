"""Inspections: the run parameters of a period, to be downloaded."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import StreamingResponse

from collector.api.auth import Caller
from collector.api.problems import ProblemError, bad_request, not_found
from collector.api.schemas.base import Mistake, Problem
from collector.api.schemas.inspections import CollectAsked
from collector.api.services import Served, Services
from collector.core.campus import Room, Site
from collector.core.inspection import PeriodError, period_of
from collector.inspection.desk import InspectionDesk
from collector.inspection.errors import InspectionError, UnknownPlace
from collector.inspection.evidence import Place
from collector.inspection.pack import Asked
from collector.inspection.place import place_of

router = APIRouter(tags=["inspections"])

ZIP: Final = "application/zip"


class ZipStream(StreamingResponse):
    """A ZIP file, chunk by chunk."""

    media_type = ZIP


def _inspection_desk(request: Request) -> InspectionDesk:
    found = getattr(request.app.state, "inspections", None)
    if not isinstance(found, InspectionDesk):
        raise ProblemError(503, "this collector was started without the stores that an inspection reads")
    return found


Desk = Annotated[InspectionDesk, Depends(_inspection_desk)]


@router.post(
    "/inspections/collect",
    response_class=ZipStream,
    responses={
        200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}, "description": "The pack"},
        404: {"model": Problem, "description": "There is no such site or room"},
        503: {"model": Problem, "description": "The stores cannot be read, or there is no room for the pack"},
    },
)
async def collect_inspection(served: Served, caller: Caller, desk: Desk, asked: CollectAsked) -> ZipStream:
    """Collect the run parameters of a period: CSV files, a workbook and a manifest of checksums, as one ZIP file.

    The answer begins when the pack is made, which for a quarter of a large site takes minutes.
    """
    if not caller.sees(asked.site):
        raise not_found("site", asked.site)
    try:
        place = _place(served, asked)
        period = period_of(asked.from_, asked.to, place.site.time_zone)
    except UnknownPlace as error:
        raise ProblemError(404, str(error)) from error
    except PeriodError as error:
        raise bad_request([Mistake(where=f"body.{where}", what=what) for where, what in error.mistakes]) from error
    wanted = Asked(place=place, period=period, now=served.now(), language=asked.language)
    try:
        parcel = await served.slow_pool.run(desk.collect, wanted)
    except InspectionError as error:
        raise ProblemError(503, str(error)) from error
    headers = {"Content-Disposition": f'attachment; filename="{parcel.name}"', "Content-Length": str(parcel.size)}
    return ZipStream(parcel.chunks(), headers=headers)


def _place(served: Services, asked: CollectAsked) -> Place:
    board = served.settled_board()
    return place_of(
        asked.site,
        asked.room,
        sites=[Site(id=view.id, name=view.name, time_zone=board.time_zone(view.id)) for view in board.sites()],
        rooms=[Room(id=view.id, site=view.site, name=view.name) for view in board.rooms()],
        devices=[health.device for health in board.devices()],
    )
