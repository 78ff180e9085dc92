"""Reading the series store: the hot hours and the archive as one, on real files."""

import itertools
import threading
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from collector.core.model import Readings, SeriesId
from collector.store.errors import StoreError, StoreNotWritable
from collector.store.series.figures import Summary
from collector.store.series.hot import HotStore
from collector.store.series.instants import microseconds
from collector.store.series.read import SeriesReader
from collector.store.series.seal import Sealer
from tests.contract.series_scene import T0, readings, rows_of, seal_all, seconds

# ------------------------------------------------------------ reading


def test_buckets_join_hot_hours_late_readings_and_archive(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    reader = SeriesReader(store)
    # Ten hours, one reading a minute, each worth its minute; then the first hours are sealed.
    minutes = range(600)
    for hour in range(10):
        rows = [(1, T0 + seconds(60 * minute), float(minute)) for minute in minutes if minute // 60 == hour]
        store.commit(readings=readings(*rows), at=T0 + timedelta(hours=hour, minutes=59))
    now = T0 + timedelta(hours=9, minutes=59)
    assert seal_all(store, now) == 7
    late = readings((1, T0 + seconds(30), 1000.0), historical=True)
    store.commit(readings=late, at=now)

    found = reader.buckets(SeriesId(1), T0, T0 + timedelta(hours=12), 12)
    assert found.n.tolist() == [61, *[60] * 9, 0, 0]
    assert found.at_us.tolist() == [microseconds(T0 + timedelta(hours=hour)) for hour in range(12)]
    assert found.max.tolist()[:10] == [1000.0, *[60.0 * hour + 59 for hour in range(1, 10)]]
    assert found.min.tolist()[:10] == [60.0 * hour for hour in range(10)]
    assert found.mean[1] == pytest.approx(89.5)
    assert np.isnan(found.mean[10:]).all()

    assert seal_all(store, now) == 1  # the late one becomes a further file
    again = reader.buckets(SeriesId(1), T0, T0 + timedelta(hours=12), 12)
    assert again.n.tolist() == found.n.tolist()
    assert reader.raw(SeriesId(1), T0, T0 + seconds(61)).value.tolist() == [0.0, 1000.0, 1.0]
    store.close()


@pytest.mark.parametrize("points", [1, 7, 60, 997])
def test_every_reading_falls_into_the_bucket_whose_begin_it_has_reached(tmp_path: Path, points: int) -> None:
    store = HotStore.open(tmp_path)
    stamps = [T0 + seconds(10 * step) for step in range(360)]
    store.commit(readings=readings(*((1, at, 1.0) for at in stamps)), at=T0)
    end = T0 + timedelta(hours=1)
    found = SeriesReader(store).buckets(SeriesId(1), T0, end, points)
    edges = [*found.at_us.tolist(), microseconds(end)]
    expected = [sum(begin <= microseconds(at) < stop for at in stamps) for begin, stop in itertools.pairwise(edges)]
    assert found.n.tolist() == expected
    store.close()


def test_a_summary_is_exact(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    values = np.random.default_rng(3).random(1000)
    rows = [(1, T0 + seconds(10 * i), float(value)) for i, value in enumerate(values)]
    store.commit(readings=readings(*rows, (2, T0, 4.0)), at=T0 + timedelta(hours=2))
    seal_all(store, T0 + timedelta(hours=4))
    one, two = SeriesReader(store).summary([SeriesId(2), SeriesId(1), SeriesId(3)], T0, T0 + timedelta(days=1))
    assert (one.n, one.min, one.max) == (1000, values.min(), values.max())
    assert one.mean == pytest.approx(values.mean())
    assert one.p95 == pytest.approx(np.quantile(values, 0.95))
    assert two == Summary(series=SeriesId(2), n=1, min=4.0, mean=4.0, p95=4.0, max=4.0)
    assert SeriesReader(store).summary([], T0, T0 + timedelta(days=1)) == []
    store.close()


def test_a_thinned_past_has_the_last_reading_of_each_step_by_time_also_across_the_archive(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    store.commit(readings=readings(*((1, T0 + seconds(10 * i), float(i)) for i in range(90))), at=T0 + seconds(900))
    seal_all(store, T0 + timedelta(hours=4))
    later = T0 + timedelta(hours=1)
    store.commit(readings=readings((1, later, 7.0), (2, later + seconds(1), 8.0), (3, later, 9.0)), at=later)
    wanted = [SeriesId(1), SeriesId(2)]
    found = SeriesReader(store).thinned(wanted, T0, T0 + timedelta(hours=2), timedelta(minutes=5))
    assert [(number, value) for number, _, value, _ in rows_of(found)] == [(1, 29), (1, 59), (1, 89), (1, 7), (2, 8)]
    assert found.at_us.tolist() == sorted(found.at_us.tolist())
    assert len(SeriesReader(store).thinned([], T0, T0 + timedelta(hours=2), timedelta(minutes=5))) == 0
    store.close()


def test_the_archive_is_sorted_and_small(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    steps = 360
    series = np.repeat(np.arange(500, dtype=np.int32), steps)
    at_us = np.tile(microseconds(T0) + np.arange(steps) * 10_000_000, 500)
    order = np.random.default_rng(5).permutation(len(series))
    values = np.round(np.sin(at_us / 3e8) * 20 + 40)
    rows = Readings(series[order], at_us[order], values[order], np.zeros(len(series), np.bool_))
    store.commit(readings=rows, at=T0)
    assert seal_all(store, T0 + timedelta(hours=4)) == 1
    (path,) = store.archive.rglob("*.parquet")
    assert path.relative_to(store.archive).as_posix() == "2026-11-22/10-1.parquet"
    table = pq.read_table(path)
    assert table.column("series").to_pylist() == series.tolist()
    assert table.column("at_us").to_pylist() == at_us.tolist()
    assert path.stat().st_size / len(series) < 1.0
    store.close()


def test_a_file_that_no_manifest_names_is_removed_and_a_missing_one_does_not_fail_a_reader(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    store.commit(readings=readings((1, T0, 1.0)), at=T0)
    store.commit(readings=readings((1, T0 + timedelta(hours=1), 2.0)), at=T0 + timedelta(hours=1))
    assert seal_all(store, T0 + timedelta(hours=5)) == 2
    stray = store.archive / "2026-11-22" / "10-77.parquet"
    stray.write_bytes(b"half")
    unfinished = store.archive / "2026-11-22" / "11-78.parquet.unfinished"
    unfinished.write_bytes(b"half")
    assert Sealer(store).tidy() == []
    assert not stray.exists()
    assert not unfinished.exists()
    lost = store.archive / "2026-11-22" / "10-1.parquet"
    lost.unlink()
    assert Sealer(store).tidy() == [lost]
    assert SeriesReader(store).raw(SeriesId(1), T0, T0 + timedelta(days=1)).value.tolist() == [2.0]
    store.close()


def test_a_seal_that_cannot_write_leaves_the_readings_where_they_were(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    store.commit(readings=readings((1, T0, 1.0)), at=T0)
    store.archive.write_text("a file where the folder should be")
    with pytest.raises(StoreNotWritable, match="Readings stay in the hot store"):
        seal_all(store, T0 + timedelta(hours=4))
    assert SeriesReader(store).raw(SeriesId(1), T0, T0 + seconds(1)).value.tolist() == [1.0]
    store.archive.unlink()
    assert seal_all(store, T0 + timedelta(hours=4)) == 1
    assert SeriesReader(store).raw(SeriesId(1), T0, T0 + seconds(1)).value.tolist() == [1.0]
    store.close()


def test_a_part_is_sealed_only_after_it_has_settled(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    store.commit(readings=readings((1, T0, 1.0)), at=T0)
    sealer = Sealer(store, settle=seconds(60))
    now = T0 + timedelta(hours=3)
    assert sealer.run(now) == 0
    assert sealer.run(now + seconds(59)) == 0
    assert sealer.run(now + seconds(60)) == 1
    store.close()


def test_a_reader_never_fails_while_hours_are_written_sealed_and_dropped(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path, hot_hours=1)
    reader = SeriesReader(store)
    sealer = Sealer(store, settle=seconds(0), late_after=seconds(0))
    written = 0
    done = threading.Event()
    failures: list[Exception] = []
    answers = [0, 0, 0]

    def hammer(which: int) -> None:
        least = 0
        while not done.is_set():
            before = written
            try:
                if which == 0:
                    found = reader.buckets(SeriesId(3), T0, T0 + timedelta(days=3), 100)
                    seen = int(found.n.sum())
                elif which == 1:
                    seen = len(reader.raw(SeriesId(3), T0, T0 + timedelta(days=3)).value)
                else:
                    (one,) = reader.summary([SeriesId(3)], T0, T0 + timedelta(days=3)) or [None]
                    seen = one.n if one else 0
                    store.latest()
            except Exception as error:  # noqa: BLE001 -- whatever it is, the test shows it
                failures.append(error)
                return
            if not max(before, least) <= seen <= written + 1:
                failures.append(AssertionError(f"{seen} readings, {before}..{written} written, {least} seen before"))
                return
            least = seen
            answers[which] += 1

    threads = [threading.Thread(target=hammer, args=(which,)) for which in range(3)]
    for thread in threads:
        thread.start()
    sealed = 0
    try:
        for step in range(240):
            at = T0 + timedelta(minutes=15 * step)
            rows = [(series, at, float(step)) for series in range(20)]
            store.commit(readings=readings(*rows), at=at)
            written += 1
            if step % 3 == 0:
                sealed += sealer.run(at)
            if failures:
                break
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not failures, failures[0]
    assert sealed > 50
    assert min(answers) > 5, answers
    store.close()


def test_questions_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    reader = SeriesReader(store)
    with pytest.raises(ValueError, match="ends before"):
        reader.buckets(SeriesId(1), T0, T0, 10)
    with pytest.raises(ValueError, match="points"):
        reader.buckets(SeriesId(1), T0, T0 + seconds(1), 0)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        reader.raw(SeriesId(1), T0, T0 + seconds(1))
