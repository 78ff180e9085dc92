"""What a picture or a sound source is, and what may be expected of it."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a source shows. Only a camera's picture may be called frozen: slides stand still."""

    CAMERA = "camera"
    MIXED = "mixed"
    SLIDES = "slides"
    AUDIO = "audio"


class Sound(StrEnum):
    """Whether a source carries sound: whatever is found, certainly, or none that matters."""

    AUTO = "auto"
    EXPECTED = "expected"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source: `name` is its instance in readings, `device` the device they are of ("" is the agent)."""

    name: str
    kind: Kind = Kind.MIXED
    sound: Sound = Sound.AUTO
    channels: tuple[int, ...] = ()  # those that ought to carry sound, from 1; () is all there are
    frame_rate: float | None = None  # what it ought to give
    device: str = ""

    @property
    def may_be_black(self) -> bool:
        """Tell whether a black picture of it means anything."""
        return self.kind in (Kind.CAMERA, Kind.MIXED)

    @property
    def may_be_frozen(self) -> bool:
        """Tell whether a picture of it that stands still means anything."""
        return self.kind is Kind.CAMERA

    @property
    def has_steady_frames(self) -> bool:
        """Tell whether its frames come evenly, so that a gap between two is a loss."""
        return self.kind is Kind.CAMERA or self.frame_rate is not None
