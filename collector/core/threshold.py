"""The limits that rules watch a device's readings against, as numbers: what a chart draws.

Comes in: rules, one device's role and series, and the last values that limits may be made of. Goes out: one
`Threshold` a rung, instance and level. A rung whose limit is no number now (it waits for a metric that is not there)
gives none, nor do numbers that stand for words.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from collector.core.model import Context, Device, Level
from collector.core.rule import (
    Absent,
    All,
    Bound,
    Case,
    Condition,
    Operator,
    Reference,
    Rule,
    RulePack,
    Rung,
    Scope,
    Test,
)

LastValue = Callable[[str, str], float | None]

_DECIDED_HERE: Final = frozenset({"contexts", "roles", "instances"})
_LIMITS: Final = frozenset({Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A reading that compares so with `value` for `sustained` raises `rule` at `level`; `contexts` None: in any.

    `override` says where the rule has another form here, and why.
    """

    rule: str
    metric: str
    instance: str
    level: Level
    operator: Operator
    value: float
    sustained: timedelta
    contexts: frozenset[Context] | None = None
    override: str | None = None


def thresholds(
    rules: RulePack,
    *,
    role: str,
    agent: bool,
    series: Iterable[tuple[str, str]],
    last_value: LastValue,
    device: Device | None = None,
) -> Iterator[Threshold]:
    """Give the thresholds of the (metric, instance) pairs of one device; without `device` no override holds."""
    meant = [rule for rule in rules.rules if rule.is_for(role, agent=agent)]
    for metric, instance in series:
        for rule in meant:
            override = rule.override_at(device, instance) if device is not None else None
            for rung in override.rungs if override is not None else rule.rungs:
                if metric in rung.metrics and rung.instances.match(instance):
                    for found in _of_rung(rule, rung, metric, instance, role, last_value):
                        yield replace(found, override=override.said) if override is not None else found


def _of_rung(
    rule: Rule, rung: Rung, metric: str, instance: str, role: str, last_value: LastValue
) -> Iterator[Threshold]:
    limit = limit_of(rung.raises, instance, last_value)
    if limit is None:
        return
    operator, value = limit
    for level, contexts in _levels(rung.cases, role, instance):
        yield Threshold(
            rule=rule.id,
            metric=metric,
            instance=instance,
            level=level,
            operator=operator,
            value=value,
            sustained=rung.raise_for,
            contexts=contexts,
        )


def limit_of(condition: Condition, instance: str, last_value: LastValue) -> tuple[Operator, float] | None:
    """Return how a reading is compared, and with which number now; None where that is no number."""
    test = _limit_of(condition, instance, last_value)
    value = _number(test.bounds[0], instance, last_value) if test is not None else None
    return (test.operator, value) if test is not None and value is not None else None


def _limit_of(condition: Condition, instance: str, last_value: LastValue) -> Test | None:
    """Return the comparison of the reading itself; what else must hold is a guard."""
    if isinstance(condition, Test):
        is_limit = condition.subject is None and condition.operator in _LIMITS and not condition.absolute
        return condition if is_limit else None
    if not isinstance(condition, All):
        return None
    for part in condition.of:
        if isinstance(part, Absent) and _value_of(part.subject, instance, last_value) is not None:
            return None
    return next((found for part in condition.of if (found := _limit_of(part, instance, last_value)) is not None), None)


def _number(bound: Bound, instance: str, last_value: LastValue) -> float | None:
    if bound.of is None:
        return bound.plus
    value = _value_of(bound.of, instance, last_value) if isinstance(bound.of, Reference) else None
    return None if value is None else bound.times * value + bound.plus


def _value_of(of: Reference, instance: str, last_value: LastValue) -> float | None:
    if of.scope is not Scope.DEVICE:
        return None
    return last_value(of.metric, of.instance.replace("{instance}", instance))


def _levels(cases: Iterable[Case], role: str, instance: str) -> Iterator[tuple[Level, frozenset[Context] | None]]:
    """Give the levels that role, instance and context alone decide, up to the first that always holds."""
    for case in cases:
        if (case.roles is not None and role not in case.roles) or (
            case.instances is not None and not case.instances.match(instance)
        ):
            continue
        if not _DECIDED_HERE.issuperset(case.asked):
            continue
        if case.level is not None:
            yield case.level, case.contexts
        if case.contexts is None:
            return
