"""After a restart: the records' devices, incidents and phases become members and rungs again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.core.assess import Assessor
from collector.core.book import Bar
from collector.core.incident import BEGAN_UNSEEN, EXPLAINED, Climb, Release, Slot
from collector.core.level import Verdict
from collector.core.live import READ_AGAIN, Being, Member, Silence
from collector.core.model import (
    Cleared,
    Health,
    Incident,
    IncidentState,
    Phase,
    PhaseChanged,
    Readings,
    Series,
    State,
)
from collector.core.phase import FROZEN, STALE_PERIODS, Standing, Step
from collector.core.reload import forget
from collector.core.returned import GRACE, RETURNED, Return, excused_until, recall_return
from collector.core.series import NEVER, from_us, to_us
from collector.core.tally import COUNTED, counted_moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the stores hold."""

    devices: Iterable[Health]
    incidents: Iterable[Incident]
    phases: Iterable[Phase]
    series: Iterable[Series]
    latest: Readings


def recall(assess: Assessor, remembered: Remembered, *, now: datetime, settling: timedelta) -> None:
    """Put everything back as it was. What cannot go on (its rule is gone) is cleared, as a decision."""
    adopted = [(_adopt(assess, health, now), health.device.in_campus) for health in remembered.devices]
    for series in remembered.series:
        assess.sieve.add(series)
    assess.sieve.table.recall(remembered.latest, to_us(now))
    for member, _ in adopted:
        _seen_by_readings(assess, member, now)
    for phase in remembered.phases:
        _recall_phase(assess, _by(now, phase), now)
    for incident in remembered.incidents:
        if incident.state is IncidentState.OPEN:
            _recall_incident(assess, incident, now)
    assess.court.recall(now)
    for member, was_listed in adopted:
        if was_listed and not member.device.in_campus and member.being is not Being.HERE:
            forget(assess, member, now)
        for slot in list(member.slots.values()):
            for climb in slot.climbs.values():
                _run_on(assess, member, slot, climb, now, settling)
        assess.settle_member(member, now)
        assess.sieve.replan(member)


def _by(now: datetime, phase: Phase) -> Phase:
    """Return a phase of which nothing is still to come: the clock may have been put back meanwhile."""
    return replace(phase, since=min(phase.since, now), onset_at=min(phase.onset_at, now))


def _adopt(assess: Assessor, health: Health, now: datetime) -> Member:
    member = assess.live.adopt(health)
    if member.last_seen is not None:
        member.last_seen = min(member.last_seen, now)
        # A device that could not be seen has to be read again first, also where its agent is back by now.
        unread = member.node is not None and health.state is State.UNKNOWN
        member.being = Being.AWAITED if unread else Being.HERE
    return member


def _seen_by_readings(assess: Assessor, member: Member, now: datetime) -> None:
    """The records learn of a sighting only when something changes; the readings know of later ones."""
    arrived = assess.sieve.last_arrival(member)
    if arrived != NEVER and from_us(arrived) < now:
        for seen in (member, member.node):
            if seen is not None:
                _seen(seen, from_us(arrived))


def _seen(member: Member, at: datetime) -> None:
    if member.last_seen is not None:
        member.last_seen = max(member.last_seen, at)


def _recall_phase(assess: Assessor, phase: Phase, now: datetime) -> None:
    if phase.standing == COUNTED:
        _recall_count(assess, phase, now)
        return
    member = assess.live.members.get(phase.device)
    if phase.standing == RETURNED and member is not None:
        recall_return(member, phase)
        assess.timers.set(Return(member), excused_until(member) or phase.since)
        return
    bar = _bar(assess, member, phase.rule, phase.instance) if member is not None else None
    series = _series(assess, member, bar, phase.instance) if member is not None and bar is not None else None
    if bar is None or member is None or (series is None and not _needs_no_reading(bar)):
        assess.decisions.append(PhaseChanged(device=phase.device, rule=phase.rule, instance=phase.instance, phase=None))
        return
    step = Step(bar.rung, phase.since, phase.onset_at, member.interval if series is not None else None)
    step.standing = Standing(phase.standing)
    step.elapsed = phase.elapsed
    if step.standing is Standing.CLEARING:
        step.good = phase.onset_at
    place = (bar.rule.family, phase.instance)
    slot = member.slots.setdefault(place, Slot(*place))
    slot.climbs[bar.rung.key] = Climb(bar, step, series)
    said = phase.detail.split()
    slot.explained = slot.explained or (series is not None and EXPLAINED in said)
    slot.late = slot.late or BEGAN_UNSEEN in said
    slot.released = slot.released or _released(phase, now)
    step.frozen = FROZEN in said
    if bar.rung.silent:
        member.silence = Silence.from_detail(phase.onset_at, phase.detail)
        if step.standing is Standing.CLEARING:
            _seen(member, phase.since)
        else:
            member.being = Being.GONE
            member.last_seen = phase.onset_at


def _released(phase: Phase, now: datetime) -> Release | None:
    release = Release.from_detail(phase.detail)
    return Release(min(release.at, now), min(release.until, now + GRACE)) if release is not None else None


def _recall_count(assess: Assessor, phase: Phase, now: datetime) -> None:
    member = assess.live.members.get(phase.device)
    for number in member.series if member is not None else ():
        series, plan = assess.sieve.table.rows[number], assess.sieve.plans[number]
        for counter in plan.counters if plan is not None else ():
            if series is not None and (counter.key, series.instance) == (phase.rule, phase.instance):
                moments = [min(at, now) for at in counted_moments(phase)]
                assess.sieve.tallies.recall(number, counter.of, moments)
                return
    assess.decisions.append(PhaseChanged(device=phase.device, rule=phase.rule, instance=phase.instance, phase=None))


def _recall_incident(assess: Assessor, incident: Incident, now: datetime) -> None:
    member = assess.live.members.get(incident.device)
    place = (incident.family, incident.instance)
    slot = member.slots.get(place) if member is not None else None
    if member is None or not (slot is not None and _holds(slot)):
        slot = _raise_again(assess, member, incident) if member is not None else None
    if slot is None:
        over = replace(incident, state=IncidentState.CLEARED, cleared_at=max(now, incident.onset_at))
        assess.decisions.append(Cleared(incident=over))
        return
    slot.incident = incident
    slot.value = incident.value
    for climb in slot.climbs.values():
        if climb.step.is_raised:
            climb.step.onset = incident.onset_at
            climb.step.detected = incident.detected_at
            if climb.step.standing is Standing.CLEARING:
                climb.verdict = Verdict(incident.level, State.FAILED if climb.is_silence else None)


def _raise_again(assess: Assessor, member: Member, incident: Incident) -> Slot | None:
    """An incident without a raised phase: let the first rung of its rule hold it, so that readings can clear it."""
    bar = _bar(assess, member, incident.rule, incident.instance)  # a rule's first rung has its key
    if bar is None or bar.rule.family != incident.family:
        return None
    series = _series(assess, member, bar, incident.instance)
    if series is None and not _needs_no_reading(bar):
        return None
    step = Step(bar.rung, incident.detected_at, incident.onset_at, member.interval if series is not None else None)
    step.standing = Standing.RAISED
    place = (incident.family, incident.instance)
    slot = member.slots.setdefault(place, Slot(*place))
    slot.climbs[bar.rung.key] = Climb(bar, step, series)
    if bar.rung.silent and member.silence is None:
        member.silence = Silence.from_detail(incident.onset_at, "")
        member.being = Being.GONE
    return slot


def _run_on(assess: Assessor, member: Member, slot: Slot, climb: Climb, now: datetime, settling: timedelta) -> None:
    """Let a running `for` go on where its device can still be seen and its series was not stale yet."""
    step = climb.step
    if step.standing is Standing.RAISED:
        return
    behind = member.node
    if climb.is_silence:
        if behind is not None and behind.being is Being.GONE:
            step.freeze(step.since)
        elif behind is not None and step.frozen:
            # Its agent is back, and has the time that it had before to find it again.
            member.awaited_until = now + READ_AGAIN
            assess.timers.set(member, member.awaited_until)
        elif step.standing is Standing.RAISING:
            step.freeze(now)
            step.restart(now, settling)
    else:
        arrived = int(assess.sieve.table.arrived[climb.series]) if climb.series is not None else NEVER
        if climb.bar.asks_missing:
            step.period = None  # it is asked without readings, too
        step.fed = from_us(arrived) if arrived != NEVER else step.since
        if not member.is_here:
            step.freeze(step.since)
        elif step.period is not None and now > step.fed + STALE_PERIODS * step.period:
            step.freeze(now)  # nobody is called for what was last read that long ago; the next reading says
    assess.track(member, slot, climb)


def _needs_no_reading(bar: Bar) -> bool:
    return bar.rung.silent or bool(bar.asks_missing)


def _holds(slot: Slot) -> bool:
    return any(climb.step.is_raised for climb in slot.climbs.values())


def _bar(assess: Assessor, member: Member, key: str, instance: str) -> Bar | None:
    return assess.sieve.book.find(key, member.device, instance, agent=member.node is None)


def _series(assess: Assessor, member: Member, bar: Bar, instance: str) -> int | None:
    for number in member.series:
        series = assess.sieve.table.rows[number]
        if series is not None and series.metric in bar.rung.metrics and series.instance == instance:
            return number
    return None
