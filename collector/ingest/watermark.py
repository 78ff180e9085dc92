"""What is stored of each agent's outbox: a contiguous number, and ids above it.

Live entries go first and the backlog fills in behind, so what is stored of an epoch is a few ranges. `Outbox/First`
tells what a full outbox had to drop: that is stepped over and counted, or the number would stand still for ever.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from collector.core.model import DeviceId
from collector.store.series.watermarks import Watermark

# Entry numbers are kept in signed columns.
MAX_ID: Final = (1 << 63) - 1
# Ranges kept of one epoch; an honest agent makes a handful.
MAX_RANGES: Final = 10_000


class Marks:
    """Ids of one epoch that are done, as ranges in order that do not touch."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    @property
    def stored_up_to(self) -> int:
        """The highest id below which nothing is missing; 0 where that is none."""
        return self._lasts[0] if self._firsts and self._firsts[0] <= 1 else 0

    @property
    def ranges(self) -> int:
        """How many ranges there are."""
        return len(self._firsts)

    def has(self, number: int) -> bool:
        """Tell whether an id is done."""
        place = bisect_right(self._firsts, number) - 1
        return place >= 0 and number <= self._lasts[place]

    def add(self, number: int) -> None:
        """Note that one id is done."""
        # The ordinary case: the entry after the newest.
        if self._lasts and self._lasts[-1] == number - 1:
            self._lasts[-1] = number
        else:
            self.add_range(number, number)

    def add_range(self, first: int, last: int) -> int:
        """Note that the ids `first`..`last` are done; return how many of them were not before."""
        firsts, lasts = self._firsts, self._lasts
        # Every range that overlaps or touches first..last becomes one with it.
        low = bisect_right(lasts, first - 2)
        high = bisect_right(firsts, last + 1)
        held = sum(max(0, min(last, lasts[place]) - max(first, firsts[place]) + 1) for place in range(low, high))
        if low < high:
            new_first, new_last = min(first, firsts[low]), max(last, lasts[high - 1])
        else:
            new_first, new_last = first, last
        firsts[low:high] = [new_first]
        lasts[low:high] = [new_last]
        return last - first + 1 - held


@dataclass(slots=True)
class Stepped:
    """Entries that were stepped over: `dropped` never reached a collector; `forgotten` had been acknowledged once,
    by a collector whose store is older now than it was, and the agent no longer has them."""

    dropped: int = 0
    forgotten: int = 0


class Ledger:
    """The marks of every epoch of every node."""

    def __init__(self, stored: Iterable[Watermark]) -> None:
        self.stepped = Stepped()
        self._marks: dict[tuple[DeviceId, str], Marks] = {}
        self.reset(stored)

    def reset(self, stored: Iterable[Watermark]) -> None:
        """Know what is stored and nothing else."""
        self._marks = {}
        for mark in stored:
            first = mark.id if mark.first is None else mark.first
            self.of(mark.node, mark.epoch).add_range(first, mark.id)

    def of(self, node: DeviceId, epoch: str) -> Marks:
        """Return the marks of an epoch, empty for one never heard of."""
        key = (node, epoch)
        marks = self._marks.get(key)
        if marks is None:
            marks = self._marks[key] = Marks()
        return marks

    def step(self, node: DeviceId, epoch: str, first: int, *, claimed: int = 0) -> Watermark | None:
        """Step over what lies below `first`, which the agent can no longer send; None where nothing does.

        `claimed` is the number that the agent says was acknowledged.
        """
        if first <= 0:
            return None
        marks = self.of(node, epoch)
        # Ids begin at 1; 0 is taken along so that a range from 0 joins one from 1.
        below = min(claimed, first - 1)
        forgotten = marks.add_range(1, below) if below >= 1 else 0
        dropped = marks.add_range(1, first - 1) if first > 1 else 0
        self.stepped.forgotten += forgotten
        self.stepped.dropped += dropped
        return Watermark(node=node, epoch=epoch, first=1, id=first - 1) if forgotten or dropped else None
