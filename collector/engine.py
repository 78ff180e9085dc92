"""The engine: the one thread on which readings are stored, acknowledged, classified and turned into tickets.

Comes in: intakes of the Sparkplug host. Goes out: commits, acknowledgements, and changes for the board. The order is
the promise: stored first, acknowledged second, decided third, saved fourth, told last. A store that fails holds the
line where it is: nothing is acknowledged, readings wait in the agents' outboxes.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

import structlog

from collector.core.model import Batch, Decision, DeviceId, Event, Readings, Series
from collector.desk.changes import Changes
from collector.ingest.intake import Intake, Watermark
from collector.now import monotonic_s, now
from collector.store.errors import StoreError

log = structlog.get_logger()

T = TypeVar("T")

TAKE_S: Final = 0.2
ASK_S: Final = 5.0
# A turn that took longer was held up: by a store that refused, or by a process that was stopped.
_HELD_UP_S: Final = 5.0
# So far apart, the time of day and the clock that counts on say that the former was moved; or that the machine slept.
_MOVED_S: Final = 1.0
_RETRY_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


class Source(Protocol):
    """Where intakes come from: the Sparkplug host. `connected`: the broker is reached."""

    @property
    def connected(self) -> bool: ...
    def take(self, timeout_s: float) -> Intake: ...
    def acknowledge(self, intake: Intake) -> None: ...


class Store(Protocol):
    """Where readings are kept: the hot store."""

    def commit(
        self,
        *,
        readings: Readings,
        series: Sequence[Series],
        watermarks: Sequence[Watermark],
        events: Sequence[Event],
        at: datetime,
    ) -> int: ...
    def batches_after(self, commit: int) -> Iterator[Batch]: ...


class Decider(Protocol):
    """What grades readings: the classifier."""

    def take(self, batch: Batch) -> list[Decision]: ...
    def see(self, *, connected: bool, now: datetime) -> list[Decision]: ...
    def put_clock(self, by: timedelta, now: datetime) -> list[Decision]: ...
    def tick(self, now: datetime) -> list[Decision]: ...
    def next_due(self) -> datetime | None: ...


class Performer(Protocol):
    """What carries decisions out: the desk."""

    def carry_out(self, decisions: Sequence[Decision], *, commit: int | None, now: datetime) -> Changes: ...
    def next_due(self) -> datetime | None: ...
    def let_time_pass(self, now: datetime) -> Changes: ...


Observe = Callable[[Sequence[Event]], None]
Publish = Callable[[Changes, Mapping[DeviceId, datetime]], None]


@dataclass(slots=True)
class EngineStatus:
    """What the engine is doing, for /readyz, /metrics and the page. Written by its thread, read by others."""

    store_error: str | None = None
    records_error: str | None = None
    commits: int = 0
    readings: int = 0
    failures: int = 0
    commit_total_s: float = 0.0  # of all commits
    classify_total_s: float = 0.0  # of all batches
    stored_at: datetime | None = None


class Engine:
    """Runs the line from `source` to `publish` on a thread of its own."""

    def __init__(
        self,
        *,
        source: Source,
        store: Store,
        decider: Decider,
        performer: Performer,
        publish: Publish,
        observe: Observe = lambda _events: None,
    ) -> None:
        """`observe` is told of births and deaths once they are settled; it must not block."""
        self.status = EngineStatus()
        self._source = source
        self._store = store
        self._decider = decider
        self._performer = performer
        self._publish = publish
        self._observe = observe
        self._work: deque[Callable[[], Sequence[Decision]]] = deque()
        self._stopping = threading.Event()
        self._saw = True
        self._turned_s = monotonic_s()
        self._turned_at = now()
        self._was_moved = False  # the clock, since the desk was last told of time
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def catch_up(self, last_commit: int) -> int:
        """Classify what an earlier run stored but did not classify; return how many commits that were."""
        count = 0
        started_at = now()
        for stored in self._store.batches_after(last_commit):
            batch = replace(stored, at=min(stored.at, started_at))  # the clock may have been put back meanwhile
            self._settle(self._decider.take(batch), commit=batch.commit, heard={})
            self._observe(batch.events)
            count += 1
        return count

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch in hand and end."""
        self._stopping.set()
        self._thread.join(timeout=30)

    def post(self, work: Callable[[], Sequence[Decision]]) -> None:
        """Have `work` run on the engine's thread and its decisions carried out (a reload of rules or campus)."""
        self._work.append(work)

    def ask(self, question: Callable[[], T], timeout_s: float = ASK_S) -> T:
        """Return what a question answers that only the engine's thread may ask. Blocks.

        Raises TimeoutError where the line is held up for longer than that, and whatever the question raises.
        """
        answer: Future[T] = Future()

        def work() -> Sequence[Decision]:
            if answer.set_running_or_notify_cancel():
                try:
                    answer.set_result(question())
                except Exception as error:  # noqa: BLE001 - raised again where it was asked
                    answer.set_exception(error)
            return ()

        self.post(work)
        try:
            return answer.result(timeout_s)
        except FutureTimeout as error:
            answer.cancel()
            raise TimeoutError("the line is held up; see whether the stores can be written") from error

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
            except Exception:
                # A fault of ours must not end the watch: it is logged with its trace, counted, and the line goes on.
                self.status.failures += 1
                log.exception("engine turn failed")
                self._stopping.wait(TAKE_S)

    def _turn(self) -> None:
        while self._work:
            self._settle(self._work.popleft()(), commit=None, heard={})
        intake = self._source.take(TAKE_S)
        at, turned_s = now(), monotonic_s()
        commit = self._commit(intake, at)
        if commit is None and _has_something(intake):
            return  # told to stop before the store took it: not acknowledged, so the agents keep it
        batch = Batch(
            commit=commit or 0,
            at=at,
            readings=intake.readings,
            events=intake.events,
            heard=intake.heard,
            series=intake.series,
        )
        started = monotonic_s()
        decisions = self._look(at, turned_s)
        if commit is not None or intake.heard:
            decisions += self._decider.take(batch)
        due = self._decider.next_due()
        if due is not None and due <= at:
            decisions += self._decider.tick(at)
        self.status.classify_total_s += monotonic_s() - started
        if decisions or commit is not None or intake.heard:
            self._settle(decisions, commit=commit, heard=intake.heard)
        if intake.events:
            self._observe(intake.events)
        due = self._performer.next_due()
        if self._was_moved or (due is not None and due <= at):
            self._let_time_pass(at)

    def _let_time_pass(self, at: datetime) -> None:
        """Let the desk do what only time brings; where the records refuse, the next turn tries again."""
        try:
            changes = self._performer.let_time_pass(at)
        except StoreError as error:
            self.status.records_error = str(error)
            return
        self.status.records_error = None
        self._was_moved = False
        if changes:
            self._publish(changes, {})

    def _look(self, at: datetime, turned_s: float) -> list[Decision]:
        """Say when the agents are out of our sight, and when we see them again: their silence meanwhile is ours.

        Also say when the clock was moved: by how much more, or less, the time of day went on than the one that counts.
        """
        sees, counted_s = self._source.connected, turned_s - self._turned_s
        passed_s = (at - self._turned_at).total_seconds()
        self._turned_s, self._turned_at = turned_s, at
        decisions: list[Decision] = []
        if abs(passed_s - counted_s) > _MOVED_S:
            self._was_moved = True
            log.warning("the clock was moved, or this machine slept", by_s=round(passed_s - counted_s, 1))
            decisions += self._decider.put_clock(timedelta(seconds=passed_s - counted_s), at)
        if sees != self._saw or (sees and max(counted_s, passed_s) > _HELD_UP_S):
            self._saw = sees
            decisions += self._decider.see(connected=sees, now=at)
        return decisions

    def _commit(self, intake: Intake, at: datetime) -> int | None:
        """Store an intake, however long that takes, and acknowledge it; None: there was nothing to store."""
        if not _has_something(intake):
            return None
        for pause_s in self._pauses():
            started = monotonic_s()
            try:
                commit = self._store.commit(
                    readings=intake.readings,
                    series=intake.series,
                    watermarks=intake.watermarks,
                    events=intake.events,
                    at=at,
                )
            except StoreError as error:
                if self.status.store_error is None:
                    log.error("the store refuses, readings wait in the outboxes", error=str(error))
                self.status.store_error = str(error)
                self._stopping.wait(pause_s)
                continue
            if self.status.store_error is not None:
                log.info("the store takes readings again")
                self.status.store_error = None
            self.status.commit_total_s += monotonic_s() - started
            self.status.commits += 1
            self.status.readings += len(intake.readings)
            self.status.stored_at = at
            self._source.acknowledge(intake)
            return commit
        return None

    def _settle(self, decisions: Sequence[Decision], *, commit: int | None, heard: Mapping[DeviceId, datetime]) -> None:
        """Save what was decided, however long that takes, then tell it."""
        changes = Changes()
        if decisions or commit is not None:
            for pause_s in self._pauses():
                try:
                    changes = self._performer.carry_out(decisions, commit=commit, now=now())
                except StoreError as error:
                    if self.status.records_error is None:
                        log.error("the records refuse, decisions wait", error=str(error))
                    self.status.records_error = str(error)
                    self._stopping.wait(pause_s)
                    continue
                self.status.records_error = None
                break
        self._publish(changes, heard)

    def _pauses(self) -> Iterator[float]:
        """Pauses between tries, until told to stop."""
        number = 0
        while not self._stopping.is_set() or number == 0:
            yield _RETRY_S[min(number, len(_RETRY_S) - 1)]
            number += 1


def _has_something(intake: Intake) -> bool:
    return bool(len(intake.readings) or intake.series or intake.watermarks or intake.events)
