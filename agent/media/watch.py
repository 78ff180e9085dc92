"""Looks at one source again and again. In: where its newest part is. Out: readings of its picture and sound.

One step starts a look, a later one takes what it found: nobody waits. Between two looks the last findings hold, for as
long as the next one may reasonably take.
"""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.errors import ProbeError
from agent.media.budget import Budget
from agent.media.child import Child, Done
from agent.media.command import Input, look_command
from agent.media.frames import FrameLag, steps_of
from agent.media.kinds import Sound, Source
from agent.media.lasting import Lasting
from agent.media.look import Look
from agent.media.output import SILENCE_DB, look_of
from agent.now import monotonic_s
from agent.reading import Reading

log = logging.getLogger("agent.media")

SOURCE_METRICS: Final = (
    "classroom.recording.frame.age",
    "classroom.recording.frame.rate",
    "classroom.recording.frame.dropped",
    "classroom.recording.video.black.duration",
    "classroom.recording.video.freeze.duration",
    "classroom.recording.audio.level",
    "classroom.recording.audio.silence.duration",
    "classroom.recording.audio.clipping",
)
"""What is told of a source, by its looks and by the age of its newest frame."""

CPU_LIMIT_S: Final = 15.0
# Below this there is no signal; a channel is called dead only while another has one.
_DEAD_DB: Final = -80.0
_FIRST_COST_S: Final = 0.3
_LEAST_HOLD_S: Final = 60.0
_LONGEST_HOLD_S: Final = 600.0
_LONGEST_BACKOFF_S: Final = 600.0
# So many looks go by the sound alone before a picture that could not be opened is tried again.
_BLIND_LOOKS: Final = 5
_TROUBLE: Final = re.compile(
    r"error|invalid|cannot|could not|unauthorized|not found|no such|unknown|refused", re.IGNORECASE
)
_SECRET: Final = re.compile(r"//[^/\s]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What all sources of an agent share. `steps_back`: a look lets everything else on the computer go first."""

    ffmpeg: str
    budget: Budget
    busy: Callable[[], bool]
    window_s: float = 10.0
    scratch: Path
    clock: Callable[[], float] = monotonic_s
    steps_back: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to look. `key` changes when it is another recording; `open` may raise ProbeError or OSError."""

    key: str
    open: Callable[[], Input]
    deadline_s: float
    seconds: float = 0.0  # what a look at a live stream takes; a file shows at once how it is
    keyframes_only: bool = True


class Watch:
    """What is known of one source's picture and sound."""

    def __init__(self, source: Source, tools: Tools, *, name: str) -> None:
        """`name` is who it is in the budget."""
        self.source = source
        self.looks = 0
        self.last: Look | None = None
        self.lag_s: float | None = None
        self._tools = tools
        self._name = name
        self._child: Child | None = None
        self._key = ""
        self._cost_s = _FIRST_COST_S
        self._failures = 0
        self._not_before_s = float("-inf")
        self._seen_s = 0.0
        self._blind_looks = 0
        self._is_again = False
        self._said = ""
        self._forget()

    def _forget(self) -> None:
        self.last = None
        self.lag_s = None
        self._taken_s = float("-inf")
        self._hold_s = _LEAST_HOLD_S
        self._black, self._frozen, self._silent = Lasting(), Lasting(), Lasting()
        self._lag = FrameLag()
        self._found: list[Reading] = []

    @property
    def is_looking(self) -> bool:
        """Tell whether a look is going on."""
        return self._child is not None

    def step(self, target: Target | None, *, may_start: bool = True) -> Look | None:
        """Take what a look found, start the next if it may; return a look that has just been taken.

        Without a target there is nothing to look at, and what was known is forgotten.
        """
        now_s = self._tools.clock()
        taken = self._take(now_s)
        if target is None:
            self._tools.budget.forget(self._name)
            if self._child is None:
                self._forget()
                self._key = ""
            return None
        if target.key != self._key and self._child is None:
            self._forget()
            self._key = target.key
            self._not_before_s, self._failures = float("-inf"), 0
        if (
            (may_start or self._is_again)
            and self._child is None
            and now_s >= self._not_before_s
            and not self._tools.busy()
        ):
            self._start(target, now_s)
        return taken

    def readings(self) -> Iterator[Reading]:
        """Return what was found, as long as it holds."""
        if self._tools.clock() - self._taken_s <= self._hold_s:
            yield from self._found

    def _start(self, target: Target, now_s: float) -> None:
        if not self._tools.budget.may_start(self._name, self._cost_s):
            return
        try:
            given = target.open()
            words = look_command(
                self._tools.ffmpeg,
                given,
                self.source,
                keyframes_only=target.keyframes_only,
                with_picture=self._blind_looks == 0,
                cpu_limit_s=CPU_LIMIT_S,
            )
            self._child = Child(
                words,
                stdin=given.stdin,
                deadline_s=target.deadline_s,
                cpu_limit_s=CPU_LIMIT_S,
                clock=self._tools.clock,
                steps_back=self._tools.steps_back,
            )
            self._seen_s = now_s + target.seconds
            self._is_again = False
        except (ProbeError, OSError, ValueError) as error:
            self._tools.budget.ended(self._name, 0.0)
            self._failed(str(error), now_s)

    def _take(self, now_s: float) -> Look | None:
        done = self._child.poll() if self._child is not None else None
        if done is None:
            return None
        self._child = None
        self._tools.budget.ended(self._name, done.cpu_s)
        self._cost_s = done.cpu_s if self.looks == 0 else 0.7 * self._cost_s + 0.3 * done.cpu_s
        look = look_of(done.output, done.log)
        if done.was_killed or not (look.frames or look.sound_span):
            if self._blind_looks == 0 and look.has_video and look.has_audio and not done.was_killed:
                # A picture that does not come at all cannot be opened; the sound beside it tells since when.
                self._blind_looks, self._is_again = _BLIND_LOOKS, True
                return None
            self._blind_looks = 0
            self._failed(_why(done), now_s)
            return None
        self._blind_looks = max(0, self._blind_looks - 1)
        self.looks += 1
        self._failures, self._said = 0, ""
        if self._taken_s > float("-inf"):
            self._hold_s = min(_LONGEST_HOLD_S, max(_LEAST_HOLD_S, 3 * (now_s - self._taken_s)))
        self._taken_s = now_s
        self.last = look
        self._found = list(self._judge(look, min(now_s, self._seen_s)))
        return look

    def _failed(self, what: str, now_s: float) -> None:
        self._failures += 1
        self._not_before_s = now_s + min(_LONGEST_BACKOFF_S, 10.0 * 2 ** min(self._failures, 6))
        if what != self._said:
            self._said = what
            log.warning("%s cannot be looked at: %s", self._name, what)

    # ------------------------------------------------------------ judging

    def _judge(self, look: Look, seen_s: float) -> Iterator[Reading]:
        sound = look.sound_span
        newest_frame = look.frames[-1] if look.frames else None
        if look.has_video:
            self.lag_s = self._lag.update(newest_frame, sound[1] if sound else None, sound[0] if sound else None)
            yield from self._picture(look, seen_s)
        if self.source.sound is not Sound.NONE:
            yield from self._sound(look, seen_s)

    def _picture(self, look: Look, seen_s: float) -> Iterator[Reading]:
        steps = steps_of(look.frames, self.source.frame_rate)
        if steps is not None:
            yield self._reading("frame.rate", steps.rate)
            if self.source.has_steady_frames:
                yield self._reading("frame.dropped", steps.lost)
        first, last = look.first_picture, look.last_picture
        if first is None or last is None or not self.source.may_be_black:
            return
        newest = max(last, look.frames[-1]) if look.frames else last
        yield self._reading("video.black.duration", self._black.update(look.black_since, first, newest, seen_s))
        # One picture alone says nothing of standing still.
        if self.source.may_be_frozen and look.decoded > 1:
            # Blackness does not move either, and is told already.
            since = look.frozen_since if look.black_since is None else None
            yield self._reading("video.freeze.duration", self._frozen.update(since, first, newest, seen_s))

    def _sound(self, look: Look, seen_s: float) -> Iterator[Reading]:
        if look.level is None or look.sound_span is None:
            if self.source.sound is Sound.EXPECTED:
                yield self._reading("audio.level", SILENCE_DB)
            return
        level = look.level
        wanted = [n for n in self.source.channels if n <= len(look.levels)]
        if wanted and len(wanted) < len(look.levels):
            level = max(look.levels[n - 1] for n in wanted)
        first, last = look.sound_span
        yield self._reading("audio.level", level)
        yield self._reading("audio.silence.duration", self._silent.update(look.silent_since, first, last, seen_s))
        if look.clipping is not None:
            yield self._reading("audio.clipping", look.clipping)
        # A channel is told apart only while there is sound: silence everywhere is one fault, not three.
        if len(look.levels) > 1 and level >= _DEAD_DB:
            for number in wanted or range(1, len(look.levels) + 1):
                yield self._reading("audio.level", look.levels[number - 1], channel=str(number))

    def _reading(self, metric: str, value: float, *, channel: str = "") -> Reading:
        instance = f"{self.source.name}:{channel}" if channel else self.source.name
        return Reading(f"classroom.recording.{metric}", value, instance, self.source.device)


def _why(done: Done) -> str:
    if done.was_killed:
        return "it took too long or said too much, and was ended"
    lines = [line.strip() for line in done.log.splitlines() if line.strip() and not line.startswith("bench:")]
    lines = [line for line in lines if _TROUBLE.search(line)] or lines
    # An address in an error message may hold a password.
    return _SECRET.sub("//", lines[-1])[-200:] if lines else f"ffmpeg ended with status {done.code} and said nothing"
