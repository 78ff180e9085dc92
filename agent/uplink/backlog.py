"""What is sent behind live data. In: what was sent and what the collector has stored. Out: what to send next, and when.

One track an epoch. Everything unacknowledged when a session begins is backlog. What was sent and is not acknowledged
for a while is sent again: the rewind timer, with jitter, and with more patience each time nothing moves.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from agent.entry import EpochState


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The pace of a session. `backlog_per_s` messages of backlog a second at most; the rest are seconds."""

    backlog_per_s: float = 50.0
    burst: int = 10
    rewind_s: float = 15.0
    rewind_most_s: float = 120.0
    return_jitter_s: float = 4.0
    rebirth_pause_s: float = 2.0

    @classmethod
    def of_interval(cls, interval_s: float) -> "Timing":
        """Return a pace that fits an agent that reports every `interval_s`."""
        return cls(rewind_s=min(15.0, max(2.0, 3 * interval_s)), return_jitter_s=min(4.0, interval_s / 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Ids of one epoch to send, `after` < id <= `up_to`, at most `limit` of them."""

    epoch: str
    after: int
    up_to: int
    limit: int


@dataclass(slots=True)
class _Track:
    acked: int
    done: int  # backlog up to here has been sent
    end: int  # backlog goes up to here
    sent: int  # the highest id sent in this session
    patience_s: float
    rewind_at: float | None = None
    rewinds: int = 0


# A host that knows nothing of outboxes never acknowledges; it is not sent the same for ever.
_REWINDS_UNHEARD: Final = 3


class Backlog:
    """Which entries to send behind live data. Times are `mono_s`."""

    def __init__(self, timing: Timing, random: Random) -> None:
        self._timing = timing
        self._random = random
        self._tracks: dict[str, _Track] = {}
        self._free_at = 0.0
        self._heard = False
        self._rewound = False

    def begin(self, states: Sequence[EpochState]) -> None:
        """Start a session: everything that is not acknowledged is backlog."""
        self._tracks = {
            state.epoch: _Track(
                acked=state.acked,
                done=state.acked,
                end=state.last,
                sent=state.acked,
                patience_s=self._timing.rewind_s,
            )
            for state in states
        }
        self._free_at = 0.0

    def sent_live(self, epoch: str, entry_id: int, now_s: float) -> None:
        """Note that a fresh entry has been sent."""
        track = self._track(epoch, entry_id)
        self._sent(track, entry_id, now_s)

    def held_back(self, epoch: str, entry_id: int) -> None:
        """Note that a fresh entry could not be sent live and is backlog now."""
        track = self._track(epoch, entry_id)
        track.done = min(track.done if track.done < track.end else entry_id - 1, entry_id - 1)
        track.end = max(track.end, entry_id)

    def sent(self, epoch: str, entry_id: int, now_s: float) -> None:
        """Note that an entry of the backlog has been sent, or is gone."""
        track = self._tracks[epoch]
        track.done = max(track.done, entry_id)
        self._sent(track, entry_id, now_s)

    def gone(self, stretch: Stretch) -> None:
        """Note that the outbox holds nothing of a stretch any more."""
        track = self._tracks[stretch.epoch]
        track.done = max(track.done, stretch.up_to)

    def take_rewound(self) -> bool:
        """Tell whether the rewind timer has run out since the last call: what was said may have been lost."""
        rewound, self._rewound = self._rewound, False
        return rewound

    def paced(self, messages: int, now_s: float) -> None:
        """Note that `messages` of backlog have just been sent: the next wait their turn."""
        self._free_at = max(now_s, self._free_at) + messages / self._timing.backlog_per_s

    def acknowledged(self, state: EpochState, now_s: float) -> None:
        """Take the collector's word, which may lie below an earlier one: then from there again."""
        self._heard = True
        track = self._track(state.epoch, state.last + 1)
        if state.acked < track.acked:
            track.done, track.end = state.acked, max(track.end, track.sent, state.last)
        elif state.acked > track.acked:
            track.patience_s, track.rewinds = self._timing.rewind_s, 0
            track.rewind_at = None if state.acked >= track.sent else self._rewind_at(track, now_s)
        track.acked = state.acked
        track.done = max(track.done, state.acked)

    def next(self, now_s: float) -> Stretch | None:
        """Return what to send now, None when it is nothing or too early."""
        self._rewind(now_s)
        if now_s < self._free_at:
            return None
        for epoch, track in self._tracks.items():
            if track.done < track.end:
                return Stretch(epoch=epoch, after=track.done, up_to=track.end, limit=self._timing.burst)
        return None

    def next_due(self) -> float:
        """Return when `next` may have something, infinity where nothing waits."""
        if any(track.done < track.end for track in self._tracks.values()):
            return self._free_at
        return min((t.rewind_at for t in self._tracks.values() if t.rewind_at is not None), default=math.inf)

    def _track(self, epoch: str, entry_id: int) -> _Track:
        found = self._tracks.get(epoch)
        if found is None:
            before = entry_id - 1
            found = self._tracks[epoch] = _Track(before, before, before, before, self._timing.rewind_s)
        return found

    def _sent(self, track: _Track, entry_id: int, now_s: float) -> None:
        track.sent = max(track.sent, entry_id)
        if track.rewind_at is None and track.sent > track.acked:
            track.rewind_at = self._rewind_at(track, now_s)

    def _rewind_at(self, track: _Track, now_s: float) -> float:
        return now_s + track.patience_s * self._random.uniform(0.75, 1.25)

    def _rewind(self, now_s: float) -> None:
        for track in self._tracks.values():
            if track.rewind_at is None or now_s < track.rewind_at:
                continue
            track.rewind_at = None
            if track.done < track.end:
                # Still sending: what is missing may be under way.
                track.rewind_at = self._rewind_at(track, now_s)
            elif track.sent > track.acked and (self._heard or track.rewinds < _REWINDS_UNHEARD):
                track.rewinds += 1
                self._rewound = True
                track.patience_s = min(2 * track.patience_s, self._timing.rewind_most_s)
                track.done, track.end = track.acked, track.sent
                track.rewind_at = self._rewind_at(track, now_s)
