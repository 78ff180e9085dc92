"""Timetables that are fetched: the last good copy of each is kept on disk, and read from there.

Comes in: URLs of iCalendar files. Goes out: their copies' paths, and in words what could not be fetched. A server that
does not answer, or answers something else than a calendar, leaves the copy as it is. Blocks; not for the event loop.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

from collector.packs.timetable import TimetableError, parse_lessons

SCHEMES: Final = ("https", "http", "webcal")
_TIMEOUT_S: Final = 20.0
_LARGEST_BYTES: Final = 20 << 20
_NOT_MODIFIED: Final = 304


@dataclass(frozen=True, slots=True)
class Trouble:
    """A timetable that could not be fetched. `url` is without what may be secret in it."""

    url: str
    why: str
    has_copy: bool


class TimetableCopies:
    """The copies in one folder, a file a URL, with what the server said of its version beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, url: str) -> Path | None:
        """Return the last good copy of a timetable; None: it has never been fetched."""
        path = self._path(url)
        return path if path.is_file() else None

    def renew(self, urls: Iterable[str], now: datetime) -> list[Trouble]:
        """Fetch the timetables that have changed; return what went wrong, each in words."""
        troubles = []
        for url in sorted(set(urls)):
            try:
                self._fetch(url, now)
            except (OSError, HTTPException, ValueError, TimetableError) as error:
                troubles.append(Trouble(shown(url), _reason(error), self.find(url) is not None))
        return troubles

    def _fetch(self, url: str, now: datetime) -> None:
        path = self._path(url)
        request = Request(_address(url), headers={"Accept": "text/calendar, */*;q=0.1", "User-Agent": "Roomtone"})  # noqa: S310
        for header, value in self._version(path).items():
            request.add_header(header, value)
        try:
            with urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - the campus file takes no other scheme
                data = answer.read(_LARGEST_BYTES + 1)
                version = {
                    asked: answer.headers[said]
                    for asked, said in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
                    if answer.headers[said]
                }
        except HTTPError as error:
            if error.code == _NOT_MODIFIED:
                return
            raise
        if len(data) > _LARGEST_BYTES:
            raise TimetableError(f"is larger than {_LARGEST_BYTES >> 20} MiB")
        parse_lessons(data, ZoneInfo("UTC"), now)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(path, data)
        _replace(path.with_suffix(".json"), json.dumps(version).encode())

    def _version(self, path: Path) -> dict[str, str]:
        if not path.is_file():
            return {}
        try:
            known = json.loads(path.with_suffix(".json").read_bytes())
        except (OSError, ValueError):
            return {}
        return {str(name): str(value) for name, value in known.items()} if isinstance(known, dict) else {}

    def _path(self, url: str) -> Path:
        return self._folder / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}.ics"


def is_url(timetable: str) -> bool:
    """Tell whether a timetable is to be fetched."""
    return "://" in timetable


def shown(url: str) -> str:
    """Return a URL as it may be shown: without user, password and query, which are often keys."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _address(url: str) -> str:
    return url.replace("webcal://", "https://", 1) if url.startswith("webcal://") else url


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(data)
    fresh.replace(path)


def _reason(error: Exception) -> str:
    if isinstance(error, HTTPError):
        return f"the server answers {error.code} {error.reason}"
    if isinstance(error, URLError):
        return f"cannot be reached: {error.reason}"
    return str(error) or type(error).__name__
