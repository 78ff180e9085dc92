"""What came late: how far back the past of which agents has grown, and when that is to be looked at again.

Comes in: batches with backlog. Goes out: `Question`s, once a backlog has gone quiet. What is still to be looked at is
kept over a restart as a phase of its own (standing "late", one an agent).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from collector.core.live import Live, Member
from collector.core.model import Device, DeviceId, Phase, PhaseChanged, Readings, Series, SeriesId
from collector.core.series import NEVER, from_us, to_us
from collector.core.sieve import Sieve

LATE: Final = "late"
QUIET: Final = timedelta(seconds=10)
"""So long nothing more of a backlog has come: it is all there."""
PATIENCE: Final = timedelta(minutes=10)
"""A backlog that does not end is looked at as often as this."""
LEAD: Final = timedelta(minutes=20)
"""How much of the time before a backlog is looked at with it: longer than any `for`."""
LONGEST_WINDOW: Final = timedelta(days=1)
"""No trend is given more of its past than this."""
LONGEST: Final = timedelta(days=7)
"""How far back anything is corrected."""
SKEW: Final = timedelta(minutes=1)
"""A clock that is further off than this is wrong; its stamps are moved by as much."""

UPTIME: Final = "system.uptime"
OFFSET: Final = "classroom.clock.offset"
DROPPED: Final = "classroom.agent.outbox.dropped"
EVIDENCE: Final = frozenset({UPTIME, OFFSET, DROPPED})
"""What an agent says of how far its past can be believed."""

_MOST: Final = 20  # agents a question
_MOST_TIME: Final = timedelta(days=1)  # of all of them together, but for the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be looked at: the past of some agents, and of what stands beside them, up to `until`.

    `since`: for each agent the earliest reading that came late, by our clock. `clocks`: how much to add to the stamps
    of an agent whose clock is wrong. `series` are those that rules watch or refer to, and those that say what a past
    is worth; `others` what else the devices report. `windows`: of which trends are taken, and over how long.
    `behind`: who speaks for a device at its agent.
    """

    since: Mapping[DeviceId, datetime]
    until: datetime
    devices: tuple[Device, ...]
    series: tuple[Series, ...]
    clocks: Mapping[DeviceId, timedelta]
    others: tuple[Series, ...] = ()
    windows: Mapping[SeriesId, timedelta] = field(default_factory=dict)
    behind: Mapping[DeviceId, DeviceId] = field(default_factory=dict)

    @property
    def start(self) -> datetime:
        """Where the time begins that matters."""
        return min(self.since.values()) - LEAD


class Late:
    """Which agents' past has grown since it was last looked at."""

    def __init__(self, live: Live, sieve: Sieve) -> None:
        self._live = live
        self._sieve = sieve
        self._since_us: dict[Member, int] = {}  # by the agent's own stamps
        self._due: dict[Member, datetime] = {}
        self._began: dict[Member, datetime] = {}  # when the first that was not looked at arrived

    def note(self, readings: Readings, now: datetime) -> list[PhaseChanged]:
        """Take a batch in which there is backlog, before it is looked at. What counts as live is none."""
        table, owners = self._sieve.table, self._sieve.owners
        mine = readings.historical & (readings.series >= 0) & (readings.series < len(owners))
        series, at_us = readings.series[mine], readings.at_us[mine]
        late = (to_us(now) - at_us >= table.stale_us[series]) | (at_us <= table.stamp[series])
        numbers, places = np.unique(series[late], return_inverse=True)
        earliest = np.full(len(numbers), np.iinfo(np.int64).max)
        np.minimum.at(earliest, places, at_us[late])
        found: dict[Member, int] = {}
        for number, first_us in zip(numbers.tolist(), earliest.tolist(), strict=True):
            owner = owners[number]
            if owner is not None:
                node = owner.node or owner
                found[node] = min(first_us, found.get(node, first_us))
        kept = []
        for node, first_us in found.items():
            began = self._began.setdefault(node, now)
            self._due[node] = min(now + QUIET, began + PATIENCE)
            if first_us < self._since_us.get(node, first_us + 1):
                self._since_us[node] = first_us
                kept.append(_phase(node, first_us, now))
        return kept

    def recall(self, phases: Iterable[Phase], now: datetime) -> list[PhaseChanged]:
        """Go on with what was not looked at before a restart; return those whose agent is gone."""
        gone = []
        for phase in phases:
            node = self._live.members.get(phase.device)
            if node is None:
                gone.append(PhaseChanged(device=phase.device, rule=phase.rule, instance=phase.instance, phase=None))
                continue
            self._since_us[node] = to_us(phase.onset_at)
            self._began[node] = now
            self._due[node] = now + QUIET
        return gone

    def shift(self, by: timedelta) -> None:
        """Look so much later, or earlier: the clock was moved. Stamps are the agents' own."""
        self._due = {node: at + by for node, at in self._due.items()}
        self._began = {node: at + by for node, at in self._began.items()}

    def next_due(self) -> datetime | None:
        """Return when there is something to look at; None: not before more comes late."""
        return min(self._due.values(), default=None)

    def question(self, now: datetime) -> Question | None:
        """Return what is to be looked at now. It is due again until it is `answered`."""
        due = sorted((node for node, at in self._due.items() if at <= now), key=lambda node: self._since_us[node])
        chosen: list[Member] = []
        time = timedelta()
        for node in due[:_MOST]:
            time += now - from_us(self._since_us[node])
            if chosen and time > _MOST_TIME:
                break
            chosen.append(node)
        if not chosen:
            return None
        clocks = {node.id: clock for node in chosen if (clock := self._clock(node))}
        since = {
            node.id: min(max(from_us(self._since_us[node]) + clocks.get(node.id, timedelta()), now - LONGEST), now)
            for node in chosen
        }
        members = self._beside(chosen)
        judged, others = self._series(members)
        spans = self._sieve.windows.spans()
        return Question(
            since=since,
            until=now,
            devices=tuple(member.device for member in members),
            series=tuple(judged),
            clocks=clocks,
            others=tuple(others),
            windows={each.id: min(spans[each.id], LONGEST_WINDOW) for each in judged if each.id in spans},
            behind={
                member.id: member.node.id
                for member in members
                if member.node is not None and member.node.node is not None
            },
        )

    def answered(self, nodes: Mapping[DeviceId, datetime | None], asked_at: datetime) -> list[PhaseChanged]:
        """Forget agents whose past has been looked at as of `asked_at`, or look again at a given time."""
        done = []
        for device, again in nodes.items():
            node = self._live.members.get(device)
            if node is None or node not in self._due or self._due[node] > asked_at:
                continue  # more has come meanwhile
            self._began.pop(node, None)
            if again is not None:
                self._due[node] = again
                continue
            del self._due[node], self._since_us[node]
            done.append(PhaseChanged(device=device, rule=LATE, instance="", phase=None))
        return done

    def _clock(self, node: Member) -> timedelta:
        """Return how much an agent's clock is slow, by when its last readings arrived; zero where it is right."""
        table = self._sieve.table
        numbers = np.array([number for each in (node, *self._live.behind(node)) for number in each.series], np.int64)
        stamps, arrived = table.stamp[numbers], table.arrived[numbers]
        known = (stamps != NEVER) & (arrived != NEVER)
        if not known.any():
            return timedelta()
        newest = arrived[known] >= arrived[known].max() - 1
        slow = timedelta(microseconds=float(np.median((arrived[known] - stamps[known])[newest])))
        return slow if abs(slow) > SKEW else timedelta()

    def _beside(self, nodes: Iterable[Member]) -> list[Member]:
        """Return agents, what they report, what stands beside that, and who reports it: an agent first."""
        found: dict[Member, None] = {}
        for node in nodes:
            for member in (node, *self._live.behind(node)):
                for other in self._live.beside(member):
                    found[other.node or other] = None
                    found[other] = None
        return sorted(found, key=lambda member: member.node is not None)

    def _series(self, members: Iterable[Member]) -> tuple[list[Series], list[Series]]:
        """Return the series that rules watch or refer to or that are evidence, and all others."""
        sieve = self._sieve
        judged: list[Series] = []
        others: list[Series] = []
        for member in members:
            for number in member.series:
                series = sieve.table.rows[number]
                if series is not None:
                    is_judged = sieve.plans[number] is not None or series.metric in sieve.book.referenced | EVIDENCE
                    (judged if is_judged else others).append(series)
        return judged, others


def _phase(node: Member, first_us: int, now: datetime) -> PhaseChanged:
    phase = Phase(device=node.id, rule=LATE, instance="", standing=LATE, since=now, onset_at=from_us(first_us))
    return PhaseChanged(device=node.id, rule=LATE, instance="", phase=phase)
