"""The devices behind a device that reports for them: a Roomtone agent over SNMP. In: its table. Out: who is there.

They keep their ids behind the device: `ups-1` behind `pc1` is `pc1.ups-1`. People see names: a device that says none
gets the one that it would have over MQTT, `pc1:ups-1`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agent.snmp.engine import Value
from agent.snmp.instance import text_of
from agent.snmp.profile import Behind
from agent.snmp.session import Session
from wire.catalogue import Role
from wire.topics import ID_PATTERN

MOST_DEVICES: Final = 500
GOODBYES: Final = frozenset({"os", "service", "sleep"})
_ROLES: Final = frozenset(Role)


@dataclass(slots=True)
class Member:
    """A device behind another, as a probe's device is: its id here, what it says of itself, whether it answers."""

    device: str
    role: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    is_here: bool = True


class Company:
    """All devices behind one, by the id that they have there; the empty id is the device itself."""

    def __init__(self, behind: Behind, device: str) -> None:
        self.members: dict[str, Member] = {}
        self._behind = behind
        self._device = device
        self._changes: int | float | None = None
        self._ids: dict[str, str] = {}  # by row

    def look(self, session: Session) -> bool:
        """Read the table, or of a known one only who is there; return whether rows came, went or say another thing.

        Raises:
            SnmpError: the device does not answer.
        """
        told = session.get([self._behind.changes]).get(self._behind.changes)
        changes = told if isinstance(told, (int, float)) else None
        is_new = changes is None or changes != self._changes
        if is_new:
            self._read(session)
            self._changes = changes
        states = session.column(self._behind.columns["state"], MOST_DEVICES)
        for row, name in self._ids.items():
            self.members[name].is_here = states.get(row) == self._behind.here
        return is_new

    def goodbye(self, values: Mapping[str, Value]) -> str:
        """Return why the device goes, where a notification with these values says so; "" where none does."""
        told = text_of(values.get(self._behind.goodbye))
        return told if told in GOODBYES else ""

    def name_of(self, there: str) -> str:
        """Return the id here of the device that has this one there; "" where it can have none."""
        member = self.members.get(there)
        return member.device if member is not None else ""

    def _read(self, session: Session) -> None:
        columns = {
            name: session.column(oid, MOST_DEVICES) for name, oid in self._behind.columns.items() if name != "state"
        }
        self._ids = {}
        members: dict[str, Member] = {}
        for row, value in columns["id"].items():
            there = text_of(value)
            device = f"{self._device}.{there}" if there else self._device
            if there in members or not ID_PATTERN.fullmatch(device):
                continue
            said = {name: text for name, found in columns.items() if (text := text_of(found.get(row)))}
            said.pop("id", None)
            said.setdefault("name", f"{self._device}:{there}" if there else self._device)
            role = said.pop("role", "")
            if there:
                said["behind"] = self._device
            if there and "room" not in said and "" in members and "room" in members[""].properties:
                said["room"] = members[""].properties["room"]
            members[there] = Member(device, role if role in _ROLES else "", said)
            self._ids[row] = there
        self.members = members
