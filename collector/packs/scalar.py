"""Readers of single values: text, ids, numbers, durations, choices, spans of the day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from math import isfinite
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from collector.packs.document import Cursor
from collector.packs.shape import Json

E = TypeVar("E", bound=StrEnum)

ID_PATTERN = "[a-z0-9][a-z0-9._-]{0,62}"
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d)(?![a-z])\s*")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def _plain(cursor: Cursor, what: str) -> str:
    if cursor.scalar is None or cursor.kind not in ("text", "a number", "a date"):
        cursor.refuse(f"must be {what}, is {cursor.kind}" + ("; put it in quotes" if cursor.scalar else ""))
    return cursor.scalar


@dataclass(frozen=True, slots=True)
class Text:
    """Text of one line or several; not empty unless `empty`. Numbers are taken as they are written."""

    empty: bool = False

    def read(self, cursor: Cursor) -> str:
        text = _plain(cursor, "text").strip()
        if not text and not self.empty:
            cursor.refuse("must not be empty")
        return text

    def schema(self) -> Json:
        text: Json = {"type": "string"} if self.empty else {"type": "string", "minLength": 1}
        return text


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text that matches a regular expression as a whole; `what` says in words what it must be."""

    pattern: str
    what: str

    def read(self, cursor: Cursor) -> str:
        text = _plain(cursor, self.what)
        if not re.fullmatch(self.pattern, text):
            cursor.refuse(f"must be {self.what}, is {text!r}")
        return text

    def schema(self) -> Json:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


def identifier() -> Pattern:
    """Read an id as `INTERFACE` defines it."""
    return Pattern(ID_PATTERN, "an id (a-z 0-9 . _ -, at most 63, first a letter or digit)")


def device_id() -> Pattern:
    """Read a device id: site:agent or site:agent:device."""
    return Pattern(f"{ID_PATTERN}(?::{ID_PATTERN}){{1,2}}", "a device id like site:agent or site:agent:device")


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number within bounds; whole when `whole`."""

    low: float | None = None
    high: float | None = None
    whole: bool = False

    def read(self, cursor: Cursor) -> float:
        if cursor.kind != "a number" or cursor.scalar is None:
            cursor.refuse(f"must be a number, is {cursor.kind}")
        try:
            value = float(cursor.scalar.replace("_", ""))
        except ValueError:
            cursor.refuse(f"must be a plain number, is {cursor.scalar!r}")
        if not isfinite(value):
            cursor.refuse("must be a finite number")
        if self.whole and not value.is_integer():
            cursor.refuse("must be a whole number")
        if self.low is not None and value < self.low:
            cursor.refuse(f"must be at least {self.low:g}")
        if self.high is not None and value > self.high:
            cursor.refuse(f"must be at most {self.high:g}")
        return value

    def schema(self) -> Json:
        number: Json = {"type": "integer" if self.whole else "number"}
        if self.low is not None:
            number["minimum"] = self.low
        if self.high is not None:
            number["maximum"] = self.high
        return number


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def read(self, cursor: Cursor) -> bool:
        if cursor.kind != "true or false" or cursor.scalar is None:
            cursor.refuse(f"must be true or false, is {cursor.kind}")
        return cursor.scalar.lower() in ("true", "yes", "on", "y")

    def schema(self) -> Json:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Yes:
    """The word true and nothing else: the key is a statement."""

    def read(self, cursor: Cursor) -> bool:
        if not Flag().read(cursor):
            cursor.refuse("must be true; leave the key out where it is not")
        return True

    def schema(self) -> Json:
        return {"const": True}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time with its unit: `30 s`, `5 min`, `1 h 30 min`, `2 d`."""

    def read(self, cursor: Cursor) -> timedelta:
        text = _plain(cursor, "a duration like 30 s, 5 min, 2 h or 1 d")
        at, seconds = 0, 0.0
        while at < len(text) and (part := _DURATION.match(text, at)):
            seconds += float(part[1]) * _SECONDS[part[2]]
            at = part.end()
        if not text.strip() or at < len(text):
            cursor.refuse(f"must be a duration like 30 s, 5 min, 2 h or 1 d, is {text!r}")
        if seconds > 10 * 366 * 86400:
            cursor.refuse("is longer than ten years")
        return timedelta(seconds=seconds)

    def schema(self) -> Json:
        return {"type": "string", "pattern": r"^(\s*\d+(\.\d+)?\s*(s|min|m|h|d)\s*)+$"}


@dataclass(frozen=True, slots=True)
class Choice(Generic[E]):
    """One of a closed set."""

    of: type[E]

    def read(self, cursor: Cursor) -> E:
        text = cursor.scalar
        if text is None or text not in self.of._value2member_map_:
            cursor.refuse(f"must be one of {', '.join(self.of)}, is {text if text is not None else cursor.kind}")
        return self.of(text)

    def schema(self) -> Json:
        return {"enum": [member.value for member in self.of]}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these words."""

    words: Sequence[str]

    def read(self, cursor: Cursor) -> str:
        if cursor.scalar is None or cursor.scalar not in self.words:
            cursor.refuse(f"must be one of {', '.join(self.words)}, is {cursor.scalar or cursor.kind}")
        return cursor.scalar

    def schema(self) -> Json:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class TimeZone:
    """A zone of the tz database."""

    def read(self, cursor: Cursor) -> ZoneInfo:
        name = _plain(cursor, "a time zone like Asia/Shanghai")
        if name not in available_timezones():
            cursor.refuse(f"must be a time zone like Asia/Shanghai, is {name!r}")
        return ZoneInfo(name)

    def schema(self) -> Json:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class DaySpans:
    """Spans of one day's local time, `08:00-12:00, 13:30-22:00`; 24:00 is the day's end (time.max here)."""

    def read(self, cursor: Cursor) -> tuple[tuple[time, time], ...]:
        spans: list[tuple[time, time]] = []
        for part in _plain(cursor, "hours like 08:00-22:00").split(","):
            match = _SPAN.fullmatch(part.strip())
            if not match:
                cursor.refuse(f"must be hours like 08:00-22:00, is {part.strip()!r}")
            start, end = _clock(cursor, match[1], match[2]), _clock(cursor, match[3], match[4])
            if end <= start:
                cursor.refuse(f"{part.strip()!r} ends before it starts; split it at midnight")
            if spans and start < spans[-1][1]:
                cursor.refuse(f"{part.strip()!r} begins before the span before it ends")
            spans.append((start, end))
        return tuple(spans)

    def schema(self) -> Json:
        span = r"\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}\s*"
        return {"type": "string", "pattern": f"^{span}(,{span})*$"}


def _clock(cursor: Cursor, hour: str, minute: str) -> time:
    if (int(hour), int(minute)) == (24, 0):
        return time.max
    if int(hour) > 23 or int(minute) > 59:
        cursor.refuse(f"{hour}:{minute} is no time of day")
    return time(int(hour), int(minute))
