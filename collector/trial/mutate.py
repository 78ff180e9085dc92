"""Which thresholds, times, guards and levels of the rules no test notices. Comes in: rules and their tests.

Each number of a rule is moved a little both ways; each guard, each line of a level table and each fact that such a
line asks for is left out, as is each role and each pattern of instances that a rule names, and what it follows; each
level is made another one. Overrides are treated alike. The tests that touch the rule are then to fail. What still
passes is a survivor.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from collector.core.agreement import Agreement
from collector.core.model import Attribution, Level, State
from collector.core.rule import (
    All,
    Any,
    Bound,
    Condition,
    Count,
    Names,
    Neither,
    Operator,
    Override,
    Rate,
    Rule,
    RulePack,
    Rung,
    Test,
    Trend,
)
from collector.core.rule import Case as CaseOfLevel
from collector.trial.case import Case, What, shown
from collector.trial.run import failures

SHIFT: Final = 0.05  # of a threshold or a time
_FEWEST: Final = timedelta(seconds=1)
_EXACT: Final = frozenset({Operator.EQUALS, Operator.DIFFERS, Operator.ONE_OF})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A change of one thing, in words, and the rule as it then is."""

    what: str
    rule: Rule


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Give every small change of a rule; of one that nothing can be seen of, none."""
    cases = [case for rung in rule.rungs for case in rung.cases]
    noticed = rule.attribution is Attribution.PEOPLE or any(case.attribution is Attribution.PEOPLE for case in cases)
    if not noticed and all(case.level is None and case.state is None for case in cases):
        return
    for what, rungs in _of_rungs(rule.rungs):
        yield Mutant(what=f"{rule.id}{what}", rule=replace(rule, rungs=rungs))
    for what, changed in _of_reach(rule):
        yield Mutant(what=f"{rule.id}: {what}", rule=changed)
    for number, override in enumerate(rule.overrides):
        before, after = rule.overrides[:number], rule.overrides[number + 1 :]
        yield Mutant(what=f"{rule.id}: without the override in {override.said}", rule=_with(rule, *before, *after))
        for what, rungs in _of_rungs(override.rungs):
            moved = replace(override, rungs=rungs)
            yield Mutant(what=f"{rule.id}, override in {override.at}{what}", rule=_with(rule, *before, moved, *after))


def _with(rule: Rule, *overrides: Override) -> Rule:
    return replace(rule, overrides=overrides)


def survivors(pack: RulePack, cases: Sequence[Case], agreements: Mapping[str, Agreement]) -> Iterator[Mutant]:
    """Give the changes that no test notices. The tests must pass as they are."""
    for rule in pack.rules:
        touching = sorted((case for case in cases if touches(case, rule)), key=_effort)
        for mutant in mutants(rule):
            mutated = RulePack(rules=tuple(mutant.rule if other is rule else other for other in pack.rules))
            if not any(next(failures(case, mutated, agreements), None) for case in touching):
                yield mutant


def touches(case: Case, rule: Rule) -> bool:
    """Tell whether a rule could judge anything in a test."""
    if any(rung.silent for rung in rule.rungs):
        return any(each.what in (What.DIED, What.QUIET, What.BLIND) for each in case.happenings)
    metrics = {metric for rung in rule.rungs for metric in rung.metrics}
    return any(line.metric in metrics for line in case.lines)


def _effort(case: Case) -> int:
    return max((each.at // case.interval for each in case.expectations), default=0)


# ---------------------------------------------------------------- of what a rule is about


def _of_reach(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for role in sorted(rule.roles) if len(rule.roles) > 1 else ():
        yield f"without the role {role}", replace(rule, roles=rule.roles - {role})
    if rule.roles:
        yield "of any role", replace(rule, roles=frozenset())
    for cause in sorted(rule.follows):
        yield f"without following {cause}", replace(rule, follows=rule.follows - {cause})
    if any(case.level is not None and case.attribution is None for rung in rule.rungs for case in rung.cases):
        yield f"people's, not {rule.attribution}", replace(rule, attribution=Attribution.PEOPLE)


def _of_names(names: Names) -> Iterator[tuple[str, Names]]:
    for word, patterns in (("instance", names.like), ("not_instance", names.unlike)):
        for number, pattern in enumerate(patterns):
            others = (*patterns[:number], *patterns[number + 1 :])
            if word == "not_instance":
                yield f"without {word} {pattern!r}", replace(names, unlike=others)
            elif others:
                yield f"without {word} {pattern!r}", replace(names, like=others)


# ---------------------------------------------------------------- of a rung


def _of_rungs(rungs: tuple[Rung, ...]) -> Iterator[tuple[str, tuple[Rung, ...]]]:
    for place, rung in enumerate(rungs):
        name = f"/{place + 1}: " if len(rungs) > 1 else ": "
        for what, changed in _of_rung(rung):
            yield f"{name}{what}", (*rungs[:place], changed, *rungs[place + 1 :])


def _of_rung(rung: Rung) -> Iterator[tuple[str, Rung]]:
    for what, condition in _of_condition(rung.raises):
        yield f"raise {what}", replace(rung, raises=condition)
    for what, span in _of_span(rung.raise_for):
        yield f"raise for {what}", replace(rung, raise_for=span)
    if rung.clears is not None:
        for what, condition in _of_condition(rung.clears):
            if not _overlap(rung.raises, condition):
                yield f"clear {what}", replace(rung, clears=condition)
    for what, span in _of_span(rung.clear_for):
        yield f"clear for {what}", replace(rung, clear_for=span)
    for what, names in _of_names(rung.instances) if rung.metrics else ():
        yield what, replace(rung, instances=names)
    for number, case in enumerate(rung.cases):
        before, after = rung.cases[:number], rung.cases[number + 1 :]
        other = Level.SEVERE if case.level is not Level.SEVERE else Level.DEGRADED
        line = f"level, line {number + 1}" if len(rung.cases) > 1 else "level"
        state = None if case.state is State.OFF else case.state
        whose = Attribution.EQUIPMENT if case.attribution is Attribution.PEOPLE else case.attribution
        changed = replace(case, level=other, state=state, attribution=whose)
        yield (
            f"{line}: {_level(case)} becomes {other}",
            replace(rung, cases=(*before, changed, *after)),
        )
        if case.state is State.UNKNOWN:
            yield f"{line}: is failed, not unknown", replace(rung, cases=(*before, replace(case, state=None), *after))
        if after:
            yield f"{line}: is left out", replace(rung, cases=(*before, *after))
        if len(case.asked) > 1:  # without the only one it would always hold
            for fact in case.asked:
                kept = replace(case, **{fact: None})
                yield f"{line}: without its fact {fact.removesuffix('s')}", replace(rung, cases=(*before, kept, *after))
        if case.condition is not None:
            for what, condition in _of_condition(case.condition):
                kept = replace(case, condition=condition)
                yield f"{line}: if {what}", replace(rung, cases=(*before, kept, *after))


def _of_span(span: timedelta) -> Iterator[tuple[str, timedelta]]:
    step = max(span * SHIFT, _FEWEST)
    yield f"{shown(span)} becomes {shown(span + step)}", span + step
    if span:
        yield f"{shown(span)} becomes {shown(span - step)}", span - step


def _of_condition(condition: Condition) -> Iterator[tuple[str, Condition]]:
    match condition:
        case Test():
            for number, bound in enumerate(condition.bounds):
                for what, moved in _of_bound(bound, exact=condition.operator in _EXACT):
                    bounds = (*condition.bounds[:number], moved, *condition.bounds[number + 1 :])
                    yield f"{condition.operator} {what}", replace(condition, bounds=bounds)
        case All(of=parts) | Any(of=parts) | Neither(of=parts):
            for number, part in enumerate(parts):
                others = (*parts[:number], *parts[number + 1 :])
                for what, changed in _of_condition(part):
                    yield what, replace(condition, of=(*parts[:number], changed, *parts[number + 1 :]))
                if others and not (isinstance(condition, All) and number == 0):
                    yield f"without its part {number + 1}", replace(condition, of=others)
        case Trend(reaches=bound, within=within):
            for what, moved in _of_bound(bound, exact=False):
                yield f"reaches {what}", replace(condition, reaches=moved)
            for what, span in _of_span(within):
                yield f"within {what}", replace(condition, within=span)
        case Rate():
            for number, bound in enumerate(condition.bounds):
                for what, moved in _of_bound(bound, exact=False):
                    bounds = (*condition.bounds[:number], moved, *condition.bounds[number + 1 :])
                    yield f"slope {condition.operator} {what}", replace(condition, bounds=bounds)
            if condition.is_counter:
                yield "slope of no counter", replace(condition, is_counter=False)
        case Count(of=inner, within=within, at_least=times):
            for more in (times - 1, times + 1):
                yield f"{times} times becomes {more}", replace(condition, at_least=more)
            for what, span in _of_span(within):
                yield f"within {what}", replace(condition, within=span)
            for what, changed in _of_condition(inner):
                yield what, replace(condition, of=changed)
        case _:
            return


def _of_bound(bound: Bound, *, exact: bool) -> Iterator[tuple[str, Bound]]:
    if bound.of is not None and bound.times:
        for factor in (1 - SHIFT, 1 + SHIFT):
            yield f"{bound.times:g} times becomes {bound.times * factor:g}", replace(bound, times=bound.times * factor)
    if bound.of is None or bound.plus:
        step = 1.0 if exact else abs(bound.plus) * SHIFT or SHIFT
        for moved in (bound.plus - step, bound.plus + step):
            yield f"{bound.plus:g} becomes {moved:g}", replace(bound, plus=moved)


def _overlap(raises: Condition, clears: Condition) -> bool:
    """Tell whether a plain `clear` reaches into `raise`, which goes before it: such a change changes nothing."""
    onset = raises.of[0] if isinstance(raises, All) else raises
    if not (isinstance(onset, Test) and isinstance(clears, Test)) or onset.subject or clears.subject:
        return False
    high, low = onset.bounds[0], clears.bounds[0]
    if high.of is not None or low.of is not None:
        return False
    if onset.operator in (Operator.ABOVE, Operator.AT_LEAST):
        return low.plus > high.plus
    return onset.operator in (Operator.BELOW, Operator.AT_MOST) and low.plus < high.plus


def _level(case: CaseOfLevel) -> str:
    if case.attribution is Attribution.PEOPLE:
        return "a notice"
    return str(int(case.level)) if case.level is not None else case.state or "none"
