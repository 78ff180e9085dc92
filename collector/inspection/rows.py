"""Rows of a pack's sheets: comes in what the stores know, goes out one cell a column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collector.core.inspection import HealthChange, expected_readings, time_in_states
from collector.core.model import Device, Series, State, node_of
from collector.core.ticket import Clock, Step, Ticket
from collector.inspection.column import Row
from collector.inspection.evidence import Figures, Place, SeenIncident
from collector.inspection.sheets import ALL

ASSUMED_PACE: Final = timedelta(seconds=10)
"""How often an agent is taken to read that does not say; only memory is planned by it."""

_GENERAL_NOTES: Final = (
    (
        "时间：CSV 中为 UTC（RFC 3339），工作簿中为站点当地时间。",
        "Times: UTC (RFC 3339) in CSV, the site's local time in the workbook.",
    ),
    (
        "时段：起始日零点（含）至结束日次日零点（不含），按站点时区。",
        "The period: from midnight of its first day to the midnight that ends its last one, in the site's time zone.",
    ),
    (
        "数值保留九位有效数字；概要中的“数据提交号”说明依据到哪一次写入。",
        "Figures have nine significant digits; the commit in the summary says up to which write they reach.",
    ),
    (
        "以 = + - @ 开头的文字在 CSV 中前加撇号，以免被当成公式。",
        "In CSV a text that begins with = + - @ is preceded by an apostrophe, so that no spreadsheet runs it.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A device over the part of the period in which it was known."""

    device: Device
    room_name: str
    interval: timedelta | None
    known_from: datetime | None
    start: datetime
    until: datetime

    @property
    def since(self) -> datetime:
        """Return when watching it began within the period; `until` where it was never heard of."""
        return self.until if self.known_from is None else min(self.until, max(self.start, self.known_from))

    @property
    def expected(self) -> int | None:
        """Return how many readings each of its series should have."""
        return expected_readings(self.interval, self.since, self.until)


def interval_of(place: Place, device: Device) -> timedelta | None:
    """Return how often a device is read: at its agent's pace; None where that has none."""
    return place.intervals.get(node_of(device.id))


def pace_of(place: Place, device: Device) -> timedelta:
    """Return how often a device is read, or is taken to be."""
    interval = interval_of(place, device)
    return interval if interval is not None and interval > timedelta() else ASSUMED_PACE


def parameter_row(watched: Watched, series: Series, figures: Figures | None) -> Row:
    """Return the row of one series; one without a reading has its expectation alone."""
    device, expected = watched.device, watched.expected
    n = figures.n if figures else 0
    return (
        device.room,
        device.id,
        device.role,
        series.metric,
        series.instance,
        series.unit,
        n,
        expected,
        n / expected if expected else None,
        *((figures.min, figures.mean, figures.p95, figures.max) if figures else (None, None, None, None)),
    )


def device_row(
    watched: Watched,
    health: Sequence[HealthChange],
    *,
    series: int,
    readings: int,
    incidents: int,
    tickets: int,
) -> Row:
    """Return the row of one device: what it is, and how long it was in which state."""
    device, unit = watched.device, watched.device.unit
    spent = time_in_states(health, start=watched.since, end=watched.until)
    span = watched.until - watched.since
    up = spent[State.OK] + spent[State.DEGRADED]
    judged = up + spent[State.FAILED]
    expected = watched.expected
    wanted = expected * series if expected else 0
    return (
        device.room,
        watched.room_name,
        device.id,
        device.name,
        device.role,
        unit.vendor,
        unit.model,
        unit.serial,
        unit.firmware,
        watched.known_from,
        span.total_seconds(),
        up / judged if judged else None,
        *(spent[state] / span if span else None for state in State),
        series,
        readings,
        readings / wanted if wanted else None,
        incidents,
        tickets,
    )


def incident_row(seen: SeenIncident) -> Row:
    """Return the row of one incident."""
    incident = seen.incident
    cleared = incident.cleared_at
    return (
        incident.id,
        seen.ticket,
        incident.room,
        incident.device,
        incident.level,
        incident.rule,
        incident.metric,
        incident.instance,
        incident.value,
        incident.state,
        incident.onset_at,
        incident.detected_at,
        cleared,
        (cleared - incident.onset_at).total_seconds() if cleared else None,
        incident.cause,
    )


def ticket_row(ticket: Ticket) -> Row:
    """Return the row of one ticket with its clocks."""
    clocks = {clock.step: clock for clock in ticket.clocks}
    return (
        ticket.id,
        ticket.level,
        ticket.state,
        ticket.source,
        ticket.words.get("zh-CN", {}).get("title") or ticket.title,
        ticket.words.get("en", {}).get("title") or ticket.title,
        ticket.room,
        ticket.device,
        ticket.onset_at,
        ticket.detected_at,
        ticket.opened_at,
        ticket.promised_at,
        ticket.assignee,
        ticket.symptom,
        ticket.cause,
        ticket.remedy,
        ticket.coverage,
        ticket.agreement,
        " ".join(ticket.incidents),
        *(cell for step in Step for cell in _clock_cells(clocks.get(step))),
    )


def _clock_cells(clock: Clock | None) -> Row:
    return (clock.due_at, clock.met_at, clock.state) if clock else (None, None, None)


def note_rows() -> Iterator[Row]:
    """Give what every column of every sheet means, after what is true of all of them."""
    for zh, en in _GENERAL_NOTES:
        yield ("", "", "", "", zh, en)
    for sheet in ALL:
        for column in sheet.columns:
            if any(column.notes):
                yield (sheet.name, column.key, *column.words, *column.notes)
