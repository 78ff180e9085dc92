"""Looks into one of the recorder's files while it grows. In: the take that a source is recorded in. Out: readings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from agent.media.command import Input
from agent.media.kinds import Source
from agent.media.look import Look
from agent.media.tail import Tail, tail_of
from agent.media.watch import Target, Tools, Watch
from agent.now import monotonic_s
from agent.probes.recording_take import Take
from agent.reading import Reading

_FIRST_BYTES: Final = 4 << 20
_LEAST_BYTES: Final = 256 << 10
_MOST_BYTES: Final = 256 << 20
# Wide enough for two key frames of nearly any recorder.
_WIDEST_S: Final = 60.0
_DEADLINE_S: Final = 30.0


class FileView:
    """One source, and how much of the end of its file shows the wanted seconds."""

    def __init__(self, source: Source, tools: Tools, *, clock: Callable[[], float] = monotonic_s) -> None:
        self.watch = Watch(source, tools, name=f"recording:{source.name}")
        self._source = source
        self._window_s = tools.window_s
        self._scratch = tools.scratch
        self._clock = clock
        self._rate: float | None = None
        self._tail: Tail | None = None
        self._looked_s = float("-inf")

    def step(self, take: Take | None) -> Iterator[Reading]:
        """Follow a take for one step; None: the source is not being recorded."""
        now_s = self._clock()
        if take is None:
            self.watch.step(None)
            return
        target = Target(key=take.path, open=lambda: self._open(take, now_s), deadline_s=_DEADLINE_S)
        look = self.watch.step(target, may_start=take.changed_s > self._looked_s)
        if look is not None:
            self._learn(look)
        yield from self.watch.readings()
        if self.watch.lag_s is not None:
            age_s = self.watch.lag_s + max(0.0, now_s - take.changed_s)
            yield Reading("classroom.recording.frame.age", age_s, self._source.name, self._source.device)

    def _open(self, take: Take, now_s: float) -> Input:
        wanted = _FIRST_BYTES if self._rate is None else round(self._rate * self._window_s)
        self._scratch.mkdir(parents=True, exist_ok=True)
        scratch = self._scratch / f"{self._source.name.encode().hex()[:40]}.head"
        self._tail = tail_of(Path(take.path), min(_MOST_BYTES, max(_LEAST_BYTES, wanted)), scratch)
        self._looked_s = now_s
        return self._tail.given

    def _learn(self, look: Look) -> None:
        ends = [*look.frames[:1], *look.frames[-1:], *(look.sound_span or ())]
        span_s = max(ends) - min(ends) if ends else 0.0
        if self._tail is not None and span_s > 0.5:
            self._rate = self._tail.size / span_s
        # Too few key frames to compare: go back further.
        if self._source.may_be_black and look.has_video and look.decoded < 2:
            self._window_s = min(_WIDEST_S, 2 * self._window_s)
