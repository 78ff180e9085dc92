"""From tables to what is watched. In: the tables of recordings and streams. Out: targets; mistakes go to the reader."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from agent.media.account import Account
from agent.media.kinds import Kind, Sound, Source
from agent.media.tables import RecordingTable, SourceTable, StreamTable
from agent.media.target import Acknowledgement, FileSource, RecordingTarget, StreamTarget
from agent.setting import Reader

TablePath = tuple[str | int, ...]
# Reads a file of one line; None where it could not, and has said so.
Secret = Callable[[Path, TablePath], str | None]


def recording_target(
    reader: Reader, table: RecordingTable | None, sources: Sequence[tuple[int, SourceTable]], secret: Secret
) -> RecordingTarget | None:
    """Return what the recorder writes, None where nobody asked for it or it cannot be used."""
    names: set[str] = set()
    for number, source in sources:
        if source.name in names:
            reader.wrong(("source", number, "name"), f"{source.name!r} is there already")
        names.add(source.name)
    if table is None:
        if sources:
            reader.wrong(("source", sources[0][0]), "is of no use without [recording], which names the folders")
        return None
    if not table.folders:
        reader.wrong(("recording", "folders"), "must name at least one folder")
    if table.upload_says and not table.upload_url:
        reader.wrong(("recording", "upload_says"), "is of no use without upload_url")
    if table.timetable is not None and (what := _wrong_timetable(table.timetable)):
        reader.wrong(("recording", "timetable"), f"{table.timetable} {what}")
    for pattern in table.uploaded:
        if "{name}" not in pattern and "{stem}" not in pattern:
            reader.wrong(("recording", "uploaded"), f"{pattern!r} must have {{name}} or {{stem}} in it")
    account = _account(reader, table.upload_username, table.upload_password_file, ("recording", "upload_"), secret)
    return RecordingTarget(
        folders=table.folders,
        files=table.files,
        partial=table.partial,
        programs=table.programs,
        quiet_s=table.quiet_s,
        byte_rate=table.mbit_s * 1e6 / 8 if table.mbit_s else None,
        timetable=table.timetable,
        backlog_days=table.backlog_days,
        acknowledgement=Acknowledgement(
            markers=table.uploaded, url=table.upload_url, says=table.upload_says, account=account
        ),
        sources=tuple(FileSource(source=_source(s.name, s, s.device), files=s.files) for _, s in sources),
    )


def stream_target(reader: Reader, number: int, table: StreamTable, secret: Secret) -> StreamTarget:
    """Return the stream to play."""
    return StreamTarget(
        id=table.id,
        url=table.url,
        source=_source(table.id, table, table.device or table.id),
        role=table.role,
        name=table.name,
        device=table.device,
        account=_account(reader, table.username, table.password_file, ("stream", number, ""), secret),
        onvif=table.onvif,
        sample=table.sample,
        timeout_s=table.timeout_s,
        interval_s=table.interval_s,
    )


def _source(name: str, table: SourceTable | StreamTable, device: str) -> Source:
    return Source(
        name=name,
        kind=Kind(table.kind),
        sound=Sound(table.sound),
        channels=table.channels,
        frame_rate=table.frame_rate,
        device=device,
    )


def _account(reader: Reader, username: str, file: Path | None, path: TablePath, secret: Secret) -> Account:
    *table, prefix = path
    password = secret(file, (*table, f"{prefix}password_file")) if file else None
    if file and not username:
        reader.wrong((*table, f"{prefix}password_file"), f"is of no use without {prefix}username")
    if username and not file:
        reader.wrong((*table, f"{prefix}username"), f"is of no use without {prefix}password_file")
    return Account(username=username, password=password or "")


def _wrong_timetable(file: Path) -> str:
    if file.suffix.lower() in (".ics", ".ical"):
        if find_spec("recurring_ical_events") is None:
            return "is iCalendar, which needs more than the agent has: install roomtone[collector] here, or give JSON"
        return "" if file.is_file() else "is no file"
    from agent.probes.recording_lessons import lessons_of  # only for those who have a timetable

    try:
        lessons_of(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        return f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
    return ""
