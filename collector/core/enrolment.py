"""Which identity a computer gets. Comes in: what its code is bound to, what it is, who is known. Goes out: an agent id.

An identity is a slot in a room. It stays with the computer when its disk is made anew, and with the slot when the
code names it; it never goes to another computer by accident.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from collector.core.computer import Hardware

_LONGEST: Final = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAgent:
    """An agent of the same site. `is_enrolled` is false for one that was only heard."""

    agent: str
    room: str
    hardware: Hardware
    is_enrolled: bool
    is_revoked: bool


def choose_agent(*, slot: str, room: str, wanted: str, hardware: Hardware, known: Sequence[KnownAgent]) -> str:
    """Return the agent id for a computer. `slot` and `room` are what its code is bound to, "" for nothing."""
    if slot:
        return slot
    here = [one for one in known if not room or not one.room or one.room == room]
    before = [one for one in here if one.hardware & hardware]
    if before:
        return min(before, key=lambda one: (one.is_revoked, not one.is_enrolled, one.agent)).agent
    taken = {one.agent for one in known if one.is_enrolled or (one.hardware and hardware)}
    return next(name for name in _names(wanted) if name not in taken)


def _names(wanted: str) -> Iterator[str]:
    """Yield `wanted`, `wanted-2`, `wanted-3`, ..."""
    yield wanted
    for number in count(2):
        ending = f"-{number}"
        yield wanted[: _LONGEST - len(ending)] + ending
