"""How many messages are looked at. In: who sent one, and when. Out: whether it is one too many.

One sender gets a quarter of all, so that a device gone mad does not silence the others.
"""

from collections import OrderedDict
from typing import Final

_MOST_SENDERS: Final = 4096
_SHARE: Final = 0.25


class Allowance:
    """So many a second, and a second's worth at once."""

    __slots__ = ("_at_s", "_left", "_per_s")

    def __init__(self, per_s: float, at_s: float) -> None:
        self._per_s = per_s
        self._left = max(1.0, per_s)
        self._at_s = at_s

    def take(self, now_s: float) -> bool:
        """Take one, if there is one left."""
        self._left = min(max(1.0, self._per_s), self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Flood:
    """The allowance of all senders together and of each."""

    def __init__(self, most_per_s: float, at_s: float) -> None:
        self._each_per_s = most_per_s * _SHARE
        self._all = Allowance(most_per_s, at_s)
        self._each: OrderedDict[str, Allowance] = OrderedDict()

    def allows(self, sender: str, now_s: float) -> bool:
        """Tell whether a message of this sender is looked at."""
        own = self._each.get(sender)
        if own is None:
            own = self._each[sender] = Allowance(self._each_per_s, now_s)
            if len(self._each) > _MOST_SENDERS:
                self._each.popitem(last=False)
        self._each.move_to_end(sender)
        return own.take(now_s) and self._all.take(now_s)
