"""What is going on in a room at one step: the time, the lesson, and values that drift as real ones do."""

from dataclasses import dataclass, field
from random import Random

from simulate.lessons import Running


@dataclass(slots=True)
class Scene:
    """One room over time. The clock is moved on by `step`; `drifting` values remember where they were."""

    random: Random
    interval_s: float
    up_s: float = 0.0
    day_share: float = 0.0  # how much of the local day has gone, 0..1
    lesson: Running | None = None
    _values: dict[str, float] = field(default_factory=dict)

    def step(self, *, day_share: float, lesson: Running | None) -> None:
        """Move on by one interval."""
        self.up_s += self.interval_s
        self.day_share = day_share
        self.lesson = lesson

    @property
    def is_recording(self) -> bool:
        """Tell whether a lesson is on that is booked as recorded, and its recorder has started."""
        return self.lesson is not None and self.lesson.lesson.recorded and self.lesson.gone_s >= 3

    def drifting(self, what: str, target: float, noise: float, *, pull: float = 0.15) -> float:
        """Return a value that moves towards `target` and trembles by about `noise`."""
        now = self._values.get(what)
        if now is None:
            now = target + self.random.gauss(0, noise)
        now += (target - now) * pull + self.random.gauss(0, noise * 0.5)
        self._values[what] = now
        return now

    def growing(self, what: str, start: float, per_s: float) -> float:
        """Return a value that grows by `per_s` a second from `start`."""
        now = self._values.get(what, start) + per_s * self.interval_s
        self._values[what] = now
        return now

    def once(self, what: str, low: float, high: float) -> float:
        """Return a value between the two that stays what it was first."""
        return self._values.setdefault(what, self.random.uniform(low, high))
