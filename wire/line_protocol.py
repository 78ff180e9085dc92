"""InfluxDB line protocol, as Telegraf and many scripts print it. Comes in: text. Goes out: its lines, taken apart.

Source: InfluxDB documentation, "Line protocol reference": measurement[,tag=value] field=value[,field=value] [time].
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from wire.errors import WireError

# Unescaped blanks part measurement and tags, fields, and a time.
_LINE: Final = re.compile(r"((?:\\.|[^\s\\])+)\s+((?:\"(?:\\.|[^\"\\])*\"|\\.|[^\s\"\\])+)(?:\s+(-?\d+))?$")
_FIELD: Final = re.compile(r'((?:\\.|[^=,\s\\])+)=("(?:\\.|[^"\\])*"|[^,\s"]+)')
_COMMA: Final = re.compile(r"(?<!\\),")
_EQUALS: Final = re.compile(r"(?<!\\)=")
_ESCAPED: Final = re.compile(r"\\([,= \"\\])")


class LineError(WireError):
    """A text is no line protocol; says where it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. `time` is as it stands there: its unit is whatever sender and receiver have agreed on."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, float | bool | str] = field(default_factory=dict)
    time: int | None = None


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of a text; empty ones and comments are left out.

    Raises:
        LineError: a line is none.
    """
    for line in text.splitlines():
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield _line(stripped)


def _line(line: str) -> Line:
    parts = _LINE.match(line)
    if parts is None:
        raise LineError(f"this is no line of InfluxDB's line protocol: {line[:60]!r}")
    head = _COMMA.split(parts[1])
    fields = list(_FIELD.finditer(parts[2]))
    if ",".join(f[0] for f in fields) != parts[2]:
        raise LineError(f"this is no line of InfluxDB's line protocol: {line[:60]!r}")
    return Line(
        measurement=_plain(head[0]),
        tags=dict(pair for tag in head[1:] if (pair := _tag(tag))),
        fields={_plain(one[1]): _value(one[2]) for one in fields},
        time=int(parts[3]) if parts[3] and len(parts[3]) <= 20 else None,
    )


def _tag(tag: str) -> tuple[str, str] | None:
    parts = _EQUALS.split(tag, maxsplit=1)
    return (_plain(parts[0]), _plain(parts[1])) if len(parts) == 2 else None


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _value(text: str) -> float | bool | str:
    if text.startswith('"'):
        return _plain(text[1:-1])
    if text.lower() in ("t", "true", "f", "false"):
        return text.lower().startswith("t")
    try:
        return float(text[:-1] if text[-1] in "iu" else text)
    except ValueError:
        raise LineError(f"{text[:60]!r} is no value of InfluxDB's line protocol") from None
