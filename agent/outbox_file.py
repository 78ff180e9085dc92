"""One SQLite file (or `:memory:`) of outbox entries. In: bodies of messages. Out: numbered entries, until trimmed.

An epoch is one run of a process; its entries are numbered from 1 without holes. Within an epoch, ids from `first` to
`acked` are the grace tail (acknowledged, kept for a collector restored from backup), those above `acked` are waiting.
Bounds are kept by taking from the front: grace tails first, then the oldest waiting entries, which are counted.

Each append is one transaction, durable when the call returns (WAL, synchronous=FULL). Acknowledgements are written
with the next append: one that a crash forgets is only sent again. Every method may raise `sqlite3.Error`.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent.entry import Bounds, Draft, Entry, EpochState
from agent.errors import OutboxError, OutboxInUse

LAYOUT: Final = 1
MEMORY: Final = ":memory:"
# Ids share the table's key with the epoch's number: key = n * SPAN + id.
_SPAN: Final = 1 << 40
# What an entry costs beside its body: key, device, stamp, b-tree cell.
_OVERHEAD: Final = 64


class _Epoch:
    __slots__ = ("acked", "acked_saved", "first", "last", "last_at_ms", "n", "name", "saved")

    def __init__(self, n: int, name: str) -> None:
        self.n = n
        self.name = name
        self.first = 1
        self.acked = self.acked_saved = 0
        self.last = self.last_at_ms = 0
        self.saved = False

    def key(self, entry_id: int) -> int:
        return self.n * _SPAN + entry_id

    @property
    def waiting(self) -> int:
        return self.last - max(self.acked, self.first - 1)

    @property
    def state(self) -> EpochState:
        return EpochState(epoch=self.name, first=self.first, acked=self.acked, last=self.last)


class OutboxFile:
    """The entries in one SQLite database, under a new epoch for this run and with those left over from earlier ones."""

    def __init__(self, connection: sqlite3.Connection, epoch: str, bounds: Bounds) -> None:
        self._db = connection
        self._bounds = bounds
        self._bytes = 0
        self._grace_bytes = 0
        self._epochs: dict[str, _Epoch] = {}
        self._load()
        n = 1 + max((e.n for e in self._epochs.values()), default=0)
        self._current = self._epochs[epoch] = _Epoch(n, epoch)

    @classmethod
    def open(cls, path: Path | None, *, epoch: str, bounds: Bounds) -> "OutboxFile":
        """Open or make the file; None keeps everything in memory.

        Raises:
            OutboxError: another process has it, or it is from a newer version.
            sqlite3.DatabaseError: it is no database, or damaged, or cannot be written.
        """
        db = sqlite3.connect(str(path) if path else MEMORY, timeout=0.5, isolation_level=None, check_same_thread=False)
        try:
            # One process only; this also spares the shared-memory file beside the WAL.
            db.execute("PRAGMA locking_mode=EXCLUSIVE")
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA cache_size=-256")
            layout: int = db.execute("PRAGMA user_version").fetchone()[0]
            if layout > LAYOUT:
                raise OutboxError(f"{path} was written by a newer version of Roomtone (layout {layout}); install that")
            damage = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                raise sqlite3.DatabaseError(damage)
            if layout == 0:
                _make(db)
            return cls(db, epoch, bounds)
        except sqlite3.OperationalError as error:
            db.close()
            if "locked" in str(error):
                raise OutboxInUse(
                    f"{path} is in use by another agent; give each agent its own data_dir, or stop the other one"
                ) from error
            raise
        except BaseException:
            db.close()
            raise

    def _load(self) -> None:
        for n, name, acked, last, last_at_ms in self._db.execute(
            "SELECT n, epoch, acked, last, last_at_ms FROM epochs ORDER BY n"
        ):
            epoch = self._epochs[name] = _Epoch(n, name)
            low, high, last_at, total = self._db.execute(
                "SELECT min(key), max(key), max(at_ms), total(bytes) FROM entries WHERE key BETWEEN ? AND ?",
                (epoch.key(0), epoch.key(_SPAN - 1)),
            ).fetchone()
            epoch.saved = True
            epoch.acked = epoch.acked_saved = acked
            epoch.last = max(last, acked, (high or 0) % _SPAN)
            epoch.last_at_ms = last_at or last_at_ms
            epoch.first = low % _SPAN if low else epoch.last + 1
            self._bytes += int(total)
            self._grace_bytes += self._bytes_between(epoch, epoch.first, acked)

    # ------------------------------------------------------------ looking

    @property
    def epoch(self) -> str:
        return self._current.name

    @property
    def dropped(self) -> int:
        """Entries that a bound dropped before they were acknowledged, over all runs."""
        return self.meta("dropped")

    @property
    def bytes(self) -> int:
        return self._bytes

    def depth(self) -> int:
        """Return how many entries wait to be acknowledged."""
        return sum(epoch.waiting for epoch in self._epochs.values())

    def oldest_ms(self) -> int | None:
        """Return the stamp of the oldest entry that waits, None where none does."""
        for epoch in self._epochs.values():
            if epoch.waiting > 0:
                row = self._db.execute(
                    "SELECT at_ms FROM entries WHERE key >= ? ORDER BY key LIMIT 1", (epoch.key(epoch.acked + 1),)
                ).fetchone()
                if row is not None:
                    return int(row[0])
        return None

    def epochs(self) -> list[EpochState]:
        """Return every epoch held, this run's last."""
        return [epoch.state for epoch in self._epochs.values()]

    def entries(self, epoch: str, after: int, limit: int) -> list[Entry]:
        """Return up to `limit` entries of an epoch with ids above `after`, in order."""
        held = self._epochs.get(epoch)
        if held is None:
            return []
        rows = self._db.execute(
            "SELECT key, device, at_ms, body FROM entries WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?",
            (held.key(after + 1), held.key(held.last), limit),
        )
        return [
            Entry(epoch=epoch, id=key % _SPAN, device=device, at_ms=at_ms, body=body)
            for key, device, at_ms, body in rows
        ]

    def meta(self, name: str) -> int:
        """Return a number that outlives the process, 0 where none was set."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    # ------------------------------------------------------------ changing

    def set_meta(self, name: str, value: int) -> None:
        """Keep a number that outlives the process."""
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value)
        )

    def acknowledge(self, epoch: str, up_to: int) -> EpochState | None:
        """Take the collector's word that ids up to `up_to` are stored; lower than before: they are waiting again.

        Returns where the epoch stands now, None where the word is void: an epoch not held, an id never given.
        """
        held = self._epochs.get(epoch)
        if held is None or not 0 <= up_to <= held.last:
            return None
        held.acked = up_to
        return held.state

    def append(self, drafts: Sequence[Draft], now_ms: int) -> list[Entry]:
        """Store drafts under the next ids, keep the bounds, and return the entries. All of it or nothing."""
        current = self._current
        before = self._snapshot()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if not current.saved:
                self._db.execute("INSERT INTO epochs VALUES (?, ?, 0, 0, 0)", (current.n, current.name))
                current.saved = True
            made = []
            for draft in drafts:
                current.last += 1
                current.last_at_ms = draft.at_ms
                cost = len(draft.body) + _OVERHEAD
                self._db.execute(
                    "INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
                    (current.key(current.last), draft.device, draft.at_ms, cost, draft.body),
                )
                self._bytes += cost
                made.append(
                    Entry(epoch=current.name, id=current.last, device=draft.device, at_ms=draft.at_ms, body=draft.body)
                )
            self._save_acknowledged()
            dropped = self._keep_bounds(now_ms)
            if dropped:
                self.set_meta("dropped", self.meta("dropped") + dropped)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._restore(before)
            raise
        return made

    def close(self) -> None:
        """Write what was acknowledged and close."""
        try:
            self._save_acknowledged()
        finally:
            self._db.close()

    # ------------------------------------------------------------ bounds

    def _save_acknowledged(self) -> None:
        for epoch in self._epochs.values():
            if epoch.acked == epoch.acked_saved or not epoch.saved:
                continue
            low, high = sorted((epoch.acked, epoch.acked_saved))
            moved = self._bytes_between(epoch, low + 1, high)
            self._grace_bytes += moved if epoch.acked > epoch.acked_saved else -moved
            epoch.acked_saved = epoch.acked
            self._save_epoch(epoch)

    def _save_epoch(self, epoch: _Epoch) -> None:
        self._db.execute(
            "UPDATE epochs SET acked = ?, last = ?, last_at_ms = ? WHERE n = ?",
            (epoch.acked, epoch.last, epoch.last_at_ms, epoch.n),
        )

    def _keep_bounds(self, now_ms: int) -> int:
        bounds = self._bounds
        grace_from_ms = now_ms - bounds.grace_age_s * 1000
        for epoch in self._epochs.values():
            over = max(self._bytes - bounds.max_bytes, self._grace_bytes - bounds.grace_bytes)
            self._take_front(epoch, epoch.acked, over, grace_from_ms)
        dropped = 0
        for epoch in list(self._epochs.values()):
            # The newest entry always stays, however small the bound.
            up_to = epoch.last - 1 if epoch is self._current else epoch.last
            over = self._bytes - bounds.max_bytes
            dropped += self._take_front(epoch, up_to, over, now_ms - bounds.max_age_s * 1000)
            self._forget_if_done(epoch, now_ms)
        return dropped

    def _take_front(self, epoch: _Epoch, up_to: int, over_bytes: int, oldest_ms: float) -> int:
        """Delete from the front what is over the bound or too old, at most to `up_to`; return how many were waiting."""
        if epoch.first > up_to:
            return 0
        first, waiting = epoch.first, 0
        rows = self._db.execute(
            "SELECT key, bytes, at_ms FROM entries WHERE key BETWEEN ? AND ? ORDER BY key",
            (epoch.key(first), epoch.key(up_to)),
        )
        for key, cost, at_ms in rows:
            if over_bytes <= 0 and at_ms >= oldest_ms:
                break
            epoch.first = key % _SPAN + 1
            over_bytes -= cost
            self._bytes -= cost
            if key % _SPAN <= epoch.acked:
                self._grace_bytes -= cost
            else:
                waiting += 1
        rows.close()
        if epoch.first > first:
            self._db.execute(
                "DELETE FROM entries WHERE key BETWEEN ? AND ?", (epoch.key(first), epoch.key(epoch.first - 1))
            )
            self._save_epoch(epoch)
        return waiting

    def _forget_if_done(self, epoch: _Epoch, now_ms: int) -> None:
        if epoch is self._current or epoch.first <= epoch.last:
            return
        # One that lost waiting entries stays a while, so that the collector can be told to step over them.
        if epoch.acked >= epoch.last or epoch.last_at_ms < now_ms - 2 * self._bounds.max_age_s * 1000:
            self._db.execute("DELETE FROM epochs WHERE n = ?", (epoch.n,))
            del self._epochs[epoch.name]

    def _bytes_between(self, epoch: _Epoch, low: int, high: int) -> int:
        row = self._db.execute(
            "SELECT total(bytes) FROM entries WHERE key BETWEEN ? AND ?", (epoch.key(low), epoch.key(high))
        ).fetchone()
        return int(row[0])

    def _snapshot(self) -> tuple[int, int, dict[str, _Epoch], list[tuple[int, int, int, bool, int]]]:
        marks = [(e.first, e.last, e.last_at_ms, e.saved, e.acked_saved) for e in self._epochs.values()]
        return self._bytes, self._grace_bytes, dict(self._epochs), marks

    def _restore(self, before: tuple[int, int, dict[str, _Epoch], list[tuple[int, int, int, bool, int]]]) -> None:
        self._bytes, self._grace_bytes, self._epochs, marks = before
        for epoch, mark in zip(self._epochs.values(), marks, strict=True):
            epoch.first, epoch.last, epoch.last_at_ms, epoch.saved, epoch.acked_saved = mark


def _make(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    db.execute(
        "CREATE TABLE epochs (n INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE, acked INTEGER NOT NULL,"
        " last INTEGER NOT NULL, last_at_ms INTEGER NOT NULL)"
    )
    db.execute(
        "CREATE TABLE entries (key INTEGER PRIMARY KEY, device TEXT NOT NULL, at_ms INTEGER NOT NULL,"
        " bytes INTEGER NOT NULL, body BLOB NOT NULL)"
    )
    db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID")
    db.execute(f"PRAGMA user_version = {LAYOUT}")
    db.execute("COMMIT")
