"""Reads all probes on their grids. In: the time. Out: the samples of each step, by device, and who is there.

A step's samples are handed out when every probe asked for it has answered, or after `gather_s`; those that answer later
follow on their own, under the same step.
"""

import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, cast

from agent.errors import DeviceLeft
from agent.now import Moment, instant
from agent.pool import Pool
from agent.presence import Presence
from agent.reading import DeviceProbe, Present, Probe, Reading
from agent.runner import Outcome, Runner
from agent.sample import BadReading, Sample, sample_of
from agent.schedule import Grid
from agent.whereabouts import Whereabouts

log = logging.getLogger("agent.probes")

LONGEST_GATHER_S: Final = 2.0
# An answer that is later than so many intervals says nothing of its step.
STALE_AFTER: Final = 3
# The clock was put back by more than this: begin again from there.
SET_BACK_MS: Final = 1000
# Of the devices that share threads, so many are read at once.
AT_ONCE: Final = 64
# A device with news is read out of turn, at most so often.
NEWS_GAP_S: Final = 2.0


@dataclass(slots=True)
class Batch:
    """What is ready: samples of one step by device ("" is the agent), devices that answered, and that are down now.

    `is_own`: the step is the agent's, with its own readings, and not an answer that came late.
    """

    step_ms: int
    is_own: bool = False
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    up: list[Present] = field(default_factory=list)
    # Where those stand that are read at an address.
    whereabouts: dict[str, Whereabouts] = field(default_factory=dict)
    down: list[str] = field(default_factory=list)
    # Why a device went that is down now, where it said so: os, service, sleep.
    told: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Gathering:
    batch: Batch
    until_s: float
    waiting: set[str]
    is_over: bool = False


class Sampler:
    """The probes of one agent. `agent_readings` are added to each step of the agent's own grid."""

    def __init__(
        self,
        probes: Iterable[Probe],
        *,
        owner: str,
        interval_s: float,
        wake: Callable[[], None],
        agent_readings: Callable[[Moment], Iterable[Reading]],
    ) -> None:
        self._outcomes: SimpleQueue[Outcome] = SimpleQueue()
        self._news: SimpleQueue[str] = SimpleQueue()
        self._wake = wake
        self._grid = Grid.of(owner, interval_s)
        self._gather_s = min(LONGEST_GATHER_S, interval_s / 2)
        self._agent_readings = agent_readings
        self._pool = Pool(AT_ONCE, "device")
        self.runners = [self._runner(probe, owner, _interval_s(probe) or interval_s) for probe in probes]
        self._on: dict[Grid, list[Runner]] = {self._grid: []}
        for runner in self.runners:
            self._on.setdefault(runner.grid, []).append(runner)
        self._presence = {runner.name: Presence() for runner in self.runners if _device(runner.probe)}
        self._next_ms: dict[Grid, int] = {}
        self._last_ms = 0
        self._gathering: list[_Gathering] = []
        self.refused = 0
        self._said: set[str] = set()
        self._troubles: dict[str, tuple[str, ...]] = {}
        # Devices with news that have not been asked yet; who is being asked out of turn; when each may be again.
        self._with_news: set[str] = set()
        self._out_of_turn: set[str] = set()
        self._not_before_s: dict[str, float] = {}
        self._waiting_for: dict[str, _Gathering] = {}
        for runner in self.runners:
            listen = getattr(runner.probe, "listen", None)
            if listen is not None:
                listen(self.has_news)

    def has_news(self, device: str) -> None:
        """Read a device soon, out of turn; asked often, it is read once. May be called from any thread."""
        self._news.put(device)
        self._wake()

    def next_due(self, now: Moment) -> float:
        """Return the `mono_s` at which `step` wants to be called at the latest."""
        next_ms = min(self._next_ms.values(), default=0)
        gathering = min((g.until_s for g in self._gathering), default=math.inf)
        waiting = (
            [r for r in self.runners if _device(r.probe) in self._with_news and not r.is_busy]
            if self._with_news
            else []
        )
        news = min((self._not_before_s.get(runner.name, 0.0) for runner in waiting), default=math.inf)
        return min(now.mono_s + max(0, next_ms - now.at_ms) / 1000, gathering, news)

    def step(self, now: Moment) -> list[Batch]:
        """Ask the probes whose turn has come, and return what is ready."""
        self._mind_the_clock(now)
        ready = self._take_outcomes(now)
        for grid in self._on:
            due_ms = self._next_ms.get(grid)
            if due_ms is None or now.at_ms >= due_ms:
                # At start there is no waiting for the first step; later, missed steps are not made up for.
                self._begin(grid, grid.step_at(now.at_ms), now)
                self._next_ms[grid] = grid.step_after(now.at_ms)
        self._ask_for_news(now)
        still = []
        for gathering in self._gathering:
            if gathering.waiting and now.mono_s < gathering.until_s:
                still.append(gathering)
            else:
                gathering.is_over = True
                ready.append(gathering.batch)
        self._gathering = still
        for batch in ready:
            if batch.is_own:
                self._keep(batch, self._agent_readings(now), "agent")
        return [batch for batch in ready if batch.samples or batch.up or batch.down]

    # ------------------------------------------------------------ asking

    def _runner(self, probe: Probe, owner: str, interval_s: float) -> Runner:
        grid = Grid.of(owner, interval_s)
        if not getattr(probe, "is_one_of_many", False):
            return Runner(probe, grid, self._outcomes, self._wake)
        return Runner(probe, grid.spread(f"{owner}:{_device(probe)}"), self._outcomes, self._wake, self._pool)

    def _begin(self, grid: Grid, step_ms: int, now: Moment) -> None:
        batch = Batch(step_ms, is_own=grid == self._grid)
        waiting: set[str] = set()
        for runner in self._on[grid]:
            if runner.name in self._out_of_turn:
                continue
            self._with_news.discard(_device(runner.probe))
            if runner.ask(step_ms, instant(now.at_ms)):
                waiting.add(runner.name)
            else:
                self._no_answer(runner, batch, TimeoutError("still busy with an earlier reading"))
        self._gather(batch, now, waiting)

    def _gather(self, batch: Batch, now: Moment, waiting: set[str]) -> None:
        gathering = _Gathering(batch, now.mono_s + self._gather_s, waiting)
        self._gathering.append(gathering)
        self._waiting_for.update(dict.fromkeys(waiting, gathering))

    def _ask_for_news(self, now: Moment) -> None:
        while not self._news.empty():
            self._with_news.add(self._news.get_nowait())
        for runner in self.runners if self._with_news else ():
            device = _device(runner.probe)
            if device not in self._with_news or runner.is_busy or now.mono_s < self._not_before_s.get(runner.name, 0.0):
                continue
            self._with_news.discard(device)
            self._out_of_turn.add(runner.name)
            self._not_before_s[runner.name] = now.mono_s + NEWS_GAP_S
            runner.ask(now.at_ms, instant(now.at_ms))
            self._gather(Batch(now.at_ms), now, {runner.name})

    def _mind_the_clock(self, now: Moment) -> None:
        if now.at_ms < self._last_ms - SET_BACK_MS:
            self._next_ms.clear()
        self._last_ms = now.at_ms

    # ------------------------------------------------------------ answers

    def _take_outcomes(self, now: Moment) -> list[Batch]:
        late: list[Batch] = []
        while True:
            try:
                outcome = self._outcomes.get_nowait()
            except Empty:
                return late
            runner = outcome.runner
            runner.is_busy = False
            runner.duration_s = outcome.duration_s
            is_in_turn = runner.name not in self._out_of_turn
            self._out_of_turn.discard(runner.name)
            gathering = self._waiting_for.pop(runner.name, None)
            is_open = gathering is not None and not gathering.is_over
            if gathering is not None and is_open and gathering.batch.step_ms == outcome.step_ms:
                gathering.waiting.discard(runner.name)
                self._settle(outcome, gathering.batch, is_in_turn=is_in_turn)
            elif now.at_ms < outcome.step_ms + STALE_AFTER * runner.grid.interval_ms:
                batch = Batch(outcome.step_ms)
                self._settle(outcome, batch, is_in_turn=is_in_turn)
                late.append(batch)
            else:
                self._say(runner.name, f"answered after {outcome.duration_s:.1f} s, too late")

    def _settle(self, outcome: Outcome, batch: Batch, *, is_in_turn: bool) -> None:
        runner = outcome.runner
        if outcome.error is not None:
            runner.failures += 1
            # Three polls in a row are three intervals: those between them do not count.
            if is_in_turn or isinstance(outcome.error, DeviceLeft):
                self._no_answer(runner, batch, outcome.error)
            return
        self._said.discard(runner.name)
        refused = self._keep(batch, outcome.readings, runner.name)
        if refused or outcome.troubles:
            runner.failures += 1
        self._say_troubles(runner.name, outcome.troubles)
        presence = self._presence.get(runner.name)
        if presence is not None:
            presence.answered()
            probe = cast("DeviceProbe", runner.probe)
            batch.up.append(probe)
            batch.whereabouts[probe.device] = runner.whereabouts
            for member in getattr(runner.probe, "members", ()):
                if member.is_here:
                    batch.up.append(member)
                else:
                    batch.down.append(member.device)

    def _no_answer(self, runner: Runner, batch: Batch, error: Exception) -> None:
        self._say(runner.name, f"{type(error).__name__}: {error}")
        presence = self._presence.get(runner.name)
        left = error if isinstance(error, DeviceLeft) else None
        if presence is None or not (presence.left() if left else presence.failed()):
            return
        device = _device(runner.probe)
        # First the one that speaks for the others: so each of them is known to be out of sight with it.
        batch.down += [device, *(member.device for member in getattr(runner.probe, "members", ()))]
        if left is not None:
            batch.told[device] = left.told

    def _keep(self, batch: Batch, readings: Iterable[Reading], name: str) -> int:
        refused = 0
        for reading in readings:
            try:
                batch.samples.setdefault(reading.device, []).append(sample_of(reading))
            except (BadReading, AttributeError, TypeError) as error:
                refused += 1
                self._say(f"{name} lies", str(error))
        self.refused += refused
        return refused

    def _say_troubles(self, name: str, troubles: tuple[str, ...]) -> None:
        """Say each trouble of a probe that gave readings once, until it is over."""
        before = self._troubles.get(name, ())
        self._troubles[name] = troubles
        for trouble in troubles:
            if trouble not in before:
                log.warning("probe %s: %s", name, trouble)

    def _say(self, name: str, text: str) -> None:
        """Say what is wrong with a probe once, until it is well again."""
        if name not in self._said:
            self._said.add(name)
            log.warning("probe %s: %s", name, text)


def _device(probe: Probe) -> str:
    return str(getattr(probe, "device", ""))


def _interval_s(probe: Probe) -> float | None:
    interval_s: float | None = getattr(probe, "interval_s", None)
    return interval_s
