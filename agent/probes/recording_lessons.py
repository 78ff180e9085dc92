"""When lessons are. In: a timetable file. Out: lessons that are booked as recorded.

The file is JSON, `{"lessons": [{"start": "2026-11-23T08:00:00+08:00", "end": "...", "recorded": true}]}`, or iCalendar.
What recurs in an iCalendar file is worked out by a child process, because the libraries for it take as much memory as
the whole agent; they come with `roomtone[collector]`.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from agent.errors import ProbeError
from agent.media.child import Child

log = logging.getLogger("agent.media")

_MOST_BYTES: Final = 16 << 20
_MOST_LESSONS: Final = 20_000
_BACK: Final = timedelta(days=2)
_AHEAD: Final = timedelta(days=2)
_AGAIN_S: Final = 6 * 3600.0
_DEADLINE_S: Final = 60.0
_CPU_LIMIT_S: Final = 30.0


@dataclass(frozen=True, slots=True, order=True)
class Lesson:
    """A lesson that is booked as recorded, in seconds since 1970."""

    start_s: float
    end_s: float


def lessons_of(text: str) -> list[Lesson]:
    """Return the recorded lessons of a JSON timetable, in order.

    Raises:
        ValueError: it is none; the text says where and why.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from error
    rows = document.get("lessons") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise ValueError('must be {"lessons": [...]}')
    lessons = []
    for number, row in enumerate(rows[:_MOST_LESSONS]):
        if not isinstance(row, dict):
            raise ValueError(f"lessons[{number}]: must be an object with start, end and recorded")
        start, end = (_instant(row.get(name), f"lessons[{number}].{name}") for name in ("start", "end"))
        if end <= start:
            raise ValueError(f"lessons[{number}]: ends before it begins")
        if row.get("recorded", True):
            lessons.append(Lesson(start, end))
    return sorted(lessons)


def _instant(value: Any, where: str) -> float:
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: must be a time as 2026-11-23T08:00:00+08:00, not {value!r}") from error
    if instant.tzinfo is None:
        raise ValueError(f"{where}: {value!r} needs its offset from UTC, as in +08:00")
    return instant.timestamp()


class Timetable:
    """The lessons of a file, read again when it changes; while it is bad, the last good ones stay."""

    def __init__(self, file: Path, *, start_child: Callable[..., Child] = Child) -> None:
        self._file = file
        self._start_child = start_child
        self._lessons: list[Lesson] = []
        self._read: tuple[int, int] | None = None
        self._read_s = float("-inf")
        self._child: Child | None = None
        self._said = ""

    def at(self, now: datetime, mono_s: float) -> list[Lesson]:
        """Return the lessons of these days, in order. A calendar that has just changed may show a step later."""
        try:
            self._refresh(now, mono_s)
        except (OSError, ValueError, ProbeError) as error:
            self._say(str(error))
        return self._lessons

    def _refresh(self, now: datetime, mono_s: float) -> None:
        if self._child is not None:
            done = self._child.poll()
            if done is None:
                return
            self._child = None
            if done.code != 0:
                raise ValueError((done.log.strip().splitlines() or ["the calendar took too long"])[-1])
            self._lessons, self._said = lessons_of(done.output), ""
        stat = self._file.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        is_calendar = self._file.suffix.lower() in (".ics", ".ical")
        # A calendar's lessons were worked out for some days only.
        if stamp == self._read and not (is_calendar and mono_s - self._read_s > _AGAIN_S):
            return
        self._read, self._read_s = stamp, mono_s
        if stat.st_size > _MOST_BYTES:
            raise ValueError(f"is larger than {_MOST_BYTES >> 20} MiB")
        if is_calendar:
            span = [(now - _BACK).isoformat(), (now + _AHEAD).isoformat()]
            words = [sys.executable, "-m", "agent.media.ical", str(self._file), *span]
            self._child = self._start_child(words, deadline_s=_DEADLINE_S, cpu_limit_s=_CPU_LIMIT_S)
        else:
            self._lessons, self._said = lessons_of(self._file.read_text("utf-8-sig")), ""

    def _say(self, what: str) -> None:
        if what != self._said:
            self._said = what
            log.warning("%s: %s", self._file, what)


def current(lessons: Iterable[Lesson], now_s: float) -> Lesson | None:
    """Return the lesson that is on, the one that began last where two overlap."""
    return max((lesson for lesson in lessons if lesson.start_s <= now_s < lesson.end_s), default=None)


def last_ended(lessons: Iterable[Lesson], now_s: float) -> Lesson | None:
    """Return the lesson that ended last."""
    ended = (lesson for lesson in lessons if lesson.end_s <= now_s)
    return max(ended, key=lambda lesson: lesson.end_s, default=None)
