"""The hot store, its archive and its readers, on real files."""

import itertools
import random
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from collector.core.model import Born, DeviceId, Died, Readings, Series, SeriesId, Shutdown, no_readings
from collector.store.errors import StoreDamaged, StoreError, StoreInUse, StoreNotWritable, StoreTooNew
from collector.store.series.hot import HotStore
from collector.store.series.instants import microseconds
from collector.store.series.read import SeriesReader, Summary
from collector.store.series.seal import Sealer
from collector.store.series.watermarks import Watermark

ROOT = Path(__file__).resolve().parents[2]
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


# ------------------------------------------------------------ commits


def test_what_was_committed_is_there_after_a_restart(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    taken = readings((1, T0, 0.5), (1, T0 + seconds(10), 0.7))
    assert store.commit(readings=taken, series=[SERIES], watermarks=[], at=T0) == 1
    assert store.commit(readings=no_readings(), series=[], watermarks=[], at=T0) == 2
    store.close()

    again = HotStore.open(tmp_path)
    assert again.all_series() == [SERIES]
    assert again.last_commit() == 2
    assert SeriesReader(again).raw(SERIES.id, T0, T0 + seconds(60)).value.tolist() == [0.5, 0.7]
    assert again.commit(readings=no_readings(), series=[], watermarks=[], at=T0) == 3
    again.close()


def test_a_series_described_anew_keeps_its_number(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    renamed = Series(id=SERIES.id, device=NODE, metric=SERIES.metric, unit="%")
    store.commit(readings=no_readings(), series=[SERIES], at=T0)
    store.commit(readings=no_readings(), series=[renamed], at=T0)
    assert store.all_series() == [renamed]
    store.close()


def test_watermarks_are_merged_into_ranges_when_the_store_opens(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    ids = [*range(1, 50), *range(60, 80), 100]
    random.Random(4).shuffle(ids)
    for number in ids:
        store.commit(readings=no_readings(), watermarks=[Watermark(node=NODE, epoch="e", id=number)], at=T0)
    store.commit(readings=no_readings(), watermarks=[Watermark(node=NODE, epoch="f", first=0, id=9)], at=T0)
    store.close()

    again = HotStore.open(tmp_path)
    assert [(mark.epoch, mark.first, mark.id) for mark in again.watermarks()] == [
        ("e", 1, 49),
        ("e", 60, 79),
        ("e", 100, 100),
        ("f", 0, 9),
    ]
    again.close()


def test_an_epoch_silent_for_months_is_forgotten_and_a_fresh_one_is_not(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    store.commit(readings=no_readings(), watermarks=[Watermark(node=NODE, epoch="old", id=1)], at=T0)
    later = T0 + timedelta(days=101)
    store.commit(readings=no_readings(), watermarks=[Watermark(node=NODE, epoch="new", id=1)], at=later)
    store.close()
    again = HotStore.open(tmp_path)
    assert [mark.epoch for mark in again.watermarks()] == ["new"]
    again.close()


def test_commits_after_a_number_come_back_as_they_were_taken(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    store.commit(readings=readings((1, T0, 1.0)), series=[SERIES], at=T0)
    born = Born(device=NODE, at=T0, properties={"room": "101", "name": "教室"}, interval=seconds(10))
    died = Died(device=NODE, at=T0 + seconds(1), told=Shutdown.OS)
    second = readings((1, T0 + seconds(2), 2.0), (1, T0 + seconds(1), 3.0), (1, T0 - timedelta(days=2), 4.0))
    store.commit(readings=second, events=[born, died], at=T0 + seconds(2))
    store.commit(readings=readings((1, T0, 9.0), historical=True), at=T0 + seconds(3))
    store.close()

    again = HotStore.open(tmp_path)
    first, last = list(again.batches_after(1))
    assert (first.commit, first.at, first.events) == (2, T0 + seconds(2), (born, died))
    assert sorted(rows_of(first.readings)) == sorted(rows_of(second))
    assert first.heard == {NODE: T0 + seconds(2)}
    assert last.readings.historical.tolist() == [True]
    assert last.heard == {}
    assert not list(again.batches_after(3))
    again.close()


def test_the_latest_reading_prefers_live_ones_and_survives_sealing(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    store.commit(readings=readings((1, T0, 1.0), (2, T0 + seconds(5), 5.0), (2, T0, 4.0)), at=T0)
    store.commit(readings=readings((1, T0 + seconds(9), 2.0), (3, T0, 7.0), historical=True), at=T0)
    expected = [
        (1, microseconds(T0), 1.0, False),
        (2, microseconds(T0 + seconds(5)), 5.0, False),
        (3, microseconds(T0), 7.0, True),
    ]
    assert rows_of(store.latest()) == expected
    assert seal_all(store, T0 + timedelta(hours=4)) == 1
    assert rows_of(store.latest()) == expected
    store.commit(readings=readings((1, T0 + timedelta(hours=4), 8.0)), at=T0 + timedelta(hours=4))
    assert rows_of(store.latest())[0] == (1, microseconds(T0 + timedelta(hours=4)), 8.0, False)
    store.close()


# ------------------------------------------------------------ refusals


def test_a_directory_in_use_is_refused_in_a_sentence(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    with pytest.raises(StoreInUse, match="in use by another collector"):
        HotStore.open(tmp_path)
    store.close()
    HotStore.open(tmp_path).close()


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    HotStore.open(tmp_path).close()
    with duckdb.connect(str(tmp_path / "hot.duckdb")) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
    with pytest.raises(StoreTooNew, match="newer Roomtone"):
        HotStore.open(tmp_path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "hot.duckdb").write_bytes(b"not a database at all" * 1000)
    with pytest.raises(StoreDamaged, match=r"hot\.duckdb is not a readable database"):
        HotStore.open(tmp_path)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreNotWritable, match="cannot be written to"):
        HotStore.open(tmp_path / "file" / "data")


_WITHOUT_RIGHTS = """
import os, sys
from pathlib import Path
from collector.store.errors import StoreNotWritable
from collector.store.series.hot import HotStore
os.getuid() or os.setuid(65534)
try:
    HotStore.open(Path(sys.argv[1]))
except StoreNotWritable as error:
    print(error)
"""


def test_a_directory_without_rights_is_named(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        parent.chmod(0o755)
    answer = subprocess.run(
        [sys.executable, "-c", _WITHOUT_RIGHTS, str(locked)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert "cannot be written to (Permission denied)" in answer.stdout, answer.stderr


def test_nothing_is_stored_when_the_disk_is_nearly_full_and_storing_goes_on_when_it_is_not(tmp_path: Path) -> None:
    store = HotStore.open(tmp_path, reserve_bytes=1 << 62)
    taken = readings((1, T0, 1.0))
    with pytest.raises(StoreNotWritable, match="kept free"):
        store.commit(readings=taken, series=[SERIES], at=T0)
    assert store.last_commit() == 0
    store._reserve_bytes = 0
    assert store.commit(readings=taken, series=[SERIES], at=T0) == 1
    store.close()


# ------------------------------------------------------------ a real full disk


def _commit_until_refused(store: HotStore, limit: int) -> tuple[int, Readings]:
    rng = np.random.default_rng(1)
    for number in range(limit):
        many = Readings(
            rng.integers(0, 60_000, 20_000).astype(np.int32),
            microseconds(T0) + rng.integers(0, 3_600_000_000, 20_000),
            rng.random(20_000),
            np.zeros(20_000, np.bool_),
        )
        try:
            store.commit(readings=many, at=T0)
        except StoreNotWritable:
            return number, many
    raise AssertionError("the disk did not fill")


def test_a_full_disk_loses_nothing_that_was_committed_and_mends_by_itself(tmp_path: Path) -> None:
    """A real file system of 16 MB; only root may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)], capture_output=True)
    if mount.returncode:
        pytest.skip("this account may not mount a file system; the limit on file sizes below covers it in part")
    try:
        store = HotStore.open(disk, reserve_bytes=0)
        kept, refused = _commit_until_refused(store, 400)
        assert kept > 5
        assert store.last_commit() == kept
        reader = SeriesReader(store)
        counted = sum(one.n for one in reader.summary(map(SeriesId, range(60_000)), T0, T0 + timedelta(hours=1)))
        assert counted == kept * 20_000
        with pytest.raises(StoreNotWritable, match="the disk is full"):
            store.commit(readings=refused, at=T0)
        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        assert store.commit(readings=refused, at=T0) == kept + 1
        assert [batch.commit for batch in store.batches_after(kept)] == [kept + 1]
        store.close()
        again = HotStore.open(disk, reserve_bytes=0)
        assert again.last_commit() == kept + 1
        again.close()
    finally:
        subprocess.run(["umount", str(disk)], check=False)


_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, resource.RLIM_INFINITY))
from pathlib import Path
from tests.contract.test_series_store import _commit_until_refused, HotStore, T0
store = HotStore.open(Path(sys.argv[1]))
kept, refused = _commit_until_refused(store, 400)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert store.commit(readings=refused, at=T0) == kept + 1
print(store.last_commit())
store.close()
"""


def test_a_write_that_fails_changes_nothing_and_can_be_handed_in_again(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert answer.returncode == 0, answer.stderr
    store = HotStore.open(tmp_path)
    assert store.last_commit() == int(answer.stdout)
    assert sum(len(batch.readings) for batch in store.batches_after(0)) == int(answer.stdout) * 20_000
    store.close()


# ------------------------------------------------------------ kill -9

_COMMITTING = """
import sys
from pathlib import Path
import numpy as np
from tests.contract.test_series_store import HotStore, NODE, Readings, Sealer, T0, Watermark, microseconds, seconds
store = HotStore.open(Path(sys.argv[1]))
sealer = Sealer(store, settle=seconds(0), late_after=seconds(0))
sealer.tidy()
while True:
    number = store.last_commit() + 1
    at = T0 + seconds(number * 60)
    rows = Readings(np.arange(200, dtype=np.int32), np.full(200, microseconds(at)), np.full(200, float(number)),
                    np.zeros(200, np.bool_))
    store.commit(readings=rows, watermarks=[Watermark(node=NODE, epoch="e", id=number)], at=at)
    print(number, flush=True)
    if number % 25 == 0:
        sealer.run(at)
"""


def test_no_acknowledged_reading_is_lost_when_the_collector_is_killed(tmp_path: Path) -> None:
    acknowledged = 0
    chance = random.Random(7)
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", _COMMITTING, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert process.stdout is not None
        for _ in range(chance.randint(20, 120)):
            line = process.stdout.readline()
            acknowledged = int(line)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        acknowledged = int(rest[-1]) if rest else acknowledged
        process.wait()
    store = HotStore.open(tmp_path)
    Sealer(store).tidy()
    assert store.last_commit() >= acknowledged > 0
    found = SeriesReader(store).raw(SeriesId(7), T0, T0 + timedelta(days=30)).value.tolist()
    assert found == [float(number) for number in range(1, store.last_commit() + 1)]
    assert [(mark.first, mark.id) for mark in store.watermarks()] == [(1, store.last_commit())]
    store.close()


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
