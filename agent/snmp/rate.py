"""Rates from counters. In: a counter's value and when it was read. Out: how much it grows per second."""

from collections.abc import Hashable

_MODULUS = {32: 1 << 32, 64: 1 << 64}


class Rates:
    """Remembers the last value of each counter.

    A counter that fell has wrapped, if it is 32 bits wide; one of 64 bits never wraps in practice: it was reset.
    """

    def __init__(self) -> None:
        self._last: dict[Hashable, tuple[int, float]] = {}

    def rate(self, counter: Hashable, value: int, bits: int, at_s: float) -> float | None:
        """Return the growth per second since the counter's last value, None where there is none to tell."""
        last = self._last.get(counter)
        self._last[counter] = (value, at_s)
        if last is None or at_s <= last[1]:
            return None
        grown = value - last[0]
        if grown < 0:
            grown += _MODULUS[bits]
            if bits == 64 or grown > _MODULUS[bits] // 2:
                return None
        return grown / (at_s - last[1])

    def forget(self) -> None:
        """Start anew: the device was restarted, its counters with it."""
        self._last.clear()
