"""A collector restored from a backup gets back from the agents what it had stored since."""

import shutil
from collections import Counter
from pathlib import Path

from collector.core.model import DeviceId
from tests.brokers import Broker
from tests.contract.edge import agent_at
from tests.contract.line import Line, close_line, open_line

NODE = DeviceId("east:pc1")
MEMORY = "system.memory.utilization"


def put_back(data: Path, backup: Path) -> None:
    shutil.rmtree(data)
    shutil.copytree(backup, data)


def stored(line: Line) -> dict[str, int]:
    """Return how many entries are stored of each epoch."""
    found: Counter[str] = Counter()
    for mark in line.store.watermarks():
        found[mark.epoch] += mark.id - (mark.first or mark.id) + 1
    return dict(found)


def often(stamps: list[int], of: list[int]) -> dict[int, int]:
    """Return how often each stamp is there: two runs close after each other may read at one step of the grid."""
    counted = Counter(stamps)
    return {stamp: counted[stamp] for stamp in of}


def test_what_was_stored_after_the_backup_comes_again_also_of_earlier_runs(broker: Broker, tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    home = tmp_path / "pc1"
    line = open_line(broker, data)
    with agent_at(broker, home):
        line.until(lambda: len(line.stamps(MEMORY)) >= 5, "readings of the first run")
        close_line(line)
        shutil.copytree(data, backup)
        line = open_line(broker, data)
        had = len(line.stamps(MEMORY))
        line.until(lambda: len(line.stamps(MEMORY)) >= had + 5, "readings after the backup")
    with agent_at(broker, home):
        line.until(lambda: len(stored(line)) == 2, "the second run")
        in_second = len(line.stamps(MEMORY))
        line.until(lambda: len(line.stamps(MEMORY)) >= in_second + 5, "readings of the second run")
    # The third run still runs while the collector goes back to where the first one was.
    with agent_at(broker, home):
        line.until(lambda: len(stored(line)) == 3, "the third run")
        for _ in range(100):
            line.step()
        before = line.stamps(MEMORY)
        entries = stored(line)
        close_line(line)
        put_back(data, backup)
        line = open_line(broker, data)
        assert len(stored(line)) == 1
        assert len(line.stamps(MEMORY)) < len(before) - 10
        line.until(lambda: set(before) <= set(line.stamps(MEMORY)), "everything that was stored before")
        line.until(lambda: all(stored(line).get(epoch, 0) >= count for epoch, count in entries.items()), "each entry")
        assert often(line.stamps(MEMORY), before) == often(before, before)
        assert line.host.forgotten_entries == line.host.dropped_entries == 0
    close_line(line)


def test_a_run_that_ended_before_the_backup_was_put_back_is_asked_for_too(broker: Broker, tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    line = open_line(broker, data)
    close_line(line)
    shutil.copytree(data, backup)
    line = open_line(broker, data)
    for _ in range(3):
        with agent_at(broker, tmp_path / "pc1"):
            runs = len(stored(line))
            line.until(lambda runs=runs: len(stored(line)) > runs, "another run")
            had = len(line.stamps(MEMORY))
            line.until(lambda had=had: len(line.stamps(MEMORY)) >= had + 3, "its readings")
    before = line.stamps(MEMORY)
    close_line(line)
    put_back(data, backup)
    line = open_line(broker, data)
    with agent_at(broker, tmp_path / "pc1"):
        line.until(lambda: set(before) <= set(line.stamps(MEMORY)), "everything that was stored before")
        assert often(line.stamps(MEMORY), before) == often(before, before)
    close_line(line)
