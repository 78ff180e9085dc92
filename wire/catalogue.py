"""The metric catalogue as data: every name an agent of ours may report, with its unit and datatype.

Names follow OpenTelemetry semantic conventions 1.44 where they have one; units are UCUM. A metric may carry an
instance in brackets: `system.filesystem.utilization[/data]`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from wire.payload import Datatype

D = Datatype.DOUBLE
I32 = Datatype.INT32
I64 = Datatype.INT64


class Role(StrEnum):
    """What a device is for."""

    RECORDER_PC = "recorder-pc"
    RECORDER = "recorder"
    CAMERA = "camera"
    PROJECTOR = "projector"
    DISPLAY = "display"
    MICROPHONE = "microphone"
    MIXER = "mixer"
    CAPTURE_CARD = "capture-card"
    STORAGE = "storage"
    SWITCH = "switch"
    ACCESS_POINT = "access-point"
    UPS = "ups"
    PDU = "pdu"
    SENSOR = "sensor"
    GATEWAY = "gateway"
    OTHER = "other"


class HwState(IntEnum):
    """Values of `hw.status`."""

    OK = 0
    DEGRADED = 1
    FAILED = 2
    NEEDS_CLEANING = 3
    PREDICTED_FAILURE = 4
    UNKNOWN = 5


class UpsSource(IntEnum):
    """Values of `hw.ups.source`."""

    MAINS = 0
    BATTERY = 1
    BYPASS = 2
    OFF = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the catalogue."""

    metric: str
    unit: str
    datatype: Datatype


def _entries() -> Iterator[Entry]:
    rows: tuple[tuple[str, str, Datatype, str], ...] = (
        ("system.", "1", D, "cpu.utilization memory.utilization paging.utilization"),
        ("system.", "By", D, "memory.usage"),
        ("system.", "s", D, "uptime"),
        ("system.", "1", I32, "reboot.pending reboot.unexpected"),
        ("system.filesystem.", "1", D, "utilization"),
        ("system.filesystem.", "By", D, "usage limit"),
        ("system.disk.", "By/s", D, "io"),
        ("system.disk.", "1", D, "operation_time"),
        ("system.network.", "By/s", D, "io"),
        ("system.network.", "{error}/s", D, "errors"),
        ("system.network.", "{packet}/s", D, "packet.dropped"),
        ("process.", "{process}", I32, "count"),
        ("process.", "1", D, "cpu.utilization"),
        ("process.", "By", D, "memory.usage"),
        ("process.", "s", D, "uptime"),
        ("hw.", "1", I32, "status ups.source network.up network.admin"),
        ("hw.", "Cel", D, "temperature temperature.limit"),
        ("hw.", "{rpm}", D, "fan.speed"),
        ("hw.", "V", D, "voltage"),
        ("hw.", "A", D, "current"),
        ("hw.", "W", D, "power"),
        ("hw.", "Hz", D, "frequency"),
        ("hw.", "1", D, "humidity battery.charge ups.load network.bandwidth.utilization"),
        ("hw.", "s", D, "battery.time_left"),
        ("hw.", "By/s", D, "network.io network.bandwidth.limit"),
        ("hw.", "{packet}/s", D, "network.packets"),
        ("hw.", "{error}/s", D, "errors"),
        ("hw.", "1", D, "physical_disk.smart physical_disk.endurance_utilization logical_disk.utilization"),
        ("hw.", "1", D, "logical_disk.rebuild.progress"),
        ("classroom.", "s", D, "clock.offset round_trip"),
        ("classroom.", "1", D, "reachability"),
        ("classroom.recording.", "1", I32, "active"),
        ("classroom.recording.", "By", D, "bytes"),
        ("classroom.recording.", "By/s", D, "growth"),
        ("classroom.recording.", "s", D, "duration start.delay frame.age video.black.duration video.freeze.duration"),
        ("classroom.recording.", "s", D, "audio.silence.duration upload.oldest"),
        ("classroom.recording.", "1", D, "duration.ratio frame.dropped audio.clipping"),
        ("classroom.recording.", "{frame}/s", D, "frame.rate"),
        ("classroom.recording.", "dB", D, "audio.level"),
        ("classroom.recording.", "{file}", I32, "upload.backlog"),
        ("classroom.recording.", "h", D, "hours_left"),
        ("classroom.projector.", "1", I32, "power input mute freeze"),
        ("classroom.projector.", "h", D, "lamp.time lamp.limit filter.time"),
        ("classroom.", "1", D, "microphone.battery"),
        ("classroom.", "1", I32, "microphone.mute signal.lock"),
        ("classroom.", "{person}", I32, "occupancy"),
        ("classroom.agent.outbox.", "{entry}", I64, "depth dropped"),
        ("classroom.agent.", "{failure}", I64, "outbox.failures"),
        ("classroom.agent.", "1", I32, "outbox.in_memory"),
        ("classroom.agent.", "{jump}", I64, "clock.jumps"),
        ("classroom.agent.", "{sleep}", I64, "sleeps"),
        ("classroom.agent.", "{change}", I64, "network.changes"),
        ("classroom.agent.", "s", D, "outbox.oldest probe.duration"),
        ("classroom.agent.", "{failure}", I64, "probe.failures"),
        ("classroom.agent.traps.", "{trap}", I64, "received dropped refused"),
        ("classroom.agent.", "{computer}", I64, "clones"),  # the host's own: so many computers are one agent
    )
    for prefix, unit, datatype, names in rows:
        for name in names.split():
            yield Entry(prefix + name, unit, datatype)


CATALOGUE: Final = {entry.metric: entry for entry in _entries()}


def full_name(metric: str, instance: str = "") -> str:
    """Return the name that travels: `metric` or `metric[instance]`."""
    return f"{metric}[{instance}]" if instance else metric


def split_name(name: str) -> tuple[str, str]:
    """Return (metric, instance) of a name that travelled; the instance is empty where there is none."""
    if name.endswith("]"):
        metric, bracket, instance = name[:-1].partition("[")
        if bracket and metric and instance:
            return metric, instance
    return name, ""
