"""One file that a recorder writes, from its first byte to its upload."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Take:
    """A recording in one file. Times ending in `_at_s` are seconds since 1970; `changed_s` is on the monotonic clock.

    `started_at_s` None: nobody saw it begin. `ended_at_s` None: it is being recorded.
    """

    path: str
    file_id: tuple[int, int] = (0, 0)  # device and inode: a name may change, this does not
    size: int = 0
    modified_at_s: float = 0.0
    started_at_s: float | None = None
    ended_at_s: float | None = None
    changed_s: float = 0.0
    growth: float | None = None  # By/s since the step before; None: cannot be told
    fell_silent: bool = False  # it ended because nothing more came, and nobody could see whether its writer let go
    is_gone: bool = False
    is_uploaded: bool = False

    @property
    def is_live(self) -> bool:
        """Tell whether it is being recorded."""
        return self.ended_at_s is None

    def overlap_s(self, start_s: float, end_s: float, now_s: float) -> float | None:
        """Return the seconds of a span that it covers; None where that depends on a start that nobody saw."""
        end = self.ended_at_s if self.ended_at_s is not None else now_s
        if end <= start_s:
            return 0.0
        if self.started_at_s is None:
            return None
        return max(0.0, min(end, end_s) - max(self.started_at_s, start_s))
