"""The outbox on a real disk: over restarts, kills, frozen and full disks, and damage."""

import logging
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from agent.entry import Bounds, Draft, EpochState
from agent.errors import OutboxError
from agent.outbox import FILE_NAME, Outbox

ROOT = Path(__file__).resolve().parents[2]
NOW = 1_000_000_000
BODY = bytes(36)
COST = 100

Open = Callable[..., Outbox]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Open]:
    """Start the agent's outbox; the epochs of later starts are run2, run3, ..."""
    numbers = count(1)
    opened: list[Outbox] = []

    def start(bounds: Bounds | None = None) -> Outbox:
        box = Outbox.open(tmp_path / "data", bounds, make_epoch=lambda: f"run{next(numbers)}")
        opened.append(box)
        return box

    yield start
    for box in opened:
        box.close()


def put(box: Outbox, number: int, *, at_ms: int = NOW) -> None:
    for _ in range(number):
        box.append([Draft(device="", at_ms=at_ms, body=BODY)], at_ms)


def crash(box: Outbox) -> None:
    """End without saying goodbye to the file."""
    if box._disk is not None:
        box._disk._db.close()
        box._disk = None


def test_entries_left_over_from_earlier_runs_keep_their_epoch_and_id(start: Open) -> None:
    first = start()
    put(first, 3)
    first.acknowledge("run1", 1)
    first.close()
    second = start()
    put(second, 2)
    assert second.epochs() == [
        EpochState(epoch="run1", first=1, acked=1, last=3),
        EpochState(epoch="run2", first=1, acked=0, last=2),
    ]
    assert [e.id for e in second.entries("run1", 1, 10)] == [2, 3]
    assert second.depth == 4


def test_entries_survive_a_crash_and_an_acknowledgement_may_be_forgotten(start: Open) -> None:
    first = start()
    put(first, 3)
    first.acknowledge("run1", 3)
    crash(first)
    second = start()
    assert second.state("run1") == EpochState(epoch="run1", first=1, acked=0, last=3)


def test_an_acknowledgement_is_kept_with_the_next_entry(start: Open) -> None:
    first = start()
    put(first, 3)
    first.acknowledge("run1", 2)
    put(first, 1)
    crash(first)
    assert start().state("run1") == EpochState(epoch="run1", first=1, acked=2, last=4)


def test_an_append_is_durable_when_it_returns(tmp_path: Path) -> None:
    writer = (
        "import sys; from pathlib import Path; from agent.entry import Draft; from agent.outbox import Outbox\n"
        "box = Outbox.open(Path(sys.argv[1]), make_epoch=lambda: 'one')\n"
        "for n in range(1, 100000):\n"
        "    box.append([Draft(device='', at_ms=n, body=b'x')], n); print(n, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", writer, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(50)]
    process.kill()
    said += [int(line) for line in process.stdout.read().split("\n")[:-1]]
    process.wait()
    box = Outbox.open(tmp_path)
    state = box.state("one")
    box.close()
    assert state is not None
    assert state.last >= said[-1]


def test_a_frozen_disk_reuses_no_number(start: Open, tmp_path: Path) -> None:
    first = start()
    put(first, 3)
    first.acknowledge("run1", 2)
    first.close()
    shutil.copytree(tmp_path / "data", tmp_path / "frozen")
    second = start()
    put(second, 5)
    second.acknowledge("run1", 3)
    second.close()
    shutil.rmtree(tmp_path / "data")
    shutil.copytree(tmp_path / "frozen", tmp_path / "data")
    third = start()
    put(third, 5)
    assert third.epochs() == [
        EpochState(epoch="run1", first=1, acked=2, last=3),
        EpochState(epoch="run3", first=1, acked=0, last=5),
    ]
    # A late word on the run that the disk has forgotten touches nothing.
    assert third.acknowledge("run2", 5) is None
    assert third.depth == 6


def test_an_epoch_is_forgotten_when_all_of_it_is_acknowledged_and_past_its_grace(start: Open) -> None:
    first = start()
    put(first, 3)
    first.close()
    second = start(Bounds(grace_age_s=60))
    second.acknowledge("run1", 3)
    put(second, 1)
    assert second.state("run1") is not None
    put(second, 1, at_ms=NOW + 100_000)
    assert second.state("run1") is None


def test_an_earlier_run_whose_entries_a_bound_dropped_is_kept_until_the_collector_steps_over_it(start: Open) -> None:
    bounds = Bounds(max_bytes=5 * COST)
    first = start(bounds)
    put(first, 3)
    first.close()
    second = start(bounds)
    put(second, 6)
    assert second.dropped == 4
    assert second.state("run1") == EpochState(epoch="run1", first=4, acked=0, last=3)
    second.close()
    third = start(bounds)
    assert third.state("run1") == EpochState(epoch="run1", first=4, acked=0, last=3)
    third.acknowledge("run1", 3)
    put(third, 1)
    assert third.state("run1") is None
    assert third.dropped == 5


def test_session_numbers_and_what_was_told_go_on_over_restarts(start: Open) -> None:
    first = start(Bounds(max_bytes=2 * COST))
    put(first, 4)
    assert [first.next_bdseq() for _ in range(3)] == [0, 1, 2]
    first.tell(1)
    crash(first)
    second = start()
    assert second.next_bdseq() == 3
    assert (second.dropped, second.told) == (2, 1)


def test_a_second_agent_in_the_same_folder_is_told_so(start: Open) -> None:
    put(start(), 1)
    with pytest.raises(OutboxError, match="in use by another agent"):
        start()


def test_a_file_of_a_newer_version_is_left_alone(start: Open, tmp_path: Path) -> None:
    start().close()
    with sqlite3.connect(tmp_path / "data" / FILE_NAME) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(OutboxError, match="newer version"):
        start()


def test_a_damaged_file_is_put_aside_and_a_new_one_begun(
    start: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = start()
    put(first, 200)
    first.close()
    file = tmp_path / "data" / FILE_NAME
    data = bytearray(file.read_bytes())
    data[4096 : len(data)] = bytes(len(data) - 4096)
    file.write_bytes(data)
    second = start()
    put(second, 2)
    assert second.on_disk
    assert second.failures == 1
    assert second.depth == 2
    assert file.with_name(FILE_NAME + ".damaged").exists()
    assert "damaged" in caplog.text


def test_a_file_that_is_no_database_is_put_aside(start: Open, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / FILE_NAME).write_bytes(b"not a database, but longer than a header of one" * 100)
    box = start()
    put(box, 1)
    assert box.on_disk


def test_a_folder_that_cannot_be_written_leaves_the_readings_in_memory(
    start: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    box = start()
    put(box, 3)
    assert not box.on_disk
    assert box.depth == 3
    assert box.failures >= 1
    assert "kept in memory" in caplog.text
    (tmp_path / "data").unlink()
    put(box, 2, at_ms=NOW + 120_000)
    assert box.on_disk
    assert box.depth == 5
    assert [s.last for s in box.epochs()] == [3, 2]


def test_a_full_disk_is_survived_counted_said_once_and_used_again(
    start: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    box = start()
    put(box, 10)
    assert box._disk is not None
    pages = box._disk._db.execute("PRAGMA page_count").fetchone()[0]
    box._disk._db.execute(f"PRAGMA max_page_count = {pages}")
    put(box, 200)
    assert not box.on_disk
    assert box.depth == 210
    assert caplog.text.count("cannot be written") == 1
    epochs = [s.epoch for s in box.epochs()]
    assert epochs[0] == "run1"
    assert box.epoch == epochs[-1] != "run1"
    # Whoever frees the disk gets it used again, and both epochs can be acknowledged.
    box._disk._db.execute("PRAGMA max_page_count = 100000")
    put(box, 1, at_ms=NOW + 120_000)
    assert box.on_disk
    assert box.epoch == "run1"
    for state in box.epochs():
        assert box.acknowledge(state.epoch, state.last) is not None
    assert box.depth == 0
    assert "can be written again" in caplog.text


def test_a_write_that_fails_half_way_changes_nothing(start: Open) -> None:
    box = start()
    put(box, 3)
    disk = box._disk
    assert disk is not None
    before = (disk.epochs(), disk.bytes)
    with pytest.raises(sqlite3.Error):
        disk.append(
            [Draft(device="", at_ms=NOW, body=BODY), Draft(device=object(), at_ms=NOW, body=BODY)],  # type: ignore[arg-type]
            NOW,
        )
    assert (disk.epochs(), disk.bytes) == before
    put(box, 1)
    assert disk.epochs()[0].last == 4
