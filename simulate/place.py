"""The nouns of a simulated campus: sites, rooms, and what stands in them."""

from collections.abc import Iterator
from dataclasses import dataclass

from wire.catalogue import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A device behind a room's recorder PC; `id` is the last part of site:agent:device."""

    id: str
    role: Role
    name: str
    vendor: str
    model: str
    serial: str
    firmware: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A recording classroom. `agent` is its recorder PC, an edge node; `timetable` is one of its site's."""

    id: str
    site: str
    name: str
    agent: str
    pc: Thing
    things: tuple[Thing, ...]
    timetable: int

    @property
    def key(self) -> str:
        """Return `site/room`, by which fault scripts and the campus file name it."""
        return f"{self.site}/{self.id}"

    @property
    def node(self) -> str:
        """Return the device id of its recorder PC."""
        return f"{self.site}:{self.agent}"

    def thing(self, role: Role) -> Thing | None:
        """Return the first device of a role."""
        return next((thing for thing in self.things if thing.role is role), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A school. `bell` is when its first lesson of a day begins, in minutes after midnight or opening."""

    id: str
    name: str
    bell: int
    rooms: tuple[Room, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Campus:
    """All of it."""

    seed: int
    time_zone: str
    sites: tuple[Site, ...]

    def rooms(self) -> Iterator[Room]:
        """Give every room, in campus order."""
        for site in self.sites:
            yield from site.rooms
