"""What the agent has read and the collector has not yet stored. In: drafts. Out: numbered entries.

Entries live in a SQLite file. When the disk is full, read-only, broken or gone, new entries go to a smaller outbox in
memory, under an epoch of its own, until the disk works again; that is said once, and counted. A damaged file is put
aside and a new one begun. Nothing here raises for a disk's sake.
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Self, TypeVar

from agent.entry import Bounds, Draft, Entry, EpochState
from agent.errors import OutboxError
from agent.outbox_file import OutboxFile

log = logging.getLogger("agent.outbox")
T = TypeVar("T")
U = TypeVar("U")

FILE_NAME: Final = "outbox.db"
MEMORY_BYTES: Final = 8 << 20
RETRY_MS: Final = 60_000


def random_epoch() -> str:
    """Return a name that no other run of any agent has."""
    return os.urandom(8).hex()


class Outbox:
    """Entries on disk while the disk works, in memory while it does not.

    `failures` counts what the disk refused, `lost` the waiting entries that went with a damaged file. `run` is the
    number that the disk gives this run of the agent, one more each time; 0 while there is no disk.
    """

    def __init__(self, path: Path | None, bounds: Bounds, make_epoch: Callable[[], str] = random_epoch) -> None:
        self._path = path
        self._bounds = bounds
        self._make_epoch = make_epoch
        self._disk: OutboxFile | None = None
        self._memory: OutboxFile | None = None
        self._on_disk = False
        self._retry_at_ms = 0
        self._has_said = False  # that the file cannot be used; it can be tried many times
        self._next_bdseq: int | None = None
        self._told: int | None = None
        self.failures = 0
        self.lost = 0
        self.run = 0

    @classmethod
    def open(
        cls, directory: Path | None, bounds: Bounds | None = None, make_epoch: Callable[[], str] = random_epoch
    ) -> Self:
        """Open the outbox in `directory`; None keeps it in memory.

        Raises:
            OutboxError: another agent has it open, or it is from a newer version.
        """
        outbox = cls(directory / FILE_NAME if directory else None, bounds or Bounds(), make_epoch)
        if directory is None:
            outbox._memory = OutboxFile.open(None, epoch=make_epoch(), bounds=outbox._bounds)
        else:
            outbox._open_disk()
        return outbox

    # ------------------------------------------------------------ looking

    @property
    def epoch(self) -> str:
        """The epoch that the next entry gets."""
        return self._writing.epoch

    @property
    def on_disk(self) -> bool:
        """Whether new entries survive the process."""
        return self._on_disk

    @property
    def dropped(self) -> int:
        """Entries lost before they were acknowledged, over all runs that the disk remembers."""
        return self.lost + sum(self._ask(file, lambda f: f.dropped, 0) for file in self._files())

    @property
    def told(self) -> int:
        """How many of `dropped` the collector knows of."""
        if self._told is None:
            self._told = self._ask(self._disk, lambda f: f.meta("told"), 0) if self._disk else 0
        return self._told

    @property
    def depth(self) -> int:
        """How many entries wait to be acknowledged."""
        return sum(file.depth() for file in self._files())

    @property
    def oldest_ms(self) -> int | None:
        """The stamp of the oldest entry that waits, None where none does."""
        stamps = [self._ask(file, lambda f: f.oldest_ms(), None) for file in self._files()]
        return min((at_ms for at_ms in stamps if at_ms is not None), default=None)

    def epochs(self) -> list[EpochState]:
        """Return every epoch held, the one being written last."""
        writing = self.epoch  # first: where the disk has failed, it is begun in memory only now
        states = [state for file in self._files() for state in file.epochs()]
        return sorted(states, key=lambda state: state.epoch == writing)

    def current(self) -> EpochState:
        """Return where the epoch being written stands."""
        return next(state for state in reversed(self.epochs()) if state.epoch == self.epoch)

    def state(self, epoch: str) -> EpochState | None:
        """Return where one epoch stands, None where it is not held."""
        return next((state for state in self.epochs() if state.epoch == epoch), None)

    def entries(self, epoch: str, after: int, limit: int) -> list[Entry]:
        """Return up to `limit` entries of an epoch with ids above `after`, in order."""
        for file in self._files():
            found = self._ask(file, lambda f: f.entries(epoch, after, limit), None)
            if found:
                return found
        return []

    # ------------------------------------------------------------ changing

    def append(self, drafts: Sequence[Draft], now_ms: int) -> list[Entry]:
        """Store drafts under the next ids and return the entries."""
        # Also when a clock that was put back says that the time is far away.
        is_time = not self._retry_at_ms - RETRY_MS <= now_ms < self._retry_at_ms
        if self._path is not None and not self._on_disk and is_time:
            self._retry_disk(now_ms)
        if self._on_disk and self._disk is not None:
            try:
                return self._disk.append(drafts, now_ms)
            except sqlite3.Error as error:
                self._disk_failed(error, now_ms)
        return self._in_memory().append(drafts, now_ms)

    def acknowledge(self, epoch: str, up_to: int) -> EpochState | None:
        """Take the collector's word that ids up to `up_to` are stored; lower than before: they are waiting again.

        Returns where the epoch stands now, None where the word is void: an epoch not held, an id never given.
        """
        for file in self._files():
            state = file.acknowledge(epoch, up_to)
            if state is not None:
                return state
        return None

    def tell(self, dropped: int) -> None:
        """Note that the collector knows of so many dropped entries."""
        self._told = max(self.told, dropped)
        if self._disk is not None:
            told = min(self._told, self._ask(self._disk, lambda f: f.dropped, 0))
            self._ask(self._disk, lambda f: f.set_meta("told", told), None)

    def next_bdseq(self) -> int:
        """Return the next number of an MQTT session, 0..255, counted on over restarts."""
        if self._next_bdseq is None:
            self._next_bdseq = self._ask(self._disk, lambda f: f.meta("bdseq"), 0) if self._disk else 0
        number = self._next_bdseq % 256
        following = self._next_bdseq = number + 1
        if self._disk is not None:
            self._ask(self._disk, lambda f: f.set_meta("bdseq", following), None)
        return number

    def close(self) -> None:
        """Write what is known and close."""
        if self._memory is not None and self._path is not None and self._memory.depth():
            log.warning("%d outbox entries in memory were not sent and are lost", self._memory.depth())
        for file in self._files():
            self._ask(file, lambda f: f.close(), None)
        self._disk = self._memory = None

    # ------------------------------------------------------------ the disk

    def _files(self) -> list[OutboxFile]:
        return [file for file in (self._disk, self._memory) if file is not None]

    @property
    def _writing(self) -> OutboxFile:
        return self._disk if self._on_disk and self._disk is not None else self._in_memory()

    def _in_memory(self) -> OutboxFile:
        if self._memory is None:
            bounds = replace(self._bounds, max_bytes=min(MEMORY_BYTES, self._bounds.max_bytes))
            self._memory = OutboxFile.open(None, epoch=self._make_epoch(), bounds=bounds)
        return self._memory

    def _ask(self, file: OutboxFile, question: Callable[[OutboxFile], T], otherwise: U) -> T | U:
        try:
            return question(file)
        except sqlite3.Error as error:
            self.failures += 1
            log.debug("the outbox did not answer: %s", error)
            return otherwise

    def _open_disk(self) -> None:
        path = self._path
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                self._disk = OutboxFile.open(path, epoch=self._make_epoch(), bounds=self._bounds)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                self._put_aside(path, error)
                self._disk = OutboxFile.open(path, epoch=self._make_epoch(), bounds=self._bounds)
            self._on_disk = True
            self._count_run(self._disk)
        except (sqlite3.Error, OSError) as error:
            self._disk = None
            self._on_disk = False
            self.failures += 1
            log.log(
                logging.DEBUG if self._has_said else logging.ERROR,
                "the outbox %s cannot be used (%s); readings are kept in memory, up to %d MB, and are lost if the agent"
                " ends. Free or repair the disk; the agent tries again each minute",
                path,
                error,
                MEMORY_BYTES >> 20,
            )
            self._has_said = True

    def _count_run(self, disk: OutboxFile) -> None:
        """Give this run its number, so that a disk which forgets is found out: its numbers come again."""
        run = self._ask(disk, lambda f: f.meta("runs"), 0) + 1
        self._ask(disk, lambda f: f.set_meta("runs", run), None)
        self.run = run

    def _put_aside(self, path: Path, error: Exception) -> None:
        self.failures += 1
        broken = path.with_name(path.name + ".damaged")
        path.replace(broken)
        for suffix in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        log.error("the outbox %s is damaged (%s); it was moved to %s and a new one begun", path, error, broken.name)

    def _disk_failed(self, error: sqlite3.Error, now_ms: int) -> None:
        self.failures += 1
        self._on_disk = False
        self._retry_at_ms = now_ms + RETRY_MS
        self._has_said = True
        damaged = type(error) is sqlite3.DatabaseError  # full, read-only and the like are its subclasses
        log.error(
            "the outbox %s cannot be written (%s); new readings are kept in memory, up to %d MB, and are lost if the"
            " agent ends. Free or repair the disk; the agent tries again each minute",
            self._path,
            error,
            MEMORY_BYTES >> 20,
        )
        if damaged and self._disk is not None:
            self.lost += self._disk.depth()
            self._ask(self._disk, lambda f: f.close(), None)
            self._disk = None

    def _retry_disk(self, now_ms: int) -> None:
        self._retry_at_ms = now_ms + RETRY_MS
        try:
            if self._disk is None:
                self._open_disk()
            else:
                self._disk.set_meta("retried", now_ms)
                self._on_disk = True
        except (sqlite3.Error, OutboxError) as error:
            self.failures += 1
            log.debug("the outbox still cannot be written: %s", error)
        if self._on_disk:
            self._has_said = False
            log.warning("the outbox %s can be written again", self._path)
