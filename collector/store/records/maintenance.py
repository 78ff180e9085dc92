"""Maintenance windows in the records database: planned, ended early, never forgotten."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from collector.core.maintenance import Scope, Window
from collector.core.model import DeviceId, RoomId, SiteId
from collector.store.records.database import Records
from collector.store.records.noise_tables import MaintenanceRow


class MaintenanceRecords:
    """Reads and writes windows; each call is one transaction.

    Every call raises StoreError where the database does not play.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def windows(self) -> list[Window]:
        """Return every window that was ever planned, by number."""
        with self._records.session(read_only=True) as session:
            return [_window(row) for row in session.scalars(select(MaintenanceRow).order_by(MaintenanceRow.id))]

    def add(self, window: Window) -> Window:
        """Keep a window, and return it with its number."""
        scope = window.scope
        row = MaintenanceRow(
            site=scope.site,
            room=scope.room,
            device=scope.device,
            rule=scope.rule,
            start=window.start,
            end=window.end,
            repeats=window.repeats,
            time_zone=window.zone.key,
            reason=window.reason,
            made_at=window.made_at,
            made_by=window.made_by,
        )
        with self._records.transaction() as session:
            session.add(row)
            session.flush()
            return _window(row)

    def end(self, number: int, *, at: datetime, by: str) -> None:
        """End a window for good; one that is ended already stays as it was."""
        with self._records.transaction() as session:
            session.execute(
                update(MaintenanceRow)
                .where(MaintenanceRow.id == number, MaintenanceRow.ended_at.is_(None))
                .values(ended_at=at, ended_by=by)
            )

    def cut(self, number: int, *, at: datetime) -> None:
        """End the time that runs now; the window comes again."""
        with self._records.transaction() as session:
            session.execute(update(MaintenanceRow).where(MaintenanceRow.id == number).values(cut_at=at))


def _window(row: MaintenanceRow) -> Window:
    return Window(
        id=row.id,
        scope=Scope(
            site=SiteId(row.site),
            room=None if row.room is None else RoomId(row.room),
            device=None if row.device is None else DeviceId(row.device),
            rule=row.rule,
        ),
        start=row.start,
        end=row.end,
        repeats=row.repeats,
        zone=ZoneInfo(row.time_zone),
        reason=row.reason,
        made_at=row.made_at,
        made_by=row.made_by,
        cut_at=row.cut_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
