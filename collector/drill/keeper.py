"""Carries the planned drills out, one after the other, and keeps their proofs."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from collector.broker import BrokerAddress
from collector.core.model import SiteId
from collector.drill.evidence import keep, last_begun
from collector.drill.plan import DrillPlan
from collector.drill.run import Drill, Proof
from collector.inspection.errors import InspectionError
from collector.inspection.fetch import collector_of
from collector.now import now

log = structlog.get_logger()

_LOOK_S: Final = 20.0
_WITHIN_S: Final = 180.0


CarryOut = Callable[[str, str], Proof]  # site, room


def as_planned(data: Path, broker: BrokerAddress) -> CarryOut:
    """Return what carries a drill out as `roomtone drill` does, beside the collector of a data directory."""

    def carry_out(site: str, room: str) -> Proof:
        collector = collector_of(data, url=None, token_file=None)
        if collector is None:
            raise InspectionError(f"{data} does not say where the collector is")
        return Drill(collector, broker, site=site, room=room, within_s=_WITHIN_S, tell=lambda _step: None).run()

    return carry_out


async def keep_drills(
    plan: DrillPlan,
    folder: Path,
    zone_of: Callable[[SiteId], ZoneInfo],
    carry_out: CarryOut,
    *,
    look_s: float = _LOOK_S,
) -> None:
    """Look every `look_s` for drills that are due; `carry_out` blocks. What cannot be carried out is tried again."""
    since = now()
    last: dict[str, datetime | None] = {}
    while True:
        for room in plan.rooms:
            site, _, bare = room.partition("/")
            is_due = partial(plan.is_due, zone=zone_of(SiteId(site)), since=since)
            if room in last and not is_due(now(), last=last[room]):
                continue
            last[room] = await asyncio.to_thread(last_begun, folder, room)  # by plan, or by hand
            if not is_due(now(), last=last[room]):
                continue
            log.info("a planned drill begins", room=room)
            try:
                proof = await asyncio.to_thread(carry_out, site, bare)
                await asyncio.to_thread(keep, folder, proof.as_json())
            except (InspectionError, OSError) as error:
                log.error("a planned drill could not be carried out", room=room, error=str(error))
                continue
            if proof.failed:
                log.error("a planned drill failed", room=room, why=proof.failed)
            else:
                log.info("a planned drill passed", room=room, detection_s=proof.detection_s)
        await asyncio.sleep(look_s)
