"""What a device is now, in the five values of truth, from its presence, its agent's, and its open incidents."""

from dataclasses import dataclass

from collector.core.incident import Climb, Slot
from collector.core.live import Being, Member
from collector.core.model import Level, State, is_drill
from collector.core.phase import Standing


@dataclass(frozen=True, slots=True)
class Judgement:
    state: State
    level: Level | None
    pending: bool = False
    hidden: bool = False


def judge(member: Member) -> Judgement:
    """Say what a device is. A device out of sight keeps the level of the incidents that are held open for it.

    An incident that another one caused is no fault of its own.
    """
    incidents = [slot.incident for slot in member.slots.values() if slot.incident is not None]
    levels = [incident.level for incident in incidents if incident.cause is None]
    level = min(levels, default=None)
    if is_drill(member.id) and member.being is not Being.HERE:
        return Judgement(State.OFF, level)
    if member.being is Being.NEVER:
        return Judgement(State.UNKNOWN, level)
    if member.node is not None and (lost := _out_of_sight(member.node)) is not None:
        return Judgement(lost, level, hidden=lost is State.UNKNOWN and not _is_presumed(member))
    pending = any(slot.held or _is_pending(slot) for slot in member.slots.values())
    found = silence_slot(member)
    if member.being is Being.GONE and found is None:
        return Judgement(State.UNKNOWN, level)  # no rule judges the silence of such a device
    verdict = found[1].verdict if found is not None else None
    if verdict is not None and verdict.state is State.OFF and member.being is Being.GONE:
        return Judgement(State.OFF, level)
    if member.eclipsed:
        return Judgement(State.UNKNOWN, level, hidden=True)
    is_silent = found is not None and found[1].step.is_raised and _is_its_own(found[0])
    if is_silent and verdict is not None and verdict.level is not None:
        return Judgement(State.UNKNOWN if _is_presumed(member) else verdict.state or State.FAILED, level, pending)
    was_unknown = member.health is not None and member.health.state is State.UNKNOWN
    if member.being is Being.AWAITED or (member.being is Being.GONE and was_unknown):
        return Judgement(State.UNKNOWN, level, pending and member.being is Being.GONE, hidden=True)
    if level is None:
        return Judgement(State.OK, None, pending)
    return Judgement(State.FAILED if level is Level.OUTAGE else State.DEGRADED, level, pending)


def _is_presumed(member: Member) -> bool:
    """Tell whether a device that cannot be seen is itself taken for what is gone."""
    return member.silence is not None and member.silence.presumed and member.being is Being.GONE


def silence_of(member: Member) -> Climb | None:
    """Return the rung that judges the device's silence while it is not idle."""
    found = silence_slot(member)
    return found[1] if found is not None else None


def silence_slot(member: Member) -> tuple[Slot, Climb] | None:
    """Return the same, with its slot."""
    for slot in member.slots.values():
        for climb in slot.climbs.values():
            if climb.is_silence:
                return slot, climb
    return None


def _out_of_sight(node: Member) -> State | None:
    """Return what devices behind a silent agent are; None while the agent is there, or its silence is still timed."""
    if node.node is not None and (lost := _out_of_sight(node.node)) is not None:
        return lost
    if node.being is Being.NEVER:
        return State.UNKNOWN
    if node.being is not Being.GONE:
        return State.UNKNOWN if node.eclipsed else None
    silence = silence_of(node)
    if silence is not None and silence.verdict is not None and silence.verdict.state is State.OFF:
        return State.OFF
    if node.eclipsed:
        return State.UNKNOWN
    return State.UNKNOWN if silence is None or silence.step.is_raised else None


def _is_its_own(slot: Slot) -> bool:
    """Tell whether a fault is known not to be another's."""
    return not slot.held and (slot.incident is None or slot.incident.cause is None)


def _is_pending(slot: Slot) -> bool:
    """Tell whether a fault is being timed that would open an incident here, or make the open one worse."""
    best = slot.incident.level if slot.incident is not None else Level.QUESTION
    return any(
        climb.step.standing is Standing.RAISING
        and climb.verdict is not None
        and climb.verdict.level is not None
        and climb.verdict.level < best
        for climb in slot.climbs.values()
    )
