"""Does an agent's disk remember? Comes in: births, each with a run's epoch and number. Goes out: how often it forgot.

An agent numbers its runs on the disk that its outbox is on. A new run under a number that was there before means that
the disk was put back: frozen by a restore card or by software, or kept in memory.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of an agent: its random epoch and its number, 0 where it has none; `forgotten` counts repeats."""

    epoch: str = ""
    number: int = 0
    forgotten: int = 0


def next_run(before: Run, *, epoch: str, number: int, is_same_computer: bool) -> Run:
    """Return where things stand after a birth."""
    if epoch == before.epoch or not number:
        return before
    forgotten = 0
    if before.number and number <= before.number and is_same_computer:
        forgotten = before.forgotten + 1
    elif not is_same_computer:
        forgotten = before.forgotten
    return Run(epoch=epoch, number=number, forgotten=forgotten)
