"""Days that were rolled up: their figures are those of their readings, whatever comes late."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from collector.core.model import Readings, SeriesId
from collector.store.series.figures import Summary
from collector.store.series.hot import HotStore
from collector.store.series.instants import microseconds
from collector.store.series.read import SeriesReader
from collector.store.series.rollup import AGAIN_AFTER, Roller, rollups
from collector.store.series.seal import Sealer
from collector.store.series.sketch import RELATIVE_ERROR
from tests.contract.series_scene import readings, seal_all

BEGIN = datetime(2026, 11, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)
KINDS = (
    lambda random, n: random.random(n),  # shares
    lambda random, n: random.normal(-40, 15, n),  # levels of sound
    lambda random, n: random.lognormal(12, 3, n),  # rates
    lambda random, n: random.integers(0, 3, n).astype(float),  # states
)


def stored(store: HotStore, days: float, *, seed: int = 1) -> dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Store a reading a minute of eight series, hour by hour, and return all of them."""
    random = np.random.default_rng(seed)
    all_of: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
    hours = int(days * 24)
    for number in range(8):
        at_us = microseconds(BEGIN) + np.arange(hours * 60) * 60_000_000
        all_of[number] = (at_us, KINDS[number % len(KINDS)](random, len(at_us)))
    for hour in range(hours):
        part = slice(hour * 60, (hour + 1) * 60)
        store.commit(
            readings=Readings(
                np.repeat(np.arange(8, dtype=np.int32), 60),
                np.concatenate([all_of[n][0][part] for n in range(8)]),
                np.concatenate([all_of[n][1][part] for n in range(8)]),
                np.zeros(480, np.bool_),
            ),
            at=BEGIN + timedelta(hours=hour + 1),
        )
    return all_of


def check(
    found: list[Summary],
    all_of: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]],
    start: datetime,
    end: datetime,
) -> None:
    assert [one.series for one in found] == sorted(all_of)
    for one in found:
        at_us, value = all_of[one.series]
        value = value[(at_us >= microseconds(start)) & (at_us < microseconds(end))]
        assert (one.n, one.min, one.max) == (len(value), value.min(), value.max())
        assert one.mean == pytest.approx(value.mean(), rel=1e-9)
        around = np.quantile(value, 0.95, method="lower"), np.quantile(value, 0.95, method="higher")
        slack = RELATIVE_ERROR * max(map(abs, around)) + 1e-9
        assert around[0] - slack <= one.p95 <= around[1] + slack


def roll_up_all(store: HotStore, now: datetime) -> int:
    seal_all(store, now)
    return Roller(store).run(now, most=100)


def test_a_period_of_rolled_up_days_has_the_figures_of_its_readings(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    all_of = stored(store, 3)
    assert roll_up_all(store, BEGIN + 4 * DAY) == 4
    midnight = timedelta(hours=16)
    for first, last in ((timedelta(), 3 * DAY), (timedelta(hours=1), 2.5 * DAY), (midnight, midnight + 2 * DAY)):
        start, end = BEGIN + first, BEGIN + last
        check(SeriesReader(store).summary(map(SeriesId, range(9)), start, end), all_of, start, end)
    store.close()


def test_a_day_is_rolled_up_when_its_last_hour_is_sealed(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    stored(store, 1.75)
    midnight = datetime(2026, 11, 3, tzinfo=UTC)
    assert Roller(store).run(midnight + DAY) == 0
    assert roll_up_all(store, midnight - timedelta(hours=1)) == 0
    assert roll_up_all(store, midnight + timedelta(hours=6)) == 1
    assert roll_up_all(store, midnight + timedelta(hours=7)) == 0
    store.close()


def test_what_comes_late_counts_once_before_and_after_its_day_is_rolled_up_again(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    all_of = stored(store, 2)
    now = BEGIN + 3 * DAY
    roll_up_all(store, now)
    late = BEGIN + timedelta(hours=20, seconds=30)
    store.commit(readings=readings((3, late, 9.0), historical=True), at=now)
    all_of[3] = (np.append(all_of[3][0], microseconds(late)), np.append(all_of[3][1], 9.0))

    def right() -> None:
        check(SeriesReader(store).summary(map(SeriesId, range(8)), BEGIN, now), all_of, BEGIN, now)

    right()  # it lies in a part
    seal_all(store, now + timedelta(hours=2))
    right()  # it lies in a file of its own
    roller = Roller(store)
    assert roller.run(now + timedelta(hours=2), most=9) == 0
    again = now + AGAIN_AFTER + timedelta(hours=1)
    assert roller.run(again, most=9) == 1
    right()
    before = len(list(store.archive.rglob("day-*.parquet")))
    roller.run(again + timedelta(hours=2))
    assert len(list(store.archive.rglob("day-*.parquet"))) == before - 1
    store.close()


def test_a_roll_up_whose_file_is_gone_is_made_again(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    all_of = stored(store, 2)
    now = BEGIN + 3 * DAY
    assert roll_up_all(store, now) == 3
    with store.reading() as cursor:
        lost = store.archive / rollups(cursor)[1].path
    lost.unlink()
    check(SeriesReader(store).summary(map(SeriesId, range(8)), BEGIN, now), all_of, BEGIN, now)
    assert Sealer(store).tidy() == []
    Roller(store).tidy()
    assert Roller(store).run(now, most=9) == 1
    assert lost.exists()
    store.close()


def test_a_store_from_before_there_were_roll_ups_gets_them(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    stored(store, 1)
    store.close()
    with duckdb.connect(str(tmp_path / "hot.duckdb")) as connection:
        connection.execute("DROP TABLE rollups")
    store = HotStore.open(tmp_path)
    assert roll_up_all(store, BEGIN + 3 * DAY) == 2
    store.close()


def test_a_reader_never_fails_while_days_are_rolled_up(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    all_of = stored(store, 6)
    now = BEGIN + 7 * DAY
    seal_all(store, now)
    reader, roller = SeriesReader(store), Roller(store)
    failures: list[BaseException] = []
    done = threading.Event()
    answers = 0

    def hammer() -> None:
        nonlocal answers
        while not done.is_set():
            try:
                check(reader.summary(map(SeriesId, range(8)), BEGIN, now), all_of, BEGIN, now)
                answers += 1
            except BaseException as error:  # noqa: BLE001 -- whatever it is, the test shows it
                failures.append(error)
                return

    thread = threading.Thread(target=hammer)
    thread.start()
    while roller.run(now):
        pass
    done.set()
    thread.join()
    assert not failures, failures[0]
    assert answers > 0
    store.close()
