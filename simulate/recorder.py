"""What a healthy recorder PC reports. In: the scene of its room. Out: readings with catalogue names."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from agent.reading import Reading
from simulate.scene import Scene

PROGRAM: Final = "recorder"
SYSTEM_VOLUME: Final = "C:"
DATA_VOLUME: Final = "D:"
_GB: Final = float(1 << 30)
_SYSTEM_BYTES: Final = 256 * _GB
DATA_BYTES: Final = 4096 * _GB
_MEMORY_BYTES: Final = 16 * _GB
_STREAM_BYTES_S: Final = 1.15e6  # about 9 Mbit/s of picture and sound


def read_recorder(scene: Scene, cameras: Sequence[str]) -> Iterator[Reading]:
    """Give the readings of one step; `cameras` are the sources that it records."""
    yield from _machine(scene)
    yield from _volumes(scene)
    yield from _recording(scene, cameras)
    yield Reading("process.count", 1, PROGRAM)
    yield Reading("process.memory.usage", scene.drifting("program.memory", 0.9 * _GB, 0.01 * _GB), PROGRAM)
    yield Reading("classroom.clock.offset", scene.drifting("offset", 0.0, 0.02))


def read_gateway(scene: Scene) -> Iterator[Reading]:
    """Give the readings of one step of the small computer in a cabinet."""
    yield Reading("system.cpu.utilization", _ratio(scene.drifting("cpu", 0.08, 0.02, pull=0.4)))
    yield Reading("system.memory.utilization", _ratio(scene.drifting("memory", 0.31, 0.004)))
    yield Reading("system.uptime", round(scene.once("up", 3600, 90 * 86400) + scene.up_s))
    yield Reading("system.filesystem.utilization", _ratio(scene.once("root", 0.2, 0.4)), "/")
    yield Reading("classroom.clock.offset", scene.drifting("offset", 0.0, 0.02))


def hours_left(used: float) -> float:
    """Return how many hours can still be recorded when a share of the volume of recordings is used."""
    return (1 - used) * DATA_BYTES / (_STREAM_BYTES_S * 3600)


def _machine(scene: Scene) -> Iterator[Reading]:
    busy = scene.is_recording
    cpu = _ratio(scene.drifting("cpu", 0.46 if busy else 0.07, 0.03, pull=0.4))
    memory = _ratio(scene.drifting("memory", 0.52 if busy else 0.34, 0.006))
    yield Reading("system.cpu.utilization", cpu)
    yield Reading("process.cpu.utilization", _ratio(cpu * (0.8 if busy else 0.1)), PROGRAM)
    yield Reading("system.memory.utilization", memory)
    yield Reading("system.memory.usage", round(memory * _MEMORY_BYTES))
    yield Reading("system.uptime", round(scene.once("up", 3600, 30 * 86400) + scene.up_s))
    sent = abs(scene.drifting("net.out", _STREAM_BYTES_S if busy else 3e3, 2e4 if busy else 800, pull=0.5))
    yield Reading("system.network.io", round(sent), "eth0:transmit")
    yield Reading("system.network.io", round(sent * 0.04 + 900), "eth0:receive")
    yield Reading("hw.temperature", scene.drifting("cpu.temp", 38 + 30 * cpu, 0.4), "cpu")


def _volumes(scene: Scene) -> Iterator[Reading]:
    system = _ratio(scene.drifting("volume.c", scene.once("c", 0.35, 0.6), 0.0002, pull=0.01))
    # Recordings pile up in the teaching hours and are moved away at night.
    data = _ratio(scene.once("d", 0.35, 0.72) + 0.06 * math.sin(2 * math.pi * (scene.day_share - 0.3)))
    for volume, used, size in ((SYSTEM_VOLUME, system, _SYSTEM_BYTES), (DATA_VOLUME, data, DATA_BYTES)):
        yield Reading("system.filesystem.utilization", used, volume)
        yield Reading("system.filesystem.usage", round(used * size), volume)
        yield Reading("system.filesystem.limit", size, volume)
    yield Reading("classroom.recording.hours_left", hours_left(data))


def _recording(scene: Scene, cameras: Sequence[str]) -> Iterator[Reading]:
    is_on = scene.is_recording
    gone_s = scene.lesson.gone_s if scene.lesson else 0.0
    growth = max(0.0, scene.drifting("growth", _STREAM_BYTES_S, 3e4, pull=0.5)) if is_on else 0.0
    yield Reading("classroom.recording.active", int(is_on))
    yield Reading("classroom.recording.growth", growth)
    yield Reading("classroom.recording.bytes", round(gone_s * _STREAM_BYTES_S) if is_on else 0)
    for camera in cameras:
        rate = scene.drifting(f"rate.{camera}", 25.0, 0.15, pull=0.6) if is_on else 0.0
        yield Reading("classroom.recording.frame.rate", rate, camera)
        yield Reading("classroom.recording.frame.age", abs(scene.random.gauss(0.05, 0.02)), camera)
        yield Reading("classroom.recording.frame.dropped", abs(scene.random.gauss(0, 0.0006)), camera)
    talk = -24 if scene.lesson else -58
    yield Reading("classroom.recording.audio.level", min(-1.0, scene.drifting("audio", talk, 3.5, pull=0.5)), "main")
    waiting = max(0, round(scene.drifting("backlog", 2.0, 0.6, pull=0.05)))
    yield Reading("classroom.recording.upload.backlog", waiting)
    yield Reading("classroom.recording.upload.oldest", waiting * 900.0)


def _ratio(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 5)
