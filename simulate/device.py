"""What the healthy devices of a room report. In: the scene of the room. Out: readings with catalogue names."""

from collections.abc import Callable, Iterator
from typing import Final

from agent.reading import Reading
from simulate.place import Thing
from simulate.scene import Scene
from wire.catalogue import HwState, Role, UpsSource

Model = Callable[[Scene, Thing], Iterator[Reading]]
_POWER_OFF, _POWER_ON = 0, 1
_PORTS: Final = range(1, 9)
_BAYS: Final = 4


def read_device(scene: Scene, thing: Thing) -> Iterator[Reading]:
    """Give the readings of one step of a device; of a role without a model, none."""
    model = MODELS.get(thing.role)
    if model is not None:
        yield from model(scene, thing)


def _camera(scene: Scene, thing: Thing) -> Iterator[Reading]:
    of = thing.id
    yield Reading("hw.status", HwState.OK, "camera:head", of)
    warmth = 44 if scene.is_recording else 37
    yield Reading("hw.temperature", scene.drifting(f"{of}.temp", warmth, 0.3, pull=0.05), "board", of)
    yield Reading("system.uptime", round(scene.once(f"{of}.up", 3600, 90 * 86400) + scene.up_s), "", of)


def _projector(scene: Scene, thing: Thing) -> Iterator[Reading]:
    of, is_on = thing.id, scene.lesson is not None
    yield Reading("classroom.projector.power", _POWER_ON if is_on else _POWER_OFF, "", of)
    lamp_h = scene.growing(f"{of}.lamp", scene.once(f"{of}.lamp.then", 300, 2400), (1 / 3600) if is_on else 0.0)
    yield Reading("classroom.projector.lamp.time", lamp_h, "1", of)
    yield Reading("classroom.projector.lamp.limit", 4000.0, "1", of)
    yield Reading("hw.temperature", scene.drifting(f"{of}.temp", 41 if is_on else 26, 0.4, pull=0.05), "intake", of)
    for part in ("fan:1", "lamp:1", "filter:1"):
        yield Reading("hw.status", HwState.OK, part, of)


def _mixer(scene: Scene, thing: Thing) -> Iterator[Reading]:
    of = thing.id
    talk = -22 if scene.lesson else -60
    yield Reading("hw.status", HwState.OK, "audio:main", of)
    level = min(-1.0, scene.drifting(f"{of}.level", talk, 3.0, pull=0.5))
    yield Reading("classroom.recording.audio.level", level, "mix", of)


def _microphone(scene: Scene, thing: Thing) -> Iterator[Reading]:
    of = thing.id
    charge = 0.35 + 0.6 * (1 - scene.day_share)
    yield Reading("classroom.microphone.battery", round(scene.drifting(f"{of}.charge", charge, 0.002), 4), "1", of)
    yield Reading("hw.status", HwState.OK, "receiver:1", of)


def _ups(scene: Scene, thing: Thing) -> Iterator[Reading]:
    of = thing.id
    load = min(0.7, max(0.05, scene.drifting(f"{of}.load", 0.38 if scene.lesson else 0.16, 0.01)))
    yield Reading("hw.ups.source", UpsSource.MAINS, "", of)
    yield Reading("hw.battery.charge", 1.0, "", of)
    yield Reading("hw.battery.time_left", round(1080 / load), "", of)
    yield Reading("hw.ups.load", round(load, 4), "", of)
    yield Reading("hw.voltage", scene.drifting(f"{of}.volt", 228, 0.8), "input", of)
    yield Reading("hw.status", HwState.OK, "battery:1", of)


def _switch(scene: Scene, thing: Thing) -> Iterator[Reading]:
    of = thing.id
    yield Reading("system.uptime", round(scene.once(f"{of}.up", 86400, 200 * 86400) + scene.up_s), "", of)
    for port in _PORTS:
        rate = 1.2e6 if scene.is_recording and port < 3 else 4e3
        bytes_s = abs(scene.drifting(f"{of}.{port}", rate, rate * 0.04, pull=0.5))
        yield Reading("hw.network.up", 1, str(port), of)
        yield Reading("hw.network.admin", 1, str(port), of)
        yield Reading("hw.network.io", round(bytes_s), f"{port}:receive", of)


def _storage(scene: Scene, thing: Thing) -> Iterator[Reading]:
    of = thing.id
    used = scene.growing(f"{of}.used", scene.once(f"{of}.used.then", 0.4, 0.65), 1e-8)
    yield Reading("hw.status", HwState.OK, "logical_disk:1", of)
    for bay in range(1, _BAYS + 1):
        yield Reading("hw.status", HwState.OK, f"physical_disk:{bay}", of)
    yield Reading("system.filesystem.utilization", min(0.9, used), "/recordings", of)
    yield Reading("hw.temperature", scene.drifting(f"{of}.temp", 36, 0.3, pull=0.05), "chassis", of)
    yield Reading("system.uptime", round(scene.once(f"{of}.up", 86400, 200 * 86400) + scene.up_s), "", of)


MODELS: Final[dict[Role, Model]] = {
    Role.CAMERA: _camera,
    Role.PROJECTOR: _projector,
    Role.MIXER: _mixer,
    Role.MICROPHONE: _microphone,
    Role.UPS: _ups,
    Role.SWITCH: _switch,
    Role.STORAGE: _storage,
}
