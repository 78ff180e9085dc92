"""How long something has lasted, from looks that see only seconds of it. In: one look after the other. Out: seconds."""

from dataclasses import dataclass


@dataclass(slots=True)
class Lasting:
    """One condition, such as a black picture. It is taken to have gone on between two looks that both show it."""

    since_s: float | None = None

    def update(self, since: float | None, first: float, last: float, at_s: float) -> float:
        """Take what a look showed, and return for how long the condition has lasted at its end.

        `since`, `first` and `last` are on the source's clock: since when the condition holds (None: it does not), and
        what the look spans. `at_s` is when the look ended, on a clock of ours that never goes back.
        """
        if since is None:
            self.since_s = None
            return 0.0
        # A condition that holds from the first picture on may be older than the look.
        is_whole = since <= first + 0.001
        if self.since_s is None or not is_whole:
            self.since_s = at_s - max(0.0, last - since)
        return at_s - self.since_s
