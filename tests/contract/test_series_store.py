"""The hot store, its archive and its readers, on real files."""

import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from collector.core.model import Born, Died, Readings, Series, SeriesId, Shutdown, no_readings
from collector.store.errors import StoreDamaged, StoreInUse, StoreNotWritable, StoreTooNew
from collector.store.series.hot import HotStore
from collector.store.series.instants import microseconds
from collector.store.series.read import SeriesReader
from collector.store.series.seal import Sealer
from collector.store.series.watermarks import Watermark
from tests.contract.series_scene import NODE, SERIES, T0, readings, rows_of, seal_all, seconds

ROOT = Path(__file__).resolve().parents[2]


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
