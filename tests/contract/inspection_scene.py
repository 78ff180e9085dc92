"""A site whose past is known to the last reading, in real stores."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from collector.core.campus import Campus, Room, Site
from collector.core.model import (
    Cleared,
    Device,
    DeviceId,
    Health,
    HealthChanged,
    Incident,
    IncidentId,
    IncidentState,
    Level,
    Opened,
    Readings,
    RoomId,
    Series,
    SeriesId,
    SiteId,
    State,
    Unit,
)
from collector.desk.desk import Desk
from collector.inspection.evidence import Place
from collector.inspection.place import of_campus, place_of
from collector.inspection.stored import StoredEvidence
from collector.packs.agreement import load_agreements
from collector.settings import default_rules, records_url
from collector.store.records.database import Records
from collector.store.records.facts import load_health
from collector.store.records.queries import RecordQueries
from collector.store.series.hot import HotStore
from collector.store.series.instants import microseconds
from collector.store.series.read import SeriesReader

EAST, WEST = SiteId("east"), SiteId("west")
A101 = RoomId("east/a101")
PC = DeviceId("east:pc-a101")
UPS = DeviceId("east:pc-a101:ups")
FOREIGN = DeviceId("east:plc")
ELSEWHERE = DeviceId("west:pc-b1")
INTERVAL = timedelta(minutes=10)
START = datetime(2026, 8, 31, 16, tzinfo=UTC)  # 1 September in Shanghai
END = datetime(2026, 9, 2, 16, tzinfo=UTC)
KNOWN = START + timedelta(hours=12)
HOUR = timedelta(hours=1)
CPU, CHARGE, INPUT, OTHER = (SeriesId(number) for number in (1, 2, 3, 4))

CAMPUS = Campus(
    sites={
        EAST: Site(id=EAST, name="江州大学·东区", time_zone=ZoneInfo("Asia/Shanghai")),
        WEST: Site(id=WEST, name="West", time_zone=ZoneInfo("Asia/Shanghai")),
    },
    rooms={A101: Room(id=A101, site=EAST, name="A101")},
    devices={
        PC: Device(id=PC, room=A101, role="recorder-pc", name="=讲台电脑", in_campus=True, interval=INTERVAL),
        UPS: Device(id=UPS, room=A101, role="ups", unit=Unit(vendor="稳城", model="U2000"), in_campus=True),
    },
)
SERIES = (
    Series(id=CPU, device=PC, metric="system.cpu.utilization", unit="1"),
    Series(id=CHARGE, device=UPS, metric="hw.battery.charge", unit="1"),
    Series(id=INPUT, device=FOREIGN, metric="Inputs/A", instance="=1+1", unit=""),
    Series(id=OTHER, device=ELSEWHERE, metric="system.cpu.utilization", unit="1"),
)


def cpu(step: int) -> float:
    return 0.5 + 0.4 * math.sin(step)


@dataclass
class Past:
    """The stores, and what was put into them."""

    store: HotStore
    records: Records
    cpu: list[tuple[datetime, float]]

    def place(self, site: str = "east", room: str | None = None) -> Place:
        with self.records.session(read_only=True) as session:
            born = [health.device for health in load_health(session).values()]
        sites, rooms, devices = of_campus(CAMPUS, born)
        return place_of(site, room, sites=sites, rooms=rooms, devices=devices)

    def evidence(self, place: Place) -> StoredEvidence:
        queries = RecordQueries(self.records)
        return StoredEvidence(place, store=self.store, reader=SeriesReader(self.store), queries=queries)

    def close(self) -> None:
        self.store.close()
        self.records.close()


def make_past(directory: Path) -> Past:
    """Write two days of readings (and some outside them), a silence of an hour, and a UPS on battery."""
    store = HotStore.open(directory)
    taken = [(KNOWN + n * INTERVAL, cpu(n)) for n in range(-30, 230) if n % 7]
    rows = [(CPU, at, value) for at, value in taken]
    rows += [(CHARGE, KNOWN + n * INTERVAL, 1.0) for n in range(100)]
    rows += [(INPUT, START + n * HOUR, float(n)) for n in range(10)]
    rows += [(OTHER, START + n * HOUR, 9.0) for n in range(10)]
    store.commit(readings=_readings(rows), series=SERIES, at=END + HOUR)

    records = Records.open(records_url(directory))
    agreements = load_agreements([default_rules() / "agreements"])
    desk = Desk(records=records, campus=CAMPUS, agreements=agreements, words=_words)
    for commit, at, decisions in (
        (1, KNOWN, [_health(PC, State.OK, KNOWN), _health(UPS, State.OK, KNOWN)]),
        (2, KNOWN, [_health(FOREIGN, State.OK, KNOWN), _health(ELSEWHERE, State.OK, KNOWN)]),
        (3, KNOWN + 6 * HOUR, [_health(PC, State.FAILED, KNOWN + 6 * HOUR), Opened(incident=_silence())]),
        (4, KNOWN + 7 * HOUR, [_health(PC, State.OK, KNOWN + 7 * HOUR), Cleared(incident=_silence(KNOWN + 7 * HOUR))]),
        (5, KNOWN + 9 * HOUR, [_health(UPS, State.DEGRADED, KNOWN + 9 * HOUR), Opened(incident=_on_battery())]),
    ):
        desk.carry_out(decisions, commit=commit, now=at)
    return Past(store=store, records=records, cpu=taken)


def _readings(rows: list[tuple[SeriesId, datetime, float]]) -> Readings:
    return Readings(
        np.array([row[0] for row in rows], np.int32),
        np.array([microseconds(row[1]) for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
        np.zeros(len(rows), np.bool_),
    )


def _words(rule: str) -> dict[str, dict[str, str]]:
    return {"en": {"title": f"{rule} in {{room}}"}, "zh-CN": {"title": f"{{room}} {rule}"}}


def _health(device: DeviceId, state: State, at: datetime) -> HealthChanged:
    described = CAMPUS.devices.get(device) or Device(id=device, interval=INTERVAL if device == ELSEWHERE else None)
    return HealthChanged(health=Health(device=described, state=state, level=None, since=at, last_seen=at))


def _silence(cleared_at: datetime | None = None) -> Incident:
    return Incident(
        id=IncidentId("silence-1"),
        device=PC,
        room=A101,
        metric="",
        instance="",
        family="agent-silent",
        rule="agent-silent",
        level=Level.OUTAGE,
        onset_at=KNOWN + 6 * HOUR - timedelta(seconds=30),
        detected_at=KNOWN + 6 * HOUR,
        cleared_at=cleared_at,
        state=IncidentState.CLEARED if cleared_at else IncidentState.OPEN,
    )


def _on_battery() -> Incident:
    return Incident(
        id=IncidentId("battery-1"),
        device=UPS,
        room=A101,
        metric="hw.ups.source",
        instance="",
        family="ups-on-battery",
        rule="ups-on-battery",
        level=Level.DEGRADED,
        onset_at=KNOWN + 9 * HOUR,
        detected_at=KNOWN + 9 * HOUR + timedelta(seconds=10),
        value=1.0,
    )
