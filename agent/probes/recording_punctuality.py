"""Did the recorder keep to the timetable? In: lessons and takes. Out: how late it began, and how much it recorded."""

from collections.abc import Iterator, Sequence
from typing import Final

from agent.probes.recording_lessons import Lesson, current, last_ended
from agent.probes.recording_room import covered_s
from agent.probes.recording_take import Take
from agent.reading import Reading

_TOLD_FOR_S: Final = 86400.0


def punctuality(
    lessons: Sequence[Lesson], takes: Sequence[Take], now_s: float, watched_since_s: float
) -> Iterator[Reading]:
    """Return the delay of the lesson that is on, else the recorded share of the last one; nothing where nobody knows.

    A recording that nobody saw begin has no known start; and only who watched from a lesson's start on can say that
    nothing was recorded of it.
    """
    lesson = current(lessons, now_s)
    if lesson is not None:
        delay_s = _delay_s(lesson, takes, now_s, was_watched=watched_since_s <= lesson.start_s)
        if delay_s is not None:
            yield Reading("classroom.recording.start.delay", delay_s)
        return
    lesson = last_ended(lessons, now_s)
    if lesson is not None and now_s - lesson.end_s < _TOLD_FOR_S:
        share = _share(lesson, takes, now_s, was_watched=watched_since_s <= lesson.start_s)
        if share is not None:
            yield Reading("classroom.recording.duration.ratio", share)


def _delay_s(lesson: Lesson, takes: Sequence[Take], now_s: float, *, was_watched: bool) -> float | None:
    """Return how late the first recording of a lesson began; while there is none, how late it is by now."""
    starts = [take.started_at_s for take in takes if take.is_live or (take.ended_at_s or 0.0) > lesson.start_s]
    known = [start_s for start_s in starts if start_s is not None]
    is_earlier_unknown = None in starts and not any(start_s <= lesson.start_s for start_s in known)
    if is_earlier_unknown or (not known and not was_watched):
        return None
    return max(0.0, min(known, default=now_s) - lesson.start_s)


def _share(lesson: Lesson, takes: Sequence[Take], now_s: float, *, was_watched: bool) -> float | None:
    overlaps = [take.overlap_s(lesson.start_s, lesson.end_s, now_s) for take in takes]
    if None in overlaps or (not any(overlaps) and not was_watched):
        return None
    spans = []
    for take, seconds in zip(takes, overlaps, strict=True):
        if seconds:
            begun_s = max(take.started_at_s or 0.0, lesson.start_s)
            spans.append((begun_s, begun_s + seconds))
    return covered_s(spans) / (lesson.end_s - lesson.start_s)
