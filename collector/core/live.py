"""Who is there. Comes in: births, deaths, "heard". Goes out: who fell silent, who came back, what can be seen.

An agent (node) is silent when its death was told or, where its interval is known, after three intervals without a
message. A device behind it is silent when its own death was told, or by an interval of its own; it is out of sight
while its agent is silent, and until it is read again after that. A device may speak for others of its agent, as the
computer of a room that is read over SNMP: it then stands between them and the agent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from collector.core.campus import Campus
from collector.core.incident import Slot
from collector.core.model import (
    Context,
    Device,
    DeviceId,
    Health,
    RoomId,
    Shutdown,
    Unit,
    is_node,
    node_of,
    site_of,
)

SILENT_INTERVALS: Final = 3
READ_AGAIN: Final = timedelta(seconds=60)  # a device that its reborn agent does not find within this is silent


_UNHEARD: Final = "unheard"


class Being(StrEnum):
    NEVER = "never"  # the campus file knows it; nothing came from it yet
    HERE = "here"
    AWAITED = "awaited"  # its agent is back and has not read it yet
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A silence that counts. `since` is the last message before it, `within` what the room was for as it began."""

    since: datetime
    within: Context
    told: Shutdown | None = None
    timed_out: bool = False  # no death was told: the next message ends it
    presumed: bool = False  # it cannot be seen, and all that it feeds fell silent
    unheard: bool = False  # a goodbye could not have been heard: it may have been switched off meanwhile

    def as_detail(self) -> str:
        """Return what a restart must know of it, beside `since`."""
        how = "presumed" if self.presumed else "timed-out" if self.timed_out else "died"
        return f"{self.within} {self.told or '-'} {how}{f' {_UNHEARD}' if self.unheard else ''}"

    @staticmethod
    def from_detail(since: datetime, detail: str) -> "Silence":
        """Read what `as_detail` wrote; what cannot be read is taken for a plain death."""
        within, told, how, *more = [*detail.split(), "", "", ""]
        return Silence(
            since=since,
            within=Context(within) if within in set(Context) else Context.OPEN,
            told=Shutdown(told) if told in set(Shutdown) else None,
            timed_out=how == "timed-out",
            presumed=how == "presumed",
            unheard=_UNHEARD in more,
        )


class Member:
    """A device that is watched, and what is known of its presence."""

    __slots__ = (
        "awaited_until",
        "back_at",
        "being",
        "device",
        "eclipsed",
        "excused_until",
        "health",
        "last_seen",
        "node",
        "properties",
        "series",
        "silence",
        "slots",
    )

    def __init__(self, device: Device, node: "Member | None") -> None:
        self.device = device
        self.node = node  # None for an agent; else its agent, or the device that speaks for it there
        self.being = Being.NEVER
        self.last_seen: datetime | None = None
        self.silence: Silence | None = None  # the last one, also while it clears
        self.awaited_until: datetime | None = None
        self.back_at: datetime | None = None  # the end of its last silence
        self.eclipsed = False  # not seen, because of what it hangs on or of who watches
        self.excused_until: datetime | None = None  # what its outage brings about until then is no fault of its own
        self.properties: Mapping[str, str] = {}
        self.series: list[int] = []
        self.slots: dict[tuple[str, str], Slot] = {}  # by family and instance: what is not idle
        self.health: Health | None = None  # as last told

    @property
    def id(self) -> DeviceId:
        return self.device.id

    @property
    def is_here(self) -> bool:
        """Tell whether its readings are to be believed: itself and its agent are there."""
        return self.being is Being.HERE and (self.node is None or self.node.is_here)

    @property
    def is_unread(self) -> bool:
        """Tell whether it must be read again before anything new is said of it: its agent is gone, or is just back."""
        if self.node is None or (self.silence is not None and self.silence.presumed):
            return False
        return not self.node.is_here or self.awaited_until is not None

    @property
    def interval(self) -> timedelta | None:
        """How far apart its readings come, as the births say; None: not said, they never go stale."""
        return self.device.interval or (self.node.interval if self.node is not None else None)

    @property
    def place(self) -> str:
        """What makes devices neighbours: their room, or their agent where no room is known."""
        return self.device.room or node_of(self.id)

    def shift(self, by: timedelta) -> None:
        """Let all that is known of it have been so much later, or earlier: the clock was moved."""
        for name in ("last_seen", "awaited_until", "back_at", "excused_until"):
            at: datetime | None = getattr(self, name)
            setattr(self, name, at + by if at is not None else None)
        if self.silence is not None:
            self.silence = replace(self.silence, since=self.silence.since + by)

    def silent_at(self, listening_since: datetime) -> datetime | None:
        """Return when it counts as silent if nothing comes; None: only its death counts.

        Nothing could have been heard before `listening_since`.
        """
        if not self.is_here or self.device.interval is None or self.last_seen is None:
            return None
        return max(self.last_seen, listening_since) + SILENT_INTERVALS * self.device.interval


class Live:
    """All members by id, those of a place, and those behind an agent."""

    def __init__(self) -> None:
        self.members: dict[DeviceId, Member] = {}
        self._places: dict[str, dict[DeviceId, Member]] = {}
        self._behind: dict[DeviceId, list[Member]] = {}
        self._campus = Campus()
        self.changes = 0  # of who there is, and where

    def learn(self, campus: Campus) -> list[Member]:
        """Take a campus file: it wins over births. Return the members that it made or changed."""
        self._campus = campus
        changed = [member for member in self.members.values() if self._describe(member, member.device.interval)]
        return changed + [self._add(device) for device in campus.devices if device not in self.members]

    def find(self, device: DeviceId) -> Member:
        """Return a member; an unknown device registers itself."""
        found = self.members.get(device)
        return found if found is not None else self._add(device)

    def beside(self, member: Member) -> Iterator[Member]:
        """Walk all members of a place, the member too."""
        return self.within(member.place)

    def within(self, place: str) -> Iterator[Member]:
        """Walk the members of a room, or of an agent whose room is not known."""
        yield from self._places.get(place, {}).values()

    def behind(self, member: Member) -> list[Member]:
        """Return the devices that an agent reports, or for which a device speaks."""
        direct = self._behind.get(member.id, [])
        if member.node is not None:
            return direct
        return direct + [nested for device in direct for nested in self._behind.get(device.id, ())]

    def hang(self, member: Member, behind: str) -> None:
        """Take what is said of who speaks for a device: another of its agent's, or, for "", the agent itself.

        One that is not known, or for which somebody speaks itself, cannot.
        """
        if member.node is None:
            return
        agent = self.members[node_of(member.id)]
        speaker = self.members.get(DeviceId(f"{agent.id}:{behind}"), agent) if behind else agent
        if speaker is member or speaker.node not in (None, agent) or self._behind.get(member.id):
            speaker = agent
        if speaker is not member.node:
            self._behind[member.node.id].remove(member)
            self._behind.setdefault(speaker.id, []).append(member)
            member.node = speaker

    def is_sole(self, member: Member) -> bool:
        """Tell whether campus file and births know no other device of its role in its place."""
        return all(other is member or other.device.role != member.device.role for other in self.beside(member))

    def born(self, member: Member, properties: Mapping[str, str], interval: timedelta | None) -> bool:
        """Take what a birth says of a device. Return whether that changed its description."""
        member.properties = properties
        self.hang(member, properties.get("behind", ""))
        changed = self._describe(member, interval)
        if changed:
            for device in self.behind(member):
                self._describe(device, device.device.interval)
        return changed

    def adopt(self, health: Health) -> Member:
        """Take up a device as it was known before a restart."""
        member = self.find(health.device.id)
        known = health.device
        said = {
            "room": known.room,
            "role": known.role,
            "name": known.name,
            "vendor": known.unit.vendor,
            "model": known.unit.model,
            "serial": known.unit.serial,
            "firmware": known.unit.firmware,
            "agent_version": known.agent_version,
            "os": known.os,
        }
        member.properties = {name: text for name, text in said.items() if text}
        self._describe(member, known.interval)
        member.last_seen = health.last_seen
        member.health = health
        return member

    def _add(self, device: DeviceId) -> Member:
        node = None if is_node(device) else self.find(node_of(device))
        member = Member(Device(id=device), node)
        self.members[device] = member
        self.changes += 1
        if node is not None:
            self._behind.setdefault(node.id, []).append(member)
        self._places.setdefault(member.place, {})[device] = member
        self._describe(member, None)
        return member

    def _describe(self, member: Member, interval: timedelta | None) -> bool:
        """Put together what campus file and birth say. Return whether anything changed."""
        before = member.device
        filed = self._campus.devices.get(before.id)
        birth = member.properties
        unit = filed.unit if filed else Unit()
        role = birth.get("role") or ("recorder-pc" if member.node is None else "other")
        if filed and before.id not in self._campus.roles_unstated:
            role = filed.role
        device = Device(
            id=before.id,
            room=(filed.room if filed else RoomId("")) or self._room(member, birth.get("room", "")),
            role=role,
            name=(filed.name if filed else "") or birth.get("name", ""),
            unit=Unit(
                vendor=unit.vendor or birth.get("vendor", ""),
                model=unit.model or birth.get("model", ""),
                serial=unit.serial or birth.get("serial", ""),
                firmware=unit.firmware or birth.get("firmware", ""),
            ),
            in_campus=filed is not None,
            interval=interval,
            agent_version=birth.get("agent_version", ""),
            os=birth.get("os", ""),
        )
        if device == before:
            return False
        old = member.place
        member.device = device
        self.changes += 1
        if member.place != old:
            del self._places[old][before.id]
            self._places.setdefault(member.place, {})[before.id] = member
        return True

    def _room(self, member: Member, said: str) -> RoomId:
        if said:
            return RoomId(said if "/" in said else f"{site_of(member.id)}/{said}")
        return member.node.device.room if member.node is not None else RoomId("")
