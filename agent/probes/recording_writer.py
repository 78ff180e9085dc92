"""Who has a file open for writing? In: a path and the recorder's programs. Out: somebody, nobody, or it cannot be told.

A recorder that holds its file and writes nothing is stuck; one that has let go of it is done.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

import psutil

_SEARCH_EVERY_S: Final = 60.0


class Writers:
    """Processes that write. Only those of the recorder's programs are asked, or all where none are named."""

    def __init__(self, programs: Iterable[str]) -> None:
        self._programs = frozenset(_plain(name) for name in programs)
        self._known: dict[str, psutil.Process] = {}
        self._asked: dict[str, tuple[float, bool | None]] = {}

    def holds(self, path: str, mono_s: float) -> bool | None:
        """Tell whether a process writes the file; None where nobody lets us see. `mono_s` never goes back."""
        real = os.path.realpath(path)
        known = self._known.get(path)
        if known is not None:
            if _has_open(known, real):
                return True
            del self._known[path]
        asked = self._asked.get(path)
        # Without names every process is looked at, which is not for every step.
        if asked is not None and not self._programs and mono_s - asked[0] < _SEARCH_EVERY_S:
            return asked[1]
        answer = self._search(path, real)
        self._asked[path] = (mono_s, answer)
        return answer

    def keep_only(self, paths: set[str]) -> None:
        """Forget files that are no longer of interest."""
        for kept in (self._known, self._asked):
            for gone in kept.keys() - paths:
                del kept[gone]

    def _search(self, path: str, real: str) -> bool | None:
        # Elsewhere open files do not say whether they are written, so only the recorder's own count.
        if not self._programs and sys.platform != "linux":
            return None
        is_hidden = False
        for process in self._candidates():
            found = _has_open(process, real)
            if found:
                self._known[path] = process
                return True
            is_hidden = is_hidden or found is None
        # Without names the writer may also be on another computer, behind a share.
        return None if is_hidden or not self._programs else False

    def _candidates(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.pid != os.getpid() and (not self._programs or _plain(process.name()) in self._programs):
                    yield process


def _has_open(process: psutil.Process, real: str) -> bool | None:
    try:
        for file in process.open_files():
            mode = getattr(file, "mode", "w")
            if os.path.normcase(file.path) == os.path.normcase(real) and any(letter in mode for letter in "wa+"):
                return True
    except psutil.AccessDenied:
        return None
    except (psutil.Error, OSError):
        return False
    return False


def _plain(name: str) -> str:
    return name.lower().removesuffix(".exe")
