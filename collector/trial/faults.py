"""Whether incidents and notices are as a test expects them, and which overrides of rules have a say in it.

Comes in: what is expected, and what a world keeps. Goes out: what differs, in words.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from collector.core.model import Incident, IncidentState, Notice, is_node
from collector.core.rule import Override, Rule, RulePack
from collector.trial.case import Case, IncidentIs, NoticeIs, shown
from collector.trial.world import Kept

W = TypeVar("W")
F = TypeVar("F")


class Faults:
    """Compares what is expected with what is kept; times are counted from `start`."""

    def __init__(self, kept: Kept, rules: RulePack, start: datetime) -> None:
        self._kept = kept
        self._rules = rules
        self._start = start

    def compare(self, wanted: Sequence[NoticeIs], found: Sequence[Incident | Notice], *, noun: str) -> Iterator[str]:
        """Give what differs: all that are open are expected, and of those that are over the ones that are named."""
        standing = [each for each in found if each.state is IncidentState.OPEN]
        over = [each for each in found if each.state is IncidentState.CLEARED]
        now_open = [each for each in wanted if each.cleared is None]
        if not matching(now_open, standing, self._is):
            words = "; ".join(map(_wanted, now_open)) or f"no {noun}"
            there = "; ".join(map(self._found, standing)) or "none"
            yield f"expected {words}; found {there}{self._changed([*now_open, *standing])}"
        for each in wanted:
            if each.cleared is not None and not any(self._is(each, other) for other in over):
                words = "; ".join(map(self._found, over)) or "none"
                at = shown(each.cleared)
                yield f"expected {_wanted(each)}, cleared at {at}; found {words}{self._changed([each, *over])}"

    def _is(self, wanted: NoticeIs, found: Incident | Notice) -> bool:
        return (
            wanted.rule == found.rule
            and wanted.device in (None, found.device)
            and wanted.room in (None, found.room)
            and wanted.instance in (None, found.instance)
            and (wanted.onset is None or self._start + wanted.onset == found.onset_at)
            and (wanted.cleared is None or self._start + wanted.cleared == found.cleared_at)
            and (wanted.override is None or wanted.override == getattr(self._override(found), "why", ""))
            and (not isinstance(found, Incident) or self._is_incident(wanted, found))
        )

    def _is_incident(self, wanted: NoticeIs, found: Incident) -> bool:
        if not isinstance(wanted, IncidentIs):
            return True
        cause = self._kept.incidents.get(found.cause) if found.cause is not None else None
        return (
            wanted.level in (None, found.level)
            and wanted.attribution in (None, found.attribution)
            and (wanted.cause is None or (cause is not None and cause.rule == wanted.cause))
        )

    def _override(self, found: Incident | Notice) -> Override | None:
        """Return the override by which a fault is judged."""
        rule, health = self._rules.rule(found.rule), self._kept.health.get(found.device)
        return rule.override_at(health.device, found.instance) if rule is not None and health is not None else None

    def _found(self, found: Incident | Notice) -> str:
        level = f" {int(found.level)}" if isinstance(found, Incident) else ""
        parts = [f"{found.rule}{level}", found.device]
        if found.instance:
            parts.append(f"[{found.instance}]")
        parts.append(f"since {shown(found.onset_at - self._start)}")
        if found.cleared_at is not None:
            parts.append(f"cleared at {shown(found.cleared_at - self._start)}")
        override = self._override(found)
        return " ".join(parts) + (f", overridden in {override.said}" if override is not None else "")

    def _changed(self, faults: Sequence[NoticeIs | Incident | Notice]) -> str:
        """Return which overrides change the rules of faults that are not there: a rule may be off, or wait longer."""
        seen = {fault.rule for fault in faults if not isinstance(fault, NoticeIs)}
        rules = [self._rules.rule(name) for name in dict.fromkeys(fault.rule for fault in faults) if name not in seen]
        said = [
            f"; {rule.id} has another form ({', '.join(override.changes)}) in {override.said}"
            for rule in rules
            if rule is not None
            for override in rule.overrides
            if any(override.place.covers_some(health.device) for health in self._kept.health.values())
        ]
        return "".join(said)


def overrides_used(case: Case, rules: RulePack, kept: Kept) -> Iterator[str]:
    """Give the overrides that held for what a test reads, or for silence: "file:line:column (why)"."""
    for rule in rules.rules:
        if rule.overrides:
            for health in kept.health.values():
                device = health.device
                if rule.is_for(device.role, agent=is_node(device.id)):
                    for instance in _instances(case, rule, device.id):
                        override = rule.override_at(device, instance)
                        if override is not None:
                            yield override.said


def _instances(case: Case, rule: Rule, device: str) -> set[str]:
    metrics = {metric for rung in rule.rungs for metric in rung.metrics}
    read = {line.instance for line in case.lines if line.device == device and line.metric in metrics}
    return read | ({""} if any(rung.silent for rung in rule.rungs) else set())


def matching(wanted: Sequence[W], found: Sequence[F], fits: Callable[[W, F], bool]) -> bool:
    """Tell whether each of the wanted can be given one of the found, and none is left over."""
    if len(wanted) != len(found):
        return False
    if not wanted:
        return True
    first, *others = wanted
    return any(
        fits(first, each) and matching(others, [*found[:number], *found[number + 1 :]], fits)
        for number, each in enumerate(found)
    )


def _wanted(wanted: NoticeIs) -> str:
    level = f" {int(wanted.level)}" if isinstance(wanted, IncidentIs) and wanted.level is not None else ""
    parts = [f"{wanted.rule}{level}"]
    parts += [wanted.device] if wanted.device else []
    parts += [f"in {wanted.room}"] if wanted.room else []
    parts += [f"[{wanted.instance}]"] if wanted.instance else []
    parts += [f"since {shown(wanted.onset)}"] if wanted.onset is not None else []
    if isinstance(wanted, IncidentIs):
        parts += [f"because of {wanted.cause}"] if wanted.cause is not None else []
        parts += [f"of {wanted.attribution}"] if wanted.attribution is not None else []
    if wanted.override is not None:
        parts.append(f"by the override {wanted.override!r}" if wanted.override else "by no override")
    return " ".join(parts)
