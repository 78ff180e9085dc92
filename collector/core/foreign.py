"""What plain MQTT devices say, as values: which topics are whose, and which numbers in them are which metrics.

packs/mapping.py reads them from `mapping.yaml`; ingest/foreign.py applies them to messages. Ids, instances and
descriptions are templates with names in braces, which topics and paths find.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import Any, Final

from collector.core.pattern import Captures, Path, TopicPattern, narrowest

# Stamps are seconds, or thousandths, millionths, billionths of them: by their size it can only be one.
_FINER: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
_YEAR_2200_S: Final = 7.26e9


class Format(StrEnum):
    """What a payload is: a JSON document, a bare number or word, or lines of InfluxDB's line protocol."""

    JSON = "json"
    TEXT = "text"
    LINE = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One number of a message. Of a line its path is measurement and field, and its tags are names, too.

    `where` are names and what must stand for them. A number is times `scale` plus `offset`; a word is what `numbers`
    says (keys in lower case).
    """

    path: Path
    metric: str
    instance: str = ""
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    numbers: Mapping[str, float] = field(default_factory=dict)
    where: Captures = field(default_factory=dict)

    def number(self, said: Any) -> float | None:
        """Return what a device says as a number; None where it is none."""
        known = self.numbers.get(str(said).strip().lower()) if self.numbers and not isinstance(said, float) else None
        if known is not None:
            return known
        if isinstance(said, str):
            try:
                said = float(said)
            except ValueError:
                return None
        if not isinstance(said, (bool, int, float)):
            return None
        try:
            value = float(said) * self.scale + self.offset
        except OverflowError:
            return None
        return value if isfinite(value) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Messages of one topic pattern. Those that the broker had retained are read only where `takes_retained`."""

    topic: TopicPattern
    values: tuple[Value, ...]
    format: Format = Format.JSON
    time: Path | None = None
    takes_retained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Where a device says that it is there, and its last will that it is not. Words are in lower case."""

    topic: TopicPattern
    path: Path | None = None
    online: tuple[str, ...] = ("online",)
    offline: tuple[str, ...] = ("offline",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDevice:
    """Devices that speak alike: templates of their id and of what a birth would say of them."""

    id: str
    properties: Mapping[str, str] = field(default_factory=dict)
    interval: timedelta | None = None
    availability: tuple[Availability, ...] = ()
    talks: tuple[Talk, ...] = ()

    @property
    def topics(self) -> tuple[TopicPattern, ...]:
        return (*(talk.topic for talk in self.talks), *(one.topic for one in self.availability))


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """Devices that describe themselves as Home Assistant asks them to, under a prefix.

    In `id` and `properties` {id} is the device's identifier. `metrics` are device classes and the metrics they become,
    over those that are known anyway; `topics` are filters of what such devices speak on, for the broker's rights.
    """

    prefix: str
    id: str
    properties: Mapping[str, str] = field(default_factory=dict)
    interval: timedelta | None = None
    metrics: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignMapping:
    """All of a mapping file."""

    devices: tuple[ForeignDevice, ...] = ()
    discoveries: tuple[Discovery, ...] = ()

    @property
    def filters(self) -> tuple[str, ...]:
        """The topics that its devices may speak on, as MQTT filters."""
        found = [topic.filter for device in self.devices for topic in device.topics]
        for discovery in self.discoveries:
            found += (f"{discovery.prefix}/#", *discovery.topics)
        return narrowest(found)


def instant_of(said: Any) -> float | None:
    """Return the seconds since 1970 that a stamp says: a number of any usual unit, or RFC 3339 with its offset.

    None where it is none, and for local times, which could be any.
    """
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        seconds = float(said) if abs(said) < 1e300 else 0.0
        for least, unit in _FINER:
            if seconds >= least:
                seconds /= unit
                break
        return seconds if 0 < seconds < _YEAR_2200_S else None
    if isinstance(said, str):
        try:
            at = datetime.fromisoformat(said.strip())
        except ValueError:
            return None
        return at.timestamp() if at.tzinfo is not None else None
    return None
