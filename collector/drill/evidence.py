"""The proofs of drills as files, `TIME-SITE-ROOM.json` in one folder; nobody else may read them."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from collector.private_file import write_private

FOLDER: Final = "drills"
Proof = Mapping[str, Any]


def keep(folder: Path, proof: Proof) -> Path:
    """Write a proof and return its file.

    Raises:
        OSError: it cannot be written.
    """
    started = datetime.fromisoformat(proof["started_at"])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{started:%Y%m%dT%H%M%SZ}-{proof['room'].replace('/', '-')}.json"
    write_private(file, json.dumps(proof, indent=2, ensure_ascii=False) + "\n")
    return file


def kept(folder: Path) -> list[tuple[str, Proof]]:
    """Return the proofs in a folder with their names, the latest first; what is none is passed over."""
    found: list[tuple[str, Proof]] = []
    for file in folder.glob("*.json"):
        try:
            proof = json.loads(file.read_text("utf-8"))
            datetime.fromisoformat(proof["started_at"])
            if proof["drill"] is True and "/" in proof["room"]:
                found.append((file.stem, proof))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda each: each[0], reverse=True)


def last_begun(folder: Path, room: str) -> datetime | None:
    """Return when the latest drill of a room began; None where there was none."""
    return next(
        (datetime.fromisoformat(proof["started_at"]) for _, proof in kept(folder) if proof["room"] == room), None
    )
