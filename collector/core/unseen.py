"""What began unseen and holds inside its band: late readings raised it, and no reading since has cleared it.

Comes in: `Found`, and devices as they are now. Goes out: rungs that are raised. A backlog serves no `for`, so the live
readings must have held for one themselves.
"""

from collections.abc import Iterator
from datetime import datetime

from collector.core.assess import Assessor
from collector.core.book import Bar
from collector.core.found import Found
from collector.core.live import Member
from collector.core.series import from_us


def take_up(assess: Assessor, found: Found, member: Member, now: datetime) -> bool:
    """Raise the rungs of a device that hold so; tell whether one will once its `for` is over."""
    waits = False
    for number, bar, onset in list(_raised(assess, found, member)):
        series = assess.sieve.table.rows[number]
        late = found.late.get((member.id, series.metric, series.instance)) if series is not None else None
        if late is None or from_us(int(late[-1])) < onset or not _holds(assess, member, bar, number, now):
            continue
        if now - from_us(int(late[-1])) < bar.rung.raise_for:
            waits = True
        else:
            assess.take_up(member, bar, number, onset, now)
    return waits


def _raised(assess: Assessor, found: Found, member: Member) -> Iterator[tuple[int, Bar, datetime]]:
    """Walk the rungs that are raised in the past as it is now known, and idle here."""
    sieve = assess.sieve
    for number in member.series:
        plan, series = sieve.plans[number], sieve.table.rows[number]
        if plan is None or series is None:
            continue
        for bar in plan.bars:
            onset = found.raised.get((member.id, bar.rung.key, series.instance))
            slot = member.slots.get((bar.rule.family, series.instance))
            if onset is not None and (slot is None or bar.rung.key not in slot.climbs):
                yield number, bar, onset


def _holds(assess: Assessor, member: Member, bar: Bar, number: int, now: datetime) -> bool:
    """Tell whether the last reading lies inside the band: it neither raises the rung nor clears it."""
    witness, series = assess.sieve.witness, assess.sieve.table.rows[number]
    if series is None or bar.clears is None:
        return False
    value = float(assess.sieve.table.value[number])
    witness.aim(member, series.instance, value, number, now=now)
    return witness.is_fresh(number) and not bar.raises(value, witness) and not bar.clears(value, witness)
