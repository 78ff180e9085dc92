"""Rules that have another form at a device. Comes in: rules, a device, its series and last values. Goes out: `Changed`.

Each says by which override, where that is written and why, and what the rule is elsewhere and here, rung by rung.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from collector.core.model import Device, Level, is_node
from collector.core.rule import Condition, Operator, Override, Rule, RulePack, Rung
from collector.core.said import said
from collector.core.threshold import LastValue, limit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A condition in signs, and how long it must hold; `operator` and `value` where a reading is held to a number."""

    text: str
    held: timedelta
    operator: Operator | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A rung of a rule. `metric` "": it watches for silence. `levels` are those of its cases, the first first."""

    key: str
    metric: str
    raises: Clause
    clears: Clause | None  # None: whatever does not raise
    levels: tuple[Level | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A rule as it is elsewhere, `own`, and `here`; empty: it is off here. `instances` are those of the device."""

    rule: str
    override: Override
    instances: tuple[str, ...]
    own: tuple[Form, ...]
    here: tuple[Form, ...]


def changed(
    rules: RulePack, device: Device, series: Iterable[tuple[str, str]], last_value: LastValue
) -> Iterator[Changed]:
    """Give the rules that watch a device and that an override changes there; `series` are (metric, instance) pairs."""
    known = sorted(series)
    for rule in rules.rules:
        if not rule.overrides or not rule.is_for(device.role, agent=is_node(device.id)):
            continue
        found: dict[Override, list[str]] = {}
        for instance in _instances(rule, known):
            override = rule.override_at(device, instance)
            if override is not None:
                found.setdefault(override, []).append(instance)
        for override, instances in found.items():
            yield Changed(
                rule=rule.id,
                override=override,
                instances=tuple(instances),
                own=_forms(rule.rungs, instances[0], last_value),
                here=_forms(override.rungs, instances[0], last_value),
            )


def _instances(rule: Rule, series: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Give the instances that a rule watches in some form of it, each once."""
    rungs = [*rule.rungs, *(rung for each in rule.overrides for rung in each.rungs)]
    found = [""] if any(rung.silent for rung in rungs) else []
    found += [
        name for metric, name in series for rung in rungs if metric in rung.metrics and rung.instances.match(name)
    ]
    yield from dict.fromkeys(found)


def _forms(rungs: Iterable[Rung], instance: str, last_value: LastValue) -> tuple[Form, ...]:
    def clause(condition: Condition, held: timedelta) -> Clause:
        operator, value = limit_of(condition, instance, last_value) or (None, None)
        return Clause(text=said(condition), held=held, operator=operator, value=value)

    return tuple(
        Form(
            key=rung.key,
            metric="".join(rung.metrics[:1]),
            raises=clause(rung.raises, rung.raise_for),
            clears=clause(rung.clears, rung.clear_for) if rung.clears is not None else None,
            levels=tuple(case.level for case in rung.cases),
        )
        for rung in rungs
    )
