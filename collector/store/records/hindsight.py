"""What devices were in times of which the evidence came late. The health log stays as it was told.

Everything here happens within the transaction of the session that is handed in.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from collector.core.model import DeviceId, HealthCorrected, State
from collector.store.records.tables import HealthCorrectionRow
from collector.store.records.upsert import in_parts, upsert


def save_corrections(session: Session, corrections: Iterable[HealthCorrected]) -> None:
    """Keep what devices were; of two that begin at one moment the later one counts."""
    rows = {(each.device, each.start): each for each in corrections}
    upsert(
        session,
        HealthCorrectionRow,
        [
            {"device": each.device, "start": each.start, "end": each.end, "state": each.state.value}
            for each in rows.values()
        ],
    )


def load_corrections(
    session: Session, devices: Sequence[DeviceId], end: datetime
) -> Mapping[DeviceId, Sequence[HealthCorrected]]:
    """Return the corrections of each device that begin before `end`, ascending."""
    found: dict[DeviceId, list[HealthCorrected]] = defaultdict(list)
    for part in in_parts(devices):
        query = select(HealthCorrectionRow).where(HealthCorrectionRow.device.in_(part), HealthCorrectionRow.start < end)
        for row in session.scalars(query.order_by(HealthCorrectionRow.device, HealthCorrectionRow.start)):
            device = DeviceId(row.device)
            found[device].append(HealthCorrected(device=device, start=row.start, end=row.end, state=State(row.state)))
    return found
