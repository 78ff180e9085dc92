"""Small real classes that stand for the parts behind the API."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from collector.api.sources import Filter, Vital, Vitals
from collector.core.action import entry_for
from collector.core.agreement import Agreement, Term
from collector.core.maintenance import Window
from collector.core.model import (
    DeviceId,
    Incident,
    IncidentId,
    IncidentState,
    Level,
    Notice,
    RoomId,
    Series,
    SeriesId,
    TicketId,
)
from collector.core.replay import replay
from collector.core.ticket import Entry, Step, Ticket, TicketState
from collector.desk.changes import Changes, IncidentRecord
from collector.store.errors import StoreError
from collector.store.records import accounts_tables  # noqa: F401 - declares the tables
from collector.store.records.base import Base
from collector.store.series.instants import microseconds
from collector.store.series.read import Buckets, Raw

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
_FAST = (
    Term(step=Step.RESPOND, within=timedelta(minutes=30)),
    Term(step=Step.ARRIVE, within=timedelta(hours=2)),
    Term(step=Step.SOLVE, within=timedelta(hours=8)),
)
AGREEMENT = Agreement(id="default", tracks=dict.fromkeys(Level, _FAST))


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def go(self, **by: float) -> None:
        self.at += timedelta(**by)


class MemoryRecords:
    """A records database in memory, with the accounts' tables."""

    def __init__(self) -> None:
        self._engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        Base.metadata.create_all(self._engine)

    @contextmanager
    def session(self, *, read_only: bool = False) -> Iterator[Session]:
        with Session(self._engine) as session:
            yield session


@dataclass
class Values:
    """Last values, put there by hand."""

    series: list[Series] = field(default_factory=list)
    last: dict[SeriesId, tuple[float, int]] = field(default_factory=dict)

    def put(
        self, device: str, metric: str, value: float, at: datetime = NOW, *, instance: str = "", unit: str = "1"
    ) -> SeriesId:
        known = next(
            (one for one in self.series if (one.device, one.metric, one.instance) == (device, metric, instance)), None
        )
        if known is None:
            known = Series(
                id=SeriesId(len(self.series) + 1),
                device=DeviceId(device),
                metric=metric,
                instance=instance,
                unit=unit,
            )
            self.series.append(known)
        self.last[known.id] = (value, microseconds(at))
        return known.id

    def last_value(self, series: SeriesId) -> tuple[float, int] | None:
        return self.last.get(series)

    def series_of(self, device: DeviceId) -> Sequence[Series]:
        return [one for one in self.series if one.device == device]


@dataclass
class Past:
    """Stored readings: series → (stamp, value)."""

    readings: dict[SeriesId, list[tuple[datetime, float]]] = field(default_factory=dict)
    fails: str = ""

    def _of(self, series: SeriesId, start: datetime, end: datetime) -> list[tuple[int, float]]:
        if self.fails:
            raise StoreError(self.fails)
        return [(microseconds(at), value) for at, value in self.readings.get(series, []) if start <= at < end]

    def buckets(self, series: SeriesId, start: datetime, end: datetime, points: int) -> Buckets:
        begin, span = microseconds(start), microseconds(end) - microseconds(start)
        groups: list[list[float]] = [[] for _ in range(points)]
        for at, value in self._of(series, start, end):
            groups[(at - begin) * points // span].append(value)
        empty = [float("nan")]
        return Buckets(
            np.array([begin + span * i // points for i in range(points)], np.int64),
            np.array([len(group) for group in groups], np.int64),
            np.array([min(group or empty) for group in groups]),
            np.array([sum(group or empty) / max(len(group), 1) for group in groups]),
            np.array([max(group or empty) for group in groups]),
        )

    def raw(self, series: SeriesId, start: datetime, end: datetime, *, limit: int | None = None) -> Raw:
        found = self._of(series, start, end)[:limit]
        return Raw(np.array([at for at, _ in found], np.int64), np.array([value for _, value in found], np.float64))


_WELL = Vital(ok=True)


@dataclass
class Health:
    """Says what it is told to say."""

    vitals_now: Vitals = field(
        default_factory=lambda: Vitals(
            broker=Vital(ok=True), series=Vital(ok=True), records=Vital(ok=True), heard_at=NOW
        )
    )

    def vitals(self) -> Vitals:
        return self.vitals_now

    def say(self, **what: object) -> None:
        self.vitals_now = replace(self.vitals_now, **what)  # type: ignore[arg-type]  # the caller names fields of it


class Tickets:
    """Tickets and incidents in memory; the pure core says what an action does."""

    def __init__(self) -> None:
        self.logs: dict[TicketId, list[Entry]] = {}
        self.records: list[IncidentRecord] = []
        self.keys: dict[tuple[str, str], TicketId] = {}

    # ------------------------------------------------------------ the desk's part

    def open(self, now: datetime = NOW, **fields: object) -> Ticket:
        id_ = TicketId(len(self.logs) + 1)
        first: dict[str, object] = {
            "source": "person", "level": 1, "title": "Recorder is silent", "site": "north", "room": "north/a101",
            "device": "north:a101-pc", "time_zone": "Asia/Shanghai", "coverage": "warranty", "agreement": "default",
        } | fields  # fmt: skip
        self.logs[id_] = [Entry(number=1, at=now, actor="telemetry", action="opened", fields=first)]
        return self._ticket(id_)

    def open_by_person(
        self, fields: Mapping[str, object], *, actor: str, now: datetime, key: str | None = None
    ) -> Changes:
        if key is not None and (actor, key) in self.keys:
            return Changes(tickets=(self._ticket(self.keys[actor, key]),))
        ticket = self.open(now, **{"device": "", "room": "", **fields})
        if key is not None:
            self.keys[actor, key] = ticket.id
        return Changes(tickets=(ticket,))

    def act(
        self,
        ticket: TicketId,
        action: str,
        fields: Mapping[str, object],
        *,
        actor: str,
        now: datetime,
        key: str | None = None,
    ) -> Changes:
        if key is None or (actor, key) not in self.keys:
            entry = entry_for(self._ticket(ticket), action, fields, actor=actor, now=now)
            self.logs[ticket].append(entry)
            if key is not None:
                self.keys[actor, key] = ticket
        return Changes(tickets=(self._ticket(ticket),))

    def _ticket(self, id_: TicketId) -> Ticket:
        return replay(id_, self.logs[id_], AGREEMENT)

    # ------------------------------------------------------------ the queries' part

    def ticket(self, id_: TicketId) -> Ticket | None:
        return self._ticket(id_) if id_ in self.logs else None

    def log(self, id_: TicketId, *, after: int, limit: int) -> Sequence[Entry]:
        return [entry for entry in self.logs[id_] if entry.number > after][:limit]

    def tickets(
        self, chosen: Filter, *, states: Collection[TicketState], before: TicketId | None, limit: int
    ) -> Sequence[Ticket]:
        def is_chosen(ticket: Ticket) -> bool:
            return (
                ticket.state in states
                and (before is None or ticket.id < before)
                and _passes(chosen.sites, ticket.site)
                and _passes(chosen.rooms or None, ticket.room)
                and _passes(chosen.devices or None, ticket.device)
                and _passes(chosen.levels or None, ticket.level)
            )

        return [one for one in map(self._ticket, sorted(self.logs, reverse=True)) if is_chosen(one)][:limit]

    def incidents(
        self,
        chosen: Filter,
        *,
        states: Collection[IncidentState],
        start: datetime | None,
        end: datetime | None,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[IncidentRecord]:
        def place(record: IncidentRecord) -> tuple[datetime, str]:
            return record.incident.onset_at, record.incident.id

        def is_chosen(record: IncidentRecord) -> bool:
            one = record.incident
            return (
                one.state in states
                and (before is None or place(record) < before)
                and (end is None or one.onset_at < end)
                and (start is None or one.cleared_at is None or one.cleared_at > start)
                and _passes(chosen.sites, one.device.partition(":")[0])
                and _passes(chosen.rooms or None, one.room)
                and _passes(chosen.devices or None, one.device)
                and _passes(chosen.levels or None, one.level)
            )

        return [one for one in sorted(self.records, key=place, reverse=True) if is_chosen(one)][:limit]


class Windows:
    """Maintenance windows in memory."""

    def __init__(self) -> None:
        self.kept: list[Window] = []

    def windows(self) -> Sequence[Window]:
        return self.kept

    def add(self, window: Window) -> Window:
        self.kept.append(replace(window, id=len(self.kept) + 1))
        return self.kept[-1]

    def end(self, number: int, *, at: datetime, by: str) -> None:
        self.kept[number - 1] = replace(self.kept[number - 1], ended_at=at, ended_by=by)

    def cut(self, number: int, *, at: datetime) -> None:
        self.kept[number - 1] = replace(self.kept[number - 1], cut_at=at)


def _passes(wanted: Collection[object] | None, value: object) -> bool:
    return wanted is None or value in wanted


def incident(
    id_: str,
    *,
    device: str = "north:a101-pc",
    room: str = "north/a101",
    level: Level = Level.OUTAGE,
    onset: datetime = NOW - timedelta(seconds=30),
    cleared: bool = False,
    cause: IncidentId | None = None,
    ticket: TicketId | None = None,
) -> IncidentRecord:
    """Return an incident of a silent device."""
    return IncidentRecord(
        ticket=ticket,
        incident=Incident(
            id=IncidentId(id_),
            device=DeviceId(device),
            room=RoomId(room),
            metric="",
            instance="",
            family="agent-silent",
            rule="agent-silent",
            level=level,
            onset_at=onset,
            detected_at=onset + timedelta(seconds=30),
            cleared_at=onset + timedelta(minutes=3) if cleared else None,
            cause=cause,
            state=IncidentState.CLEARED if cleared else IncidentState.OPEN,
        ),
    )


def notice(number: int, room: str = "north/a101", *, cleared: bool = False) -> Notice:
    """Return a notice that began `number` minutes ago."""
    return Notice(
        id=IncidentId(f"n{number}"),
        device=DeviceId(f"{room.partition('/')[0]}:pc"),
        room=RoomId(room),
        metric="classroom.recording.audio.level",
        instance="desk",
        family="sound-low",
        rule="sound-low",
        onset_at=NOW - timedelta(minutes=number),
        detected_at=NOW,
        cleared_at=NOW if cleared else None,
        state=IncidentState.CLEARED if cleared else IncidentState.OPEN,
    )
