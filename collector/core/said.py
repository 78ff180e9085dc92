"""Conditions and levels in short signs that need no language: `>= 0.95`, `classroom.recording.active of room = 1`."""

from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Final

from collector.core.rule import (
    Absent,
    All,
    Any,
    Booked,
    Bound,
    Condition,
    Count,
    During,
    Missing,
    Neither,
    Operator,
    Quantity,
    Rate,
    Reference,
    Scope,
    Silent,
    Test,
    Trend,
)

SIGNS: Final = {
    Operator.ABOVE: ">",
    Operator.AT_LEAST: ">=",
    Operator.BELOW: "<",
    Operator.AT_MOST: "<=",
    Operator.EQUALS: "=",
    Operator.DIFFERS: "!=",
    Operator.ONE_OF: "in",
}


def said(condition: Condition) -> str:
    """Return a condition in signs."""
    match condition:
        case Test():
            return _test(condition)
        case All(of=parts):
            return " and ".join(_inner(part) for part in parts)
        case Any(of=parts):
            return " or ".join(_inner(part) for part in parts)
        case Neither(of=parts):
            return f"none of ({', '.join(said(part) for part in parts)})"
        case During(contexts=contexts):
            return f"during {' or '.join(sorted(contexts))}"
        case Absent(subject=subject):
            return f"no {_reference(subject)}"
        case Missing(subject=subject):
            return f"{_reference(subject)} missing"
        case Trend(reaches=bound, over=over, within=within):
            return f"reaches {_bound(bound)} within {_span(within)} by the slope of {_span(over)}"
        case Rate(operator=operator, bounds=bounds, over=over, per_s=per_s, is_counter=is_counter):
            limits = ", ".join(map(_bound, bounds))
            what = "growth" if is_counter else "slope"
            return f"{what} of {_span(over)} {SIGNS[operator]} {limits} a {_span(timedelta(seconds=per_s))}"
        case Count(of=inner, within=within, at_least=times):
            return f"{times} times in {_span(within)}: {said(inner)}"
        case Booked():
            return "booked as recorded"
        case Silent():
            return "silent"
        case _:
            return _plain(condition)


def _inner(condition: Condition) -> str:
    return f"({said(condition)})" if isinstance(condition, All | Any) else said(condition)


def _test(test: Test) -> str:
    subject = _reference(test.subject) if test.subject is not None else ""
    subject = f"|{subject or 'it'}|" if test.absolute else subject
    bounds = ", ".join(_bound(bound) for bound in test.bounds)
    bounds = f"({bounds})" if test.operator is Operator.ONE_OF else bounds
    return f"{subject} {SIGNS[test.operator]} {bounds}".strip()


def _bound(bound: Bound) -> str:
    if bound.of is None:
        return f"{bound.plus:g}"
    of = bound.of.value if isinstance(bound.of, Quantity) else _reference(bound.of)
    times = "" if bound.times == 1 else f"{bound.times:g} x "
    plus = f" {bound.plus:+g}" if bound.plus else ""
    return f"{times}{of}{plus}"


def _reference(reference: Reference) -> str:
    instance = f"[{reference.instance}]" if reference.instance else ""
    return f"{reference.metric}{instance}{' of room' if reference.scope is Scope.ROOM else ''}"


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _plain(condition: object) -> str:
    """Return what a condition is called, with what it holds: for those that have no sign of their own."""
    name = type(condition).__name__
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    if not is_dataclass(condition):
        return words
    held = ", ".join(f"{field.name} {getattr(condition, field.name)}" for field in fields(condition))
    return f"{words} ({held})" if held else words
