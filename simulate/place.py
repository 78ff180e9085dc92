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
    """A recording classroom, or the cabinet of a site, whose id is "".

    `agent` is its recorder PC, or the cabinet's gateway, an edge node; `timetable` is one of its site's. `switch` is
    the device that its network comes from, on `port`; "" where nothing is known of that.
    """

    id: str
    site: str
    name: str
    agent: str
    pc: Thing
    things: tuple[Thing, ...]
    timetable: int
    switch: str = ""
    port: int = 0

    @property
    def key(self) -> str:
        """Return `site/room`, by which fault scripts and the campus file name it."""
        return f"{self.site}/{self.id}"

    @property
    def node(self) -> str:
        """Return the device id of its recorder PC."""
        return f"{self.site}:{self.agent}"

    def device(self, thing: Thing) -> str:
        """Return the device id of a thing in it."""
        return f"{self.node}:{thing.id}"

    def thing(self, role: Role) -> Thing | None:
        """Return the first device of a role."""
        return next((thing for thing in self.things if thing.role is role), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A school. `bell` is when its first lesson of a day begins, in minutes after midnight or opening.

    `cabinet`: the switches, the storage and the UPS that its rooms hang on, read by a gateway; small schools have none.
    """

    id: str
    name: str
    bell: int
    rooms: tuple[Room, ...]
    cabinet: Room | None = None

    def nodes(self) -> Iterator[Room]:
        """Give every room, and the cabinet last."""
        yield from self.rooms
        if self.cabinet is not None:
            yield self.cabinet


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

    def nodes(self) -> Iterator[Room]:
        """Give every room, and the cabinet of each site after its rooms."""
        for site in self.sites:
            yield from site.nodes()
