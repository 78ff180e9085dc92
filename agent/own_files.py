"""Has somebody changed agent.toml, or a password or certificate that it names? In: the file. Out: begin anew?

So an agent that is enrolled anew, or edited, takes that over by itself; mistakes are said, and what runs goes on.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent.config import load_config
from agent.errors import ConfigError
from agent.now import Moment
from agent.service.files import named_by

log = logging.getLogger("agent")

# Several files change one after another; what is left alone for so long is whole.
_LOOK_EVERY_S: Final = 3.0

_Stamp = tuple[int, int, int]


class OwnFiles:
    """agent.toml and what it names, as they were when they were read."""

    def __init__(self, file: Path) -> None:
        """`file` is an agent.toml that is about to be read."""
        self._file = file
        self._names: tuple[_Stamp | None, Sequence[Path]] = (None, [])
        self._read = self._seen = self._look()
        self._refused: dict[Path, _Stamp | None] | None = None
        self._look_s = 0.0

    def step(self, now: Moment) -> bool:
        """Return whether there is something new that can be used."""
        if now.mono_s < self._look_s:
            return False
        self._look_s = now.mono_s + _LOOK_EVERY_S
        before, self._seen = self._seen, self._look()
        if self._seen != before or self._seen in (self._read, self._refused):
            return False
        try:
            load_config(self._file)
        except ConfigError as error:
            self._refused = self._seen
            log.error("%s was changed and cannot be used; what ran goes on:\n%s", self._file, error)
            return False
        log.info("%s, or a file that it names, was changed; the agent begins anew with it", self._file)
        return True

    def _look(self) -> dict[Path, _Stamp | None]:
        stamp = _stamp(self._file)
        if stamp != self._names[0]:
            self._names = stamp, named_by(self._file)
        return {file: stamp if file == self._file else _stamp(file) for file in self._names[1]}


def _stamp(file: Path) -> _Stamp | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
