"""The escalation ladder, S12: who is told when the time of a promise runs out, and what keeps that quiet.

Comes in: a ticket as it stands, the rungs of its agreement, what holds it, and time. Goes out: the rungs as they stand
for the ticket, and those to be reached or held now. A rung is reached once for a ticket, whatever becomes of its level
and however often it is reopened: the log has it. A held rung is neither lost nor spent: it is reached when the hold is
over, if what it is about is still owed then.

A complaint climbs a ladder of its own until the complainant is content, whatever the ticket has come to: nothing holds
it. Who complains again while it stands has waited long enough, and is one rung further at once.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from collector.core.agreement import ComplaintRung, Rung
from collector.core.model import DeviceId, Incident
from collector.core.storm import is_led
from collector.core.ticket import UNDER_WAY, Entry, Escalation, Hold, RungState, Step, Ticket

Due = Callable[[Step, float], datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a ticket's log says of its rungs: when they were reached, and by what others were held last."""

    reached: Mapping[str, datetime]
    held: Mapping[str, Hold]


def standing(ticket: Ticket, ladder: Collection[Rung], told: Told, due: Due) -> tuple[Escalation, ...]:
    """Return the rungs of a ladder as they stand for a ticket, by when they are due.

    `due` says when a share of a step's time has gone; None: nothing is promised for that step.
    """
    open_steps = {clock.step for clock in ticket.clocks if clock.met_at is None}
    found: list[Escalation] = []
    for rung in ladder:
        reached_at = told.reached.get(rung.key)
        due_at = ticket.calls_at if rung.share == 0 else due(rung.step, rung.share)
        if reached_at is not None:
            due_at = min(due_at or reached_at, reached_at)
        if due_at is None or (reached_at is None and rung.levels and ticket.level not in rung.levels):
            continue
        waived = rung.step not in open_steps or ticket.state not in UNDER_WAY
        held_by = None if waived or reached_at is not None else told.held.get(rung.key)
        found.append(
            Escalation(
                rung=rung.key,
                step=rung.step,
                share=rung.share,
                to=rung.to,
                due_at=due_at,
                reached_at=reached_at,
                state=_state(reached=reached_at is not None, waived=waived, held=held_by is not None),
                held_by=held_by,
            )
        )
    return tuple(sorted(found, key=lambda each: each.due_at))


def complained(
    complaints: Sequence[Entry],
    ladder: Sequence[ComplaintRung],
    reached: Mapping[str, datetime],
    told_at: Callable[[datetime], datetime],
) -> tuple[Escalation, ...]:
    """Return the rungs of the complaint that stands, by when they are due; `complaints` are those made while it stood.

    Each complaint that stood alone has rungs of its own, named by the number of its entry, like complaint/7/0.
    """
    if not complaints:
        return ()
    first = complaints[0]
    found: list[Escalation] = []
    for place, rung in enumerate(ladder):
        key = f"complaint/{first.number}/{place}"
        reached_at = reached.get(key)
        due_at = first.at + rung.after
        if place < len(complaints):
            due_at = min(due_at, complaints[place].at)
        found.append(
            Escalation(
                rung=key,
                step=None,
                share=0.0,
                to=rung.to,
                due_at=reached_at or told_at(due_at),
                reached_at=reached_at,
                state=_state(reached=reached_at is not None, waived=False, held=False),
            )
        )
    return tuple(sorted(found, key=lambda each: each.due_at))


def _state(*, reached: bool, waived: bool, held: bool) -> RungState:
    if reached:
        return RungState.REACHED
    if waived:
        return RungState.WAIVED
    return RungState.HELD if held else RungState.WAITING


def next_due(ticket: Ticket) -> datetime | None:
    """Return when the next rung of a ticket is due that waits for nothing but time; None where none is."""
    waiting = (each for each in ticket.escalation if each.state is RungState.WAITING)
    return min((each.due_at for each in waiting if each.step is None or ticket.paused_at is None), default=None)


def is_held(ticket: Ticket) -> bool:
    """Tell whether a rung of a ticket waits for the end of what keeps it quiet."""
    return any(each.state is RungState.HELD for each in ticket.escalation)


def due_rungs(ticket: Ticket, now: datetime, hold: Hold | None) -> list[Escalation]:
    """Return the rungs of a ticket that something is to be said of at `now`, as they then stand: reached, or held."""
    owed = [
        each for each in ticket.escalation if each.state in (RungState.WAITING, RungState.HELD) and each.due_at <= now
    ]
    found: list[Escalation] = []
    for each in owed:
        if each.step is None or (hold is None and ticket.paused_at is None):
            found.append(replace(each, state=RungState.REACHED, reached_at=now, held_by=None))
        elif ticket.paused_at is None and each.held_by is not hold:
            found.append(replace(each, state=RungState.HELD, held_by=hold))
    return found


def hold_of(
    ticket: Ticket,
    standing_incidents: Collection[Incident],
    *,
    worked_on: Callable[[Incident], bool],
    is_hidden: Callable[[DeviceId], bool],
    storm_is_led: bool,
) -> Hold | None:
    """Return what keeps the escalation of a ticket quiet; None: nothing does.

    `standing_incidents` are those of the ticket that have not cleared, `worked_on` tells whether planned work goes on
    at one, `is_hidden` whether a device cannot be seen because of another, `storm_is_led` whether the first ticket of
    the ticket's storm is under way.
    """
    if ticket.flapping:
        return Hold.FLAPPING
    if storm_is_led and is_led(ticket):
        return Hold.STORM
    roots = [incident for incident in standing_incidents if incident.cause is None]
    if not roots:
        return None
    if all(map(worked_on, roots)):
        return Hold.MAINTENANCE
    causes = len(roots) < len(standing_incidents)  # what others hang on is not hidden by anything
    if not causes and all(is_hidden(incident.device) for incident in roots):
        return Hold.OUT_OF_SIGHT
    return None
