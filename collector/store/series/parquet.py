"""A part of the hot store as a Parquet file: sorted by series and time, about two bytes a reading.

A file appears whole or not at all: it is written beside its place, synced, and renamed.
"""

# ruff: noqa: S608 -- table names and numbers in these queries are the store's own

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from collector.store.errors import StoreNotWritable

# Small row groups: one series of an hour lies in one of them, so a chart reads little.
_ROW_GROUP: Final = 122_880
_SCHEMA: Final = pa.schema(
    [
        pa.field("series", pa.int32(), nullable=False),
        pa.field("at_us", pa.int64(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("historical", pa.bool_(), nullable=False),
    ]
)
UNFINISHED: Final = ".unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a finished file holds."""

    readings: int
    first_us: int
    last_us: int
    bytes: int


def write(cursor: duckdb.DuckDBPyConnection, table: str, path: Path) -> Written | None:
    """Write a table of readings to `path`, sorted; None where the table is empty and no file was made.

    Raises:
        OSError: the file could not be written; nothing is left at `path`.
    """
    query = f"SELECT series, at_us, value, historical FROM {table} ORDER BY series, at_us"
    batches = cursor.sql(query).to_arrow_reader(_ROW_GROUP)
    with _beside(path) as unfinished:
        written = _write_batches(batches, unfinished)
        if written is not None:
            _put_in_place(unfinished, path)
        return written


def copy(cursor: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write the rows of a query to `path`.

    Raises:
        OSError, duckdb.Error: the file could not be written; nothing is left at `path`.
    """
    with _beside(path) as unfinished:
        target = str(unfinished).replace("'", "''")
        cursor.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})")
        _put_in_place(unfinished, path)


def not_writable(archive: Path, error: OSError) -> StoreNotWritable:
    """Return what it means that a file of the archive could not be written."""
    return StoreNotWritable(
        f"{archive} cannot be written to ({error.strerror or error}). Readings stay in the hot store. Give this "
        "account the right to write there, or free some space; sealing goes on by itself."
    )


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    unfinished = path.with_name(path.name + UNFINISHED)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield unfinished
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _put_in_place(unfinished: Path, path: Path) -> None:
    _sync(unfinished)
    unfinished.rename(path)
    _sync(path.parent)


def _write_batches(batches: pa.RecordBatchReader, path: Path) -> Written | None:
    readings, first_us, last_us = 0, None, None
    with pq.ParquetWriter(
        path,
        _SCHEMA,
        compression="zstd",
        use_dictionary=["series"],  # pyright: ignore[reportArgumentType] -- its stub knows only bool
        column_encoding={"at_us": "DELTA_BINARY_PACKED", "value": "BYTE_STREAM_SPLIT"},
        write_page_index=True,
        data_page_size=64 << 10,
    ) as writer:
        for batch in batches:
            if not batch.num_rows:
                continue
            writer.write_batch(batch.cast(_SCHEMA), row_group_size=_ROW_GROUP)
            at_us = batch.column(1).to_numpy()
            first_us = int(at_us.min()) if first_us is None else min(first_us, int(at_us.min()))
            last_us = int(at_us.max()) if last_us is None else max(last_us, int(at_us.max()))
            readings += batch.num_rows
    if first_us is None or last_us is None:
        return None
    return Written(readings=readings, first_us=first_us, last_us=last_us, bytes=path.stat().st_size)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
