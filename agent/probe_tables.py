"""The tables of `agent.toml` that ask for probes: of devices, disks, services and whatever a command can tell."""

# ruff: noqa: RUF009  `setting` makes a dataclass field, which nothing shares

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from agent.setting import setting
from agent.shapes import DISK, HOST, ID, METRIC, NUMBERED, PATH, TEXT
from wire.catalogue import CATALOGUE, Role

ROLES: Final = tuple(role.value for role in Role)
_OUR_NAMES: Final = ("system.", "process.", "hw.", "classroom.")
# So like a name of the catalogue is a name only by mistake.
_MISTYPED: Final = 0.88
_FORMATS: Final = ("json", "influx", "nagios")
_INTERVAL_HELP: Final = "seconds between readings"


def _interval(default: float | None) -> float | None:
    said = _INTERVAL_HELP if default is not None else f"{_INTERVAL_HELP}, if not [agent]'s"
    interval: float | None = setting(default, minimum=0.1, maximum=86400, help=said)
    return interval


def _check_http(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"{url!r} is no URL: {error}"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return f"{url!r} must be http://HOST... or https://HOST..."
    if parts.username or parts.password:
        return "must not hold an account: give a token_file"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PjlinkTable:
    """`[[pjlink]]`: a projector or display that speaks PJLink."""

    id: str = setting(shape=ID, help="the device's id")
    host: str = setting(shape=HOST, help="its host name or address")
    role: str = setting("projector", choices=ROLES, help="what it is for: projector or display")
    port: int = setting(4352, minimum=1, maximum=65535, help="its TCP port")
    password_file: Path | None = setting(None, help="a file with its PJLink password, where it asks for one")
    password: str = field(default="", repr=False)  # what the file says
    lamp_limit_h: float | None = setting(None, minimum=1, maximum=1e6, help="rated hours of a lamp; PJLink tells none")
    timeout_s: float = setting(5.0, minimum=0.1, maximum=60, help="seconds to wait for each answer")
    interval_s: float | None = _interval(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShureTable:
    """`[[shure]]`: a Shure receiver of wireless microphones."""

    id: str = setting(shape=ID, help="the device's id")
    host: str = setting(shape=HOST, help="its host name or address")
    role: str = setting("microphone", choices=ROLES, help="what it is for")
    port: int = setting(2202, minimum=1, maximum=65535, help="its TCP port")
    channels: int = setting(0, minimum=0, maximum=8, help="how many channels it has; 0: it is asked")
    timeout_s: float = setting(3.0, minimum=0.1, maximum=60, help="seconds to wait for each answer")
    interval_s: float | None = _interval(30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartTable:
    """`[smart]`: the health of this computer's disks, through smartctl."""

    disks: tuple[str, ...] = setting((), shape=DISK, help="disks, as /dev/sda; those that smartctl finds otherwise")
    timeout_s: float = setting(20.0, minimum=1, maximum=300, help="seconds that a disk may take")
    interval_s: float | None = _interval(1800.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidTable:
    """`[raid]`: Linux software RAID."""

    interval_s: float | None = _interval(60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTable:
    """`[clock]`: how far this computer's clock is off."""

    servers: tuple[str, ...] = setting(
        (), shape=HOST, help="NTP servers to ask; without any, the time service of this computer is asked"
    )
    timeout_s: float = setting(2.0, minimum=0.1, maximum=30, help="seconds to wait for each answer")
    interval_s: float | None = _interval(60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesTable:
    """`[services]`: system services that must run."""

    watch: tuple[str, ...] = setting(shape=TEXT, help="their names, as systemd or Windows has them")
    interval_s: float | None = _interval(30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTable:
    """`[capture]`: capture cards, cameras and sound devices that must be there."""

    video: tuple[str, ...] = setting((), shape=TEXT, help="names of video devices; * stands for anything")
    audio: tuple[str, ...] = setting((), shape=TEXT, help="names of sound devices; * stands for anything")
    interval_s: float | None = setting(
        None, minimum=1, maximum=86400, help=f"{_INTERVAL_HELP}; 30, on Windows 300, where it is not given"
    )

    def mistake(self) -> str:
        """Return what is wrong with the whole."""
        return "" if self.video or self.audio else "name devices in video or audio"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorsTable:
    """`[sensors]`: temperatures, fans and battery of this computer."""

    per_core: bool = setting(False, help="also report each processor core")
    interval_s: float | None = _interval(30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RebootTable:
    """`[reboot]`: does this computer wait for a restart, and was the last one expected?"""

    interval_s: float | None = _interval(60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueTable:
    """`[[command.value]]`, `[[http.value]]`: one value of what was printed, and which metric it is."""

    path: str = setting(shape=PATH, help="where it is; * stands for one part of the path")
    metric: str = setting(shape=METRIC, help="the metric that it is")
    instance: str = setting("", help="of what; {1} is what the first * stood for, {key} what stands beside the value")
    unit: str = setting("", help="UCUM; that of the catalogue where it is not given")
    scale: float = setting(1.0, help="multiplies the value")
    values: tuple[str, ...] = setting((), shape=NUMBERED, help="numbers for texts, as OK=0")

    def mistake(self) -> str:
        """Return what is wrong with the whole."""
        entry = CATALOGUE.get(self.metric)
        if entry is not None:
            is_other = self.unit not in ("", entry.unit)
            return (
                f"{self.metric} is in {entry.unit}, not in {self.unit}: leave unit out, and give a scale"
                if is_other
                else ""
            )
        if "[" in self.metric:
            return f"metric {self.metric!r}: what stands in brackets is for instance"
        if not self.metric.startswith(_OUR_NAMES):
            return ""
        from difflib import get_close_matches  # only for names of one's own among ours

        close = get_close_matches(self.metric, CATALOGUE, 1, _MISTYPED)
        return f"metric {self.metric!r} is none of the catalogue; did you mean {close[0]!r}?" if close else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTable:
    """`[[command]]`: a program that prints readings."""

    name: str = setting(shape=ID, help="what to call it")
    run: tuple[str, ...] = setting(help="the program and its arguments; no shell reads them")
    format: str = setting("json", choices=_FORMATS, help="what it prints")
    status: str = setting("", help="hw.status[...] of its exit status: 0 ok, 1 degraded, 2 failed, else unknown")
    device: str = setting("", shape=ID, help="the device that it tells of; this computer otherwise")
    role: str = setting("other", choices=ROLES, help="what the device is for")
    timeout_s: float = setting(10.0, minimum=0.1, maximum=600, help="seconds that it may run")
    interval_s: float | None = _interval(60.0)
    value: tuple[ValueTable, ...] = setting((), help="which metrics its values are")

    def mistake(self) -> str:
        """Return what is wrong with the whole."""
        return "" if self.run and self.run[0] else "run must name a program"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTable:
    """`[[http]]`: a web address that gives readings."""

    name: str = setting(shape=ID, help="what to call it")
    url: str = setting(check=_check_http, help="http://HOST... or https://HOST...")
    format: str = setting("json", choices=(*_FORMATS, "none"), help="what it gives; none: only whether it answers")
    status: str = setting("", help="hw.status[...] of the answer: 2xx ok, else failed")
    token_file: Path | None = setting(None, help="a file with the bearer token to send")
    token: str = field(default="", repr=False)  # what the file says
    ca_file: Path | None = setting(None, help="the authority that signed its certificate (PEM)")
    device: str = setting("", shape=ID, help="the device that it tells of; this computer otherwise")
    role: str = setting("other", choices=ROLES, help="what the device is for")
    timeout_s: float = setting(10.0, minimum=0.1, maximum=600, help="seconds that it may take")
    interval_s: float | None = _interval(60.0)
    value: tuple[ValueTable, ...] = setting((), help="which metrics its values are")
