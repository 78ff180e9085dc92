"""Spans of time as requests give them; every mistake of one is told at once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from collector.api.problems import bad_request
from collector.api.schemas.base import Mistake

MOST_POINTS: Final = 5000
MOST_RAW: Final = 100_000
RAW: Final = "raw"
_USUAL: Final = timedelta(hours=1)
_LONGEST: Final = timedelta(days=3660)
_LONGEST_RAW: Final = timedelta(days=8)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """[start, end); `points` None: each reading."""

    start: datetime
    end: datetime
    points: int | None = None


def read_span(start: str | None, end: str | None, points: str, *, now: datetime) -> Span:
    """Return the span of a request.

    Raises:
        ProblemError: 400, with every mistake.
    """
    mistakes: list[Mistake] = []
    number = _points(points, mistakes)
    until = _instant("to", end, mistakes) if end is not None else now
    since = _instant("from", start, mistakes) if start is not None else until - _USUAL if until else None
    if since is not None and until is not None:
        longest = _LONGEST_RAW if number is None else _LONGEST
        if until <= since:
            mistakes.append(Mistake(where="to", what=f"must be after from: {_text(until)} is not after {_text(since)}"))
        elif until - since > longest:
            what = f"the span is {(until - since).days} days long; at most {longest.days} are answered at once"
            mistakes.append(Mistake(where="from", what=what))
    if mistakes or since is None or until is None:
        raise bad_request(mistakes)
    return Span(start=since, end=until, points=number)


def read_instants(start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    """Return an open-ended span.

    Raises:
        ProblemError: 400, with every mistake.
    """
    mistakes: list[Mistake] = []
    since = _instant("from", start, mistakes) if start is not None else None
    until = _instant("to", end, mistakes) if end is not None else None
    if since is not None and until is not None and until <= since:
        mistakes.append(Mistake(where="to", what=f"must be after from: {_text(until)} is not after {_text(since)}"))
    if mistakes:
        raise bad_request(mistakes)
    return since, until


def _points(text: str, mistakes: list[Mistake]) -> int | None:
    if text == RAW:
        return None
    if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= MOST_POINTS:
        return int(text)
    mistakes.append(Mistake(where="points", what=f"is {text[:40]!r}; give `raw`, or a number from 1 to {MOST_POINTS}"))
    return 1


def _instant(where: str, text: str, mistakes: list[Mistake]) -> datetime | None:
    # A `+` that was not escaped arrives as a space.
    written = f"{text[:-6]}+{text[-5:]}" if len(text) > 6 and text[-6] == " " else text
    try:
        at = datetime.fromisoformat(written)
        if at.tzinfo is None:
            mistakes.append(Mistake(where=where, what=f"{text[:60]!r} does not say its offset; end it with Z for UTC"))
            return None
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        mistakes.append(Mistake(where=where, what=f"{text[:60]!r} is no time; write it like 2026-11-22T08:30:00Z"))
        return None
    if not _EARLIEST <= at <= _LATEST:
        mistakes.append(Mistake(where=where, what=f"{text[:60]!r} is out of range"))
        return None
    return at


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
