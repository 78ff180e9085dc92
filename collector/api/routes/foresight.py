"""Foresight: what is likely to fail next, and why."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from collector.api.auth import Caller
from collector.api.narrowing import Words
from collector.api.problems import ProblemError
from collector.api.schemas.base import Problem
from collector.api.schemas.foresight import Compared, FailingUnit, Foresight, LikelyFailure, UndatedPart, WearingPart
from collector.api.services import Served
from collector.core.foresight import Peers, Standing
from collector.core.model import Device, site_of
from collector.desk.board import Board
from collector.desk.foresight import ForesightDesk
from collector.desk.wearing import Undated, Worn

router = APIRouter(tags=["foresight"])


def _foresight_desk(request: Request) -> ForesightDesk:
    found = getattr(request.app.state, "foresight", None)
    if not isinstance(found, ForesightDesk):
        raise ProblemError(503, "this collector was started without the stores that foresight reads")
    return found


Desk = Annotated[ForesightDesk, Depends(_foresight_desk)]


@router.get("/foresight", responses={503: {"model": Problem, "description": "The stores cannot be read"}})
async def get_foresight(
    served: Served,
    caller: Caller,
    desk: Desk,
    site: Words = [],  # noqa: B006 - FastAPI copies it
) -> Foresight:
    """Show what is likely to fail next: units by how often they failed, parts by how they wear.

    Units are compared with all others of their model, whatever sites are asked for.
    """
    board = served.settled_board()
    devices = [health.device for health in board.devices()]
    found = await served.slow_pool.run(desk.look, devices, served.now())

    def is_wanted(device: Device) -> bool:
        return caller.sees(site_of(device.id)) and (not site or site_of(device.id) in site)

    return Foresight(
        made_at=found.made_at,
        week=found.week,
        likely=[
            LikelyFailure.model_validate(
                _part(board, one.device)
                | {
                    "chance": one.chance,
                    "failing": _failing(board, one.device, one.standing) if one.standing is not None else None,
                    "wearing": _wearing(board, one.worn) if one.worn is not None else None,
                }
            )
            for one in found.likely
            if is_wanted(one.device)
        ],
        failing=[_failing(board, device, standing) for device, standing in found.units if is_wanted(device)],
        wearing=[_wearing(board, worn) for worn in found.wear if is_wanted(worn.device)],
        undated=[_undated(board, part) for part in found.undated if is_wanted(part.device)],
    )


def _part(board: Board, device: Device) -> dict[str, str | None]:
    site = site_of(device.id)
    return {
        "device": device.id,
        "name": device.name or device.id.rpartition(":")[2],
        "role": device.role,
        "model": " ".join(filter(None, (device.unit.vendor, device.unit.model))),
        "site": site,
        "site_name": board.site_name(site),
        "room": device.room or None,
        "room_name": board.room_name(device.room) if device.room else None,
    }


def _failing(board: Board, device: Device, standing: Standing) -> FailingUnit:
    return FailingUnit.model_validate(
        _part(board, device)
        | {
            "failures": standing.record.failures,
            "years": standing.record.years,
            "rate": standing.rate,
            "rate_low": standing.interval.low,
            "rate_high": standing.interval.high,
            "model_peers": _compared(standing.model),
            "site_peers": _compared(standing.site),
        }
    )


def _compared(peers: Peers | None) -> Compared | None:
    return Compared.model_validate(peers) if peers is not None else None


def _wear_part(board: Board, part: Worn | Undated) -> dict[str, str | None]:
    return _part(board, part.device) | {"kind": part.kind, "metric": part.metric, "instance": part.instance}


def _wearing(board: Board, worn: Worn) -> WearingPart:
    return WearingPart.model_validate(
        _wear_part(board, worn)
        | {
            "value": worn.forecast.value,
            "limit": worn.forecast.limit,
            "per_day": worn.forecast.slope,
            "days": worn.forecast.days,
            "due_at": worn.due_at,
            "earliest_at": worn.earliest_at,
            "latest_at": worn.latest_at,
        }
    )


def _undated(board: Board, part: Undated) -> UndatedPart:
    return UndatedPart.model_validate(
        _wear_part(board, part) | {"value": part.value, "days": part.days, "dated_at": part.dated_at}
    )
