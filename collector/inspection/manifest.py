"""What a pack holds and how to tell that it is whole: `manifest.json`, written last, with a SHA-256 of each file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from collector.core.inspection import Period
from collector.inspection.errors import PackDamaged
from collector.inspection.evidence import Place
from collector.inspection.summary import Totals
from wire.version import __version__

MANIFEST: Final = "manifest.json"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of a pack; `rows` without the heading, None for the workbook."""

    name: str
    bytes: int
    sha256: str
    rows: int | None


Manifest = dict[str, Any]


class Made(Protocol):
    """What was asked for."""

    @property
    def place(self) -> Place: ...
    @property
    def period(self) -> Period: ...
    @property
    def now(self) -> datetime: ...
    @property
    def until(self) -> datetime: ...


def write_manifest(path: Path, asked: Made, *, commit: int, counts: Totals, rows: Mapping[str, int]) -> Manifest:
    """Write the manifest of the files that lie beside `path` and return it."""
    place, period = asked.place, asked.period
    files = [
        Member(name=one.name, bytes=one.stat().st_size, sha256=sha256_of(one), rows=rows.get(one.name))
        for one in sorted(path.parent.iterdir())
        if one.is_file()
    ]
    manifest: Manifest = {
        "format": _FORMAT,
        "roomtone": __version__,
        "made_at": _instant(asked.now),
        "site": {"id": place.site.id, "name": place.site.name},
        "room": place.room,
        "period": {
            "from": period.asked[0],
            "to": period.asked[1],
            "time_zone": str(period.zone),
            "start": _instant(period.start),
            "end": _instant(period.end),
            "watched_until": _instant(asked.until),
        },
        "data": {
            "last_commit": commit,
            "devices": counts.devices,
            "series": counts.series,
            "readings": counts.readings,
            "incidents": counts.all_incidents,
            "tickets": counts.all_tickets,
        },
        "files": [asdict(one) for one in files],
    }
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", "utf-8")
    unfinished.rename(path)
    return manifest


def check_pack(directory: Path) -> Manifest:
    """Return the manifest of a pack whose files are all what it says.

    Raises:
        PackDamaged: the manifest or a file is missing, or a checksum differs; says which.
    """
    try:
        manifest: Manifest = json.loads((directory / MANIFEST).read_text("utf-8"))
        named = [(str(one["name"]), str(one["sha256"])) for one in manifest["files"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackDamaged(f"{directory / MANIFEST} cannot be read: {error}. Collect the pack again.") from error
    wrong = [
        name for name, sha256 in named if not (directory / name).is_file() or sha256_of(directory / name) != sha256
    ]
    if wrong:
        raise PackDamaged(f"{directory}: {', '.join(wrong)} is not what the manifest says. Collect the pack again.")
    return manifest


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
