"""Follows a recorder's files. In: what is in its folders at each step. Out: takes: which live, how they grow, when they
began and ended.
"""

import os
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from typing import Final

from agent.probes.recording_take import Take
from agent.probes.recording_writer import Writers

# A file that stopped so long ago is not asked about any more.
_ASKED_FOR_S: Final = 4 * 3600.0
# A take that ended may go on, if its file is opened again soon.
_MAY_GO_ON_S: Final = 600.0
# A file that was there before the agent, and was written so lately, may be a recording that stands still.
_MAY_STAND_S: Final = 3600.0


class Takes:
    """All takes that are known, by path."""

    def __init__(
        self,
        known: dict[str, Take],
        *,
        writers: Writers,
        quiet_s: float,
        partial: Iterable[str] = (),
        stat: Callable[[str], os.stat_result] = os.stat,
    ) -> None:
        """`partial` are patterns of names that a file has only while it is recorded."""
        self.by_path = known
        self.has_news = False
        self._writers = writers
        self._quiet_s = quiet_s
        self._partial = [pattern.lower() for pattern in partial]
        self._stat = stat
        self._step_s: float | None = None
        self._last_at_s = 0.0

    @property
    def live(self) -> list[Take]:
        """Return those that are being recorded."""
        return [take for take in self.by_path.values() if take.is_live and not take.is_gone]

    def step(self, paths: set[str], now_s: float, mono_s: float) -> None:
        """Take what is there now: `now_s` is seconds since 1970, `mono_s` never goes back."""
        since_s = None if self._step_s is None else mono_s - self._step_s
        fresh = paths - self.by_path.keys()
        for path in fresh:
            self._appeared(path, now_s, mono_s, is_first=since_s is None)
        for take in list(self.by_path.values()):
            if take.path not in paths:
                self._gone(take, now_s)
            elif take.is_gone:
                take.is_gone = False
                self.has_news = True
            elif take.path in fresh:
                continue
            elif take.is_live or now_s - (take.ended_at_s or 0.0) < _MAY_GO_ON_S:
                self._follow(take, now_s, mono_s, since_s)
        self._writers.keep_only({take.path for take in self.live})
        self._step_s, self._last_at_s = mono_s, now_s

    def drop(self, path: str) -> None:
        """Forget a take."""
        if self.by_path.pop(path, None) is not None:
            self.has_news = True

    # ------------------------------------------------------------ one take

    def _appeared(self, path: str, now_s: float, mono_s: float, *, is_first: bool) -> None:
        try:
            stat = self._stat(path)
        except OSError:
            return
        self.has_news = True
        file_id = (stat.st_dev, stat.st_ino)
        if stat.st_ino and (renamed := self._of(file_id)) is not None:
            del self.by_path[renamed.path]
            renamed.path = path
            self.by_path[path] = renamed
            return
        born_at_s: float | None = getattr(stat, "st_birthtime", None)
        started_at_s = born_at_s if born_at_s is not None else None if is_first else max(self._last_at_s, 0.0)
        take = Take(
            path=path,
            file_id=file_id,
            size=stat.st_size,
            modified_at_s=stat.st_mtime,
            started_at_s=started_at_s,
            changed_s=mono_s,
        )
        self.by_path[path] = take
        if is_first:
            quiet_s = now_s - stat.st_mtime
            stands = self._quiet_s < quiet_s < _MAY_STAND_S and self._is_held(take, mono_s) is True
            if quiet_s > self._quiet_s and not stands:
                take.ended_at_s = stat.st_mtime
            else:
                take.changed_s = mono_s - max(0.0, quiet_s)
        elif self._step_s is not None and mono_s > self._step_s:
            take.growth = stat.st_size / (mono_s - self._step_s)

    def _of(self, file_id: tuple[int, int]) -> Take | None:
        for take in self.by_path.values():
            if take.file_id == file_id and not self._exists(take.path, file_id):
                return take
        return None

    def _exists(self, path: str, file_id: tuple[int, int]) -> bool:
        try:
            stat = self._stat(path)
        except OSError:
            return False
        return (stat.st_dev, stat.st_ino) == file_id

    def _gone(self, take: Take, now_s: float) -> None:
        if not take.is_gone:
            take.is_gone = True
            take.growth = None
            if take.is_live:
                take.ended_at_s = now_s
            self.has_news = True

    def _follow(self, take: Take, now_s: float, mono_s: float, since_s: float | None) -> None:
        try:
            stat = self._stat(take.path)
        except OSError:
            take.growth = None
            return
        if since_s == 0:
            return
        grew, was_written = stat.st_size - take.size, stat.st_mtime != take.modified_at_s
        take.size, take.modified_at_s = stat.st_size, stat.st_mtime
        if since_s is None:
            # After a restart: nobody knows how long it has stood.
            take.changed_s = mono_s if grew else mono_s - max(0.0, now_s - stat.st_mtime)
            take.growth = None
        elif grew > 0:
            take.growth = grew / since_s
        elif was_written:
            # Written in place, as into space set aside beforehand: its size says nothing.
            take.growth = None
        else:
            take.growth = 0.0
        if (grew > 0 or was_written) and since_s is not None:
            take.changed_s = mono_s
            if not take.is_live:
                take.ended_at_s = None
                take.fell_silent = False
                self.has_news = True
        if take.is_live and take.changed_s < mono_s:
            self._judge_standing(take, now_s, mono_s)

    def _judge_standing(self, take: Take, now_s: float, mono_s: float) -> None:
        quiet_s = mono_s - take.changed_s
        is_held = self._is_held(take, mono_s) if quiet_s < _ASKED_FOR_S else False
        if is_held or (is_held is None and quiet_s < self._quiet_s):
            return
        take.ended_at_s = now_s - quiet_s
        take.fell_silent = is_held is None
        take.growth = None
        self.has_news = True

    def _is_held(self, take: Take, mono_s: float) -> bool | None:
        held = self._writers.holds(take.path, mono_s)
        if held is None and any(fnmatch(os.path.basename(take.path).lower(), p) for p in self._partial):  # noqa: PTH119
            return True
        return held
