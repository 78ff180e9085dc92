"""One incident per family and instance of a device: at the worst rung that holds, opened, re-levelled, cleared.

A `Slot` gathers the rungs of a family that are not idle. `settle` compares what holds now with the incident that is
open and returns the decision that makes them agree.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from collector.core.book import Bar
from collector.core.level import Verdict
from collector.core.model import (
    Attribution,
    Cleared,
    Device,
    Incident,
    IncidentId,
    IncidentState,
    Level,
    Opened,
    Releveled,
)
from collector.core.phase import Standing, Step
from collector.core.series import from_us, to_us

if TYPE_CHECKING:
    from collector.core.live import Member


EXPLAINED: Final = "explained"  # what the phase of such a rung remembers
BEGAN_UNSEEN: Final = "unseen"


@dataclass(frozen=True, slots=True)
class Release:
    """What a slot blamed was over `at`; its own device has until `until` to be well, too."""

    at: datetime
    until: datetime

    def as_detail(self) -> str:
        """Return the word by which a phase remembers it."""
        return f"{_RELEASED}{to_us(self.at)}-{to_us(self.until)}"

    @staticmethod
    def from_detail(detail: str) -> "Release | None":
        """Read what `as_detail` wrote, among other words."""
        found = _WRITTEN.search(detail)
        return Release(from_us(int(found[1])), from_us(int(found[2]))) if found else None


_RELEASED: Final = "released:"
_WRITTEN: Final = re.compile(rf"{_RELEASED}(\d+)-(\d+)")


class Climb:
    """A rung that is not idle: its bar, how far it has come, and the verdict it has or would have."""

    __slots__ = ("bar", "series", "step", "verdict")

    def __init__(self, bar: Bar, step: Step, series: int | None) -> None:
        self.bar = bar
        self.step = step
        self.series = series  # None: it follows the presence of the device, or asks for what was never read
        self.verdict: Verdict | None = None

    @property
    def is_silence(self) -> bool:
        """Tell whether it follows the presence of the device."""
        return self.bar.rung.silent


class Slot:
    """The rungs of one family on one instance of one device, and their incident while one is open.

    `held`: whose fault it is shows soon, until then nothing opens. `explained`: a ticket that is there says it all.
    `blames` is the slot that caused this one, `takes` those that this one caused, with their devices; `burden` is the
    worst level among them where that counts here. `late`: it began before anybody could know.
    """

    __slots__ = (
        "blames",
        "burden",
        "climbs",
        "explained",
        "family",
        "good",
        "held",
        "incident",
        "instance",
        "late",
        "released",
        "takes",
        "value",
    )

    def __init__(self, family: str, instance: str) -> None:
        self.family = family
        self.instance = instance
        self.climbs: dict[str, Climb] = {}  # by the rung's key
        self.incident: Incident | None = None
        self.good: datetime | None = None  # the first good reading of the rung that cleared last
        self.value: float | None = None
        self.held = False
        self.explained = False
        self.late = False
        self.blames: Slot | None = None
        self.takes: dict[Slot, Member] = {}
        self.burden: Level | None = None
        self.released: Release | None = None  # what it blamed is over, and its device may yet be well

    @property
    def is_silence(self) -> bool:
        """Tell whether it follows the presence of the device."""
        return any(climb.is_silence for climb in self.climbs.values())

    @property
    def is_idle(self) -> bool:
        return not self.climbs and self.incident is None

    def shift(self, by: timedelta) -> None:
        """Let all that is not on record yet have been so much later, or earlier: the clock was moved."""
        self.good = self.good + by if self.good is not None else None
        if self.released is not None:
            self.released = Release(self.released.at + by, self.released.until + by)
        for climb in self.climbs.values():
            climb.step.shift(by, is_told=self.incident is not None)

    def grade(self, verdict: Callable[[Climb], Verdict]) -> None:
        """Ask for the verdict of every rung anew."""
        for climb in self.climbs.values():
            over = climb.is_silence and climb.step.standing is Standing.CLEARING
            if not over or climb.verdict is None:  # a silence that is over is not judged by what came after it
                climb.verdict = verdict(climb)

    def worst(self) -> tuple[Bar, Level] | None:
        """Return the worst rung that is raised; of equals the first of the pack."""
        raised = [
            (level, climb.bar.order, climb.bar)
            for climb in self.climbs.values()
            if climb.step.is_raised and climb.verdict is not None
            if (level := _worse(climb.verdict.level, self.burden)) is not None
        ]
        if not raised:
            return None
        level, _, bar = min(raised, key=lambda entry: entry[:2])
        return bar, level

    def settle(self, device: Device, metric: str, at: datetime) -> Opened | Releveled | Cleared | None:
        """Return what makes the incident agree with the rungs, None when it does. Call `grade` first."""
        worst = self.worst()
        if self.incident is None:
            clears = all(climb.step.standing is Standing.CLEARING for climb in self.climbs.values())
            if worst is None or self.held or self.explained or clears:
                return None
            self.incident = self._open(device, metric, worst, at)
            return Opened(incident=self.incident)
        was_unknown = self.incident.attribution is Attribution.UNKNOWN
        if worst is not None:
            bar, level = worst
            whose = self._attribution(bar) if was_unknown else self.incident.attribution
            known = (self.incident.rule, self.incident.level, self.incident.attribution)
            if (bar.rule.id, level, whose) == known:
                return None
            self.incident = replace(self.incident, rule=bar.rule.id, level=level, value=self.value, attribution=whose)
            return Releveled(incident=self.incident)
        raised = [climb for climb in self.climbs.values() if climb.step.is_raised]
        is_peoples = was_unknown and any(climb.verdict is not None and climb.verdict.is_notice for climb in raised)
        if raised and not is_peoples:
            return None  # it holds, and only its level has gone: what was opened stays until the fault is over
        over = max((at if raised else self.good) or at, self.incident.onset_at)
        cleared = replace(self.incident, state=IncidentState.CLEARED, cleared_at=over)
        self.incident = None
        self.late = False
        return Cleared(incident=cleared)

    def _attribution(self, bar: Bar) -> Attribution:
        verdict = self.climbs[bar.rung.key].verdict
        return verdict.attribution if verdict is not None else bar.rule.attribution

    def _open(self, device: Device, metric: str, worst: tuple[Bar, Level], at: datetime) -> Incident:
        bar, level = worst
        onset = min(climb.step.onset for climb in self.climbs.values() if climb.step.is_raised)
        return Incident(
            id=incident_id(device, self.family, self.instance, onset),
            device=device.id,
            room=device.room,
            metric=metric,
            instance=self.instance,
            family=self.family,
            rule=bar.rule.id,
            level=level,
            onset_at=onset,
            detected_at=max(at, onset),  # a clock may have been set back
            attribution=self._attribution(bar),
            cause=self.blames.incident.id if self.blames is not None and self.blames.incident is not None else None,
            value=self.value,
            late=self.late,
        )


def _worse(one: Level | None, other: Level | None) -> Level | None:
    return min((level for level in (one, other) if level is not None), default=None)


def incident_id(device: Device, family: str, instance: str, onset: datetime) -> IncidentId:
    """Return the id of an incident: the same fault gets the same id however often it is classified."""
    text = "\n".join((device.id, family, instance, str(to_us(onset))))
    return IncidentId(blake2b(text.encode(), digest_size=10).hexdigest())
