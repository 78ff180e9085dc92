"""A rule pack made ready to run: conditions compiled, rungs found by metric, role and instance.

A `Bar` is a compiled rung. A `Plan` is the bars of one series; series with the same bars share it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from collector.core.condition import NOTHING, Band, Predicate, compile_beginning, compile_condition, false_band
from collector.core.model import Device
from collector.core.rule import (
    Absent,
    All,
    Any,
    Case,
    Condition,
    Count,
    Missing,
    Neither,
    Override,
    Quantity,
    Rate,
    Reference,
    Restarted,
    Rising,
    Rule,
    RulePack,
    Rung,
    Scope,
    Test,
    Trend,
)

REACHABILITY: Final = "classroom.reachability"
RECORDING: Final = Reference(metric="classroom.recording.active", scope=Scope.ROOM, instance="*")


@dataclass(frozen=True, slots=True)
class Counter:
    """A condition whose beginnings are counted. `key` is how a restart finds it again: the rung's, and a number."""

    key: str
    of: Condition
    begins: Predicate
    within: timedelta


class Bar:
    """One rung, compiled; that of an `override` holds at its place alone.

    `order` is its place in the pack; `idle` and `raised` are the bands that need no evidence.
    """

    __slots__ = (
        "asks_missing",
        "bound_references",
        "cases",
        "clears",
        "counters",
        "idle",
        "idle_moves",
        "level_moves",
        "level_reads",
        "level_references",
        "looks_back",
        "order",
        "override",
        "raised",
        "raises",
        "restarts",
        "rule",
        "rung",
    )

    def __init__(self, rule: Rule, rung: Rung, order: int, override: Override | None = None) -> None:
        self.rule = rule
        self.override = override
        self.rung = rung
        self.order = order
        self.raises: Predicate = compile_condition(rung.raises)
        self.clears: Predicate | None = compile_condition(rung.clears) if rung.clears is not None else None
        self.cases: tuple[tuple[Case, Predicate | None], ...] = tuple(
            (case, compile_condition(case.condition) if case.condition is not None else None) for case in rung.cases
        )
        conditions = [case.condition for case in rung.cases if case.condition is not None]
        self.bound_references = frozenset(bounds(rung.raises))
        self.level_references = frozenset(of for condition in conditions for of in references(condition))
        if any(case.contexts is not None or case.silent_since is not None for case in rung.cases):
            self.level_references |= {RECORDING}  # a room that is recording is needed, whatever its timetable says
        self.level_moves = bool(conditions)  # the level may change with any reading
        self.level_reads = any(_reads_itself(condition) for condition in conditions)
        self.idle: Band = false_band(rung.raises)
        # Without a fixed band, one may still follow from what other metrics say now.
        self.idle_moves = self.idle == NOTHING and _could_be_bound(rung.raises)
        every = [rung.raises, *([rung.clears] if rung.clears is not None else []), *conditions]
        parts = [part for condition in every for part in walk(condition)]
        self.looks_back = frozenset(part.over for part in parts if isinstance(part, Trend | Rate))
        self.restarts = any(isinstance(part, Restarted) for part in parts)
        self.asks_missing = frozenset(part.subject for part in parts if isinstance(part, Missing))
        self.counters: tuple[Counter, ...] = tuple(
            Counter(f"{rung.key}#{number}", part.of, compile_beginning(part.of), part.within)
            for number, part in enumerate(part for part in parts if isinstance(part, Count))
        )
        self.raised: Band = false_band(rung.clears) if rung.clears is not None and not self.level_reads else NOTHING

    def holds_at(self, device: Device, instance: str, *, agent: bool) -> bool:
        """Tell whether the rung is meant for an instance of a device, and no other form of it."""
        rule = self.rule
        if not rule.is_for(device.role, agent=agent) or not self.rung.instances.match(instance):
            return False
        return not rule.overrides or rule.override_at(device, instance) is self.override


class Plan:
    """The bars of a series, and its band while all of them are idle (None: it follows from other metrics).

    `looks_back`: how long its trends and rates are; `restarts`: it is an uptime whose setbacks count; `counters`: what
    is counted.
    """

    __slots__ = ("bars", "counters", "idle", "looks_back", "restarts")

    def __init__(self, bars: tuple[Bar, ...]) -> None:
        self.bars = bars
        self.looks_back = frozenset(over for bar in bars for over in bar.looks_back)
        self.restarts = any(bar.restarts for bar in bars)
        self.counters = tuple(_longest(counter for bar in bars for counter in bar.counters))
        low = max((bar.idle[0] for bar in bars), default=-float("inf"))
        high = min((bar.idle[1] for bar in bars), default=float("inf"))
        self.idle: Band | None = None if any(bar.idle_moves for bar in bars) else (low, high)


class Book:
    """A rule pack, compiled."""

    def __init__(self, pack: RulePack) -> None:
        self._bars: dict[str, list[Bar]] = {}  # by the rung's key, all forms of it
        count = 0
        self._by_metric: dict[str, list[Bar]] = {}
        self._silent: list[Bar] = []
        self.asking: list[Bar] = []  # those that ask what is missing: no reading says so
        self._plans: dict[tuple[Bar, ...], Plan] = {}
        self.referenced: set[str] = {REACHABILITY, RECORDING.metric}
        # Metrics that others are compared with, and that levels follow; of the device, and of any device of the room.
        self.bounding: dict[Scope, set[str]] = {scope: set() for scope in Scope}
        self.levelling: dict[Scope, set[str]] = {scope: set() for scope in Scope}
        self.levelling[RECORDING.scope].add(RECORDING.metric)
        for rule in pack.rules:
            forms = [(None, rule.rungs), *((override, override.rungs) for override in rule.overrides)]
            for override, rung in ((override, rung) for override, rungs in forms for rung in rungs):
                bar = Bar(rule, rung, count, override)
                count += 1
                self._bars.setdefault(rung.key, []).append(bar)
                if rung.silent:
                    self._silent.append(bar)
                if bar.asks_missing:
                    self.asking.append(bar)
                for metric in rung.metrics:
                    self._by_metric.setdefault(metric, []).append(bar)
                self._note_references(rung)

    def plan(self, device: Device, *, agent: bool, metric: str, instance: str) -> Plan | None:
        """Return what watches a series; None where nothing does."""
        found = self._by_metric.get(metric)
        if found is None:
            return None
        bars = tuple(bar for bar in found if bar.holds_at(device, instance, agent=agent))
        if not bars:
            return None
        if bars not in self._plans:
            self._plans[bars] = Plan(bars)
        return self._plans[bars]

    def silence(self, device: Device, *, agent: bool) -> Bar | None:
        """Return the rung that judges the silence of such a device: the first of the pack."""
        return next((bar for bar in self._silent if bar.holds_at(device, "", agent=agent)), None)

    def find(self, key: str, device: Device, instance: str, *, agent: bool) -> Bar | None:
        """Return the rung of that key in the form that it has for an instance of a device."""
        return next((bar for bar in self._bars.get(key, ()) if bar.holds_at(device, instance, agent=agent)), None)

    def _note_references(self, rung: Rung) -> None:
        conditions = [rung.raises, *([rung.clears] if rung.clears is not None else [])]
        conditions += [case.condition for case in rung.cases if case.condition is not None]
        for condition in conditions:
            self.referenced.update(of.metric for of in references(condition))
            for of in bounds(condition):
                self.bounding[of.scope].add(of.metric)
        for case in rung.cases:
            for of in references(case.condition) if case.condition is not None else ():
                self.levelling[of.scope].add(of.metric)
        if any(case.every is not None for case in rung.cases):
            self.referenced.update(rung.metrics)


def references(condition: Condition) -> Iterator[Reference]:
    """Walk the other metrics that a condition asks for, bounds included."""
    for part in walk(condition):
        match part:
            case Test(subject=subject):
                if subject is not None:
                    yield subject
                yield from bounds(part)
            case Absent(subject=subject) | Missing(subject=subject):
                yield subject
            case Trend(reaches=bound) if isinstance(bound.of, Reference):
                yield bound.of
            case Rate(bounds=found):
                yield from (bound.of for bound in found if isinstance(bound.of, Reference))
            case _:
                pass


def walk(condition: Condition) -> Iterator[Condition]:
    """Walk a condition and all that it is made of."""
    yield condition
    match condition:
        case All(of=parts) | Any(of=parts) | Neither(of=parts):
            for part in parts:
                yield from walk(part)
        case Count(of=of):
            yield from walk(of)
        case _:
            return


def _longest(counters: Iterable[Counter]) -> Iterable[Counter]:
    """Return each counted condition once, with the longest time that anything asks for."""
    found: dict[Condition, Counter] = {}
    for counter in counters:
        known = found.get(counter.of)
        if known is None or known.within < counter.within:
            found[counter.of] = counter
    return found.values()


def bounds(condition: Condition) -> Iterator[Reference]:
    """Walk the metrics that a condition compares with."""
    match condition:
        case All(of=parts) | Any(of=parts) | Neither(of=parts):
            for part in parts:
                yield from bounds(part)
        case Test(bounds=found):
            yield from (bound.of for bound in found if isinstance(bound.of, Reference))
        case _:
            return


def _could_be_bound(condition: Condition) -> bool:
    match condition:
        case All(of=parts):
            return any(_could_be_bound(part) for part in parts)
        case Any(of=parts):
            return all(_could_be_bound(part) for part in parts)
        case Test(subject=None, bounds=found):
            return not any(isinstance(bound.of, Quantity) for bound in found)
        case Rising():
            return True
        case _:
            return False


def _reads_itself(condition: Condition) -> bool:
    match condition:
        case All(of=parts) | Any(of=parts) | Neither(of=parts):
            return any(_reads_itself(part) for part in parts)
        case Test(subject=subject):
            return subject is None
        case _:
            return True
