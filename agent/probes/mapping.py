"""Which metrics found values are. In: what was found, and `value` tables. Out: readings, and what could not be mapped.

Without tables: JSON objects with `metric` and `value` (as `roomtone agent once --json` prints) and lines whose
measurement is a metric's name are taken as they are; other numbers become metrics of their own, named after the probe.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from agent.probe_tables import ValueTable
from agent.probes.found import Found
from agent.reading import Reading
from wire.catalogue import CATALOGUE

_TEMPLATE: Final = re.compile(r"\{([^{}]+)\}")
_INDEX: Final = re.compile(r"\[(\d+|\*)\]")


class Mapping:
    """The `value` tables of one probe, ready to use."""

    def __init__(self, name: str, how: str, tables: Sequence[ValueTable]) -> None:
        self._name = name
        self._how = how
        self._tables = [(table, _pattern(table.path)) for table in tables]

    def readings(self, found: Sequence[Found], troubles: list[str]) -> list[Reading]:
        """Return the readings in what was found; what is wrong with the rest is added to `troubles`."""
        if not self._tables:
            return list(self._as_they_are(found))
        readings: list[Reading] = []
        for table, pattern in self._tables:
            is_there = False
            for one in found:
                matched = pattern.fullmatch(one.path)
                if matched is None:
                    continue
                is_there = True
                reading = _reading(table, one, matched.groups())
                if isinstance(reading, str):
                    troubles.append(reading)
                else:
                    readings.append(reading)
            if not is_there:
                troubles.append(f"there is no {table.path!r} in it")
        return readings

    def _as_they_are(self, found: Iterable[Found]) -> Iterator[Reading]:
        for one in found:
            if isinstance(one.value, str):
                continue
            value = float(one.value)
            if self._how == "nagios":
                yield Reading(f"nagios.{self._name}", value, one.path, "", one.unit)
            elif self._how == "influx":
                measurement, _, last = one.path.rpartition(".")
                instance = one.beside.get("instance") or ":".join(str(one.beside[tag]) for tag in sorted(one.beside))
                yield Reading(measurement if last == "value" else one.path, value, instance)
            elif not isinstance(one.beside.get("metric"), str):
                yield Reading(f"{self._name}.{one.path}", value)
            elif one.path.rpartition(".")[2] == "value":
                yield Reading(
                    one.beside["metric"], value, _text(one.beside.get("instance")), "", _text(one.beside.get("unit"))
                )


def _pattern(path: str) -> re.Pattern[str]:
    """Return what a path matches: `*` is one part of it, `**` any number of them, `[0]` the same as `.0`."""
    plain = _INDEX.sub(r".\1", path.removeprefix("$.").removeprefix("$")).lstrip(".")
    parts = re.split(r"(\*\*|\*)", plain)
    return re.compile("".join({"*": r"([^.]*)", "**": r"(.*)"}.get(part, re.escape(part)) for part in parts))


def _reading(table: ValueTable, one: Found, captured: Sequence[str]) -> Reading | str:
    value = _number(table, one.value)
    if value is None:
        return f"{one.path!r} is {str(one.value)[:40]!r}, which is no number; values can name one for it"
    missing: list[str] = []

    def fill(found: re.Match[str]) -> str:
        key = found[1]
        if key.isdecimal() and 1 <= int(key) <= len(captured):
            return captured[int(key) - 1]
        text = one.beside.get(key)
        if isinstance(text, (str, int, float)):
            return str(text)
        missing.append(key)
        return ""

    instance = _TEMPLATE.sub(fill, table.instance)
    if missing:
        return f"there is no {missing[0]!r} beside {one.path!r}"
    # A catalogue metric has its own unit; a format's unit helps those that have none.
    unit = table.unit or ("" if table.metric in CATALOGUE else one.unit)
    return Reading(table.metric, value * table.scale if table.scale != 1 else value, instance, "", unit)


def _number(table: ValueTable, value: float | bool | str) -> float | None:
    for pair in table.values:
        text, _, number = pair.rpartition("=")
        if str(value).strip().casefold() == text.strip().casefold():
            return float(number)
    try:
        return float(value)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
