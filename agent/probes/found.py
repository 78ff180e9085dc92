"""What a program or a web address printed, taken apart. In: text in one of three formats. Out: values with their paths.

- `json`: one document, or one a line. A path is keys and positions joined by dots: `disks.0.temperature`.
- `influx`: InfluxDB line protocol. A path is `measurement.field`; tags are beside it.
- `nagios`: performance data of a monitoring plug-in. A path is a label.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wire.line_protocol import LineError, lines_of

MOST_VALUES: Final = 5000
_DEEPEST: Final = 20
# Monitoring Plugins Development Guidelines, "Performance data": unit of measure -> factor, UCUM.
_UNITS: Final[Mapping[str, tuple[float, str]]] = {
    "": (1.0, "1"),
    "s": (1.0, "s"),
    "ms": (1e-3, "s"),
    "us": (1e-6, "s"),
    "%": (0.01, "1"),
    "c": (1.0, "1"),
    "b": (1.0, "By"),
    "kb": (1024.0, "By"),
    "mb": (1024.0**2, "By"),
    "gb": (1024.0**3, "By"),
    "tb": (1024.0**4, "By"),
    "kib": (1024.0, "By"),
    "mib": (1024.0**2, "By"),
    "gib": (1024.0**3, "By"),
    "tib": (1024.0**4, "By"),
}
_PERFORMANCE: Final = re.compile(
    r"(?:'((?:[^']|'')+)'|([^\s='|]+))=(-?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?|U)([A-Za-z%]{0,3})(?:;[^\s']*)?(?=\s|$)"
)


class Unreadable(ValueError):
    """A text is not in the format that it should be in; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One value. `beside` is what stands beside it: other keys of its object, or the tags of its line."""

    path: str
    value: float | bool | str
    unit: str = ""  # UCUM, where the format tells one
    beside: Mapping[str, Any] = field(default_factory=dict)


def found_in(text: str, how: str) -> list[Found]:
    """Return the values in a text.

    Raises:
        Unreadable: it is not what it should be, or has too many values.
    """
    found = []
    for value in {"json": _json, "influx": _influx, "nagios": _nagios}[how](text):
        found.append(value)
        if len(found) > MOST_VALUES:
            raise Unreadable(f"there are more than {MOST_VALUES} values in it")
    return found


def _json(text: str) -> Iterator[Found]:
    text = text.strip()
    if not text:
        raise Unreadable("it prints nothing")
    try:
        documents = [json.loads(text)]
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            if len(lines) < 2:
                raise ValueError from error
            documents = [[json.loads(line) for line in lines]]
        except (ValueError, RecursionError):
            raise Unreadable(f"it prints no JSON: {text[:60]!r}") from error
    yield from _leaves("", documents[0], {}, 0)


def _leaves(path: str, value: Any, beside: Mapping[str, Any], depth: int) -> Iterator[Found]:
    if depth > _DEEPEST:
        raise Unreadable("its JSON is too deep")
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), one, value, depth + 1)
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from _leaves(f"{path}.{n}" if path else str(n), one, beside, depth + 1)
    elif isinstance(value, (bool, int, float, str)):
        yield Found(path=path, value=value, beside=beside)


def _influx(text: str) -> Iterator[Found]:
    is_empty = True
    try:
        # A line's time is not used: a reading is of now.
        for line in lines_of(text):
            is_empty = False
            for name, value in line.fields.items():
                yield Found(path=f"{line.measurement}.{name}", value=value, beside=line.tags)
    except LineError as error:
        raise Unreadable(str(error)) from error
    if is_empty:
        raise Unreadable("it prints no line of InfluxDB's line protocol")


def _nagios(text: str) -> Iterator[Found]:
    # "text | data", then long text, then "| more data": whatever stands after a bar, up to where text begins again.
    first, _, rest = text.partition("\n")
    _, _, data = first.partition("|")
    _, _, more = rest.partition("|")
    for one in _PERFORMANCE.finditer(f"{data} {more}"):
        if one[3] == "U":
            continue
        factor, unit = _UNITS.get(one[4].lower(), (1.0, one[4]))
        label = (one[1] or "").replace("''", "'") or one[2]
        yield Found(path=label, value=float(one[3].replace(",", ".")) * factor, unit=unit)
