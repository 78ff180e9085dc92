"""Other rules, or another role: what becomes of the rungs that are not idle."""

from datetime import datetime

from collector.core.assess import Assessor
from collector.core.live import Being, Member
from collector.core.phase import Standing


def keep_rungs(assess: Assessor, member: Member, now: datetime) -> None:
    """Move a device's rungs to the rules as they are now. A rung whose rule is gone, or no longer meant, is dropped."""
    for slot in list(member.slots.values()):
        for key, climb in list(slot.climbs.items()):
            book, agent = assess.sieve.book, member.node is None
            bar = book.find(key, member.device, slot.instance, agent=agent)
            if bar is not None and climb.is_silence:
                meant = bar is book.silence(member.device, agent=agent)
            else:
                plan = assess.sieve.plans[climb.series] if climb.series is not None else None
                unread = climb.series is None and bar is not None and bool(bar.asks_missing)
                meant = unread or (bar is not None and plan is not None and bar in plan.bars)
            if bar is None or not meant or bar.rule.family != slot.family:
                assess.drop(member, slot, climb)
                continue
            climb.bar = bar
            climb.step.rung = bar.rung
            if climb.step.standing is not Standing.CLEARING:
                climb.verdict = None
            assess.track(member, slot, climb)
        assess.settle(member, slot, now)
    if member.being is Being.GONE and member.silence is not None:
        assess.feed_silence(member, silent=True, now=now)
    for number in member.series:
        assess.sieve.reband(number)


def forget(assess: Assessor, member: Member, now: datetime) -> None:
    """A device that the campus file no longer lists, and that is not there either, has been taken away."""
    for slot in list(member.slots.values()):
        for climb in list(slot.climbs.values()):
            assess.drop(member, slot, climb)
        assess.settle(member, slot, now)
    member.being = Being.NEVER
    member.silence = None
    member.awaited_until = None
    assess.timers.cancel(member)
    assess.dirty[member] = now
