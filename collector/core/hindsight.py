"""What the past looks like now that all of it is there. Comes in: a `Question`, what is stored, what is on record.

Goes out: `Found`. The past is judged by the classifier itself, in the order of stamps, as if every reading had come in
time; only silences are read off the stamps, since births and deaths are not in a backlog. Rules that look back (trends,
rates, counts, restarts, missing readings) are left out: they saw their own past when it was their turn.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.core.book import walk
from collector.core.campus import Campus
from collector.core.classify import Classifier
from collector.core.found import Found, Presence, Stamps
from collector.core.late import Question
from collector.core.model import (
    Batch,
    Born,
    Cleared,
    Device,
    DeviceId,
    Health,
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
    is_node,
    no_readings,
    node_of,
)
from collector.core.past import History, Past
from collector.core.phase import Standing
from collector.core.rule import Count, Kind, Missing, Rate, Restarted, RulePack, Rung, Trend
from collector.core.series import from_us, to_us

_SECOND_US: Final = 1_000_000


def look_back(
    question: Question, history: History, recorded: Iterable[Incident], *, campus: Campus, rules: RulePack
) -> Found:
    """Return what the past of some agents looks like now; `recorded` are the incidents on record that touch it."""
    past = Past(question, history)
    shadow = _Shadow(question, past, campus, _judging(rules))
    faults = shadow.live_through([one for one in recorded if one.metric])
    return Found(
        question=question,
        faults=tuple(faults),
        over_since={one.id: over for one in faults if one.cleared_at is None and (over := shadow.over(one))},
        raising=shadow.standing(Standing.RAISING),
        raised=shadow.standing(Standing.RAISED),
        late=past.late(),
        presence=past.presence(),
    )


# ---------------------------------------------------------------- the rules


def _judging(rules: RulePack) -> RulePack:
    """Return the rules that judge a reading by what is known at its moment."""
    found = []
    for rule in rules.rules:
        overrides = tuple(replace(one, rungs=_at_once(one.rungs)) for one in rule.overrides)
        if rule.kind is not Kind.COLLECTOR:
            found.append(replace(rule, rungs=_at_once(rule.rungs), overrides=overrides))
    return RulePack(rules=tuple(found))


def _at_once(rungs: Iterable[Rung]) -> tuple[Rung, ...]:
    return tuple(rung for rung in rungs if not rung.silent and not _looks_back(rung))


def _looks_back(rung: Rung) -> bool:
    conditions = [one for one in (rung.raises, rung.clears) if one is not None]
    parts = (part for condition in conditions for part in walk(condition))
    return any(isinstance(part, Trend | Rate | Count | Restarted | Missing) for part in parts)


# ---------------------------------------------------------------- the classifier in the past


class _Shadow:
    """Lives through the past, and keeps what it would have found."""

    def __init__(self, question: Question, past: Past, campus: Campus, rules: RulePack) -> None:
        self._question = question
        self._past = past
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
        for at, batch in _steps(readings, [presence[node].stamps for node in nodes if node in presence]):
            self._take(Batch(commit=0, at=at, readings=batch, heard=_heard(nodes, presence, at)))
        for decision in self._classifier.tick(self._question.until):
            self._keep(decision)
        return sorted(self._faults.values(), key=lambda one: one.onset_at)

    def standing(self, standing: Standing) -> dict[tuple[DeviceId, str, str], datetime]:
        """Return the rungs that stand so at the end, and since when what they are about holds."""
        return {key: phase.onset_at for key, phase in self._phases.items() if phase.standing == standing}

    def _judges(self, incident: Incident) -> bool:
        return bool(self._families.get(incident.rule)) and any(one.id == incident.device for one in self._devices())

    def _devices(self) -> Sequence[Device]:
        return self._question.devices

    def _begin(self, standing: Sequence[Incident], series: Sequence[Series] | None = None) -> Classifier:
        start = self._question.start
        classifier = Classifier(campus=self._campus, rules=self._rules, now=start)
        healths = [
            Health(device=device, state=State.OK, level=None, since=start, last_seen=start)
            for device in self._devices()
        ]
        classifier.restore(
            devices=healths,
            incidents=standing,
            phases=(),
            series=self._question.series if series is None else series,
            latest=no_readings(),
            now=start,
        )
        events = tuple(_born(device, start) for device in self._devices())
        classifier.take(Batch(commit=0, at=start, readings=no_readings(), events=events))
        return classifier

    def _of_interest(self, standing: Sequence[Incident]) -> Readings:
        """Return the readings of the places where any lies outside its band; of all others nothing would come."""
        readings = self._past.readings
        _, first = np.unique(readings.series, return_index=True)
        primed = self._begin(())
        primed.take(Batch(commit=0, at=self._question.start, readings=_rows(readings, first)))
        outside = set(np.unique(readings.series[primed.outside(readings)]).tolist())
        faulty = {one.device for one in standing}
        places = {self._place(series) for number, series in self._past.owner.items() if number in outside} | {
            self._place(series) for series in self._past.owner.values() if series.device in faulty
        }
        wanted = [number for number, series in self._past.owner.items() if self._place(series) in places]
        return _rows(readings, np.flatnonzero(np.isin(readings.series, wanted)))

    def _place(self, series: Series) -> str:
        rooms = {device.id: device.room for device in self._devices()}
        return rooms.get(series.device) or node_of(series.device)

    def _take(self, batch: Batch) -> None:
        for decision in self._classifier.take(batch):
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


def _born(device: Device, at: datetime) -> Born:
    said = {"role": device.role, **({"room": device.room} if device.room else {})}
    return Born(device=device.id, at=at, properties=said, interval=device.interval if is_node(device.id) else None)


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
