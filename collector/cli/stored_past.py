"""The stored past for commands that replay it: of a collector that runs, or of a data directory where none does."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from collector.core.campus import Campus
from collector.inspection.fetch import Collector, NobodyThere, fetch_bytes
from collector.packs.campus import load_campus
from collector.settings import UP_FILE, SettingsError, records_url
from collector.store.records.database import Records
from collector.store.records.facts import load_health, load_phases
from collector.store.series.hot import HotStore
from collector.store.series.opening import FILE
from collector.store.series.past import Past, read_past, unpacked
from collector.trial.replay import Progress as Told


def instant(text: str) -> datetime:
    """Return a moment as people write it: RFC 3339, or a day or a time in the machine's own zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no moment; write 2026-11-23T08:00:00+08:00, 2026-11-23 08:00 or 2026-11-23"
        ) from error
    return found.astimezone(UTC)


def stored_past(start: datetime, end: datetime, *, data: Path, collector: Collector | None, strict: bool) -> Past:
    """Return the past of `[start, end)`; with `strict` nothing but that collector is asked.

    Raises:
        InspectionError: the collector would not, or could not.
        SettingsError: there are no readings in the data directory.
        StoreError: the stores cannot be read.
    """
    if collector is not None:
        try:
            path = f"/api/v1/past?from={quote(start.isoformat())}&to={quote(end.isoformat())}"
            return unpacked(fetch_bytes(collector, path))
        except NobodyThere:
            if strict:
                raise
    if not (data / FILE).exists():
        raise SettingsError(
            f"{data} holds no readings. Name the data directory of `roomtone up` with --data DIR, or a running "
            "collector with --url URL."
        )
    with ExitStack() as stack:
        store = HotStore.open(data)
        stack.callback(store.close)
        records = Records.open(records_url(data))
        stack.callback(records.close)
        with records.session(read_only=True) as session:
            devices = [health.device for health in load_health(session).values()]
            phases = load_phases(session)
        return read_past(store, start, end, devices, phases)


def campus_beside(data: Path) -> Path | None:
    """Return the campus file that the collector of a data directory has, or had; None where it has none."""
    try:
        found = json.loads((data / UP_FILE).read_text("utf-8"))["campus"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Path(found) if isinstance(found, str) and Path(found).is_file() else None


def campus_at(file: Path | None, now: datetime, console: Console) -> Campus:
    """Return the campus file as it was read at a moment; without one rooms have no timetables, which is said."""
    if file is None:
        console.print("no --campus FILE: rooms have no timetables and no opening hours here", style="dim")
        return Campus()
    return load_campus(file, now)


@contextmanager
def progress(console: Console, start: datetime, end: datetime, what: str) -> Iterator[Told]:
    """Give what is told how far a replay has come; it shows on a terminal."""
    if not console.is_terminal:
        yield lambda _at: None
        return
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(what, total=(end - start) / timedelta(seconds=1))
        yield lambda at: shown.update(task, completed=(at - start) / timedelta(seconds=1))
