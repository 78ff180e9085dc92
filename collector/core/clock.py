"""The collector's clock is put back or forward. Comes in: by how much. Goes out: all that runs, as if it always had
been so.

What is being timed goes on with what it had counted; what is on record stays as it was told. Timetables are not moved:
they go by the clock as it is.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from collector.core.assess import Assessor
from collector.core.model import Batch, PhaseChanged
from collector.core.returned import Return, returned
from collector.core.tally import counted_phase

_MICROSECOND: Final = timedelta(microseconds=1)


def shift(assess: Assessor, by: timedelta) -> None:
    """Move what is known of devices, series and rungs, and what a restart must know of it."""
    by_us = by // _MICROSECOND
    assess.timers.shift(by)
    assess.sieve.table.shift(by_us)
    assess.sieve.windows.shift(by_us)
    assess.sieve.tallies.shift(by)
    assess.causes.sight.shift(by)
    for member in assess.live.members.values():
        member.shift(by)
        for slot in member.slots.values():
            slot.shift(by)
            for climb in slot.climbs.values():
                assess.keep(member, slot, climb)
        if member.back_at is not None and Return(member) in assess.timers:
            assess.decisions.append(returned(member, member.back_at))
    _keep_counts(assess)


def not_after(now: datetime, batch: Batch) -> Batch:
    """Return a batch in which nothing happened after `now`: the clock may have been put back since it came."""
    if all(at <= now for at in batch.heard.values()) and all(event.at <= now for event in batch.events):
        return batch
    events = tuple(replace(event, at=min(event.at, now)) for event in batch.events)
    return replace(batch, events=events, heard={device: min(at, now) for device, at in batch.heard.items()})


def _keep_counts(assess: Assessor) -> None:
    for number, plan in enumerate(assess.sieve.plans):
        member, series = assess.sieve.owners[number], assess.sieve.table.rows[number]
        for counter in plan.counters if plan is not None else ():
            moments = assess.sieve.tallies.moments(number, counter.of)
            if moments and member is not None and series is not None:
                phase = counted_phase(member.id, counter.key, series.instance, moments, counter.within)
                assess.decisions.append(
                    PhaseChanged(device=member.id, rule=phase.rule, instance=phase.instance, phase=phase)
                )
