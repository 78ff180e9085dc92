"""Counts frames in RTP packets. In: packets. Out: time stamps of frames. Source: RFC 3550, 5.1."""

from typing import Final

_WRAP: Final = 1 << 32
_MOST_FRAMES: Final = 10_000


class Frames:
    """The frames of one track. A frame is whole with its marker bit, or when the next one begins."""

    def __init__(self, clock: int) -> None:
        self.packets = 0
        self.last_at_s: float | None = None
        self._clock = clock
        self._newest: int | None = None
        self._open: int | None = None
        self._whole: set[int] = set()

    def take(self, packet: bytes, at_s: float) -> None:
        """Count a packet; what is no RTP is left out."""
        if len(packet) < 12 or packet[0] >> 6 != 2 or 72 <= packet[1] & 0x7F <= 76:
            return
        self.packets += 1
        stamp = self._unwrapped(int.from_bytes(packet[4:8], "big"))
        if self._open is not None and stamp != self._open:
            self._close(self._open, at_s)
        self._open = stamp
        if packet[1] & 0x80:
            self._close(stamp, at_s)
            self._open = None

    @property
    def count(self) -> int:
        """Return how many whole frames came."""
        return len(self._whole)

    @property
    def stamps(self) -> list[float]:
        """Return the time stamps of whole frames in seconds, in order."""
        return sorted(stamp / self._clock for stamp in self._whole)

    @property
    def span_s(self) -> float:
        """Return the seconds from the first frame to the last."""
        return (max(self._whole) - min(self._whole)) / self._clock if self._whole else 0.0

    def _close(self, stamp: int, at_s: float) -> None:
        if len(self._whole) < _MOST_FRAMES:
            self._whole.add(stamp)
        self.last_at_s = at_s

    def _unwrapped(self, stamp: int) -> int:
        if self._newest is not None:
            step = (stamp - self._newest + _WRAP // 2) % _WRAP - _WRAP // 2
            stamp = self._newest + step
        self._newest = stamp
        return stamp
