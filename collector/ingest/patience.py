"""How often a node may be asked for its birth: at once, then ever more rarely while asking does not help."""

from typing import Final

FIRST_S: Final = 5.0
MOST_S: Final = 300.0


class Patience:
    """When the next rebirth may be asked for. Times are `mono_s`."""

    __slots__ = ("_next_at", "_pause_s")

    def __init__(self) -> None:
        self._next_at = float("-inf")
        self._pause_s = FIRST_S

    def may_ask(self, now_s: float) -> bool:
        """Tell whether to ask now; if so, the next time is later."""
        if now_s < self._next_at:
            return False
        if now_s > self._next_at + 4 * self._pause_s:
            # It has been well for a good while.
            self._pause_s = FIRST_S
        self._next_at = now_s + self._pause_s
        self._pause_s = min(2 * self._pause_s, MOST_S)
        return True
