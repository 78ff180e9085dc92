"""How long it takes to look ahead: a quarter of a large campus, from the archive to the list of what may fail next.

ROOMS rooms (500 by default) of six devices and 60 series, DAYS days (90) of readings: a room wears a lamp, a filter,
two volumes, a disk's endurance and a UPS battery. Readings go through the real store: committed, sealed, rolled up by
day; today is not rolled up. Each day has eight readings a series: what is looked at is the roll-ups, whose size follows
from series, not from readings. 20,000 incidents of the last year are handed over as the records hand them over.
Usage: bench/foresight.py [ROOMS [DAYS]]
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.figures import figure  # noqa: E402
from collector.core.model import (  # noqa: E402
    Device,
    DeviceId,
    Incident,
    IncidentId,
    IncidentState,
    Level,
    Readings,
    RoomId,
    Series,
    SeriesId,
    TicketId,
    Unit,
)
from collector.desk.changes import IncidentRecord  # noqa: E402
from collector.desk.foresight import ForesightDesk  # noqa: E402
from collector.store.series.hot import HotStore  # noqa: E402
from collector.store.series.instants import microseconds  # noqa: E402
from collector.store.series.read import SeriesReader  # noqa: E402
from collector.store.series.rollup import Roller  # noqa: E402
from collector.store.series.seal import Sealer  # noqa: E402

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
EVERY = timedelta(hours=3)
DAY = timedelta(days=1)
INCIDENTS = 20_000
ROUNDS = 3
SERIES_A_ROOM = 60
WEARS = (
    ("projector", "classroom.projector.lamp.time", "1", 1000.0, 6.0),
    ("projector", "classroom.projector.lamp.limit", "1", 3000.0, 0.0),
    ("projector", "classroom.projector.filter.time", "", 100.0, 6.0),
    ("pc", "system.filesystem.utilization", "/", 0.4, 0.001),
    ("pc", "system.filesystem.utilization", "/data", 0.5, 0.004),
    ("pc", "hw.physical_disk.endurance_utilization", "nvme0", 0.3, 0.002),
    ("ups", "hw.battery.time_left", "", 3000.0, -12.0),
)
ROLES = {"pc": "recorder-pc", "projector": "projector", "ups": "ups", "camera": "camera", "mic": "microphone",
         "mixer": "mixer"}  # fmt: skip


class Kept:
    """The records of a year, in memory."""

    def __init__(self, devices: Sequence[Device]) -> None:
        draw = random.Random(16)
        self._incidents = [_incident(number, draw.choice(devices), draw) for number in range(INCIDENTS)]

    def incidents_between(self, _chosen: object, _start: datetime, _end: datetime, /) -> Iterable[IncidentRecord]:
        return self._incidents

    def known_from(self, devices: Sequence[DeviceId], /) -> Mapping[DeviceId, datetime]:
        return dict.fromkeys(devices, NOW - timedelta(days=300))


def _incident(number: int, device: Device, draw: random.Random) -> IncidentRecord:
    at = NOW - timedelta(days=draw.uniform(0, 300))
    incident = Incident(
        id=IncidentId(f"i{number}"),
        device=device.id,
        room=device.room,
        metric="hw.status",
        instance="fan:1",
        family="component",
        rule="component-failed",
        level=Level.SEVERE,
        onset_at=at,
        detected_at=at,
        cleared_at=at,
        state=IncidentState.CLEARED,
    )
    return IncidentRecord(incident=incident, ticket=TicketId(number + 1))


def campus(rooms: int) -> tuple[list[Device], list[Series]]:
    devices: list[Device] = []
    series: list[Series] = []
    for number in range(rooms):
        site = f"s{number % 20}"
        node = f"{site}:pc-{number}"
        ids = {kind: DeviceId(node if kind == "pc" else f"{node}:{kind}") for kind in ROLES}
        devices += [
            Device(
                id=ids[kind],
                room=RoomId(f"{site}/r{number}"),
                role=role,
                unit=Unit(vendor="V", model=f"{role}-{number % 3}"),
            )
            for kind, role in ROLES.items()
        ]
        names = [(ids[kind], metric, instance) for kind, metric, instance, _, _ in WEARS]
        names += [(ids["pc"], "hw.temperature", f"t{n}") for n in range(SERIES_A_ROOM - len(names))]
        for device, metric, instance in names:
            series.append(
                Series(id=SeriesId(len(series) + 1), device=device, metric=metric, instance=instance, unit="1")
            )
    return devices, series


def fill(store: HotStore, series: Sequence[Series], days: int) -> None:
    """Let the quarter pass: each day is committed, sealed and rolled up."""
    rooms = len(series) // SERIES_A_ROOM
    draw = np.random.default_rng(16)
    wears = len(WEARS)
    begin = np.tile([*(each[3] for each in WEARS), *([40.0] * (SERIES_A_ROOM - wears))], rooms)
    slope = np.tile([*(each[4] for each in WEARS), *([0.0] * (SERIES_A_ROOM - wears))], rooms)
    slope *= draw.uniform(0.5, 1.5, len(slope))
    numbers = np.array([one.id for one in series], np.int32)
    start = (NOW - days * DAY).replace(hour=0)
    at, made = start, series
    roller = Roller(store)
    while at < NOW:
        passed = (at - start) / DAY
        values = begin + slope * passed + draw.normal(0, 0.002, len(begin)) * np.abs(begin)
        columns = (numbers, np.full(len(numbers), microseconds(at), np.int64), values, np.zeros(len(numbers), np.bool_))
        store.commit(readings=Readings(*columns), series=made, at=at)
        made = []
        at += EVERY
        if at.hour == 0:
            Sealer(store, settle=timedelta(0), late_after=timedelta(0)).run(at + timedelta(hours=2))
            roller.run(at + timedelta(hours=2), most=4)


def main(rooms: int, days: int) -> None:
    devices, series = campus(rooms)
    with tempfile.TemporaryDirectory() as folder:
        store = HotStore.open(Path(folder))
        try:
            began = time.perf_counter()
            fill(store, series, days)
            size = sum(file.stat().st_size for file in store.archive.rglob("day-*.parquet")) / 1e6
            print(
                f"{len(series)} series, {days} days made in {time.perf_counter() - began:.0f} s; roll-ups {size:.0f} MB"
            )
            reader, kept = SeriesReader(store), Kept(devices)
            took: list[float] = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                found = ForesightDesk(store=store, past=reader, queries=kept).look(devices, NOW)
                took.append(time.perf_counter() - began)
            print(f"{len(found.wear)} parts wear, {len(found.units)} units stand out, {len(found.likely)} are likely")
            figure("foresight_s", statistics.median(took), "s")
            figure("foresight_a_room_ms", statistics.median(took) / rooms * 1000, "ms")
        finally:
            store.close()


if __name__ == "__main__":
    asked: Collection[int] = [int(word) for word in sys.argv[1:]]
    main(*(*asked, *(500, 90)[len(asked) :]))
