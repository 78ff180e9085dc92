"""Works out an iCalendar file in a process of its own. In: a file and a span. Out: its recorded lessons as JSON.

`python -m agent.media.ical FILE FROM TO`; exit status 1 and a sentence on standard error where that is not possible.
"""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

RECORDED: Final = "RECORDED"


def main(words: Sequence[str]) -> int:
    """Print the lessons of a file whose CATEGORIES hold RECORDED."""
    file, start, end = Path(words[0]), datetime.fromisoformat(words[1]), datetime.fromisoformat(words[2])
    try:
        from icalendar import Calendar
        from recurring_ical_events import of
    except ImportError:
        sys.stderr.write(
            "an iCalendar timetable needs more than the agent has: install roomtone[collector] here, or give JSON\n"
        )
        return 1
    try:
        calendar: Any = Calendar.from_ical(file.read_bytes())
        events = of(calendar, skip_bad_series=True).between(start, end)
        lessons = [_lesson(event) for event in events if _is_recorded(event)]
    except Exception as error:  # noqa: BLE001  whatever is wrong with the file, it is told
        sys.stderr.write(
            f"is no iCalendar file that can be read: {type(error).__name__}: {error}".split("\n")[0] + "\n"
        )
        return 1
    sys.stdout.write(json.dumps({"lessons": [lesson for lesson in lessons if lesson]}))
    return 0


def _is_recorded(event: Any) -> bool:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return False
    return any(str(category).strip().upper() == RECORDED for category in event.categories)


def _lesson(event: Any) -> dict[str, object] | None:
    start, end = _instant(event.start), _instant(event.end)
    if start is None or end is None or end <= start:
        return None
    return {"start": start.isoformat(), "end": end.isoformat(), "recorded": True}


def _instant(value: date) -> datetime | None:
    # A lesson that lasts a whole day is none.
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.astimezone().astimezone(UTC)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
