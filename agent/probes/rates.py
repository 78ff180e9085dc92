"""Counters become rates. In: a counter's value and when it was read. Out: its rate, once there are two."""


class Rates:
    """Remembers the last value of each counter of one probe."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, float]] = {}

    def rate(self, counter: str, value: float, at_s: float) -> float | None:
        """Return the growth a second since the last call.

        None at first, and when the counter went back: it wrapped, or was reset, and nobody can tell how far it went.
        """
        last = self._last.get(counter)
        self._last[counter] = (value, at_s)
        if last is None or value < last[0] or at_s <= last[1]:
            return None
        return (value - last[0]) / (at_s - last[1])

    def keep_only(self, counters: set[str]) -> None:
        """Forget counters that are gone, such as those of a disk that was pulled out."""
        for gone in self._last.keys() - counters:
            del self._last[gone]
