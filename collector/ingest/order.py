"""Messages of one session in the order of their `seq`: what comes early waits for what is missing.

Source: Eclipse Sparkplug 3.0.0, chapter 5.7.2 (message reordering): a host waits for a while, then asks for a rebirth.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wire.sparkplug_pb2 import Payload
from wire.topics import Kind

REORDER_WAIT_S: Final = 5.0
_ROUND: Final = 256


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came: `at` on the wall clock, `mono_s` on one that never goes back."""

    kind: Kind
    device: str
    payload: Payload
    at: datetime
    mono_s: float


class Order:
    """Puts messages back into the order in which they were sent."""

    __slots__ = ("_expected", "_held")

    def __init__(self) -> None:
        self._expected: int | None = None
        self._held: dict[int, Arrived] = {}

    def restart(self, after: int | None) -> None:
        """Begin behind the message that had `after` for its seq; None: behind whatever comes next."""
        self._expected = None if after is None else (after + 1) % _ROUND
        self._held.clear()

    @property
    def is_waiting(self) -> bool:
        """Whether something is held."""
        return bool(self._held)

    def is_behind(self, message: Arrived) -> bool:
        """Tell whether a message counts among those that were handled or given up."""
        if self._expected is None or not message.payload.HasField("seq"):
            return False
        return (message.payload.seq - self._expected) % _ROUND >= _ROUND // 2

    def put(self, message: Arrived) -> list[Arrived]:
        """Return what may be handled now, in order; none where the message has to wait."""
        if not message.payload.HasField("seq"):
            return [message]
        seq = message.payload.seq % _ROUND
        if self._expected is None:
            self._expected = seq
        ahead = (seq - self._expected) % _ROUND
        if ahead >= _ROUND // 2:
            # Late: the wait for it is over, what it says is still true.
            return [message]
        if ahead:
            former = self._held.get(seq)
            self._held[seq] = message
            return [former] if former else []
        self._expected = (seq + 1) % _ROUND
        if not self._held:
            return [message]
        ready = [message]
        while (following := self._held.pop(self._expected, None)) is not None:
            ready.append(following)
            self._expected = (self._expected + 1) % _ROUND
        return ready

    def overdue_at(self) -> float:
        """Return the `mono_s` at which the wait for what is missing ends, infinity where nothing waits."""
        return min((one.mono_s for one in self._held.values()), default=float("inf")) + REORDER_WAIT_S

    def give_up(self) -> list[Arrived]:
        """Return everything held, in order, and go on behind it."""
        expected = self._expected or 0
        held = sorted(self._held.items(), key=lambda item: (item[0] - expected) % _ROUND)
        if held:
            self._expected = (held[-1][0] + 1) % _ROUND
        self._held.clear()
        return [message for _, message in held]
