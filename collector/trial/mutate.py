"""Which thresholds, times, guards and levels of the rules no test notices. Comes in: rules and their tests.

Each number of a rule is moved a little both ways, each guard and each line of a level table is left out, each level is
made another one; the tests that touch the rule are then to fail. What still passes is a survivor.
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
    Neither,
    Operator,
    Rate,
    Rule,
    RulePack,
    Rung,
    Test,
    Trend,
)
from collector.core.rule import Case as CaseOfLevel
from collector.trial.case import Case, What
from collector.trial.run import failures, shown

SHIFT: Final = 0.05  # of a threshold or a time
_FEWEST: Final = timedelta(seconds=1)
_EXACT: Final = frozenset({Operator.EQUALS, Operator.DIFFERS, Operator.ONE_OF})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A change of one thing in one rung, in words, and the rung as it then is."""

    rule: str
    what: str
    place: int  # of the rung within its rule
    rung: Rung


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Give every small change of a rule; of one that nothing can be seen of, none."""
    cases = [case for rung in rule.rungs for case in rung.cases]
    noticed = rule.attribution is Attribution.PEOPLE or any(case.attribution is Attribution.PEOPLE for case in cases)
    if not noticed and all(case.level is None and case.state is None for case in cases):
        return
    for place, rung in enumerate(rule.rungs):
        for what, changed in _of_rung(rung):
            name = rule.id if len(rule.rungs) == 1 else f"{rule.id}/{place + 1}"
            yield Mutant(rule=rule.id, what=f"{name}: {what}", place=place, rung=changed)


def survivors(pack: RulePack, cases: Sequence[Case], agreements: Mapping[str, Agreement]) -> Iterator[Mutant]:
    """Give the changes that no test notices. The tests must pass as they are."""
    for rule in pack.rules:
        touching = sorted((case for case in cases if touches(case, rule)), key=_effort)
        for mutant in mutants(rule):
            rungs = tuple(mutant.rung if n == mutant.place else rung for n, rung in enumerate(rule.rungs))
            changed = replace(rule, rungs=rungs)
            mutated = RulePack(rules=tuple(changed if other is rule else other for other in pack.rules))
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


# ---------------------------------------------------------------- of a rung


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
