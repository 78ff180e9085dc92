"""What time stamps say of frames. In: the stamps of some seconds. Out: rate, share lost, how far the picture lags."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

_LEAST_FRAMES: Final = 5
# A gap so many times the usual one is a pause, or a new beginning, and no loss of frames.
_LONGEST_GAP: Final = 250


@dataclass(frozen=True, slots=True)
class Steps:
    """Frames that came and frames that are missing between them, over some seconds."""

    came: int
    missing: int
    rate: float

    @property
    def lost(self) -> float:
        """Return the share of frames that are missing."""
        return self.missing / (self.came + self.missing) if self.came else 0.0


def steps_of(stamps: Sequence[float], frame_rate: float | None = None) -> Steps | None:
    """Count frames and gaps; None where there are too few to tell. `frame_rate` is what the source ought to give."""
    if len(stamps) < _LEAST_FRAMES:
        return None
    gaps = [later - sooner for sooner, later in pairwise(stamps) if later > sooner]
    if not gaps:
        return None
    usual = 1 / frame_rate if frame_rate else median(gaps)
    span = sum(gap for gap in gaps if gap < _LONGEST_GAP * usual)
    if span <= 0:
        return None
    missing = sum(round(gap / usual) - 1 for gap in gaps if 1.5 * usual < gap < _LONGEST_GAP * usual)
    return Steps(came=len(gaps), missing=missing, rate=len(gaps) / span)


@dataclass(slots=True)
class FrameLag:
    """How far the newest frame of a file is behind the newest thing in it."""

    _newest: float | None = None

    def update(self, newest_frame: float | None, newest_sound: float | None, oldest_sound: float | None) -> float:
        """Take the newest stamps of the picture and of the sound beside it, and return the seconds between them.

        Where a look holds no frame at all, the last one known counts, or else there is none since the look's beginning.
        """
        if newest_frame is not None:
            self._newest = newest_frame
        if newest_sound is None:
            return 0.0
        last = self._newest if self._newest is not None else oldest_sound
        return max(0.0, newest_sound - last) if last is not None else 0.0
