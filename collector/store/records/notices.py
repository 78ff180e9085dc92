"""Notices, written down: saved within the desk's transaction, listed for people, and counted where they repeat."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from collector.core.model import DeviceId, IncidentId, IncidentState, Notice, RoomId, site_of
from collector.store.records.database import Records
from collector.store.records.notices_tables import NoticeRow
from collector.store.records.queries import Chosen
from collector.store.records.upsert import upsert

Asked = TypeVar("Asked", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A rule that has told a room the same thing `count` times; training would help."""

    room: RoomId
    rule: str
    count: int
    last_at: datetime


def save_notices(session: Session, notices: Iterable[Notice]) -> None:
    """Save notices; of one that comes twice the last."""
    rows = {notice.id: _columns(notice) for notice in notices}
    upsert(session, NoticeRow, list(rows.values()))


def load_open_notices(session: Session) -> list[Notice]:
    """Return the notices that are open, by onset."""
    query = select(NoticeRow).where(NoticeRow.state == IncidentState.OPEN.value)
    return [_notice(row) for row in session.scalars(query.order_by(NoticeRow.onset_at, NoticeRow.id))]


class NoticeQueries:
    """Reads the notices of one records database. Every call blocks, and raises StoreError."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def notices(
        self, chosen: Chosen, *, states: Collection[IncidentState], before: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Notice]:
        """Return notices, the latest onset first, those after a place in that order."""
        query = _narrowed(select(NoticeRow), chosen).where(NoticeRow.state.in_([state.value for state in states]))
        if before is not None:
            onset, id_ = before
            query = query.where(or_(NoticeRow.onset_at < onset, and_(NoticeRow.onset_at == onset, NoticeRow.id < id_)))
        query = query.order_by(NoticeRow.onset_at.desc(), NoticeRow.id.desc()).limit(limit)
        with self._records.session(read_only=True) as session:
            return [_notice(row) for row in session.scalars(query)]

    def repeated(self, chosen: Chosen, *, since: datetime, at_least: int) -> Sequence[Repeated]:
        """Return what rooms were told so often since a moment, the most often first."""
        count = func.count().label("count")
        last = func.max(NoticeRow.onset_at)
        query = _narrowed(select(NoticeRow.room, NoticeRow.rule, count, last), chosen).where(
            NoticeRow.onset_at >= since, NoticeRow.room != ""
        )
        query = query.group_by(NoticeRow.room, NoticeRow.rule).having(count >= at_least)
        with self._records.session(read_only=True) as session:
            return [
                Repeated(room=RoomId(room), rule=rule, count=often, last_at=last_at)
                for room, rule, often, last_at in session.execute(query.order_by(count.desc(), NoticeRow.room))
            ]


def _narrowed(query: Asked, chosen: Chosen) -> Asked:
    if chosen.sites is not None:
        query = query.where(NoticeRow.site.in_(list(chosen.sites)))
    if chosen.rooms:
        query = query.where(NoticeRow.room.in_(list(chosen.rooms)))
    return query


def _columns(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "site": site_of(notice.device),
        "room": notice.room,
        "device": notice.device,
        "metric": notice.metric,
        "instance": notice.instance,
        "family": notice.family,
        "rule": notice.rule,
        "onset_at": notice.onset_at,
        "detected_at": notice.detected_at,
        "cleared_at": notice.cleared_at,
        "value": notice.value,
        "state": notice.state.value,
    }


def _notice(row: NoticeRow) -> Notice:
    return Notice(
        id=IncidentId(row.id),
        device=DeviceId(row.device),
        room=RoomId(row.room),
        metric=row.metric,
        instance=row.instance,
        family=row.family,
        rule=row.rule,
        onset_at=row.onset_at,
        detected_at=row.detected_at,
        cleared_at=row.cleared_at,
        value=row.value,
        state=IncidentState(row.state),
    )
