"""What the recorder has recorded, on disk, so that a restart forgets neither a start nor a missing upload.

In: takes. Out: the same takes after a restart, from a small JSON file in the agent's data directory.
"""

import json
import logging
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from agent.probes.recording_take import Take

log = logging.getLogger("agent.media")

_VERSION: Final = 1
_MOST_TAKES: Final = 50_000


class Ledger:
    """The file that takes are kept in. A directory that cannot be written costs the memory, not the readings."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._has_said = False

    def load(self) -> dict[str, Take]:
        """Return the takes by path; none where there is no file, or nobody can make sense of it."""
        try:
            document = json.loads(self._file.read_text("utf-8"))
            rows = document["takes"] if document["version"] == _VERSION else []
            return {take.path: take for take in map(_take, rows[:_MOST_TAKES])}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, LookupError, TypeError) as error:
            log.warning(
                "%s cannot be used, so recordings of the past are judged by what is on disk: %s", self._file, error
            )
            return {}

    def save(self, takes: Iterable[Take]) -> None:
        """Replace the file in one go."""
        text = json.dumps({"version": _VERSION, "takes": [_row(take) for take in takes]}, ensure_ascii=True)
        fresh = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text, "utf-8")
            fresh.replace(self._file)
        except OSError as error:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            if not self._has_said:
                self._has_said = True
                log.warning(
                    "%s cannot be written, so a restart will not know of uploads and starts: %s", self._file, error
                )


def _row(take: Take) -> list[Any]:
    return [
        take.path,
        *take.file_id,
        take.size,
        take.modified_at_s,
        take.started_at_s,
        take.ended_at_s,
        take.is_gone,
        take.is_uploaded,
    ]


def _take(row: Any) -> Take:
    path, device, inode, size, modified, started, ended, is_gone, is_uploaded = row
    return Take(
        path=str(path),
        file_id=(int(device), int(inode)),
        size=int(size),
        modified_at_s=float(modified),
        started_at_s=None if started is None else float(started),
        ended_at_s=None if ended is None else float(ended),
        is_gone=bool(is_gone),
        is_uploaded=bool(is_uploaded),
    )
