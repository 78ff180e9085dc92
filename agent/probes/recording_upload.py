"""Has a recording been uploaded? In: a take that is finished. Out: whether its upload was acknowledged.

By a marker file beside it (`lecture.mkv.uploaded`), or by a web address that knows it. An upload that cannot be asked
about is not acknowledged.
"""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from agent.errors import ProbeError
from agent.media.target import Acknowledgement
from agent.probes.recording_take import Take

if TYPE_CHECKING:
    from agent.media.web import Answer

log = logging.getLogger("agent.media")

# Asking is spread over many steps, and a recording that was not there is not asked for at once.
_MOST_ASKED: Final = 3
_ASKED_EVERY_S: Final = 300.0
_HEADERS: Final = {"X-Requested-Auth": "Digest", "Accept": "application/json, */*;q=0.5"}


class Uploads:
    """Asks for the takes that wait."""

    def __init__(self, how: Acknowledgement, *, ask: "Callable[..., Answer] | None" = None) -> None:
        """`ask` stands in for `agent.media.web.fetch`."""
        self._how = how
        self._ask = ask
        self._asked: dict[str, float] = {}
        self._said = ""

    def acknowledge(self, waiting: Iterable[Take], mono_s: float) -> list[Take]:
        """Return those of the waiting takes whose upload is acknowledged now."""
        waiting = list(waiting)
        found = [take for take in waiting if self._has_marker(take)]
        if self._how.url:
            found += self._asked_for([take for take in waiting if take not in found], mono_s)
        for gone in self._asked.keys() - {take.path for take in waiting}:
            del self._asked[gone]
        return found

    def _has_marker(self, take: Take) -> bool:
        path = Path(take.path)
        return any((path.parent / _filled(marker, path, str)).exists() for marker in self._how.markers)

    def _asked_for(self, waiting: Sequence[Take], mono_s: float) -> list[Take]:
        if self._ask is None:
            from agent.media.web import fetch  # an HTTP client, for those who ask for it

            self._ask = fetch
        due = [t for t in waiting if mono_s - self._asked.get(t.path, float("-inf")) >= _ASKED_EVERY_S]
        due.sort(key=lambda take: self._asked.get(take.path, float("-inf")))
        found = []
        for take in due[:_MOST_ASKED]:
            self._asked[take.path] = mono_s
            url = _filled(self._how.url, Path(take.path), lambda text: quote(os.fsencode(text), safe=""))
            try:
                answer = self._ask(url, account=self._how.account, timeout_s=self._how.timeout_s, headers=_HEADERS)
            except ProbeError as error:
                self._say(str(error))
                break
            if answer.status == 200 and self._how.says.encode() in answer.body:
                found.append(take)
            elif answer.status not in (200, 404, 410):
                self._say(f"{url} answers {answer.status}")
                break
            else:
                self._said = ""
        return found

    def _say(self, what: str) -> None:
        if what != self._said:
            self._said = what
            log.warning("recording: uploads cannot be confirmed: %s", what)


def _filled(pattern: str, path: Path, as_text: Callable[[str], str]) -> str:
    return pattern.replace("{name}", as_text(path.name)).replace("{stem}", as_text(path.stem))
