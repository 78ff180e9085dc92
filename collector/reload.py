"""Files that people change while the collector runs: they are read again, and the last good ones stay in force.

Comes in: a change of a file. Goes out: a call with what the files say now, or a logged list of their mistakes.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import structlog

from collector.packs.errors import PackError

log = structlog.get_logger()
T = TypeVar("T")

_LOOK_EVERY_S: Final = 1.0

Fingerprint = frozenset[tuple[str, int, int]]


class Watched:
    """Files, and folders of files, as they were when this was made: make it before they are first read.

    A folder stands for the files in it whose names end with one of `suffixes`; `deep`: in its folders, too.
    """

    def __init__(
        self, what: str, paths: Sequence[Path], suffixes: Sequence[str] = (".yaml",), *, deep: bool = True
    ) -> None:
        self._what = what
        self._paths = paths
        self._suffixes = tuple(suffixes)
        self._pattern = "**/*" if deep else "*"
        self._seen = self._look()

    async def follow(self, load: Callable[[], T], use: Callable[[T], None]) -> None:
        """Call `use(load())` after each change, for ever; a file with mistakes is reported and nothing else happens."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            seen = await asyncio.to_thread(self._look)
            if seen == self._seen:
                continue
            self._seen = seen
            try:
                loaded = await asyncio.to_thread(load)
            except PackError as error:
                mistakes = str(error).splitlines()
                log.error("files have mistakes, the last good ones stay", what=self._what, mistakes=mistakes)
                continue
            use(loaded)
            log.info("read again", what=self._what)

    def _look(self) -> Fingerprint:
        found = set()
        for path in self._paths:
            files = path.glob(self._pattern) if path.is_dir() else (path,)
            for file in files:
                if file == path or file.suffix in self._suffixes:
                    try:
                        state = file.stat()
                    except OSError:
                        continue
                    found.add((str(file), state.st_mtime_ns, state.st_size))
        return frozenset(found)
