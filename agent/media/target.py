"""What is watched, checked: the recorder's files, and streams. Made from the configuration, used by the probes."""

from dataclasses import dataclass, field
from pathlib import Path

from agent.media.account import Account
from agent.media.kinds import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """How an upload is acknowledged. `{name}` is the file's name, `{stem}` the name without its last suffix.

    `markers` are paths, relative to the recording's folder. `url` answers 200, with `says` in its text, for a recording
    that it has; with Opencast: https://HOST/capture-admin/recordings/{stem} and "upload_finished".
    """

    markers: tuple[str, ...] = ()
    url: str = ""
    says: str = ""
    account: Account = field(default_factory=Account)
    timeout_s: float = 5.0

    @property
    def is_known(self) -> bool:
        """Tell whether uploads are acknowledged at all."""
        return bool(self.markers or self.url)

    @property
    def folders(self) -> frozenset[str]:
        """Name the folders that hold markers, or what has been moved there once it was uploaded."""
        first = (Path(marker).parts[:-1][:1] for marker in self.markers)
        return frozenset(name for parts in first for name in parts if name not in ("..", ".") and "{" not in name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """A source and the files that it is recorded in: patterns of names, or of paths below a folder."""

    source: Source
    files: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTarget:
    """What a recorder writes, and where. `byte_rate` is what it is expected to take, in By/s."""

    folders: tuple[Path, ...]
    files: tuple[str, ...]
    partial: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    quiet_s: float = 20.0
    byte_rate: float | None = None
    timetable: Path | None = None
    backlog_days: float = 30.0
    acknowledgement: Acknowledgement = field(default_factory=Acknowledgement)
    sources: tuple[FileSource, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTarget:
    """One stream: `id` is its device, or, with `device`, only its name there. `sample`: look into its picture, too."""

    id: str
    url: str
    source: Source
    role: str = ""
    name: str = ""
    device: str = ""
    account: Account = field(default_factory=Account)
    onvif: str = ""
    sample: bool = True
    timeout_s: float = 5.0
    interval_s: float | None = None
