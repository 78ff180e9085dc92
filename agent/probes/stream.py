"""Plays a network stream, such as a camera's. Out: `classroom.recording.*[source]` of its frames, picture and sound.

The stream is played for about a second at each step: only frames that come prove that it lives. What is in the picture
and the sound is looked at by ffmpeg now and then, within the budget.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import quote, urlsplit, urlunsplit

from agent.media.account import Account
from agent.media.command import Input, stream_input
from agent.media.frames import Steps, steps_of
from agent.media.kinds import Kind
from agent.media.rtsp import NotLetInError, Played, RefusedError, SilentServerError, play
from agent.media.target import StreamTarget
from agent.media.watch import SOURCE_METRICS, Target, Tools, Watch
from agent.now import monotonic_s
from agent.reading import Reading
from wire.catalogue import HwState

if TYPE_CHECKING:
    from agent.probes.onvif import Onvif

log = logging.getLogger("agent.media")

_MINUTE_S: Final = 60.0
# Read in full where key frames are so rare that a look sees only one.
_FULL_WINDOW_S: Final = 6.0
# A second may be missing at each end of a look, and it takes a while to connect.
_SPARE_S: Final = 15.0
# Counted while playing, at each step, rather than in a look.
_RATHER: Final = ("frame.rate", "frame.dropped")
COMPONENT: Final = "rtsp"


class Stream:
    """A stream as a device of its own, or as a part of another device."""

    gives: ClassVar[tuple[str, ...]] = (
        "hw.status",
        "classroom.clock.offset",
        *SOURCE_METRICS,
    )

    def __init__(self, target: StreamTarget, tools: Tools | None, *, clock: Callable[[], float] = monotonic_s) -> None:
        """Without `tools` only frames are counted."""
        self.name = f"stream:{target.id}"
        self.interval_s = target.interval_s
        self.role = target.role
        # A stream of a device that another probe reads says nothing of the device's presence.
        self.device = "" if target.device else target.id
        self._target = target
        self._shown = target.device or target.id
        self._clock = clock
        self._watch = Watch(target.source, tools, name=self.name) if tools else None
        self._window_s = tools.window_s if tools else 0.0
        self._keyframes_only = True
        self._onvif = self._onvif_of(target)
        self._newest_s: float | None = None
        self._begun_s: float | None = None
        self._said = ""
        self._lately: deque[tuple[float, Steps]] = deque(maxlen=600)

    def _onvif_of(self, target: StreamTarget) -> "Onvif | None":
        if not target.onvif:
            return None
        from agent.probes.onvif import Onvif  # an HTTP client and an XML parser, for those who ask for them

        return Onvif(
            target.onvif, account=target.account, device=self._shown, timeout_s=target.timeout_s, clock=self._clock
        )

    @property
    def host(self) -> str:
        """The name or address of the device itself; a stream may be a server's that passes it on."""
        return urlsplit(self._target.onvif).hostname or ""

    @property
    def properties(self) -> Mapping[str, str]:
        """Return what ONVIF and the configuration say of the device."""
        said = dict(self._onvif.properties) if self._onvif else {}
        return {**said, "name": self._target.name} if self._target.name else said

    def read(self, now: datetime) -> Iterator[Reading]:
        """Return how the stream is now.

        Raises:
            ProbeError: nobody answers there.
        """
        played, is_silent = None, False
        status = HwState.OK
        try:
            played = self._play()
        except NotLetInError as error:
            # We cannot see, which is no fault of the stream.
            status = HwState.UNKNOWN
            self._say(str(error))
        except RefusedError as error:
            self._say(str(error))
        except SilentServerError:
            is_silent = True
            if not self._target.device and self._onvif is None:
                raise
        onvif = list(self._onvif.read(again=is_silent)) if self._onvif else []
        if is_silent and not self._target.device and self._onvif and not self._onvif.is_there:
            raise SilentServerError(f"neither {self._target.url} nor {self._target.onvif} answers")
        yield from onvif
        if not is_silent:
            yield Reading("hw.status", int(status), COMPONENT, self._shown)
        if status is HwState.OK:
            yield from self._frames(played)
        if self._watch:
            yield from self._looked(self._watch, is_playing=played is not None and bool(played.stamps))

    def _looked(self, watch: Watch, *, is_playing: bool) -> Iterator[Reading]:
        watch.step(self._look_at() if is_playing else None)
        if watch.last is not None and watch.last.has_video and watch.last.decoded < 2:
            self._keyframes_only = False
        yield from (reading for reading in watch.readings() if not reading.metric.endswith(_RATHER))

    def _say(self, what: str) -> None:
        if what != self._said:
            self._said = what
            log.warning("%s: %s", self.name, what)

    def _play(self) -> Played:
        target = self._target
        wanted = "audio" if target.source.kind is Kind.AUDIO else "video"
        return play(target.url, account=target.account, timeout_s=target.timeout_s, wanted=wanted)

    def _frames(self, played: Played | None) -> Iterator[Reading]:
        now_s = self._clock()
        if self._begun_s is None:
            self._begun_s = now_s - (played.waited_s if played else 0.0)
        if played is not None and played.since_last_s is not None:
            self._newest_s = now_s - played.since_last_s
            self._said = ""
        since_s = self._newest_s if self._newest_s is not None else self._begun_s
        yield self._reading("frame.age", max(0.0, now_s - since_s))
        if played is None or played.media != "video":
            return
        source = self._target.source
        steps = steps_of(played.stamps, source.frame_rate)
        if steps is not None:
            self._lately.append((now_s, steps))
            yield self._reading("frame.rate", steps.rate)
        while self._lately and now_s - self._lately[0][0] > _MINUTE_S:
            self._lately.popleft()
        if self._lately and source.has_steady_frames:
            came = sum(steps.came for _, steps in self._lately)
            missing = sum(steps.missing for _, steps in self._lately)
            yield self._reading("frame.dropped", missing / (came + missing))

    def _reading(self, metric: str, value: float) -> Reading:
        return Reading(f"classroom.recording.{metric}", value, self._target.source.name, self._shown)

    def _look_at(self) -> Target:
        seconds = self._window_s if self._keyframes_only else min(self._window_s, _FULL_WINDOW_S)
        return Target(
            key=self._target.url,
            open=lambda: self._input(seconds),
            deadline_s=seconds + 2 * self._target.timeout_s + _SPARE_S,
            seconds=seconds,
            keyframes_only=self._keyframes_only,
        )

    def _input(self, seconds: float) -> Input:
        url = with_account(self._target.url, self._target.account)
        return stream_input(url, seconds=seconds, timeout_s=self._target.timeout_s)


def with_account(url: str, account: Account) -> str:
    """Return an address with username and password in it, as ffmpeg wants it."""
    if not account.username:
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    login = f"{quote(account.username, safe='')}:{quote(account.password, safe='')}"
    return urlunsplit((parts.scheme, f"{login}@{host}", parts.path, parts.query, ""))
