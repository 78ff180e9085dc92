"""Which readings must be looked at. Comes in: series and their rules. Goes out: bands, and who watches what.

A band follows from what a series' rungs wait for. Two kinds of series are watched beyond that: one that others are
compared with (its change moves their bands), and one that the level of an open slot follows.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import numpy as np

from collector.core.book import REACHABILITY, Book, Plan
from collector.core.condition import NOTHING, Band, false_band, meet
from collector.core.evidence import Index, Witness
from collector.core.incident import Climb, Slot
from collector.core.live import Live, Member
from collector.core.model import DeviceId, Readings, Series
from collector.core.phase import Standing
from collector.core.rule import Reference, Scope
from collector.core.series import NEVER, STALE_INTERVALS, UNASKED, SeriesTable, to_us
from collector.core.tally import Tallies
from collector.core.window import Windows

_MICROSECOND = timedelta(microseconds=1)


class Sieve:
    """Owns the table of series, the plan of each, and the watchers."""

    def __init__(self, live: Live, book: Book) -> None:
        self.live = live
        self.book = book
        self.table = SeriesTable()
        self.plans: list[Plan | None] = []
        self.owners: list[Member | None] = []
        self.index = Index()
        self.windows = Windows()
        self.tallies = Tallies()
        self.witness = Witness(self.table, live, self.index, self.plans, self.owners, self.windows, self.tallies)
        self._levels: dict[int, dict[Slot, Member]] = {}  # slots whose level follows a series
        self._watched: dict[Slot, tuple[int, ...]] = {}
        self._bounds: dict[int, list[int]] = {}  # series whose band follows a series
        self._moving: dict[Member, set[int]] = {}  # series of a device whose band follows others

    def add(self, series: Series) -> bool:
        """Take in a series. Return False when it is known."""
        if not self.table.add(series):
            return False
        missing = series.id + 1 - len(self.owners)
        self.owners.extend([None] * missing)
        self.plans.extend([None] * missing)
        member = self.live.find(series.device)
        self.owners[series.id] = member
        member.series.append(int(series.id))
        self._plan(int(series.id), series, member)
        return True

    def replan(self, member: Member) -> None:
        """Find the rules of a device's series anew: its role, its room or the rules have changed."""
        for number in member.series:
            series = self.table.rows[number]
            if series is not None:
                self._plan(number, series, member)

    def replace(self, book: Book) -> None:
        """Sieve by other rules from now on."""
        self.book = book
        self.index.clear()
        self._bounds.clear()
        self._moving.clear()
        for member in list(self.live.members.values()):
            self.replan(member)

    def set_interval(self, member: Member) -> None:
        """Set how long a device's series stay fresh."""
        if member.series:
            self.table.stale_us[member.series] = _stale_us(member)

    def period(self, number: int) -> timedelta | None:
        """Return how far apart the readings of a series come; None where nobody said, they never go stale."""
        period = self.table.period_us(number)
        return timedelta(microseconds=period) if period else None

    def last_arrival(self, member: Member) -> int:
        """Return when the last reading of a device arrived, in microseconds; NEVER where none did."""
        return int(self.table.arrived[member.series].max()) if member.series else NEVER

    def sample(self, number: int, value: float, now: datetime) -> None:
        """Let a reading be a point of the trends of its series, where one is wanted."""
        due_us = self.windows.add(number, to_us(now), value)
        self.table.look_us[number] = UNASKED if due_us is None else due_us

    # ------------------------------------------------------------ watchers

    def followers(self, number: int) -> list[tuple[Slot, Member]]:
        """Return the slots whose level follows a series."""
        return list(self._levels.get(number, {}).items())

    def watch(self, member: Member, slot: Slot) -> None:
        """Let the series that a slot's level follows be looked at, for as long as it is not idle."""
        wanted: set[int] = set()
        for climb in slot.climbs.values():
            self.witness.aim(member, slot.instance, 0.0, climb.series)
            for reference in climb.bar.level_references:
                wanted.update(self.witness.series_of(reference))
            if climb.is_silence:
                wanted.update(self.index.pinging(member.id))
        before = self._watched.get(slot, ())
        if not wanted and not before:
            return
        for number in before:
            if number not in wanted:
                self._levels[number].pop(slot, None)
                self.reband(number)
        for number in wanted.difference(before):
            self._levels.setdefault(number, {})[slot] = member
            self.reband(number)
        if wanted:
            self._watched[slot] = tuple(sorted(wanted))
        else:
            self._watched.pop(slot, None)

    # ------------------------------------------------------------ bands

    def reband_after(self, number: int) -> None:
        """Set the bands that a reading outside its band may have moved."""
        self.reband(number)
        for other in self._bounds.get(number, ()):
            self.reband(other)

    def overtaken(self, readings: Readings, walked: Collection[int], now_us: int) -> list[int]:
        """Return the rows of a batch that were let through by a bound which the batch itself moved: the last of each.

        `walked` are the series that were looked at.
        """
        table, rows = self.table, []
        for other in {other for number in walked for other in self._bounds.get(number, ())}.difference(walked):
            inside = table.low[other] <= table.value[other] <= table.high[other]
            if not inside and table.arrived[other] == now_us:
                rows.append(int(np.flatnonzero(readings.series == other)[-1]))
        return sorted(rows)

    def reband(self, number: int) -> None:
        """Set the band of a series by what its rungs wait for now."""
        plan, member, series = self.plans[number], self.owners[number], self.table.rows[number]
        if member is None or series is None:
            return
        if self._levels.get(number):
            self.table.set_band(number, NOTHING)
            return
        bands: list[Band] = []
        if self._bounds.get(number):
            known = self.table.arrived[number] != NEVER
            value = float(self.table.value[number])
            bands.append((value, value) if known else NOTHING)
        if plan is not None:
            bands.extend(self._plan_bands(number, plan, member, series))
        self.table.set_band(number, meet(bands))

    def _plan_bands(self, number: int, plan: Plan, member: Member, series: Series) -> list[Band]:
        climbs = [_climb(member, series, bar.rule.family, bar.rung.key) for bar in plan.bars] if member.slots else []
        if plan.idle is not None and not any(climbs):
            return [plan.idle]
        bands: list[Band] = []
        for place, bar in enumerate(plan.bars):
            climb = climbs[place] if climbs else None
            if climb is not None:
                bands.append(bar.raised if climb.step.standing is Standing.RAISED else NOTHING)
            elif bar.idle_moves:
                self.witness.aim(member, series.instance, float(self.table.value[number]), number)
                self._follow_bounds(number, bar.bound_references)
                bands.append(false_band(bar.rung.raises, self.witness))
            else:
                bands.append(bar.idle)
        return bands

    def _follow_bounds(self, number: int, references: frozenset[Reference]) -> None:
        for reference in references:
            for other in self.witness.series_of(reference):
                followers = self._bounds.setdefault(other, [])
                if number not in followers and other != number:
                    followers.append(number)
                    self._narrow(other)

    def _narrow(self, number: int) -> None:
        """Let any change of a series be looked at."""
        value = float(self.table.value[number])
        point = (value, value) if self.table.arrived[number] != NEVER else NOTHING
        self.table.set_band(number, meet([point, (self.table.low[number], self.table.high[number])]))

    def _plan(self, number: int, series: Series, member: Member) -> None:
        plan = self.book.plan(member.device, agent=member.node is None, metric=series.metric, instance=series.instance)
        self.plans[number] = plan
        if plan is not None and plan.idle is None:
            self._moving.setdefault(member, set()).add(number)
        due_us = self.windows.want(number, plan.looks_back if plan is not None else ())
        self.table.look_us[number] = UNASKED if due_us is None else due_us
        self.table.is_uptime[number] = plan is not None and plan.restarts
        self.table.stale_us[number] = _stale_us(member)
        if series.metric in self.book.referenced:
            self.index.add(series.device, series.metric, series.instance, number)
            self._let_others_find(series, member)
        self.reband(number)

    def _let_others_find(self, series: Series, member: Member) -> None:
        """Band and watch anew whatever asks for a metric that has just come up."""
        book, metric = self.book, series.metric
        for scope in Scope:
            if metric not in book.bounding[scope] and metric not in book.levelling[scope]:
                continue
            for device in [member] if scope is Scope.DEVICE else list(self.live.beside(member)):
                for other in self._moving.get(device, ()):
                    self.reband(other)
                for slot in device.slots.values():
                    self.watch(device, slot)
        if metric == REACHABILITY and (target := self.live.members.get(DeviceId(series.instance))):
            for slot in target.slots.values():
                self.watch(target, slot)


def _climb(member: Member, series: Series, family: str, rung: str) -> Climb | None:
    slot = member.slots.get((family, series.instance))
    return slot.climbs.get(rung) if slot is not None else None


def _stale_us(member: Member) -> int:
    interval = member.interval
    return 0 if interval is None else STALE_INTERVALS * (interval // _MICROSECOND)
