"""Which recordings are in a folder. In: a folder and patterns. Out: paths; only folders that changed are read again.

A folder's time changes when a name in it comes or goes, so years of recordings cost nothing at a step.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from agent.errors import ProbeError

log = logging.getLogger("agent.media")

_DEEPEST: Final = 4
_MOST_FOLDERS: Final = 2_000
_MOST_FILES: Final = 50_000
# Times of folders can be this coarse (FAT), so one that changed just before it was read is read once more.
_COARSE_S: Final = 2.0
# Shares do not always tell of changes.
_ALL_AGAIN_S: Final = 300.0


class Folder:
    """One folder and those in it, down to a depth."""

    def __init__(self, root: Path, patterns: Iterable[str], *, without: Iterable[str] = ()) -> None:
        """`patterns` are of file names, without regard to case; folders named in `without` are passed over."""
        self.root = root
        self._patterns = [pattern.lower() for pattern in patterns]
        self._without = frozenset(without)
        self._read: dict[str, tuple[int, float, tuple[str, ...], tuple[str, ...]]] = {}
        self._said_too_many = False

    def paths(self, now_s: float) -> set[str]:
        """Return the recordings in it; `now_s` is seconds since 1970.

        Raises:
            ProbeError: it cannot be read.
        """
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [(str(self.root), 0)]
        while waiting and len(seen) < _MOST_FOLDERS and len(found) < _MOST_FILES:
            folder, depth = waiting.pop()
            seen.add(folder)
            try:
                files, folders = self._list(folder, now_s)
            except OSError as error:
                if depth == 0:
                    raise ProbeError(f"{folder} cannot be read: {error.strerror or error}") from error
                continue
            found.update(os.path.join(folder, name) for name in files)  # noqa: PTH118  thousands, at each step
            if depth < _DEEPEST:
                waiting += [(os.path.join(folder, name), depth + 1) for name in folders]  # noqa: PTH118
        if waiting and not self._said_too_many:
            self._said_too_many = True
            log.warning("%s holds too many files or folders; not all of them are watched", self.root)
        for gone in self._read.keys() - seen:
            del self._read[gone]
        return found

    def matches(self, name: str) -> bool:
        """Tell whether a file name is a recording's."""
        return any(fnmatch(name.lower(), pattern) for pattern in self._patterns)

    def _list(self, folder: str, now_s: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
        changed_ns = os.stat(folder).st_mtime_ns  # noqa: PTH116
        known = self._read.get(folder)
        if known is not None:
            was_changed_ns, read_s, files, folders = known
            is_settled = abs(read_s - changed_ns / 1e9) > _COARSE_S
            if changed_ns == was_changed_ns and is_settled and 0 <= now_s - read_s < _ALL_AGAIN_S:
                return files, folders
        files, folders = (tuple(names) for names in self._scan(folder))
        self._read[folder] = (changed_ns, now_s, files, folders)
        return files, folders

    def _scan(self, folder: str) -> Iterator[list[str]]:
        files: list[str] = []
        folders: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    is_folder = entry.is_dir(follow_symlinks=False)
                except OSError:
                    continue
                if is_folder:
                    if entry.name not in self._without:
                        folders.append(entry.name)
                elif self.matches(entry.name):
                    files.append(entry.name)
        yield files
        yield folders
