"""The classifier in the past: lives through it in the order of stamps, and keeps what it would have found.

Comes in: the past as it is now known, and who came and went in it. Goes out: faults, rungs, states.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.core.campus import Campus
from collector.core.classify import Classifier
from collector.core.found import Presence, Stamps
from collector.core.model import (
    Batch,
    Cleared,
    DeviceId,
    Health,
    HealthChanged,
    HealthCorrected,
    Incident,
    IncidentId,
    IncidentState,
    Opened,
    Phase,
    PhaseChanged,
    Readings,
    Releveled,
    Series,
    State,
    no_readings,
    node_of,
)
from collector.core.passage import Passage
from collector.core.past import Past
from collector.core.phase import Standing
from collector.core.rule import RulePack
from collector.core.series import from_us, to_us

_SECOND_US: Final = 1_000_000


class Shadow:
    """Lives through the past, and keeps what it would have found."""

    def __init__(
        self, past: Past, passage: Passage, *, campus: Campus, rules: RulePack, moments: Collection[str]
    ) -> None:
        """`passage` are the comings and goings of that time, `moments` the metrics whose setbacks count."""
        self._question = question = past.question
        self._past = past
        self._passage = passage
        self._moments = moments
        self._rules = rules
        rooms = {device.room for device in question.devices}
        self._campus = replace(
            campus,
            rooms={name: room for name, room in campus.rooms.items() if name in rooms},
            devices={
                device.id: campus.devices[device.id] for device in question.devices if device.id in campus.devices
            },
            links=(),
        )
        self._families = {rule.id: rule.family for rule in rules.rules}
        self._faults: dict[IncidentId, Incident] = {}
        self._worst: dict[IncidentId, Incident] = {}
        self._phases: dict[tuple[DeviceId, str, str], Phase] = {}
        self._health: dict[DeviceId, list[tuple[datetime, State]]] = {}
        self._at = question.start
        self._classifier: Classifier

    def live_through(self, recorded: Sequence[Incident]) -> list[Incident]:
        """Return the faults of that time."""
        start = self._question.start
        standing = [
            replace(one, cleared_at=None, state=IncidentState.OPEN, cause=None)
            for one in recorded
            if one.onset_at < start and (one.cleared_at is None or one.cleared_at > start) and self._judges(one)
        ]
        readings = self._of_interest(standing)
        if not len(readings):
            return []
        self._classifier = self._begin(standing)
        self._faults = {one.id: one for one in standing}
        presence = self._past.presence()
        nodes = {node_of(self._past.owner[number].device) for number in np.unique(readings.series).tolist()}
        events = deque(self._passage.events)
        for at, batch in _steps(readings, [presence[node].stamps for node in nodes if node in presence]):
            while events and events[0].at <= at:
                event = events.popleft()
                self._tick(event.at - timedelta.resolution)
                self._take(Batch(commit=0, at=event.at, readings=no_readings(), events=(event,)))
            self._take(Batch(commit=0, at=at, readings=batch, heard=_heard(nodes, presence, at)))
        self._tick(self._question.until)
        return sorted(self._faults.values(), key=lambda one: one.onset_at)

    def standing(self, standing: Standing) -> dict[tuple[DeviceId, str, str], datetime]:
        """Return the rungs that stand so at the end, and since when what they are about holds."""
        return {key: phase.onset_at for key, phase in self._phases.items() if phase.standing == standing}

    def states(self) -> Iterator[HealthCorrected]:
        """Walk what devices were in the end while they, or who reads them, were not there."""
        for absence in self._passage.absences:
            for device in self._passage.out_of_sight(absence):
                said = [state for at, state in self._health.get(device, ()) if at < absence.until]
                state = said[-1] if said else State.OK  # as which it began
                if state is State.FAILED and absence.ran_on:
                    state = State.UNKNOWN
                if state not in (State.OK, State.DEGRADED):
                    yield HealthCorrected(device=device, start=absence.since, end=absence.until, state=state)

    def _judges(self, incident: Incident) -> bool:
        return bool(self._families.get(incident.rule)) and any(
            one.id == incident.device for one in self._question.devices
        )

    def _begin(self, standing: Sequence[Incident]) -> Classifier:
        start = self._question.start
        classifier = Classifier(campus=self._campus, rules=self._rules, now=start)
        healths = [
            Health(device=device, state=State.OK, level=None, since=start, last_seen=start)
            for device in self._question.devices
        ]
        classifier.restore(
            devices=healths,
            incidents=standing,
            phases=(),
            series=self._question.series,
            latest=no_readings(),
            now=start,
        )
        events = tuple(self._passage.birth(device, start) for device in self._question.devices)
        classifier.take(Batch(commit=0, at=start, readings=no_readings(), events=events))
        classifier.remember(self._past.before)
        return classifier

    def _of_interest(self, standing: Sequence[Incident]) -> Readings:
        """Return the readings of the places where any lies outside its band; of all others nothing would come."""
        readings = self._past.readings
        _, first = np.unique(readings.series, return_index=True)
        primed = self._begin(())
        primed.take(Batch(commit=0, at=self._question.start, readings=_rows(readings, first)))
        outside = set(np.unique(readings.series[primed.outside(readings)]).tolist())
        outside |= {int(number) for number in self._question.windows} | self._set_back()
        faulty = {one.device for one in standing} | {one.device for one in self._passage.absences}
        places = {self._place(series) for number, series in self._past.owner.items() if number in outside} | {
            self._place(series) for series in self._past.owner.values() if series.device in faulty
        }
        wanted = [number for number, series in self._past.owner.items() if self._place(series) in places]
        return _rows(readings, np.flatnonzero(np.isin(readings.series, wanted)))

    def _set_back(self) -> set[int]:
        """Return the uptimes that were set back."""
        numbers = (number for number, series in self._past.owner.items() if series.metric in self._moments)
        return {number for number in numbers if (np.diff(self._past.values(number)) < 0).any()}

    def _place(self, series: Series) -> str:
        rooms = {device.id: device.room for device in self._question.devices}
        return rooms.get(series.device) or node_of(series.device)

    def _take(self, batch: Batch) -> None:
        self._at = batch.at
        for decision in self._classifier.take(batch):
            self._keep(decision)

    def _tick(self, now: datetime) -> None:
        self._at = now
        for decision in self._classifier.tick(now):
            self._keep(decision)

    def _keep(self, decision: object) -> None:
        match decision:
            case Opened(incident=incident) | Releveled(incident=incident):
                self._faults[incident.id] = incident
                worst = self._worst.get(incident.id)
                if worst is None or incident.level < worst.level:
                    self._worst[incident.id] = incident
            case Cleared(incident=incident):  # as it was at its worst: it may have gone rung by rung
                worst = self._worst.get(incident.id, incident)
                self._faults[incident.id] = replace(incident, rule=worst.rule, level=worst.level)
            case HealthChanged(health=health):
                self._health.setdefault(health.device.id, []).append((self._at, health.state))
            case PhaseChanged(device=device, rule=rule, instance=instance, phase=None):
                self._phases.pop((device, rule, instance), None)
            case PhaseChanged(device=device, rule=rule, instance=instance, phase=Phase() as phase):
                self._phases[device, rule, instance] = phase
            case _:
                pass

    def over(self, incident: Incident) -> datetime | None:
        """Return since when every rung of a fault is clearing; None where one is not."""
        standing = [
            phase
            for (device, key, instance), phase in self._phases.items()
            if (device, instance) == (incident.device, incident.instance)
            and self._families.get(key.partition("/")[0]) == incident.family
            and phase.standing != Standing.RAISING
        ]
        if not standing or any(phase.standing != Standing.CLEARING for phase in standing):
            return None
        return max(phase.onset_at for phase in standing)


def _rows(readings: Readings, rows: NDArray[np.intp]) -> Readings:
    """Return some rows, none of them as backlog."""
    return Readings(readings.series[rows], readings.at_us[rows], readings.value[rows], np.zeros(len(rows), np.bool_))


def _steps(readings: Readings, beats: Sequence[Stamps]) -> Iterable[tuple[datetime, Readings]]:
    """Give the readings second by second, at the last stamp of each, and the beats between them."""
    seconds = readings.at_us // _SECOND_US
    cuts = [0, *(np.flatnonzero(np.diff(seconds)) + 1).tolist(), len(readings)]
    spans = {int(seconds[first]): (first, last) for first, last in pairwise(cuts)}
    beating = np.unique(np.concatenate(beats) // _SECOND_US) if beats else np.empty(0, np.int64)
    for second in sorted(spans.keys() | set(beating.tolist())):
        if second not in spans:
            yield from_us((second + 1) * _SECOND_US - 1), no_readings()
            continue
        first, last = spans[second]
        yield from_us(int(readings.at_us[last - 1])), _rows(readings, np.arange(first, last))


def _heard(nodes: Iterable[DeviceId], presence: Mapping[DeviceId, Presence], at: datetime) -> dict[DeviceId, datetime]:
    found = {}
    for node in nodes:
        if node not in presence:
            found[node] = at
            continue
        place = int(np.searchsorted(presence[node].stamps, to_us(at), side="right")) - 1
        if place >= 0:
            found[node] = from_us(int(presence[node].stamps[place]))
    return found
