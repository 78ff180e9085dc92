"""How many entries were dropped, until the collector has been told. In: live entries, acknowledgements."""

from collections import deque
from dataclasses import dataclass

from agent.entry import EpochState
from agent.outbox import Outbox


@dataclass(frozen=True, slots=True)
class _Told:
    epoch: str
    id: int
    dropped: int


class Telling:
    """Keeps `classroom.agent.outbox.dropped` above zero until a live entry that says so has been stored."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._pending: deque[_Told] = deque(maxlen=100)

    @property
    def untold(self) -> int:
        """Entries dropped that no stored live entry has told of."""
        return max(0, self._outbox.dropped - self._outbox.told)

    def sent_live(self, epoch: str, entry_id: int) -> None:
        """Note that a live entry of the node, with the number in it, has been sent."""
        if self.untold:
            self._pending.append(_Told(epoch, entry_id, self._outbox.dropped))

    def acknowledged(self, state: EpochState) -> None:
        """Note how far the collector has stored an epoch."""
        done = [told for told in self._pending if told.epoch == state.epoch and told.id <= state.acked]
        for told in done:
            self._pending.remove(told)
        if done:
            self._outbox.tell(max(told.dropped for told in done))
