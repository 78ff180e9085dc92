"""Finds what a fault happens to. Comes in: the name of a room, site or device. Goes out: a target of the campus."""

import difflib
from dataclasses import dataclass

from simulate.fault import Act, Kind
from simulate.place import Campus, Room
from wire.catalogue import Role


class TargetError(ValueError):
    """There is no such thing on this campus; the text says so, and what was perhaps meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A site; a room of it; a device in the room. Empty: all of it."""

    site: str
    room: str = ""
    device: str = ""


class Targets:
    """Everything on a campus, by the names of scripts."""

    def __init__(self, campus: Campus) -> None:
        self._sites = {site.id for site in campus.sites}
        self._rooms = {room.key: room for room in campus.rooms()}
        self._bare: dict[str, list[Room]] = {}
        self._devices: dict[str, Room] = {}
        for room in campus.rooms():
            self._bare.setdefault(room.id, []).append(room)
        for node in campus.nodes():
            self._devices[node.node] = node
            self._devices.update((node.device(thing), node) for thing in node.things)
        self._feeding = {room.switch for room in campus.rooms() if room.switch}

    def find(self, kind: Kind, key: str, name: str) -> Target:
        """Return what `name` means; `key` says whether it is a site, room or device.

        Raises:
            TargetError: there is none.
        """
        if key == "site":
            if name not in self._sites:
                raise _missing("site", name, self._sites)
            return Target(site=name)
        if key == "device":
            room = self._devices.get(name)
            if room is None:
                raise _missing("device", name, self._devices)
            if kind.act is Act.LOSE and name not in self._feeding:
                raise TargetError(f"no room hangs on {name!r}; choose one of {', '.join(sorted(self._feeding))}")
            return Target(site=room.site, room=room.key if room.id else "", device=name)
        return in_room(kind, self._room(name))

    def _room(self, name: str) -> Room:
        found = [self._rooms[name]] if name in self._rooms else self._bare.get(name, [])
        if not found:
            raise _missing("room", name, self._rooms)
        if len(found) > 1:
            raise TargetError(f"{name!r} is in {len(found)} sites; write {' or '.join(room.key for room in found)}")
        return found[0]


def in_room(kind: Kind, room: Room) -> Target:
    """Return what a fault of a kind happens to in a room.

    Raises:
        TargetError: the room has no device of the kind's role.
    """
    if kind.role is Role.RECORDER_PC:
        return Target(site=room.site, room=room.key, device=room.node)
    thing = room.thing(kind.role)
    if thing is None:
        raise TargetError(f"room {room.key} has no {kind.role}")
    return Target(site=room.site, room=room.key, device=room.device(thing))


def _missing(what: str, name: str, known: "set[str] | dict[str, Room]") -> TargetError:
    near = difflib.get_close_matches(name, known, 1)
    return TargetError(f"there is no {what} {name!r} on this campus" + (f"; do you mean {near[0]}?" if near else ""))
