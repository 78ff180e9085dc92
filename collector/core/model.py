"""The nouns of the collector: what is watched, what arrives, what is decided.

Comes in: `Batch` (what ingest committed). Goes out: `Decision` (what the desk carries out). Everything here is a
value; nothing here reads a clock or does I/O. Instants are aware UTC datetimes; columns carry microseconds since 1970.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final, NewType

import numpy as np
from numpy.typing import NDArray

SiteId = NewType("SiteId", str)
RoomId = NewType("RoomId", str)  # "site/room"; empty for a device whose room is not known
DeviceId = NewType("DeviceId", str)  # "site:agent" or "site:agent:device"
SeriesId = NewType("SeriesId", int)
IncidentId = NewType("IncidentId", str)
TicketId = NewType("TicketId", int)


class State(StrEnum):
    """The five values of truth. `unknown` (we cannot see it) is never `failed`."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    OFF = "off"


class Level(IntEnum):
    """The levels of the contract, S1-S4; smaller is worse."""

    OUTAGE = 1
    SEVERE = 2
    DEGRADED = 3
    QUESTION = 4


class Context(StrEnum):
    """What a room is for at a moment."""

    LESSON = "lesson"
    OPEN = "open"
    CLOSED = "closed"


class Attribution(StrEnum):
    """Whose trouble a fault is."""

    EQUIPMENT = "equipment"
    ENVIRONMENT = "environment"  # power, network, heat
    PEOPLE = "people"  # muted, microphone not used, room empty: a notice, never a ticket
    UNKNOWN = "unknown"  # on record and on the wall; a ticket once it is known


class Shutdown(StrEnum):
    """A shutdown that an agent told before it went."""

    OS = "os"
    SERVICE = "service"
    SLEEP = "sleep"


def node_of(device: DeviceId) -> DeviceId:
    """Return the agent (edge node) that reports a device; an agent reports itself."""
    site, agent, *_ = device.split(":", 2)
    return DeviceId(f"{site}:{agent}")


def site_of(device: DeviceId) -> SiteId:
    """Return the site a device belongs to."""
    return SiteId(device.partition(":")[0])


def is_node(device: DeviceId) -> bool:
    """Tell whether a device is an agent itself."""
    return device.count(":") == 1


DRILL: Final = "drill-"
"""How the agents of drills begin: their faults are made on purpose, and they are gone when the drill is over."""


def is_drill(device: DeviceId) -> bool:
    """Tell whether a device is there for a drill only."""
    return device.partition(":")[2].startswith(DRILL)


# ---------------------------------------------------------------- what is watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The thing itself, as it says of itself or as the campus file knows it."""

    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A host or a device in a room."""

    id: DeviceId
    room: RoomId = RoomId("")
    role: str = "other"
    name: str = ""
    unit: Unit = Unit()
    in_campus: bool = False
    interval: timedelta | None = None  # a node's; None: silence is judged by NDEATH alone
    agent_version: str = ""
    os: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of readings: a metric of a device, perhaps of one instance of it. `unit` is UCUM."""

    id: SeriesId
    device: DeviceId
    metric: str
    instance: str = ""
    unit: str = ""


# ---------------------------------------------------------------- what arrives


@dataclass(frozen=True, slots=True)
class Readings:
    """Columns of equal length, in order of arrival.

    `series` int32 ids; `at_us` int64, microseconds since 1970, the agent's stamp; `value` float64, finite;
    `historical` bool, backlog that moves no timer.
    """

    series: NDArray[np.int32]
    at_us: NDArray[np.int64]
    value: NDArray[np.float64]
    historical: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.series)


def no_readings() -> Readings:
    """Return columns of length 0."""
    return Readings(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.bool_))


@dataclass(frozen=True, slots=True, kw_only=True)
class Born:
    """A birth certificate was accepted: the device is there and this is what it says of itself.

    `properties` holds the fields of `wire.control.PROPERTY_FIELDS` (room, role, name, vendor, model, serial,
    firmware, agent_version, os, behind) that the birth carried. `room` is a bare room id or "site/room".
    """

    device: DeviceId
    at: datetime  # arrival
    properties: Mapping[str, str] = field(default_factory=dict)
    interval: timedelta | None = None
    epoch: str = ""  # of an agent: which run of it this is, by a random name and by the number that its disk gives it
    run: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """A death certificate counted. `told` is the shutdown that was announced; `behind` is who spoke for the device.

    Both are of an agent that is read over SNMP, too: a device there, whose devices it speaks for.
    """

    device: DeviceId
    at: datetime  # arrival
    told: Shutdown | None = None
    behind: str = ""


Event = Born | Died


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one commit of the hot store holds, ready to be classified.

    `heard` is, for each node that sent any accepted message, when the last one arrived. `series` are those that
    this batch made; their ids may appear in `readings`.
    """

    commit: int
    at: datetime
    readings: Readings
    events: tuple[Event, ...] = ()
    heard: Mapping[DeviceId, datetime] = field(default_factory=dict)
    series: tuple[Series, ...] = ()


# ---------------------------------------------------------------- what is decided


class IncidentState(StrEnum):
    OPEN = "open"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A fault that telemetry sees, from its onset to its end.

    `family` is what makes rules one incident (rungs of `volume-*`, of `ups-on-battery`, ...); `rule` names the worst
    rung that holds. `onset_at` is the first offending reading, or the last message before a silence. `late`: readings
    that came late say that it began before anybody could know.
    """

    id: IncidentId
    device: DeviceId
    room: RoomId
    metric: str
    instance: str
    family: str
    rule: str
    level: Level
    onset_at: datetime
    detected_at: datetime
    cleared_at: datetime | None = None
    cause: IncidentId | None = None
    value: float | None = None  # the reading that decided
    state: IncidentState = IncidentState.OPEN
    attribution: Attribution = Attribution.EQUIPMENT
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An incident began: open its ticket. One that is cleared already came to light late: put it on record."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Releveled:
    """An open incident holds at another rung or level; `incident` is as it is now."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """An open incident is over; `incident` is as it is now."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """So many readings that came late say when an incident truly began or ended, or whose trouble it was."""

    incident: Incident
    readings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCorrected:
    """Readings that came late say that from `start` up to `end` a device was in this state."""

    device: DeviceId
    start: datetime
    end: datetime
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a device is now. `pending` says that a fault is being timed but has not been detected yet.

    `hidden`: it cannot be seen because of another, its agent, who speaks for it, or what it hangs on.
    """

    device: Device
    state: State
    level: Level | None
    since: datetime
    last_seen: datetime | None
    pending: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChanged:
    """A device became known, or its state, level, pending, hidden or description changed."""

    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Where one rung of one rule stands on one instance of one device: what a restart must not forget.

    `since` is when the running condition began to hold on the collector's clock, or was frozen (`elapsed` then says
    what had been counted); `onset_at` the stamp of its first reading. `standing` is "raising", "raised" or "clearing".
    `rule` is the rung's key: a rule id, or "rule/2" for the second rung of a rule.
    """

    device: DeviceId
    rule: str
    instance: str
    standing: str
    since: datetime
    onset_at: datetime
    elapsed: timedelta = timedelta()  # counted before a freeze
    detail: str = ""  # what else the rung must remember; keep as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged:
    """Keep this phase; `phase` None: forget it."""

    device: DeviceId
    rule: str
    instance: str
    phase: Phase | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the people in a room should know, such as a microphone that is not used. It opens no ticket."""

    id: IncidentId
    device: DeviceId
    room: RoomId
    metric: str
    instance: str
    family: str
    rule: str
    onset_at: datetime
    detected_at: datetime
    cleared_at: datetime | None = None
    value: float | None = None
    state: IncidentState = IncidentState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeChanged:
    """A notice began, or is over."""

    notice: Notice


Decision = Opened | Releveled | Cleared | Corrected | HealthChanged | HealthCorrected | PhaseChanged | NoticeChanged
