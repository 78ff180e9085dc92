"""An agent that counts, and that writes down what its outbox has taken: the truth that a loss test compares with.

Usage: counting_agent.py CONFIG LEDGER [lossy]. Each line of the ledger is the count of one entry that was in the outbox
on disk. The lossy variant trims what it has just put in, as one does who takes sending for storing; a test that
looks for loss must find it out.
"""

import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from agent.config import load_config
from agent.entry import Bounds, Draft, Entry
from agent.loop import Agent
from agent.outbox import Outbox
from agent.reading import Reading
from agent.uplink.message import unpack
from wire.payload import number_of

METRIC = "test.count"
RANGE = 1_000_000


class Counter:
    """Counts on from `start`, one a step."""

    name = "counter"

    def __init__(self, start: int) -> None:
        self._numbers: Iterator[int] = count(start)

    def read(self, now: datetime) -> Iterable[Reading]:
        yield Reading(METRIC, next(self._numbers))


class WitnessedOutbox(Outbox):
    """An outbox that writes the counts it took to `ledger`, once they are on disk."""

    ledger: Path
    is_lossy = False

    def append(self, drafts: Sequence[Draft], now_ms: int) -> list[Entry]:
        entries = super().append(drafts, now_ms)
        counts = [
            round(number)
            for entry in entries
            for metric in unpack(entry.body).metrics
            if metric.name == METRIC and (number := number_of(metric)) is not None
        ]
        with self.ledger.open("a") as file:
            file.writelines(f"{number}\n" for number in counts)
        if self.is_lossy:
            for entry in entries:
                self.acknowledge(entry.epoch, entry.id)
        return entries


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    config = load_config(Path(sys.argv[1]))
    ledger = Path(sys.argv[2])
    ledger.touch()
    runs = ledger.with_suffix(".runs")
    run = int(runs.read_text()) + 1 if runs.exists() else 1
    runs.write_text(str(run))
    WitnessedOutbox.ledger = ledger
    WitnessedOutbox.is_lossy = sys.argv[3:] == ["lossy"]
    bounds = Bounds(grace_bytes=0, grace_age_s=0) if WitnessedOutbox.is_lossy else config.bounds
    outbox = WitnessedOutbox.open(config.data_dir, bounds)
    # Each run counts in a range of its own: what reached the disk just before a kill, and not the ledger, is not given
    # out again.
    Agent(config, probes=[Counter(run * RANGE)], outbox=outbox).run()


if __name__ == "__main__":
    main()
