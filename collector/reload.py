"""Files that people change while the collector runs: rules and the campus are read again, and the last good one stays.

Comes in: a change of a file. Goes out: a call with what it says now, or a logged list of its mistakes.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import structlog
from watchfiles import awatch

from collector.packs.errors import PackError

log = structlog.get_logger()
T = TypeVar("T")


async def watch(paths: Sequence[Path], load: Callable[[], T], use: Callable[[T], None], *, what: str) -> None:
    """Call `use(load())` whenever something at `paths` changes; a bad file is reported and nothing else happens."""
    folders = {path if path.is_dir() else path.parent for path in paths}
    files = {path.resolve() for path in paths if not path.is_dir()}

    def matters(_: object, name: str) -> bool:
        path = Path(name).resolve()
        return path in files or any(folder.is_dir() and path.is_relative_to(folder.resolve()) for folder in paths)

    async for _ in awatch(*folders, watch_filter=matters, recursive=True):
        try:
            loaded = load()
        except PackError as error:
            log.error("a file has mistakes, the last good one stays", what=what, mistakes=str(error).splitlines())
            continue
        use(loaded)
        log.info("read again", what=what)
