"""Files with secrets, and files that are there whole or not at all."""

import os
import sys
from contextlib import suppress
from pathlib import Path


def write_file(path: Path, data: bytes, *, is_secret: bool) -> None:
    """Write a file whole or not at all. A secret one is its owner's alone, at every moment.

    Where root writes a secret into a folder of a service's group, that group may read it: the agent runs as a member.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if sys.platform != "win32":
            _give(draft, path.parent, is_secret=is_secret)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _give(file: Path, folder: Path, *, is_secret: bool) -> None:
    group = folder.stat().st_gid
    is_for_service = os.geteuid() == 0 and group != 0
    if is_for_service:
        with suppress(PermissionError):
            os.chown(file, -1, group)
    file.chmod((0o640 if is_for_service else 0o600) if is_secret else 0o644)
