"""How fast a recording grows. In: the files that are being recorded, all of them or those of a part. Out: By/s.

One file that stands still does not show in the sum of several, so whatever has such a file in it grows by 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.probes.recording_take import Take

# A file that begins so close to the end of another takes its place.
_IN_ITS_PLACE_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """When it is: `now_s` since 1970, `mono_s` never goes back. `patience_s` is how long a file may wait for more."""

    now_s: float
    mono_s: float
    patience_s: float


def total(live: Iterable[Take]) -> float | None:
    """Return By/s of all of them, 0 where there is none; None where no size can tell."""
    takes = list(live)
    known = [take.growth for take in takes if take.growth is not None]
    return float(sum(known)) if known or not takes else None


def stands(live: Sequence[Take], at: Present) -> bool:
    """Tell whether one of the files that are being recorded stands still, and no other took its place."""
    return any(_stands(take, live, at) for take in live)


def names_of(folders: Sequence[Path]) -> dict[Path, str]:
    """Name each folder by as much of the end of its path as tells it from the others."""
    names: dict[Path, str] = {}
    for folder in folders:
        parts = folder.parts
        tails = ("/".join(parts[-n:]).replace("//", "/") for n in range(1, len(parts) + 1))
        others = [other.parts for other in folders if other != folder]
        names[folder] = next(
            (tail for n, tail in enumerate(tails, start=1) if all(other[-n:] != parts[-n:] for other in others)),
            folder.as_posix(),
        )
    return names


def root_of(take: Take, folders: Iterable[Path]) -> Path | None:
    """Return the folder that it is in, the innermost where one holds another."""
    path = Path(take.path)
    return max((f for f in folders if path.is_relative_to(f)), key=lambda f: len(f.parts), default=None)


def _stands(take: Take, live: Sequence[Take], at: Present) -> bool:
    if at.mono_s - take.changed_s <= at.patience_s:
        return False
    # Recorders that go on in a new file may hold the old one open for a while.
    since_s = at.now_s - (at.mono_s - take.changed_s)
    return not any(_follows(other, take, since_s) for other in live)


def _follows(other: Take, take: Take, since_s: float) -> bool:
    """Tell whether the other began when this one stopped, rather than when this one began."""
    if other is take or other.started_at_s is None:
        return False
    began_s = float("-inf") if take.started_at_s is None else take.started_at_s
    return abs(other.started_at_s - since_s) <= _IN_ITS_PLACE_S < other.started_at_s - began_s
