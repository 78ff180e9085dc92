"""What one look at a source showed. Times are seconds on the source's own clock (its time stamps)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The newest seconds of a source.

    `black_since`, `frozen_since` and `silent_since` say since when the picture or sound has been so up to the end of
    what was looked at; None: it is not so. `decoded` counts the pictures that were looked at, `frames` are the time
    stamps of all there were, in order.
    """

    frames: tuple[float, ...] = ()
    sound_span: tuple[float, float] | None = None
    has_video: bool = False
    has_audio: bool = False
    decoded: int = 0
    first_picture: float | None = None
    last_picture: float | None = None
    black_since: float | None = None
    frozen_since: float | None = None
    silent_since: float | None = None
    levels: tuple[float, ...] = ()  # dBFS of each channel
    level: float | None = None  # dBFS of all of them together
    clipping: float | None = None  # share of samples at full scale
