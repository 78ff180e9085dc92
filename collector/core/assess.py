"""Moves rungs and settles incidents. Comes in: readings outside their band, silences, timers. Goes out: decisions.

Everything that touches a rung ends in `_moved`, everything that may change a level in `settle`.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from collector.core.book import Bar, Plan
from collector.core.cause import Causes
from collector.core.court import LATER, Court
from collector.core.health import silence_slot
from collector.core.incident import BEGAN_UNSEEN, EXPLAINED, Climb, Slot
from collector.core.level import Verdict, grade
from collector.core.live import Live, Member
from collector.core.model import Decision, Phase, PhaseChanged, Readings, Series
from collector.core.notice import Notices
from collector.core.phase import FROZEN, Change, Standing, Step
from collector.core.pulse import Pulse, Pulses
from collector.core.returned import Return
from collector.core.series import from_us, to_us
from collector.core.sieve import Sieve
from collector.core.tally import counted_phase
from collector.core.timer import Timers

_SKEW = timedelta(minutes=1)  # a live stamp further off than this comes from a wrong clock

RungKey = tuple[Member, Slot, str]
TimerKey = RungKey | Pulse | Return | Member | str


class Assessor:
    """Moves what is not idle. `decisions` and `dirty` grow until somebody takes them."""

    def __init__(self, live: Live, sieve: Sieve) -> None:
        self.live = live
        self.sieve = sieve
        self.causes = Causes(live, sieve)
        self.court = Court(self)
        self.timers: Timers[TimerKey] = Timers()
        self.decisions: list[Decision] = []
        self.dirty: dict[Member, datetime] = {}
        self.notices = Notices(sieve.table)
        self.pulses = Pulses(self)

    # ------------------------------------------------------------ readings

    def look(self, readings: Readings, now: datetime) -> None:
        """Take a batch that arrived at `now`."""
        chosen, before = self.sieve.table.sift(readings, to_us(now))
        walked: dict[int, float] = {}
        for row in chosen.tolist():
            number = int(readings.series[row])
            value = float(readings.value[row])
            previous = walked.get(number, float(before[row]))
            walked[number] = value
            self._read(number, value, previous, from_us(int(readings.at_us[row])), now)
        for number in walked:
            self.sieve.reband_after(number)
        for row in self.sieve.overtaken(readings, walked, to_us(now)):
            number, value = int(readings.series[row]), float(readings.value[row])
            walked[number] = value
            self._read(number, value, float(before[row]), from_us(int(readings.at_us[row])), now)
            self.sieve.reband(number)
        for number in walked:
            for slot, member in self.sieve.followers(number):
                self.settle(member, slot, now)

    def _read(self, number: int, value: float, before: float, stamp: datetime, now: datetime) -> None:
        sieve, witness = self.sieve, self.sieve.witness
        plan, member, series = sieve.plans[number], sieve.owners[number], sieve.table.rows[number]
        if plan is None or member is None or series is None or not member.is_here:
            return
        if plan.looks_back:
            sieve.sample(number, value, now)
        if plan.counters:
            self._count(plan, member, series, value, before, now)
        period = sieve.period(number)
        moved: dict[Slot, bool] = {}
        for bar in plan.bars:
            witness.aim(member, series.instance, value, number, before, now)
            self._feed(member, bar, series.instance, number, value, _onset(stamp, now), now, period, moved)
        self._settle_moved(member, moved, now)

    def ask(self, member: Member, bar: Bar, instance: str, number: int | None, now: datetime) -> None:
        """Let a rung judge an instance of a device without a reading: what it asks for may be missing."""
        value = float(self.sieve.table.value[number]) if number is not None else math.nan
        moved: dict[Slot, bool] = {}
        self.sieve.witness.aim(member, instance, value, number, value, now)
        self._feed(member, bar, instance, number, value, now, now, None, moved)
        self._settle_moved(member, moved, now)
        if number is not None:
            self.sieve.reband(number)

    def take_up(self, member: Member, bar: Bar, number: int, onset: datetime, now: datetime) -> None:
        """Raise a rung that readings raised which came late, and that nothing read since has cleared."""
        series = self.sieve.table.rows[number]
        if series is None:
            return
        place = (bar.rule.family, series.instance)
        slot = member.slots.setdefault(place, Slot(*place))
        climb = slot.climbs[bar.rung.key] = Climb(bar, Step(bar.rung, now, onset, self.sieve.period(number)), number)
        climb.step.begin()
        climb.step.hasten(now)
        slot.late = slot.late or slot.incident is None
        slot.value = float(self.sieve.table.value[number])
        self._moved(member, slot, climb, Change.RAISED, now)
        self._settle_moved(member, {slot: True}, now)
        self.sieve.reband(number)

    def _feed(
        self,
        member: Member,
        bar: Bar,
        instance: str,
        number: int | None,
        value: float,
        stamp: datetime,
        now: datetime,
        period: timedelta | None,
        moved: dict[Slot, bool],
    ) -> None:
        """Move one rung by what the witness, aimed by the caller, says of its conditions."""
        witness, place = self.sieve.witness, (bar.rule.family, instance)
        slot = member.slots.get(place)
        climb = slot.climbs.get(bar.rung.key) if slot is not None else None
        raises = bar.raises(value, witness)
        if slot is None or climb is None:
            if not raises:
                return
            slot = slot or member.slots.setdefault(place, Slot(*place))
            climb = slot.climbs[bar.rung.key] = Climb(bar, Step(bar.rung, now, stamp, period), number)
            change = climb.step.begin()
        else:
            climb.series = number
            clears = not raises and (bar.clears is None or bar.clears(value, witness))
            change = climb.step.feed(raises=raises, clears=clears, now=now, stamp=stamp, period=period)
        slot.value = value if not math.isnan(value) else None
        if change is not Change.NONE or bar.level_moves:
            moved[slot] = self._moved(member, slot, climb, change, now) or moved.get(slot, False)

    def _settle_moved(self, member: Member, moved: dict[Slot, bool], now: datetime) -> None:
        for slot, rose_or_fell in moved.items():
            self.settle(member, slot, now)
            if rose_or_fell:
                self._settle_beside(member, slot, now)

    def _count(self, plan: Plan, member: Member, series: Series, value: float, before: float, now: datetime) -> None:
        number, tallies = int(series.id), self.sieve.tallies
        self.sieve.witness.aim(member, series.instance, value, number, before, now)
        for counter in plan.counters:
            if counter.begins(value, self.sieve.witness) and tallies.add(number, counter.of, now):
                moments = tallies.moments(number, counter.of)
                phase = counted_phase(member.id, counter.key, series.instance, moments, counter.within)
                self.decisions.append(
                    PhaseChanged(device=member.id, rule=phase.rule, instance=phase.instance, phase=phase)
                )

    # ------------------------------------------------------------ presence

    def feed_silence(self, member: Member, *, silent: bool, now: datetime) -> None:
        """Let the rung that judges a device's silence know that it began, goes on, or is over."""
        found = silence_slot(member)
        if found is None:
            bar = self.sieve.book.silence(member.device, agent=member.node is None)
            if bar is None or not silent or member.silence is None:
                return
            slot = member.slots.setdefault((bar.rule.family, ""), Slot(bar.rule.family, ""))
            climb = slot.climbs[bar.rung.key] = Climb(bar, Step(bar.rung, now, member.silence.since, None), None)
            change = climb.step.begin()
        else:
            slot, climb = found
            change = climb.step.feed(raises=silent, clears=not silent, now=now, stamp=now, period=None)
        rose_or_fell = self._moved(member, slot, climb, change, now)
        self.settle(member, slot, now)
        if rose_or_fell:
            self._settle_beside(member, slot, now)

    def freeze(self, member: Member, now: datetime, *, silence: bool) -> None:
        """Stop every `for` of a device out of sight; also that of its own silence where `silence`."""
        for slot in member.slots.values():
            for key, climb in slot.climbs.items():
                if (climb.is_silence and not silence) or climb.step.due() is None:
                    continue
                climb.step.freeze(now)
                self.timers.cancel((member, slot, key))
                self.keep(member, slot, climb)

    def freeze_silence(self, member: Member, now: datetime) -> None:
        """Stop the `for` of a device's silence: nobody could be heard."""
        found = silence_slot(member)
        if found is not None and found[1].step.due() is not None:
            slot, climb = found
            climb.step.freeze(now)
            self.track(member, slot, climb)
            self.keep(member, slot, climb)

    def thaw_silence(self, member: Member, now: datetime, *, at_least: timedelta) -> None:
        """Let it run on, with at least so much to go; not for a device whose agent is silent itself."""
        found = silence_slot(member)
        if found is None or (member.node is not None and not member.node.is_here):
            return
        slot, climb = found
        if climb.step.frozen:
            climb.step.restart(now, at_least)
            self.track(member, slot, climb)
            self.keep(member, slot, climb)

    # ------------------------------------------------------------ timers and levels

    def ring(self, key: RungKey, due: datetime) -> None:
        """A rung's `for` is over."""
        member, slot, rung = key
        if rung == LATER:
            self.court.sit(member, slot, due)
            return
        climb = slot.climbs.get(rung)
        if climb is None or member.slots.get((slot.family, slot.instance)) is not slot:
            return
        rose_or_fell = self._moved(member, slot, climb, climb.step.ring(due), due)
        self.settle(member, slot, due)
        if climb.series is not None:
            self.sieve.reband(climb.series)
        if rose_or_fell:
            self._settle_beside(member, slot, due)

    def settle_place(self, place: str, now: datetime) -> None:
        """Grade everything in a room anew: its context, devices or neighbours have changed."""
        for member in list(self.live.within(place)):
            self.settle_member(member, now)

    def settle_member(self, member: Member, now: datetime) -> None:
        """Grade everything of a device anew."""
        for slot in list(member.slots.values()):
            self.settle(member, slot, now)

    def settle(self, member: Member, slot: Slot, now: datetime) -> None:
        """Make the incident of a slot agree with its rungs."""
        if slot.incident is not None or not member.is_unread:
            self._decide(member, slot, now)
        else:  # out of sight, it holds its verdict and opens nothing
            slot.grade(lambda climb: climb.verdict or self._verdict(member, slot, climb, now))
        notice = self.notices.settle(member, slot, now)
        if notice is not None:
            self.decisions.append(notice)
        self.dirty[member] = now
        if any(climb.is_silence for climb in slot.climbs.values()):
            self.dirty.update((device, now) for device in self.live.behind(member))
        if slot.is_idle and member.slots.get((slot.family, slot.instance)) is slot:
            del member.slots[slot.family, slot.instance]
        self.sieve.watch(member, slot)

    def _decide(self, member: Member, slot: Slot, now: datetime) -> None:
        slot.grade(lambda climb: self._verdict(member, slot, climb, now))
        if slot.incident is None:
            self.court.hear(member, slot, now)
        worst = slot.worst()
        metric = self._metric(slot.climbs[worst[0].rung.key]) if worst is not None else ""
        decision = slot.settle(member.device, metric, now)
        if decision is not None:
            self.decisions.append(decision)
            self.court.heed(member, slot, decision, now)

    def track(self, member: Member, slot: Slot, climb: Climb) -> None:
        """Set or cancel the timer of a rung."""
        due = climb.step.due()
        key = (member, slot, climb.bar.rung.key)
        if due is None:
            self.timers.cancel(key)
        else:
            self.timers.set(key, due)

    def drop(self, member: Member, slot: Slot, climb: Climb) -> None:
        """Forget a rung."""
        key = climb.bar.rung.key
        slot.climbs.pop(key, None)
        self.timers.cancel((member, slot, key))
        self.decisions.append(PhaseChanged(device=member.id, rule=key, instance=slot.instance, phase=None))

    def _moved(self, member: Member, slot: Slot, climb: Climb, change: Change, now: datetime) -> bool:
        """Keep what a change did to a rung. Return whether it rose or fell."""
        if change is Change.NONE:
            return False
        self.dirty[member] = now
        if change in (Change.DROPPED, Change.CLEARED):
            if change is Change.CLEARED:
                slot.good = climb.step.good
            self.drop(member, slot, climb)
            return change is Change.CLEARED
        self.track(member, slot, climb)
        self.keep(member, slot, climb)
        return change is Change.RAISED

    def keep(self, member: Member, slot: Slot, climb: Climb) -> None:
        """Tell where a rung stands, for a restart."""
        step = climb.step
        words = [EXPLAINED] if slot.explained else []
        if climb.is_silence and member.silence is not None:
            words = [member.silence.as_detail()]
        if step.frozen:
            words.append(FROZEN)
        if slot.late:
            words.append(BEGAN_UNSEEN)
        if slot.released is not None:
            words.append(slot.released.as_detail())
        clearing = step.standing is Standing.CLEARING and step.good is not None
        phase = Phase(
            device=member.id,
            rule=climb.bar.rung.key,
            instance=slot.instance,
            standing=step.standing,
            since=step.since,
            onset_at=step.good if clearing and step.good is not None else step.onset,
            elapsed=step.elapsed,
            detail=" ".join(words),
        )
        self.decisions.append(PhaseChanged(device=member.id, rule=phase.rule, instance=slot.instance, phase=phase))

    def _verdict(self, member: Member, slot: Slot, climb: Climb, now: datetime) -> Verdict:
        reading = float(self.sieve.table.value[climb.series]) if climb.series is not None else 1.0
        self.sieve.witness.aim(member, slot.instance, reading, climb.series, now=now)
        return grade(climb.bar, self.sieve.witness)

    def _metric(self, climb: Climb) -> str:
        series = self.sieve.table.rows[climb.series] if climb.series is not None else None
        if series is None:
            return climb.bar.rung.metrics[0] if climb.bar.rung.metrics else ""
        return series.metric

    def _settle_beside(self, member: Member, slot: Slot, now: datetime) -> None:
        """Grade the neighbours of a rung that rose or fell, where their level asks for every instance."""
        for device in list(self.live.beside(member)):
            for other in list(device.slots.values()):
                if other is not slot and other.family == slot.family and _asks_for_every(other.climbs.values()):
                    self.settle(device, other, now)


def _onset(stamp: datetime, now: datetime) -> datetime:
    """Return the moment of a reading, or of its arrival where its clock is wrong."""
    return min(stamp, now) if now - _SKEW <= stamp <= now + _SKEW else now


def _asks_for_every(climbs: Iterable[Climb]) -> bool:
    return any(case.every is not None for climb in climbs for case, _ in climb.bar.cases)
