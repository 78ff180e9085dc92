"""How Roomtone itself is, and the server's clock."""

from fastapi import APIRouter

from collector.api.auth import Caller
from collector.api.schemas.status import Pulse, Status, Vital
from collector.api.services import Served
from collector.core.model import site_of
from collector.store.records.accounts import Role
from wire.version import __version__

router = APIRouter(tags=["status"])


@router.get("/status")
async def get_status(served: Served, caller: Caller) -> Status:
    """Say how Roomtone is: the health display, and what a first run needs to know."""
    now = served.now()
    vitals = served.health.vitals()
    board = served.settled_board()
    pulse = served.pulse.pulse(now)
    token_file = served.installation.token_file
    return Status(
        **dict(pulse),
        version=__version__,
        started_at=served.started_at,
        ready=vitals.is_ready,
        broker=Vital.model_validate(vitals.broker),
        series=Vital.model_validate(vitals.series),
        records=Vital.model_validate(vitals.records),
        readings=vitals.readings,
        messages=vitals.messages,
        refused=sum(vitals.refused.values()),
        queue_depth=vitals.queue_depth,
        devices=sum(caller.sees(site_of(one.device.id)) for one in board.devices()),
        rooms=sum(caller.sees(view.site) for view in board.rooms()),
        this_machine=served.installation.this_machine,
        token_file=str(token_file) if token_file and caller.role is Role.ADMIN else None,
    )


@router.get("/clock")
async def get_clock(served: Served, caller: Caller) -> Pulse:
    """Say what time it is here, and how old the data is."""
    return served.pulse.pulse(served.now())
