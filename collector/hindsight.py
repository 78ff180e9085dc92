"""Looks back where readings came late, beside the line: what it finds is handed to the engine as decisions.

Comes in: what the classifier wants to know, the store of readings, the records. Goes out: corrections of incidents.
Only the question and the corrections belong to the engine's thread; reading and judging the past hold nobody up.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeVar

import structlog

from collector.core.campus import Campus
from collector.core.classify import Classifier
from collector.core.found import Found
from collector.core.hindsight import look_back
from collector.core.model import Decision, DeviceId, Incident, Readings, SeriesId
from collector.core.rule import RulePack
from collector.now import now
from collector.store.errors import StoreError

log = structlog.get_logger()

T = TypeVar("T")

LOOK_EVERY_S: Final = 2.0


class Line(Protocol):
    """The engine, as far as it can be asked and told."""

    def ask(self, question: Callable[[], T], timeout_s: float = ..., /) -> T: ...
    def post(self, work: Callable[[], Sequence[Decision]], /) -> None: ...


class Past(Protocol):
    """The stored readings."""

    def readings(self, series: Sequence[SeriesId], start: datetime, end: datetime, /) -> Readings: ...


class Hindsight:
    """Asks, looks, and corrects; `look` does so once."""

    def __init__(
        self,
        *,
        line: Line,
        classifier: Classifier,
        past: Past,
        incidents: Callable[[Sequence[DeviceId], datetime], Sequence[Incident]],
        surroundings: Callable[[], tuple[Campus, RulePack]],
    ) -> None:
        """`incidents` are those of devices on record that were open at or after a moment."""
        self._line = line
        self._classifier = classifier
        self._past = past
        self._incidents = incidents
        self._surroundings = surroundings

    async def run(self) -> None:
        """Look back again and again, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await asyncio.to_thread(self.look)
            except (StoreError, TimeoutError) as error:
                log.warning("what came late waits to be looked at", error=str(error))

    def look(self) -> bool:
        """Look back once where something came late; tell whether anything had. Blocks.

        Raises:
            StoreError: the past or the records cannot be read; it is to be looked at again.
            TimeoutError: the line is held up.
        """
        question = self._line.ask(lambda: self._classifier.late_question(now()))
        if question is None:
            return False
        devices = [device.id for device in question.devices]
        campus, rules = self._surroundings()
        known = self._incidents(devices, question.start)
        found = look_back(question, self._past.readings, known, campus=campus, rules=rules)
        self._line.post(lambda: self._corrections(found, devices))
        log.info("looked back at what came late", agents=len(question.since), since=question.start.isoformat())
        return True

    def _corrections(self, found: Found, devices: Sequence[DeviceId]) -> Sequence[Decision]:
        """Decide on the engine's thread: what is on record then is what is corrected."""
        return self._classifier.correct(found, self._incidents(devices, found.question.start), now())
