"""Runs one probe in a thread of its own, or of a pool. In: steps to read for. Out: outcomes, in a queue.

A probe that hangs keeps its thread and nothing else: it is not asked again until it returns, and what it says then is
too late.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from queue import SimpleQueue
from typing import Final

from agent.now import monotonic_s
from agent.pool import Pool
from agent.reading import Probe, Reading
from agent.schedule import Grid
from agent.whereabouts import Whereabouts

MOST_READINGS: Final = 10_000
MOST_TROUBLES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of reading a probe for a step: readings and what it could not read, or why there are none."""

    runner: "Runner"
    step_ms: int
    readings: tuple[Reading, ...] = ()
    troubles: tuple[str, ...] = ()
    error: Exception | None = None
    duration_s: float = 0.0


class Runner:
    """A probe, its grid and its thread. `failures` counts readings that failed, were late or were not possible."""

    def __init__(
        self,
        probe: Probe,
        grid: Grid,
        outcomes: "SimpleQueue[Outcome]",
        wake: Callable[[], None],
        pool: Pool | None = None,
    ) -> None:
        self.probe = probe
        self._pool = pool
        self.name = str(probe.name)
        self.grid = grid
        self.failures = 0
        self.duration_s: float | None = None
        self.asked_ms = 0  # the step it is being read for, or was last
        self.is_busy = False
        self.whereabouts = Whereabouts(str(getattr(probe, "host", "")))
        self._outcomes = outcomes
        self._wake = wake
        self._orders: SimpleQueue[tuple[int, datetime]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, step_ms: int, now: datetime) -> bool:
        """Have the probe read for a step; return False when it still hangs in an earlier one."""
        if self.is_busy:
            self.failures += 1
            return False
        if self._thread is None and self._pool is None:
            self._thread = threading.Thread(target=self._work, name=self.name, daemon=True)
            self._thread.start()
        self.is_busy = True
        self.asked_ms = step_ms
        if self._pool is not None:
            self._pool.put(lambda: self._answer(step_ms, now))
        else:
            self._orders.put((step_ms, now))
        return True

    def _work(self) -> None:
        while True:
            self._answer(*self._orders.get())

    def _answer(self, step_ms: int, now: datetime) -> None:
        self._outcomes.put(self._read(step_ms, now))
        self._wake()

    def _read(self, step_ms: int, now: datetime) -> Outcome:
        start = monotonic_s()
        try:
            readings = tuple(islice(self.probe.read(now), MOST_READINGS + 1))
            if len(readings) > MOST_READINGS:
                raise ValueError(f"more than {MOST_READINGS} readings")
        except Exception as error:  # noqa: BLE001  a probe costs only itself, whatever it does
            return Outcome(runner=self, step_ms=step_ms, error=error, duration_s=monotonic_s() - start)
        duration_s = monotonic_s() - start
        self.whereabouts.look()
        return Outcome(
            runner=self, step_ms=step_ms, readings=readings, troubles=troubles_of(self.probe), duration_s=duration_s
        )


def troubles_of(probe: Probe) -> tuple[str, ...]:
    """Return what a probe could not read last time."""
    return tuple(str(trouble) for trouble in islice(getattr(probe, "troubles", ()), MOST_TROUBLES))
