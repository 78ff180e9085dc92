"""Which computer is it? Comes in: what births say of the hardware. Goes out: the same one, another, or two at once.

A fingerprint is a handful of hashed parts (board, network cards), parted by blanks. Two fingerprints that share a part
are of one computer: a card may be changed, or hidden from a program without rights. Without any part nobody is accused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

Hardware = frozenset[str]

# Two computers that take turns under one identity are clones for so long after the last turn.
WINDOW: Final = timedelta(minutes=10)
_MOST_COMPUTERS: Final = 20
_MOST_PARTS: Final = 16


def hardware_of(fingerprint: str) -> Hardware:
    """Return the parts of a fingerprint."""
    return frozenset(fingerprint.split()[:_MOST_PARTS])


def is_same(one: Hardware, other: Hardware) -> bool:
    """Tell whether two fingerprints may be of one computer."""
    return not one or not other or bool(one & other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Computer:
    """A computer that was heard under an identity. `label` is what a person finds it by."""

    hardware: Hardware
    label: str
    heard_at: datetime


class Sightings:
    """The computers that one identity was seen on. One that comes back after another: both live."""

    def __init__(self) -> None:
        self._seen: list[Computer] = []  # the last one heard at the end
        self._turned_at: datetime | None = None

    def born(self, fingerprint: str, label: str, at: datetime) -> bool:
        """Take a birth; return whether a computer came back after another had taken its place."""
        hardware = hardware_of(fingerprint)
        before = next((one for one in self._seen if is_same(one.hardware, hardware)), None)
        came_back = before is not None and before is not self._seen[-1] and at - before.heard_at < WINDOW
        if before is not None:
            self._seen.remove(before)
        self._seen.append(
            Computer(hardware=hardware or (before.hardware if before else hardware), label=label, heard_at=at)
        )
        del self._seen[:-_MOST_COMPUTERS]
        if came_back:
            self._turned_at = at
        return came_back

    def resume(self, living: Iterable[Computer]) -> None:
        """Go on from computers that lived at once when this was last asked."""
        self._seen = sorted(living, key=lambda one: one.heard_at)
        self._turned_at = self._seen[-1].heard_at if len(self._seen) > 1 else None

    def living(self, at: datetime) -> tuple[Computer, ...]:
        """Return the computers that live under this identity at once; empty where it is one, as it should be."""
        if self._turned_at is None or at - self._turned_at >= WINDOW:
            return ()
        return tuple(one for one in self._seen if at - one.heard_at < WINDOW)
