"""The campus file and its timetables while the collector runs: read at the start, when they change, and hour by hour.

Comes in: the file, and where copies of fetched timetables are kept. Goes out: `Campus`. Everything here blocks.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import structlog

from collector.core.campus import Campus
from collector.now import now
from collector.packs.campus import load_campus
from collector.packs.errors import PackError
from collector.packs.timetable_copies import TimetableCopies

log = structlog.get_logger()

COPIES: Final = "timetables"  # in the data folder
HOUR_S: Final = 3600.0
RETRY_S: Final = 300.0
_MOST_TOLD: Final = 20


class CampusFile:
    """One campus file."""

    def __init__(self, file: Path, data: Path) -> None:
        self._file = file
        self._copies = TimetableCopies(data / COPIES)
        self._told: frozenset[tuple[str, str]] = frozenset()
        self._left_out: frozenset[str] = frozenset()

    def load(self) -> Campus:
        """Return what the file says, with the copies that there are. Raises PackError."""
        campus = load_campus(self._file, now(), self._copies)
        fresh = [mistake for mistake in campus.timetable_mistakes if mistake not in self._left_out]
        if fresh:
            log.warning("events of timetables are left out", events=fresh[:_MOST_TOLD], count=len(fresh))
        self._left_out = frozenset(campus.timetable_mistakes)
        return campus

    def load_changed(self) -> Campus:
        """Return the same, once timetables that were never fetched have been. Raises PackError."""
        campus = self.load()
        fresh = [url for url in campus.timetable_urls if self._copies.find(url) is None]
        if not fresh:
            return campus
        self._fetch(fresh)
        return self.load()

    def renew(self) -> tuple[Campus | None, float]:
        """Fetch every timetable and read the file. Return the campus, and in how many seconds to do so again.

        None where the file has mistakes: whoever follows it has told them, and the last good one stays.
        """
        try:
            campus = self.load()
            all_fetched = self._fetch(campus.timetable_urls)
            return (self.load() if campus.timetable_urls else campus), HOUR_S if all_fetched else RETRY_S
        except PackError:
            return None, HOUR_S

    def _fetch(self, urls: Iterable[str]) -> bool:
        troubles = self._copies.renew(urls, now())
        for trouble in troubles:
            if (trouble.url, trouble.why) not in self._told:
                stays = "its last copy stays in force" if trouble.has_copy else "its rooms have no timetable until then"
                log.error("a timetable could not be fetched", url=trouble.url, why=trouble.why, so=stays)
        self._told = frozenset((trouble.url, trouble.why) for trouble in troubles)
        return not troubles
