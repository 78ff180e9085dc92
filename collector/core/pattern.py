"""Patterns with names in braces: topics, ways into a JSON document, and templates that are filled with what they find.

`tele/{unit}/SENSOR` is a topic whose second level is anything; `$.sensors.{probe}.value` goes to each sensor there is;
`main:{unit}` is filled with what stands for `unit`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Captures = Mapping[str, str]

NAME: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_DEEPEST: Final = 20
# A list or an object whose every member is asked for may have so many.
_WIDEST: Final = 1000
_STEP: Final = re.compile(r"\.?(?:\[(\d{1,6})\]|\['([^']+)'\]|\[\"([^\"]+)\"\]|\{([a-z_][a-z0-9_]*)\}|([^.\[\]{}]+))")
_UNSAFE: Final = re.compile(r"[^a-z0-9._-]+")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


def names_in(template: str) -> frozenset[str]:
    """Return the names in braces."""
    return frozenset(NAME.findall(template))


def fill(template: str, captures: Captures) -> str | None:
    """Return a template with its names filled in; None where one is not known."""
    if names_in(template) - captures.keys():
        return None
    return NAME.sub(lambda name: captures[name[1]], template)


def as_id(text: str) -> str:
    """Return text as a part of an id: lower case, whatever may not be in one is a dash."""
    return _UNSAFE.sub("-", text.lower()).strip("-._")[:63]


def fill_id(template: str, captures: Captures) -> str | None:
    """Return a device id; None where a name is not known or the outcome is no id."""
    filled = fill(template, {name: as_id(text) for name, text in captures.items()})
    return filled if filled is not None and is_device_id(filled) else None


def is_device_id(text: str) -> bool:
    """Tell whether text is site:agent or site:agent:device."""
    parts = text.split(":")
    return len(parts) in (2, 3) and all(_ID.fullmatch(part) for part in parts)


class TopicPattern:
    """A topic whose levels may be open: `+`, a last `#`, or a name in braces that stands for (a part of) one level."""

    __slots__ = ("_expression", "filter", "names", "text")

    def __init__(self, text: str, *, is_literal: bool = False) -> None:
        """Read a pattern; a literal one is a topic, whatever is in it.

        Raises:
            ValueError: it is none; says why.
        """
        levels = text.split("/")
        found = [] if is_literal else NAME.findall(text)
        if not text or "\0" in text or len(text) > 500:
            raise ValueError("a topic is not empty and has at most 500 letters")
        if levels[0].startswith("$") or levels[0] == "spBv1.0":
            raise ValueError("topics of the broker and of Sparkplug are not for plain devices")
        if is_literal and ("+" in text or "#" in text):
            raise ValueError("a topic has no + and no # in it")
        if not is_literal:
            _check_levels(levels)
        if len(found) != len(set(found)):
            raise ValueError("each name may be there once")
        self.text = text
        self.names = frozenset(found)
        plain = levels if is_literal else ["+" if NAME.search(level) else level for level in levels]
        self.filter = "/".join(plain)
        parts = [re.escape(level) if is_literal else _level(level) for level in levels]
        body = "/".join(parts)
        if not is_literal and levels[-1] == "#":
            body = "/".join(parts[:-1]) + "(?:/.*)?" if len(parts) > 1 else ".*"
        self._expression = re.compile(body, re.DOTALL)

    def match(self, topic: str) -> dict[str, str] | None:
        """Return what stands for the names in a topic; None where it is another topic."""
        found = self._expression.fullmatch(topic)
        return found.groupdict() if found is not None else None


def _check_levels(levels: list[str]) -> None:
    for number, level in enumerate(levels):
        if "#" in level and (level != "#" or number != len(levels) - 1):
            raise ValueError("# may only be the last level, alone")
        if "+" in level and level != "+":
            raise ValueError("+ stands for a whole level; for a part of one give it a name in braces")
        if re.search(r"[{}]", NAME.sub("", level)):
            raise ValueError("a name in braces is of a-z, 0-9 and _, and begins with a letter")


def _level(level: str) -> str:
    if level == "+":
        return "[^/]*"
    parts = NAME.split(level)
    return "".join(f"(?P<{part}>[^/]+)" if number % 2 else re.escape(part) for number, part in enumerate(parts))


@dataclass(frozen=True, slots=True)
class Path:
    """A way into a JSON document: keys, positions, and names that stand for each key (or position) there is."""

    steps: tuple[str | int | tuple[str], ...]  # a tuple holds a name

    @property
    def names(self) -> frozenset[str]:
        return frozenset(step[0] for step in self.steps if isinstance(step, tuple))

    def find(self, document: Any) -> Iterator[tuple[dict[str, str], Any]]:
        """Yield what is there, each with what stands for the names."""
        yield from _find(self.steps, document, {})

    def first(self, document: Any) -> Any:
        """Return the first thing that is there, None where nothing is."""
        return next((value for _, value in self.find(document)), None)


def parse_path(text: str) -> Path:
    """Return the path in text such as `$.sensors.{probe}.value`, `a[0]['b c']` or `$`.

    Raises:
        ValueError: it is none.
    """
    rest = text.strip().removeprefix("$")
    steps: list[str | int | tuple[str]] = []
    at = 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None or len(steps) >= _DEEPEST:
            raise ValueError(f"{text!r} is no path like $.sensors.{{name}}.value or list[0].value")
        number, single, double, name, key = step.groups()
        steps.append(int(number) if number else (name,) if name else single or double or key)
        at = step.end()
    return Path(tuple(steps))


def _find(
    steps: tuple[str | int | tuple[str], ...], value: Any, captures: dict[str, str]
) -> Iterator[tuple[dict[str, str], Any]]:
    if not steps:
        yield captures, value
        return
    step, rest = steps[0], steps[1:]
    if isinstance(step, tuple):
        members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for number, (key, one) in enumerate(members):
            if number >= _WIDEST:
                return
            yield from _find(rest, one, {**captures, step[0]: str(key)})
    elif isinstance(value, dict) and str(step) in value:
        yield from _find(rest, value[str(step)], captures)
    elif isinstance(value, list) and str(step).isdecimal() and int(step) < len(value):
        yield from _find(rest, value[int(step)], captures)


def narrowest(filters: Iterable[str]) -> tuple[str, ...]:
    """Return MQTT filters without those that another one covers: a broker would send their messages twice."""
    wanted = sorted(set(filters))
    wide = [one for one in wanted if "+" in one or "#" in one]
    return tuple(one for one in wanted if not any(other != one and covers(other, one) for other in wide))


def covers(wide: str, narrow: str) -> bool:
    """Tell whether every topic of one filter is one of another."""
    ours, theirs = wide.split("/"), narrow.split("/")
    for number, level in enumerate(ours):
        if level == "#":
            return True
        if number >= len(theirs) or theirs[number] == "#" or (level != "+" and level != theirs[number]):
            return False
    return len(ours) == len(theirs)
