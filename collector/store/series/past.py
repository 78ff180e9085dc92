"""The stored past as it came in, in order of time: what rules are replayed over.

Comes in: a store and a span. Goes out: `Past`: series, readings, births and deaths. It can be packed into one file, so
that a collector that runs can hand its past to a program beside it.

What the store forgets after a week are births and deaths; readings lie in the archive for as long as it is kept.
"""

# ruff: noqa: S608 -- table names and numbers in these queries are the store's own

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from collector.core.model import Device, DeviceId, Event, Phase, Readings, RoomId, Series
from collector.core.network import FED, SAID
from collector.store.errors import StoreError
from collector.store.series import batches
from collector.store.series.hot import HotStore
from collector.store.series.instants import microseconds
from collector.store.series.schema import part_table

MOST_READINGS: Final = 100_000_000
_COLUMNS: Final = ("series", "at_us", "value", "historical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """`readings` in order of their stamps; `events` in order of arrival, those before the span among them.

    `devices` is what the records know of who reports: role, room and interval. `network` is what they keep of what was
    learnt of the network, whose births may be forgotten: phases of core/network.py.
    """

    series: tuple[Series, ...]
    readings: Readings
    events: tuple[Event, ...]
    devices: tuple[Device, ...] = ()
    network: tuple[Phase, ...] = ()


def read_past(
    store: HotStore, start: datetime, end: datetime, devices: Iterable[Device] = (), phases: Iterable[Phase] = ()
) -> Past:
    """Return what the store holds of `[start, end)`, with what is on record of `devices`, and of links (`phases`).

    Raises:
        StoreError: it cannot be read, or holds more of that span than can be replayed at once.
    """
    start_us, end_us = microseconds(start), microseconds(end)
    where = f"WHERE at_us >= {start_us} AND at_us < {end_us}"
    with store.reading() as cursor:
        places = [part_table(part) for part, _ in batches.parts(cursor)]
        files = cursor.execute(
            "SELECT path FROM archive WHERE last_us >= ? AND first_us < ? ORDER BY file", [start_us, end_us]
        ).fetchall()
        paths = [str(store.archive / path) for (path,) in files if (store.archive / path).exists()]
        if paths:
            quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
            places.append(f"read_parquet([{quoted}], hive_partitioning = false)")
        union = " UNION ALL ".join(f"SELECT {', '.join(_COLUMNS)} FROM {place} {where}" for place in places)
        union = union or "SELECT series, at_us, value, historical FROM latest WHERE false"
        counted = cursor.execute(f"SELECT count(*) FROM ({union})").fetchone()
        if counted is not None and counted[0] > MOST_READINGS:
            raise StoreError(
                f"there are {counted[0]:,} readings in this span, and at most {MOST_READINGS:,} are replayed at once. "
                "Choose a shorter span."
            )
        readings = batches.as_readings(cursor, f"SELECT * FROM ({union}) ORDER BY at_us, series")
        bodies = cursor.execute("SELECT body FROM events ORDER BY number, rowid").fetchall()
        events = [batches.event_of(body) for (body,) in bodies]
        series = batches.all_series(cursor)
    return Past(
        series=tuple(series),
        readings=readings,
        events=tuple(event for event in events if event.at < end),
        devices=tuple(devices),
        network=tuple(phase for phase in phases if phase.standing in (SAID, FED)),
    )


def packed(past: Past) -> bytes:
    """Return a past as the bytes of one compressed file."""
    readings = past.readings
    words = {
        "series": [[one.id, one.device, one.metric, one.instance, one.unit] for one in past.series],
        "events": [batches.body_of(event) for event in past.events],
        "devices": [
            [one.id, one.role, one.room, one.interval.total_seconds() if one.interval is not None else None]
            for one in past.devices
        ],
        "network": [[one.device, one.standing, one.since.isoformat(), one.detail] for one in past.network],
    }
    file = io.BytesIO()
    np.savez_compressed(
        file,
        series=readings.series,
        at_us=readings.at_us,
        value=readings.value,
        historical=readings.historical,
        words=np.frombuffer(json.dumps(words).encode(), np.uint8),
    )
    return file.getvalue()


def unpacked(data: bytes) -> Past:
    """Return the past that `packed` made bytes of.

    Raises:
        StoreError: these are others.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            words = json.loads(found["words"].tobytes())
            readings = Readings(
                found["series"].astype(np.int32),
                found["at_us"].astype(np.int64),
                found["value"].astype(np.float64),
                found["historical"].astype(np.bool_),
            )
        return Past(
            series=tuple(batches.series_of(tuple(row)) for row in words["series"]),
            readings=readings,
            events=tuple(batches.event_of(body) for body in words["events"]),
            devices=tuple(
                Device(
                    id=DeviceId(device),
                    role=role,
                    room=RoomId(room),
                    interval=timedelta(seconds=interval_s) if interval_s is not None else None,
                )
                for device, role, room, interval_s in words["devices"]
            ),
            network=tuple(_phase(*row) for row in words.get("network", ())),
        )
    except (ValueError, KeyError, TypeError, OSError, EOFError) as error:
        raise StoreError(f"what was sent is no stored past: {error}") from error


def _phase(device: str, standing: str, since: str, detail: str) -> Phase:
    at = datetime.fromisoformat(since)
    return Phase(
        device=DeviceId(device), rule=standing, instance="", standing=standing, since=at, onset_at=at, detail=detail
    )
