"""The desk of planned work: windows are planned and ended here, kept first and told second.

Comes in: windows of people. Goes out: the `Plan` as it stands, to whoever must know it. Every call blocks; calls from
several threads are safe.

UnknownWindow    there is no window of that number
NotRunning       the window does not run now, so that there is nothing to end early
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from collector.core.maintenance import Plan, Window


class UnknownWindow(Exception):
    """There is no window of that number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no maintenance window {number}")


class NotRunning(Exception):
    """The window does not run now."""

    def __init__(self, number: int) -> None:
        super().__init__(f"maintenance window {number} does not run now; delete it to end it for good")


class Kept(Protocol):
    """Where windows are kept."""

    def windows(self) -> Sequence[Window]: ...
    def add(self, window: Window, /) -> Window: ...
    def end(self, number: int, /, *, at: datetime, by: str) -> None: ...
    def cut(self, number: int, /, *, at: datetime) -> None: ...


class MaintenanceDesk:
    """Plans and ends windows; tells each change of the plan."""

    def __init__(
        self, *, kept: Kept, tell: Callable[[Plan], None], knows_rule: Callable[[str], bool] = lambda _rule: True
    ) -> None:
        """`tell` is called with the plan as it is from then on; `knows_rule` says whether there is a rule or family."""
        self.knows_rule = knows_rule
        self._kept = kept
        self._tell = tell
        self._lock = threading.Lock()
        self._windows: dict[int, Window] = {}

    def restore(self, now: datetime) -> None:
        """Take up the plan as it is on record. Raises StoreError."""
        with self._lock:
            self._windows = {window.id: window for window in self._kept.windows()}
            self._told(now)

    def windows(self) -> list[Window]:
        """Return every window that was ever planned, the latest first."""
        with self._lock:
            return [self._windows[number] for number in sorted(self._windows, reverse=True)]

    def add(self, window: Window) -> Window:
        """Plan a window; its number is given here. Raises StoreError."""
        with self._lock:
            added = self._kept.add(window)
            self._windows[added.id] = added
            self._told(window.made_at)
            return added

    def end(self, number: int, *, by: str, now: datetime) -> Window:
        """End a window for good. Raises UnknownWindow, StoreError."""
        with self._lock:
            window = self._known(number)
            if window.ended_at is None:
                self._kept.end(number, at=now, by=by)
                self._windows[number] = replace(window, ended_at=now, ended_by=by)
                self._told(now)
            return self._windows[number]

    def cut(self, number: int, *, by: str, now: datetime) -> Window:
        """End the time that runs now; a window that repeats comes again.

        Raises UnknownWindow, NotRunning, StoreError.
        """
        with self._lock:
            window = self._known(number)
            if window.now(now) is None:
                raise NotRunning(number)
            if not window.repeats:
                self._kept.end(number, at=now, by=by)
                self._windows[number] = replace(window, ended_at=now, ended_by=by)
            else:
                self._kept.cut(number, at=now)
                self._windows[number] = replace(window, cut_at=now)
            self._told(now)
            return self._windows[number]

    def _known(self, number: int) -> Window:
        if number not in self._windows:
            raise UnknownWindow(number)
        return self._windows[number]

    def _told(self, now: datetime) -> None:
        self._tell(Plan(window for window in self._windows.values() if not window.is_over(now)))
