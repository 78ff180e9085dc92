"""Makes incidents agree with the past as it is now known. Comes in: `Found`, what is on record. Goes out: decisions.

Nothing moves a timer, and nothing is believed of a time of which nothing came late. What began and ended unseen is put
on record; what began unseen and still holds opens when its own `for` on live readings is over, with its true onset.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np

from collector.core.assess import Assessor
from collector.core.found import Absence, Found, Presence, count, is_of
from collector.core.health import silence_slot
from collector.core.incident import Climb, Slot, incident_id
from collector.core.live import Member
from collector.core.model import (
    Attribution,
    Cleared,
    Corrected,
    DeviceId,
    HealthCorrected,
    Incident,
    IncidentId,
    IncidentState,
    Level,
    Opened,
    State,
    node_of,
)
from collector.core.phase import Standing
from collector.core.returned import GRACE
from collector.core.series import from_us
from collector.core.unseen import take_up

AGAIN: Final = timedelta(seconds=60)
"""When to look again where something is not over yet."""

GIVEN_UP: Final = timedelta(minutes=30)
"""A fault that is neither seen to hold nor to be over for so long is put on record as over."""

_CLEARING: Final = timedelta(minutes=2)
"""So long at most a device that is back still counts as silent: the clear-`for` of its silence."""

_MICROSECOND: Final = timedelta(microseconds=1)

Fault = tuple[DeviceId, str, str]  # device, family, instance


def correct(
    assess: Assessor, found: Found, recorded: Iterable[Incident], now: datetime
) -> dict[DeviceId, datetime | None]:
    """Return for each agent that was asked about when to look again; None: all is said."""
    return _Correction(assess, found, now).carry_out(recorded)


class _Correction:
    def __init__(self, assess: Assessor, found: Found, now: datetime) -> None:
        self._assess = assess
        self._found = found
        self._now = now
        self._again: dict[DeviceId, datetime | None] = dict.fromkeys(found.question.since)
        self._told: set[IncidentId] = set()

    def carry_out(self, recorded: Iterable[Incident]) -> dict[DeviceId, datetime | None]:
        for member in self._asked_about():
            if take_up(self._assess, self._found, member, self._now):
                self._look_again(member.id)
        known: dict[Fault, list[Incident]] = defaultdict(list)
        for incident in sorted(recorded, key=lambda one: one.onset_at):
            if incident.state is IncidentState.CLEARED:
                known[_fault(incident)].append(incident)
        for member in self._asked_about():
            for slot in member.slots.values():
                if slot.incident is not None:
                    known[_fault(slot.incident)].append(slot.incident)
        seen: dict[Fault, list[Incident]] = defaultdict(list)
        for incident in self._found.faults:
            seen[_fault(incident)].append(incident)
        timed = ((member.id, *place) for member in self._asked_about() for place in member.slots)
        for fault in list(dict.fromkeys([*known, *seen, *timed])):
            if node_of(fault[0]) not in self._again:
                continue
            if any(not incident.metric for incident in [*known[fault], *seen[fault]]):
                for incident in known[fault]:
                    self._correct_silence(incident)
                self._put_on_record(known[fault], seen[fault])
            else:
                self._correct_fault(fault, known[fault], seen[fault])
                self._correct_raising(fault)
        for device, presence in self._found.presence.items():
            if node_of(device) in self._again:
                self._correct_health(device, presence)
        self._assess.decisions += [one for one in self._found.states if node_of(one.device) in self._again]
        return self._again

    def _asked_about(self) -> Iterator[Member]:
        members = self._assess.live.members
        for device in self._found.question.devices:
            if node_of(device.id) in self._again and (member := members.get(device.id)) is not None:
                yield member

    # ------------------------------------------------------------ faults that readings show

    def _correct_fault(self, fault: Fault, known: list[Incident], seen: list[Incident]) -> None:
        unmatched = list(known)
        last_end: datetime | None = None
        for incident in seen:
            match = next((one for one in unmatched if _touch(one, incident)), None)
            match = match or self._noticed(incident, unmatched, seen)
            if match is not None:
                unmatched.remove(match)
                self._correct_one(match, incident, last_end, seen)
            elif self._found.count(incident, incident.onset_at, self._end(incident)):
                self._discover(fault, incident, known, last_end)
            last_end = incident.cleared_at or last_end

    def _noticed(self, incident: Incident, known: list[Incident], seen: list[Incident]) -> Incident | None:
        """Return the fault as which a mere moment was noticed only when live readings came again."""
        if incident.family not in self._found.momentary:
            return None
        later = next((one for one in known if one.onset_at > incident.onset_at), None)
        if later is None or any(incident.onset_at < one.onset_at <= later.onset_at for one in seen):
            return None
        return later if self._found.count(incident, incident.onset_at, later.onset_at) else None

    def _correct_one(self, known: Incident, truth: Incident, not_before: datetime | None, seen: list[Incident]) -> None:
        onset, over = known.onset_at, known.cleared_at
        if self._is_of_the_unseen(truth, onset, truth.onset_at):
            onset = self._bounded(truth.onset_at, not_before)
        end = truth.cleared_at or self._found.over_since.get(truth.id)
        ended_unseen = end is not None and self._is_of_the_unseen(truth, end, over or self._now)
        if over is not None and ended_unseen:
            over = end
        corrected = replace(
            known,
            onset_at=onset,
            detected_at=max(known.detected_at, onset),
            cleared_at=over if over is None else max(over, onset),
            late=known.late or onset < known.onset_at,
        )
        self._say(corrected, known)
        if known.state is IncidentState.OPEN and end is not None and ended_unseen:
            self._end_open(corrected, end, [one for one in seen if one.onset_at > end])

    def _is_of_the_unseen(self, incident: Incident, one: datetime, other: datetime) -> bool:
        """Tell whether anything of an incident's series came late between two different moments, or at one of them."""
        return one != other and self._found.count(incident, min(one, other), max(one, other)) > 0

    def _end_open(self, incident: Incident, end: datetime, after: list[Incident]) -> None:
        """An incident that is open ended unseen; where the fault has begun again since, that is another one."""
        member, slot = self._slot(_fault(incident))
        if member is None or slot is None or slot.incident is None:
            return
        standing = [one for one in after if one.cleared_at is None]
        if standing and slot.worst() is not None:
            onset = standing[-1].onset_at
            self._assess.decisions.append(Cleared(incident=_over(incident, end)))
            slot.incident = replace(
                incident,
                id=incident_id(member.device, slot.family, slot.instance, onset),
                onset_at=onset,
                detected_at=self._now,
                late=True,
            )
            self._told.add(standing[-1].id)
            self._assess.decisions.append(Opened(incident=slot.incident))
            self._move_onset(member, slot, onset)
            return
        for climb in slot.climbs.values():
            self._move_good(member, slot, climb, end)
        if any(climb.step.standing is Standing.RAISED for climb in slot.climbs.values()):
            self._look_again(incident.device)

    def _discover(self, fault: Fault, incident: Incident, known: list[Incident], not_before: datetime | None) -> None:
        """A fault that nobody knew of: it is over, or it still holds and opens by its own `for`."""
        if incident.id in self._told or any(one.id == incident.id for one in known):
            return
        over = incident.cleared_at
        member, slot = self._slot(fault)
        raising = [c for c in slot.climbs.values() if c.step.standing is Standing.RAISING] if slot is not None else []
        if over is None and member is not None and slot is not None and slot.incident is None and raising:
            slot.late = True
            self._move_onset(member, slot, self._bounded(incident.onset_at, not_before))
        is_up = slot is not None and any(climb.step.is_raised for climb in slot.climbs.values())
        if over is None and (is_up or self._unseen_for(incident) < GIVEN_UP):
            self._look_again(incident.device)
            return
        if over is None:
            over = self._found.over_since.get(incident.id, self._found.question.until)
        self._assess.decisions.append(
            Opened(incident=replace(_over(incident, over), detected_at=max(self._now, over), late=True))
        )

    def _unseen_for(self, incident: Incident) -> timedelta:
        """Return how long ago the last reading of an incident's series that came late was taken."""
        stamps = self._found.late[incident.device, incident.metric, incident.instance]
        return self._now - from_us(int(stamps[-1]))

    def _correct_raising(self, fault: Fault) -> None:
        """What is being timed began with the first offending reading after the last that was not."""
        member, slot = self._slot(fault)
        if member is None or slot is None or slot.late:
            return
        for key, climb in slot.climbs.items():
            onset = self._found.raising.get((member.id, key, slot.instance))
            if onset is not None and climb.step.standing is Standing.RAISING and onset > climb.step.onset:
                climb.step.onset = onset
                self._assess.keep(member, slot, climb)

    # ------------------------------------------------------------ silences

    def _correct_silence(self, known: Incident) -> None:
        """Say when a device really was gone: where it was read all the time, only the way to it was."""
        presence = self._found.presence.get(known.device)
        end = known.cleared_at or self._now
        readings = count(presence.late, known.onset_at + timedelta.resolution, end) if presence is not None else 0
        if presence is None or not readings:
            return
        gaps = [gap for gap in presence.gaps if gap[0] < end and (gap[1] is None or gap[1] > known.onset_at)]
        if known.cause is not None:
            within = {(one.since, one.until) for one in self._found.absences if _is_within(one, known, end)}
            gaps = [gap for gap in gaps if gap not in within]
        if known.state is IncidentState.OPEN:
            self._look_again(known.device)
        if not gaps:
            self._say(replace(known, attribution=Attribution.ENVIRONMENT), known, readings)
            return
        onset, back = max(known.onset_at, gaps[0][0]), gaps[-1][1]
        over = known.cleared_at
        if over is not None and back is not None:
            over = max(min(over, back), onset)
        self._say(replace(known, onset_at=onset, cleared_at=over, detected_at=max(known.detected_at, onset)), known)
        member = self._assess.live.members.get(known.device)
        found = silence_slot(member) if member is not None and known.state is IncidentState.OPEN else None
        if member is not None and found is not None and back is not None:
            self._move_good(member, *found, back)

    def _put_on_record(self, known: list[Incident], seen: list[Incident]) -> None:
        """Devices were gone and back, and nobody could hear of it."""
        for incident in seen:
            own = [one for one in self._found.absences if is_of(incident, one)]
            told = [
                one
                for one in known
                if _touch(one, incident)
                and (one.cause is None or not all(_is_within(each, one, one.cleared_at or self._now) for each in own))
            ]
            if not told and not any(one.id == incident.id for one in known):
                found = replace(incident, cause=None, detected_at=max(self._now, incident.onset_at), late=True)
                self._assess.decisions.append(Opened(incident=found))

    # ------------------------------------------------------------ what devices were

    def _correct_health(self, device: DeviceId, presence: Presence) -> None:
        """Say what a device was while we could not see it and it was read."""
        if not len(presence.late):
            return
        faults = [one for one in self._found.faults if one.device == device]
        for start, end in _spans(presence):
            borders = {start, end}
            for one in faults:
                borders |= {at for at in (one.onset_at, one.cleared_at) if at is not None and start < at < end}
            edges = sorted(borders)
            for left, right in pairwise(edges):
                levels = [one.level for one in faults if one.onset_at <= left and left < self._end(one)]
                self._assess.decisions.append(
                    HealthCorrected(device=device, start=left, end=right, state=_state(min(levels, default=None)))
                )

    # ------------------------------------------------------------ small things

    def _say(self, corrected: Incident, known: Incident, readings: int | None = None) -> None:
        if corrected == known:
            return
        if readings is None:
            readings = self._evidence(corrected, known)
        if not readings:  # nothing came late between what was said and what is known: it stays as it was said
            return
        self._assess.decisions.append(Corrected(incident=corrected, readings=readings))
        member, slot = self._slot(_fault(known))
        if member is not None and slot is not None and slot.incident == known:
            slot.incident = corrected
            self._move_onset(member, slot, corrected.onset_at)

    def _evidence(self, corrected: Incident, known: Incident) -> int:
        moments = [corrected.onset_at, known.onset_at]
        moments += [at for at in (corrected.cleared_at, known.cleared_at) if at is not None]
        if known.metric:
            return self._found.count(known, min(moments), max(moments))
        presence = self._found.presence.get(known.device)
        return count(presence.late, min(moments), max(moments)) if presence is not None else 0

    def _move_onset(self, member: Member, slot: Slot, onset: datetime) -> None:
        for climb in slot.climbs.values():
            if climb.step.onset != onset and climb.step.standing is not Standing.CLEARING:
                climb.step.onset = onset
                self._assess.keep(member, slot, climb)

    def _move_good(self, member: Member, slot: Slot, climb: Climb, good: datetime) -> None:
        """What is clearing was well sooner than we saw."""
        if climb.step.standing is Standing.CLEARING and climb.step.good is not None and good < climb.step.good:
            climb.step.good = good
            self._assess.keep(member, slot, climb)

    def _bounded(self, onset: datetime, not_before: datetime | None) -> datetime:
        """Return an onset that is not in the future, and not before the fault was last over."""
        return min(onset if not_before is None else max(onset, not_before), self._now)

    def _end(self, incident: Incident) -> datetime:
        return incident.cleared_at or self._found.over_since.get(incident.id, self._found.question.until)

    def _slot(self, fault: Fault) -> tuple[Member | None, Slot | None]:
        device, family, instance = fault
        member = self._assess.live.members.get(device)
        return member, member.slots.get((family, instance)) if member is not None else None

    def _look_again(self, device: DeviceId) -> None:
        self._again[node_of(device)] = self._now + AGAIN


def _fault(incident: Incident) -> Fault:
    return incident.device, incident.family, incident.instance


def _touch(one: Incident, other: Incident) -> bool:
    return (one.cleared_at is None or other.onset_at <= one.cleared_at) and (
        other.cleared_at is None or one.onset_at <= other.cleared_at
    )


def _is_within(absence: Absence, caused: Incident, end: datetime) -> bool:
    """Tell whether a device was gone in the midst of a silence that something else caused, and not by that itself."""
    return absence.device == caused.device and caused.onset_at + GRACE <= absence.since and absence.until <= end - GRACE


def _over(incident: Incident, at: datetime) -> Incident:
    return replace(incident, state=IncidentState.CLEARED, cleared_at=max(at, incident.onset_at))


def _state(level: Level | None) -> State:
    if level is None:
        return State.OK
    return State.FAILED if level is Level.OUTAGE else State.DEGRADED


def _spans(presence: Presence) -> Iterator[tuple[datetime, datetime]]:
    """Walk the stretches in which a device was read without a gap, as far as that came to light late."""
    cuts = [place + 1 for place in np.flatnonzero(np.diff(presence.stamps) > presence.apart // _MICROSECOND).tolist()]
    for stretch in np.split(presence.stamps, cuts):
        first, end = np.searchsorted(presence.late, (stretch[0], stretch[-1] + 1))
        if first == end:
            continue
        before = stretch[stretch < presence.late[first]]
        start = from_us(int(before[-1] if len(before) else presence.late[first]))
        last = from_us(int(presence.late[end - 1])) + _CLEARING
        if start < (over := min(last, from_us(int(stretch[-1])))):
            yield start, over
