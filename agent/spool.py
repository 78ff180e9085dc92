"""Does what waits on the disk outlive this run? In: the folder of the outbox. Out: `disk` or `volatile`.

A disk in memory, or one with a layer in memory over it (overlayroot), forgets at every boot. A disk that a restore
card or Windows' write filter freezes looks like any other from here; the collector finds it out, since the numbers of
the agent's runs come again.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

DISK: Final = "disk"
VOLATILE: Final = "volatile"
_MOUNTS: Final = Path("/proc/self/mountinfo")
_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")


@cache
def spool_kind(folder: Path) -> str:
    """Return whether files in a folder outlive a restart of the computer, as far as can be seen."""
    try:
        mounts = _MOUNTS.read_text("utf-8", "replace")
        return kind_in(mounts, str(folder.resolve()))
    except OSError:
        return DISK  # no Linux


def kind_in(mounts: str, folder: str) -> str:
    """Return the kind by the text of /proc/self/mountinfo; source: proc_pid_mountinfo(5)."""
    mount = _mount_of(mounts, folder)
    if mount is None:
        return DISK
    kind, options = mount
    if kind == "overlay":
        layer = re.search(r"(?:^|,)upperdir=([^,]+)", options)
        below = _mount_of(mounts, _plain(layer[1])) if layer else None
        kind = below[0] if below else kind
    return VOLATILE if kind in _IN_MEMORY else DISK


def _mount_of(mounts: str, folder: str) -> tuple[str, str] | None:
    """Return (file system, options) of the mount that a folder is on; of several at one place the last one counts."""
    found: tuple[str, str] | None = None
    longest = -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if len(fields) < 5 or len(rest) < 3:
            continue
        place = _plain(fields[4])
        is_over = folder == place or folder.startswith(place.rstrip("/") + "/")
        if is_over and len(place) >= longest:
            found, longest = (rest[0], rest[2]), len(place)
    return found


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda code: chr(int(code[1], 8)), text)
