"""Does a device answer? In: the outcome of each poll. Out: whether it is there, and when it has just gone."""

from typing import Final

FAILURES_TO_DIE: Final = 3


class Presence:
    """One device: up with its first answer, down after three polls in a row without one."""

    def __init__(self) -> None:
        self.is_up: bool | None = None
        self._failures = 0

    def answered(self) -> None:
        """A poll was answered."""
        self._failures = 0
        self.is_up = True

    def left(self) -> bool:
        """It said that it goes; return whether it was not down before."""
        was_up, self.is_up, self._failures = self.is_up, False, FAILURES_TO_DIE
        return was_up is not False

    def failed(self) -> bool:
        """A poll was not answered; return whether the device is down with this one."""
        self._failures += 1
        if self._failures < FAILURES_TO_DIE or self.is_up is False:
            return False
        self.is_up = False
        return True
