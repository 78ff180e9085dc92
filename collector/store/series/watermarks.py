"""What is stored of each agent's outbox: ranges of entry numbers, appended with every commit and merged now and then.

A row (node, epoch, first, last) says that the entries first..last of that epoch are done: stored, or given up by the
agent and stepped over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import duckdb
import pyarrow as pa

from collector.core.model import DeviceId

# An agent holds its outbox for less than this. An epoch is forgotten when the newest row of all is so much newer.
FORGOTTEN_AFTER: Final = timedelta(days=100)
_FORGOTTEN_US: Final = FORGOTTEN_AFTER // timedelta(microseconds=1)

_MERGE: Final = """
CREATE TABLE watermarks_merged AS
WITH touching AS (
    SELECT *, max(last) OVER (PARTITION BY node, epoch ORDER BY first, last
                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM watermarks
), islands AS (
    SELECT *, count(*) FILTER (before IS NULL OR first > before + 1)
              OVER (PARTITION BY node, epoch ORDER BY first, last ROWS UNBOUNDED PRECEDING) AS island
    FROM touching
), epochs AS (
    SELECT node, epoch, max(at_us) AS heard_us FROM watermarks GROUP BY node, epoch
)
SELECT node, epoch, min(first)::BIGINT AS first, max(last)::BIGINT AS last, max(at_us)::BIGINT AS at_us
FROM islands SEMI JOIN (
    SELECT node, epoch FROM epochs WHERE heard_us >= (SELECT max(heard_us) FROM epochs) - ?
) AS remembered USING (node, epoch)
GROUP BY node, epoch, island
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """Outbox entries of one epoch of one node that are done: those from `first` to `id`, or `id` alone."""

    node: DeviceId
    epoch: str
    id: int
    first: int | None = None


def as_table(watermarks: Sequence[Watermark], at_us: int) -> pa.Table:
    """Return the rows that the commit appends."""
    return pa.table(
        {
            "node": pa.array([mark.node for mark in watermarks], pa.string()),
            "epoch": pa.array([mark.epoch for mark in watermarks], pa.string()),
            "first": pa.array([mark.id if mark.first is None else mark.first for mark in watermarks], pa.int64()),
            "last": pa.array([mark.id for mark in watermarks], pa.int64()),
            "at_us": pa.array([at_us] * len(watermarks), pa.int64()),
        }
    )


def merge(connection: duckdb.DuckDBPyConnection) -> None:
    """Join touching ranges and drop epochs long forgotten; the caller owns the transaction."""
    connection.execute(_MERGE, [_FORGOTTEN_US])
    connection.execute("DROP TABLE watermarks")
    connection.execute("ALTER TABLE watermarks_merged RENAME TO watermarks")


def stored(connection: duckdb.DuckDBPyConnection) -> Iterator[Watermark]:
    """Give every range, those of one epoch together and in order."""
    rows = connection.execute("SELECT node, epoch, first, last FROM watermarks ORDER BY node, epoch, first").fetchall()
    for node, epoch, first, last in rows:
        yield Watermark(node=DeviceId(node), epoch=epoch, first=first, id=last)


def merge_now(connection: duckdb.DuckDBPyConnection) -> None:
    """Do `merge` in a transaction of its own."""
    connection.execute("BEGIN")
    merge(connection)
    connection.execute("COMMIT")
