"""What the tests of the series store share: readings at a time, on real files."""

from datetime import UTC, datetime, timedelta

import numpy as np

from collector.core.model import DeviceId, Readings, Series, SeriesId
from collector.store.series.hot import HotStore
from collector.store.series.instants import microseconds
from collector.store.series.seal import Sealer

T0 = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NODE = DeviceId("s1:pc1")
SERIES = Series(id=SeriesId(1), device=NODE, metric="system.cpu.utilization", unit="1")


def readings(*rows: tuple[int, datetime, float], historical: bool = False) -> Readings:
    return Readings(
        np.array([row[0] for row in rows], np.int32),
        np.array([microseconds(row[1]) for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
        np.full(len(rows), historical),
    )


def rows_of(found: Readings) -> list[tuple[int, int, float, bool]]:
    return list(
        zip(found.series.tolist(), found.at_us.tolist(), found.value.tolist(), found.historical.tolist(), strict=True)
    )


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def seal_all(store: HotStore, now: datetime) -> int:
    sealer = Sealer(store, settle=seconds(0), late_after=seconds(0))
    return sealer.run(now)
