"""The notation of series in rule tests, promtool's: `0x3 2+1x10 _x2 stale`.

| written | values |
|---|---|
| `a` | a |
| `axn` | a, and n times again |
| `a+bxn`, `a-bxn` | a, a+b, ... a+b*n; the same downwards |
| `_`, `_xn` | nothing is read; n times |
| `stale` | nothing is read until the series is stale |
"""

import re
from typing import Final

STALE_READINGS: Final = 4  # three intervals without a reading, and the moment after them
MOST: Final = 100_000

_NUMBER: Final = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_RUN: Final = re.compile(rf"({_NUMBER})(?:([+-]\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|[+-]\.\d+))?(?:x(\d+))?")
_GAP: Final = re.compile(r"_(?:x(\d+))?")
_WORD: Final = re.compile(r"\S+")
PATTERN: Final = r"^\s*(\S+\s*)+$"


class NotationError(Exception):
    """The text is no series. `at` is where in it, from 0."""

    def __init__(self, at: int, what: str) -> None:
        super().__init__(what)
        self.at = at


def parse_series(text: str) -> tuple[float | None, ...]:
    """Return the values that a text in the notation stands for, None where nothing is read.

    Raises NotationError.
    """
    values: list[float | None] = []
    for word in _WORD.finditer(text):
        values.extend(_values(word[0], word.start()))
        if len(values) > MOST:
            raise NotationError(word.start(), f"makes more than {MOST} values")
    if not values:
        raise NotationError(0, "is no series; write values like 0x3 2x10")
    return tuple(values)


def _values(word: str, at: int) -> list[float | None]:
    if word == "stale":
        return [None] * STALE_READINGS
    if gap := _GAP.fullmatch(word):
        return [None] * _count(gap[1] or "1", at)
    run = _RUN.fullmatch(word)
    if run is None:
        raise NotationError(at, f"{word!r} is none of a, axn, a+bxn, a-bxn, _, _xn, stale")
    first, step = float(run[1]), run[2]
    if step is not None and run[3] is None:
        raise NotationError(at, f"{word!r} lacks how often: {word}x3")
    return [first + float(step or 0) * number for number in range(_count(run[3] or "0", at) + 1)]


def _count(text: str, at: int) -> int:
    if len(text) > 6 or int(text) > MOST:
        raise NotationError(at, f"makes more than {MOST} values")
    return int(text)
