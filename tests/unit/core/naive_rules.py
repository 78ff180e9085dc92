"""The rule language told a second time, slowly: one second after the other, with counters. For comparison only."""

from dataclasses import dataclass, field

INTERVAL = 10


@dataclass
class NaiveRung:
    """Counts the seconds for which the last reading has met the condition it waits for."""

    raise_for: int
    clear_for: int
    level: int
    standing: str = "idle"
    held: int = 0

    def second(self, *, counts: bool, proven: bool) -> None:
        """One second is over; it counts when the series could be believed during it."""
        if self.standing in ("raising", "clearing") and counts:
            self.held += 1
            self._reach(proven)

    def read(self, *, raises: bool, clears: bool) -> None:
        if self.standing == "idle" and raises:
            self.standing, self.held = "raising", 0
        elif self.standing == "raising" and not raises:
            self.standing, self.held = "idle", 0
        elif self.standing == "raised" and clears:
            self.standing, self.held = "clearing", 0
        elif self.standing == "clearing" and not clears:
            self.standing, self.held = "raised", 0
        self._reach(True)

    def _reach(self, proven: bool) -> None:
        if not proven:
            return
        if self.standing == "raising" and self.held >= self.raise_for:
            self.standing, self.held = "raised", 0
        elif self.standing == "clearing" and self.held >= self.clear_for:
            self.standing, self.held = "idle", 0

    @property
    def is_raised(self) -> bool:
        return self.standing in ("raised", "clearing")


@dataclass
class NaiveWorld:
    """One agent with one metric: rungs by (raise at least, clear below), and its silence."""

    bounds: tuple[tuple[float, float], ...]
    rungs: tuple[NaiveRung, ...]
    silence: NaiveRung
    here: bool = True
    read_since: bool = True  # it came back; until it is read again, nothing is known of it
    timed_out: bool = False
    heard: int = 0
    last: int | None = None
    gaps: tuple[int, int] = (0, 0)
    now: int = 0
    seen: list[str] = field(default_factory=list)

    def pass_second(self, *, speaks: bool) -> None:
        """Let one second pass. `speaks`: a reading arrives at its very end."""
        self.now += 1
        stale = (self.last or 0) + 3 * self.pace()
        for rung in self.rungs:
            proven = self.read_since and self.now < stale and not speaks  # what is read at its very end decides
            rung.second(counts=self.read_since and self.now <= stale, proven=proven)
        self.silence.second(counts=True, proven=True)
        if self.here and not speaks and self.now >= self.heard + 3 * INTERVAL:
            self._gone(timed_out=True)

    def pace(self) -> int:
        """How far apart readings come: slower than the interval only when they twice came more than twice as slowly."""
        return min(self.gaps) if min(self.gaps) > 2 * INTERVAL else INTERVAL

    def read(self, value: float) -> None:
        if self.last is not None:
            self.gaps = (self.gaps[1], self.now - self.last)
        if not self.here and self.timed_out:
            self._back()
        if self.here:
            self.heard = self.now
            self.read_since = True
            for rung, (high, low) in zip(self.rungs, self.bounds, strict=True):
                rung.read(raises=value >= high, clears=value < low)
        self.last = self.now

    def die(self) -> None:
        if self.here:
            self._gone(timed_out=False)
        self.timed_out = False

    def birth(self) -> None:
        self._back()

    def _gone(self, *, timed_out: bool) -> None:
        self.here, self.timed_out, self.read_since = False, timed_out, False
        self.silence.read(raises=True, clears=False)

    def _back(self) -> None:
        self.here, self.timed_out, self.heard = True, False, self.now
        self.silence.read(raises=False, clears=True)

    def levels(self) -> tuple[int | None, int | None]:
        """The level of the metric's incident and that of the silence."""
        raised = [rung.level for rung in self.rungs if rung.is_raised]
        return min(raised, default=None), self.silence.level if self.silence.is_raised else None
