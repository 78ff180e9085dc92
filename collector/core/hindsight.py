"""What the past looks like now that all of it is there. Comes in: a `Question`, what is stored, what is on record.

Goes out: `Found`. The past is judged by the classifier itself, in the order of stamps, as if every reading had come in
time; who came and went is read off the stamps, since births and deaths are not in a backlog. Rules about missing
readings are left out, and those that count for longer than the lead of the past.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collector.core.book import walk
from collector.core.campus import Campus
from collector.core.found import Absence, Found, is_of
from collector.core.late import LEAD, Question
from collector.core.model import Incident, IncidentState, Level
from collector.core.passage import Passage
from collector.core.past import History, Past
from collector.core.phase import Standing
from collector.core.rule import Condition, Count, Kind, Missing, Restarted, Rule, RulePack, Rung
from collector.core.shadow import Shadow


def look_back(
    question: Question, history: History, recorded: Iterable[Incident], *, campus: Campus, rules: RulePack
) -> Found:
    """Return what the past of some agents looks like now; `recorded` are the incidents on record that touch it."""
    past = Past(question, history)
    passage = Passage(past)
    momentary = [rule for rule in rules.rules if any(_is_momentary(rung) for rung in _rungs(rule))]
    moments = {metric for rule in momentary for rung in _rungs(rule) for metric in rung.metrics}
    shadow = Shadow(past, passage, campus=campus, rules=_judging(rules), moments=moments)
    faults = shadow.live_through([one for one in recorded if one.metric])
    return Found(
        question=question,
        faults=(*(one for one in faults if one.metric), *_silences(faults, passage.absences)),
        over_since={one.id: over for one in faults if one.cleared_at is None and (over := shadow.over(one))},
        raising=shadow.standing(Standing.RAISING),
        raised=shadow.standing(Standing.RAISED),
        late=past.late(),
        presence=past.presence(),
        absences=passage.absences,
        states=tuple(shadow.states()),
        momentary={rule.family for rule in momentary},
    )


def _silences(faults: Iterable[Incident], absences: Iterable[Absence]) -> Iterator[Incident]:
    """Walk the silences that are absences; of others, which were seen, the record knows already."""
    for fault in faults:
        own = [one for one in absences if is_of(fault, one)] if not fault.metric else []
        if own:
            least = Level.DEGRADED if all(one.ran_on for one in own) else fault.level
            over = fault.cleared_at or own[-1].until
            yield replace(fault, state=IncidentState.CLEARED, cleared_at=over, level=max(fault.level, least))


# ---------------------------------------------------------------- the rules


def _judging(rules: RulePack) -> RulePack:
    """Return the rules that judge what is known of a past."""
    found = []
    for rule in rules.rules:
        overrides = tuple(replace(one, rungs=_knowing(one.rungs)) for one in rule.overrides)
        if rule.kind not in (Kind.COLLECTOR, Kind.SITE):
            found.append(replace(rule, rungs=_knowing(rule.rungs), overrides=overrides))
    return RulePack(rules=tuple(found))


def _knowing(rungs: Iterable[Rung]) -> tuple[Rung, ...]:
    return tuple(rung for rung in rungs if not any(_asks_too_much(part) for part in _parts(rung)))


def _asks_too_much(part: Condition) -> bool:
    """Tell whether a condition asks for what a past does not tell: too long a count, or what should have been read.

    How far apart the readings of a series come is not known at the beginning of a past: what is read rarely would be
    missed.
    """
    return isinstance(part, Missing) or (isinstance(part, Count) and part.within > LEAD)


def _is_momentary(rung: Rung) -> bool:
    return any(isinstance(part, Restarted) for part in _parts(rung))


def _parts(rung: Rung) -> Iterator[Condition]:
    for condition in (rung.raises, rung.clears):
        if condition is not None:
            yield from walk(condition)


def _rungs(rule: Rule) -> Iterator[Rung]:
    yield from rule.rungs
    for override in rule.overrides:
        yield from override.rungs
