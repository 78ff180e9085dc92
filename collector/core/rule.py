"""The rule language as values: what raises a fault, what clears it, and how bad it is then.

packs/rules.py reads them from YAML; condition.py says whether a condition holds; level.py grades. A rule has one or
more rungs; rules of one `family` on one instance of one device are one incident, at the worst rung that holds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from fnmatch import translate
from functools import lru_cache
from typing import Final

from collector.core.model import Attribution, Context, Device, Level, State, site_of


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob.casefold()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Instances by glob, whatever their case: one of `like`, none of `unlike`. "" is the bare metric."""

    like: tuple[str, ...] = ("*",)
    unlike: tuple[str, ...] = ()

    def match(self, name: str) -> bool:
        """Tell whether a name is meant."""
        folded = name.casefold()
        return any(_pattern(glob).match(folded) for glob in self.like) and not any(
            _pattern(glob).match(folded) for glob in self.unlike
        )


class Scope(StrEnum):
    """Whose metric a reference means."""

    DEVICE = "device"
    ROOM = "room"  # any device of the room


class Quantity(StrEnum):
    """What the timetable says in numbers."""

    REST_OF_LESSON = "rest_of_lesson"  # s; nothing outside a lesson
    BOOKED_HOURS = "booked_hours"  # h booked as recorded in the next 24 h


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Another metric, of the device or of any in its room. "{instance}" stands for the reading's own instance."""

    metric: str
    instance: str = ""
    scope: Scope = Scope.DEVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a value is compared with: `plus`, or `times` x what `of` is now + `plus`."""

    plus: float = 0.0
    times: float = 1.0
    of: Reference | Quantity | None = None


class Operator(StrEnum):
    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"
    EQUALS = "equals"
    DIFFERS = "differs"
    ONE_OF = "one_of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A comparison. `subject` None is the reading itself. A value that is not known or stale compares as false."""

    __test__ = False  # not for pytest

    operator: Operator
    bounds: tuple[Bound, ...]
    subject: Reference | None = None
    absolute: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The device (or room) has no such metric."""

    subject: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class During:
    """The room is in one of these contexts."""

    contexts: frozenset[Context]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A lesson booked as recorded is on: between its start and its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rising:
    """The reading is above the one before it: for counts that only grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSeen:
    """The instance is no device of ours, or one that is not silent (a silent one has its own rule)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The device is there, and this metric of it has not been read for three of its intervals, or never was."""

    subject: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted:
    """The reading, an uptime, says that the device has restarted since the one before; nobody told or expected it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """The instance is a port that feeds a device of the campus file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The robust slope of the last `over`, carried on from the reading, meets `reaches` within `within`."""

    reaches: Bound
    over: timedelta
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The robust slope of the last `over`, in units a `per_s` seconds, compares so.

    `is_counter`: the reading only grows, and begins anew at 0 where it falls.
    """

    operator: Operator
    bounds: tuple[Bound, ...]
    over: timedelta
    per_s: float = 1.0
    absolute: bool = False
    is_counter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`of` has begun to hold at least so often `within` the time up to now."""

    of: "Condition"
    within: timedelta
    at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """The device is silent: its death was told, or nothing came for three intervals. Never part of All or Any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Any:
    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neither:
    """None of them holds; what is not known does not hold."""

    of: tuple["Condition", ...]


Condition = (
    Test
    | Absent
    | Missing
    | During
    | Booked
    | Rising
    | Restarted
    | TargetSeen
    | Feeds
    | Trend
    | Rate
    | Count
    | Silent
    | All
    | Any
    | Neither
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of a level table; the first whose facts all hold decides. None asks nothing.

    `level` None opens nothing: with `state` off the device is off and expected to be. `attribution` None: the rule's;
    what is people's is a notice, whatever its level.
    """

    level: Level | None
    state: State | None = None
    attribution: Attribution | None = None
    contexts: frozenset[Context] | None = None
    roles: frozenset[str] | None = None
    instances: Names | None = None
    sole: bool | None = None  # no other device of its role in the room
    every: bool | None = None  # every instance of the rule's metric in the room is raised
    told: bool | None = None  # the shutdown was told
    silent_since: frozenset[Context] | None = None  # the context in which the silence began
    unheard: bool | None = None  # a goodbye could not have been heard then
    reachable: bool | None = None  # another agent still reaches the host
    condition: Condition | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the names of the facts that it asks for; without any it always holds."""
        return tuple(fact for fact in _FACTS if getattr(self, fact) is not None)


_FACTS: Final = tuple(each.name for each in fields(Case) if each.name not in ("level", "state", "attribution"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of a rule. `key` is the rule's id, or "id/2" for its second rung."""

    key: str
    rule: str
    metrics: tuple[str, ...]
    instances: Names
    raises: Condition
    raise_for: timedelta = timedelta()
    clears: Condition | None = None  # None: whatever does not meet `raises`
    clear_for: timedelta = timedelta()
    cases: tuple[Case, ...]

    @property
    def silent(self) -> bool:
        return isinstance(self.raises, Silent)


COLLECTOR: Final = "collector"  # the role of Roomtone itself
SITE_LINK: Final = "site-link"  # of what a whole site hangs on where nobody wrote down what that is


class Kind(StrEnum):
    """What a rule is about."""

    ANY = "any"
    AGENT = "agent"
    DEVICE = "device"
    COLLECTOR = "collector"  # Roomtone's own sight
    SITE = "site"  # a whole site that falls silent at once

    @property
    def own_role(self) -> str | None:
        """Return the role that no other kind of rule is about."""
        return {Kind.COLLECTOR: COLLECTOR, Kind.SITE: SITE_LINK}.get(self)


class Follow(StrEnum):
    """What may bring a fault about: it is no fault of its own then."""

    PATH = "path"  # what the device hangs on, by network or power, is gone
    STORAGE = "storage"  # what it writes to is gone
    OUTAGE = "outage"  # an outage of the device is just over, and took as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an override holds: whatever is named must fit. A room is "site/room"."""

    site: str = ""
    room: str = ""
    device: str = ""
    instances: Names | None = None

    def covers(self, device: Device, instance: str) -> bool:
        """Tell whether an instance of a device is meant."""
        return self.covers_some(device) and (self.instances is None or self.instances.match(instance))

    def covers_some(self, device: Device) -> bool:
        """Tell whether a device, or some instance of it, is meant."""
        return (
            self.site in ("", site_of(device.id)) and self.room in ("", device.room) and self.device in ("", device.id)
        )

    @property
    def closeness(self) -> tuple[bool, bool, bool, bool]:
        """How closely it says what is meant: the device before the room, the room before the site."""
        return bool(self.device), bool(self.room), bool(self.site), self.instances is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Another form of a rule at a place. No `rungs`: the rule is off there.

    `changes` names what differs, `at` is where it is written ("file:line:column"), `why` what a person said of it.
    """

    place: Place
    rungs: tuple[Rung, ...]
    changes: tuple[str, ...]
    why: str
    at: str

    @property
    def said(self) -> str:
        """Where it is written and why, in one line."""
        return f"{self.at} ({self.why})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule. `roles` empty: all roles. `words` maps a language to title, symptom, causes (one a line) and advice."""

    id: str
    family: str
    kind: Kind = Kind.ANY
    roles: frozenset[str] = frozenset()
    rungs: tuple[Rung, ...]
    overrides: tuple[Override, ...] = ()
    attribution: Attribution = Attribution.EQUIPMENT
    follows: frozenset[Follow] = frozenset()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def is_for(self, role: str, *, agent: bool) -> bool:
        """Tell whether devices of that role (agents, or devices behind one) are meant."""
        if self.kind.own_role is not None or role in (COLLECTOR, SITE_LINK):
            return self.kind.own_role == role
        return (not self.roles or role in self.roles) and (self.kind is Kind.ANY or agent == (self.kind is Kind.AGENT))

    def override_at(self, device: Device, instance: str) -> Override | None:
        """Return the override that holds for an instance of a device: the closest, of equals the last."""
        found = [each for each in self.overrides if each.place.covers(device, instance)]
        return max(reversed(found), key=lambda each: each.place.closeness, default=None)

    def rungs_at(self, device: Device, instance: str) -> tuple[Rung, ...]:
        """Return the rungs that hold for an instance of a device."""
        override = self.override_at(device, instance) if self.overrides else None
        return self.rungs if override is None else override.rungs


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """All rules in the order of their files: of two rungs at one level, the first counts."""

    rules: tuple[Rule, ...] = ()

    def rule(self, rule_id: str) -> Rule | None:
        """Return a rule by its id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def rule_words(self, rule_id: str) -> Mapping[str, Mapping[str, str]]:
        """Return a rule's words by language; empty for a rule that is gone."""
        rule = self.rule(rule_id)
        return rule.words if rule else {}
