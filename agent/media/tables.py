"""The tables of `agent.toml` about recordings and streams."""

# ruff: noqa: RUF009  `setting` makes a dataclass field, which nothing shares

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from agent.media.kinds import Kind, Sound
from agent.probe_tables import ROLES
from agent.setting import setting
from agent.shapes import ID, NAME

FILES: Final = (
    *(
        "*.mkv",
        "*.mp4",
        "*.m4v",
        "*.mov",
        "*.ts",
        "*.mts",
        "*.m2ts",
        "*.flv",
        "*.webm",
        "*.avi",
        "*.wmv",
        "*.asf",
        "*.mpg",
    ),
    *("*.wav", "*.mp3", "*.m4a", "*.aac"),
)
_KINDS: Final = tuple(kind.value for kind in Kind)
_SOUNDS: Final = tuple(sound.value for sound in Sound)
_KIND_HELP: Final = "camera: may be neither black nor frozen; mixed: not black; slides: may be both; audio: sound only"
_SOUND_HELP: Final = "auto: where there is any; expected: none at all is silence; none: not listened to"
_CHANNELS_HELP: Final = "channels that ought to carry sound, from 1; all, where none is named"
_RATE_HELP: Final = "frames a second that it ought to give; fewer count as dropped"


def _check_url(schemes: tuple[str, ...], hint: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"is no address: {error}"
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        return f"{url!r} must be {hint}"
    if not url.isprintable() or " " in url:
        return "must have no blanks in it"
    if "@" in parts.netloc:
        return "must hold no account: give username and password_file"
    return ""


def _check_stream(url: str) -> str:
    return _check_url(("rtsp",), "rtsp://HOST:PORT/PATH", url)


def _check_web(url: str) -> str:
    return _check_url(("http", "https"), "http:// or https://HOST:PORT/PATH", url) if url else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTable:
    """`[recording]`: what the recorder of this computer writes."""

    folders: tuple[Path, ...] = setting(help="the folders that it records to; those in them count, too")
    files: tuple[str, ...] = setting(FILES, help="names of recordings")
    partial: tuple[str, ...] = setting((), help="names that a file has only while it is recorded, as *.part.mkv")
    programs: tuple[str, ...] = setting((), help="the recorder's programs; they are watched as by [process], too")
    quiet_s: float = setting(
        20.0, minimum=1, maximum=3600, help="seconds without growth that end a recording whose writer cannot be seen"
    )
    mbit_s: float | None = setting(None, minimum=0.001, maximum=1e6, help="what it takes, until it has been measured")
    timetable: Path | None = setting(None, help="the room's lessons, JSON or iCalendar")
    uploaded: tuple[str, ...] = setting(
        (), help="files whose being there says that a recording is uploaded: {name}.uploaded, done/{name}, {stem}.ok"
    )
    upload_url: str = setting(
        "", check=_check_web, help="an address that answers 200 for {stem} or {name} when it has it"
    )
    upload_says: str = setting("", help="a text that its answer then has")
    upload_username: str = setting("", help="the account at that address")
    upload_password_file: Path | None = setting(None, help="a file with its password")
    backlog_days: float = setting(
        30.0, minimum=0.01, maximum=3660, help="days after which a recording is no longer waited for"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """`[[source]]`: one picture or sound that is recorded, and in which files."""

    name: str = setting(shape=NAME, help="what its readings are called")
    files: tuple[str, ...] = setting(("*",), help="names of its files, or paths below a folder, as camera/*")
    kind: str = setting("camera", choices=_KINDS, help=_KIND_HELP)
    sound: str = setting("auto", choices=_SOUNDS, help=_SOUND_HELP)
    channels: tuple[int, ...] = setting((), minimum=1, maximum=64, help=_CHANNELS_HELP)
    frame_rate: float | None = setting(None, minimum=0.1, maximum=240, help=_RATE_HELP)
    device: str = setting("", shape=ID, help="the device that it comes from, as an id of [[stream]] or [[snmp]]")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTable:
    """`[[stream]]`: a network stream, such as a camera's."""

    id: str = setting(shape=ID, help="the device's id")
    url: str = setting(check=_check_stream, help="rtsp://HOST:PORT/PATH")
    role: str = setting("camera", choices=ROLES, help="what the device is for")
    name: str = setting("", help="what people call it")
    device: str = setting("", shape=ID, help="another device here that it is a stream of")
    kind: str = setting("camera", choices=_KINDS, help=_KIND_HELP)
    sound: str = setting("auto", choices=_SOUNDS, help=_SOUND_HELP)
    channels: tuple[int, ...] = setting((), minimum=1, maximum=64, help=_CHANNELS_HELP)
    frame_rate: float | None = setting(None, minimum=0.1, maximum=240, help=_RATE_HELP)
    username: str = setting("", help="the account at the device")
    password_file: Path | None = setting(None, help="a file with its password")
    onvif: str = setting("", check=_check_web, help="its ONVIF service, as http://HOST/onvif/device_service")
    sample: bool = setting(True, help="false: count frames, and do not look into picture and sound")
    timeout_s: float = setting(5.0, minimum=0.1, maximum=60, help="seconds to wait for an answer, and for frames")
    interval_s: float | None = setting(
        None, minimum=1, maximum=86400, help="seconds between readings, if not [agent]'s"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingTable:
    """`[sampling]`: looking into picture and sound with ffmpeg."""

    enabled: bool = setting(True, help="false: only files and frames are counted")
    ffmpeg: Path | None = setting(None, help="the program, where it is not on the PATH")
    cpu_share: float = setting(
        0.02, minimum=0.001, maximum=1, help="share of one core that all looks may take together"
    )
    window_s: float = setting(10.0, minimum=2, maximum=60, help="seconds of a source that one look sees")
    busy: float = setting(
        0.85, minimum=0.05, maximum=1, help="share of all processors in use above which nothing is looked at"
    )
