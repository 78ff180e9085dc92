"""A pack: the run parameters of a period of a site, as CSV files and one workbook with a manifest of checksums (S22).

Comes in: a place, a period and the evidence of the stores. Goes out: a folder. Devices are taken some at a time, so
that memory does not grow with the period. The same evidence gives the same files, but for the manifest's `made_at`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from collector.core.inspection import Period
from collector.core.model import Device, DeviceId, Series, SeriesId
from collector.core.replay import as_of
from collector.inspection import rows
from collector.inspection.column import Headings, Row, Sheet
from collector.inspection.errors import PackNotWritable
from collector.inspection.evidence import Evidence, Figures, Place
from collector.inspection.manifest import MANIFEST, Manifest, write_manifest
from collector.inspection.sheets import ALL, DEVICES, INCIDENTS, NOTES, PARAMETERS, SUMMARY, TICKETS
from collector.inspection.summary import summary_rows
from collector.inspection.table_file import TableFile
from collector.inspection.workbook import Workbook
from collector.inspection.zipped import check_empty

WORKBOOK: Final = "inspection.xlsx"
# An exact percentile needs the readings of its series in memory: so many at a time are asked for, 8 bytes each.
READINGS_AT_ONCE: Final = 16_000_000

Group = list[tuple[Device, Sequence[Series]]]
Progress = Callable[[int, int], None]
"""Told how many of how many devices are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a pack is to hold. `now` is when it is made: nothing after it is expected to have been read."""

    place: Place
    period: Period
    now: datetime
    language: Headings = Headings.BOTH

    @property
    def until(self) -> datetime:
        """Return where watching ended: with the period, or now."""
        return max(self.period.start, min(self.period.end, self.now))


@dataclass(slots=True)
class Counts:
    """What a pack came to."""

    incidents: dict[DeviceId, int] = field(default_factory=dict)
    tickets: dict[DeviceId, int] = field(default_factory=dict)
    all_incidents: int = 0
    all_tickets: int = 0
    devices: int = 0
    series: int = 0
    readings: int = 0


class _Files:
    """The tables of a pack, each as a sheet and as a CSV file."""

    def __init__(self, directory: Path, asked: Asked, stack: ExitStack) -> None:
        self.workbook = Workbook(directory / WORKBOOK, ALL, period=asked.period, language=asked.language)
        stack.callback(self.workbook.close)
        self.tables = {sheet.name: TableFile(directory, sheet) for sheet in ALL}
        for table in self.tables.values():
            stack.callback(table.close)

    def write(self, sheet: Sheet, row: Row) -> None:
        self.tables[sheet.name].write(row)
        self.workbook.write(sheet, row)

    @property
    def rows(self) -> dict[str, int]:
        return {table.path.name: table.rows for table in self.tables.values()}


def write_pack(
    directory: Path, asked: Asked, evidence: Evidence, *, progress: Progress = lambda _done, _all: None
) -> Manifest:
    """Write a pack into `directory`, made where there is none, and return its manifest.

    Raises:
        PackNotWritable: the folder holds something already, or cannot be written to.
        StoreError: the stores cannot be read; what was written is no pack, for it has no manifest.
    """
    check_empty(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        counts = Counts()
        commit = evidence.last_commit()
        with ExitStack() as stack:
            files = _Files(directory, asked, stack)
            _write_faults(files, asked, evidence, counts)
            _write_devices(files, asked, evidence, counts, progress)
            for row in summary_rows(asked.place, asked.period, asked.until, counts, commit):
                files.write(SUMMARY, row)
            for row in rows.note_rows():
                files.write(NOTES, row)
        return write_manifest(directory / MANIFEST, asked, commit=commit, counts=counts, rows=files.rows)
    except OSError as error:
        raise PackNotWritable(
            f"{directory} cannot be written to: {error.strerror or error}. What is there is no pack yet. "
            "Free some space or name another folder."
        ) from error


def _write_faults(files: _Files, asked: Asked, evidence: Evidence, counts: Counts) -> None:
    period = asked.period
    for seen in evidence.incidents(period.start, period.end):
        files.write(INCIDENTS, rows.incident_row(seen))
        device = seen.incident.device
        counts.incidents[device] = counts.incidents.get(device, 0) + 1
        counts.all_incidents += 1
    for ticket in evidence.tickets(period.start, period.end):
        files.write(TICKETS, rows.ticket_row(as_of(ticket, asked.until)))
        if ticket.device is not None:
            counts.tickets[ticket.device] = counts.tickets.get(ticket.device, 0) + 1
        counts.all_tickets += 1


def _write_devices(files: _Files, asked: Asked, evidence: Evidence, counts: Counts, progress: Progress) -> None:
    everyone = asked.place.devices
    progress(0, len(everyone))
    for group in _groups(asked, evidence):
        ids = [device.id for device, _ in group]
        known_from = evidence.known_from(ids)
        health = evidence.health(ids, asked.period.start, asked.until)
        figures = _figures(asked, evidence, group)
        for device, all_series in group:
            watched = rows.Watched(
                device=device,
                room_name=_room_name(asked.place, device),
                interval=rows.interval_of(asked.place, device),
                known_from=known_from.get(device.id),
                start=asked.period.start,
                until=asked.until,
            )
            readings = 0
            for series in all_series:
                one = figures.get(series.id)
                readings += one.n if one else 0
                files.write(PARAMETERS, rows.parameter_row(watched, series, one))
            files.write(
                DEVICES,
                rows.device_row(
                    watched,
                    health.get(device.id, ()),
                    series=len(all_series),
                    readings=readings,
                    incidents=counts.incidents.get(device.id, 0),
                    tickets=counts.tickets.get(device.id, 0),
                ),
            )
            counts.devices += 1
            counts.series += len(all_series)
            counts.readings += readings
        progress(counts.devices, len(everyone))


def _figures(asked: Asked, evidence: Evidence, group: Group) -> dict[SeriesId, Figures]:
    """Return the figures of a group's series, asked for in shares where even one device has too many readings."""
    wanted = [series.id for _, all_series in group for series in all_series]
    pace = min((rows.pace_of(asked.place, device) for device, _ in group), default=rows.ASSUMED_PACE)
    share = max(1, int(READINGS_AT_ONCE * pace / (asked.until - asked.period.start + pace)))
    found: dict[SeriesId, Figures] = {}
    for at in range(0, len(wanted), share):
        some = evidence.figures(wanted[at : at + share], asked.period.start, asked.period.end)
        found.update((one.series, one) for one in some)
    return found


def _groups(asked: Asked, evidence: Evidence) -> Iterator[Group]:
    """Give the devices in order, as many together as have no more readings than may be in memory at once."""
    group: Group = []
    held = 0.0
    for device, all_series in _with_series(asked.place.devices, evidence):
        pace = rows.pace_of(asked.place, device)
        weight = len(all_series) * ((asked.until - asked.period.start) / pace + 1)
        if group and held + weight > READINGS_AT_ONCE:
            yield group
            group, held = [], 0.0
        group.append((device, all_series))
        held += weight
    if group:
        yield group


def _with_series(devices: Iterable[Device], evidence: Evidence) -> Iterator[tuple[Device, Sequence[Series]]]:
    listed = list(devices)
    found = evidence.series([device.id for device in listed])
    for device in listed:
        yield device, sorted(found.get(device.id, ()), key=lambda one: (one.metric, one.instance, one.id))


def _room_name(place: Place, device: Device) -> str:
    room = place.rooms.get(device.room)
    return room.name if room else ""
