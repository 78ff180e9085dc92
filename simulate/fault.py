"""The faults a simulation knows: what each does to a machine, its connection, or the readings of a device."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from agent.reading import Reading
from simulate.place import Room
from simulate.recorder import DATA_BYTES, DATA_VOLUME, PROGRAM, hours_left
from wire.catalogue import HwState, Role, UpsSource

Number = float
Change = Callable[[Number, Number, Mapping[str, Number]], Number]
"""Returns what a reading becomes: from its healthy value, the seconds since the fault began, and the options."""


class Act(Enum):
    """What a fault does."""

    KILL = auto()  # the machine is gone without a word: its socket closes and the broker tells
    FREEZE = auto()  # the machine stands still: nothing is read, nothing is sent, the socket stays open
    SHUT_DOWN = auto()  # the machine says that it shuts down, and goes
    CUT = auto()  # nothing gets through; the machine goes on and keeps its readings
    SILENCE = auto()  # a device no longer answers its machine
    LOSE = auto()  # a switch no longer answers its gateway, and nothing gets through from the rooms that hang on it
    READ = auto()  # readings are not what they were


class Scope(Enum):
    """What a fault happens to."""

    ROOM = auto()  # its machine, or a device in it
    PLACE = auto()  # a room or a whole site
    DEVICE = auto()  # a device that must be named


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What becomes of one metric of the device; `instance` "" is any."""

    metric: str
    instance: str = ""
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of fault. `role` is whose device is meant where a room is named; `options` are those it takes.

    `has_parts`: it may hit one part or source alone, which `component` names.
    """

    name: str
    about: str
    act: Act
    scope: Scope = Scope.ROOM
    role: Role = Role.RECORDER_PC
    effects: tuple[Effect, ...] = ()
    options: Mapping[str, Number] = field(default_factory=dict)
    has_parts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: from `at_s` of the simulation on, for `for_s` seconds; None: to its end.

    `room` is `site/room`, `device` a device id; a fault of a whole site has neither.
    """

    kind: Kind
    at_s: float
    for_s: float | None
    site: str
    room: str = ""
    device: str = ""
    component: str = ""
    reading: Reading | None = None  # of kind `reading`: which, and what it says
    options: Mapping[str, Number] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Return what it happens to, as people name it."""
        return self.device if self.device.count(":") == 2 else self.room or self.site

    def hits(self, room: Room) -> bool:
        """Tell whether it happens to a room or cabinet: to its machine, what that reads, or its way to the broker."""
        if self.kind.act is Act.LOSE and room.switch == self.device:
            return True
        if self.device:
            return room.node == self.device.rpartition(":")[0] or room.node == self.device
        return room.site == self.site and self.room in ("", room.key)

    def changed(self, reading: Reading, elapsed_s: float) -> Reading:
        """Return what a reading of its device becomes."""
        if self.reading is not None:
            hit = (self.reading.metric, self.reading.instance) == (reading.metric, reading.instance)
            return _with_value(reading, self.reading.value) if hit else reading
        for effect in self.kind.effects:
            if effect.metric == reading.metric and _is_meant(effect.instance or self.component, reading.instance):
                options = {**self.kind.options, **self.options}
                value = effect.change(float(reading.value), elapsed_s, options)
                return _with_value(reading, round(value) if isinstance(reading.value, int) else value)
        return reading


def _is_meant(wanted: str, instance: str) -> bool:
    return not wanted or wanted == instance


def _with_value(reading: Reading, value: float) -> Reading:
    return Reading(reading.metric, value, reading.instance, reading.device, reading.unit)


def _to(value: float) -> Change:
    return lambda _base, _elapsed, _options: value


def _rising_to(option: str) -> Change:
    return lambda base, elapsed_s, options: _on_the_way(base, options[option], elapsed_s, options)


def _on_the_way(base: Number, to: Number, elapsed_s: Number, options: Mapping[str, Number]) -> Number:
    over_s = options["over"]
    return base + (to - base) * (1.0 if over_s <= 0 else min(1.0, elapsed_s / over_s))


def _used_bytes(base: Number, elapsed_s: Number, options: Mapping[str, Number]) -> Number:
    return _on_the_way(base, options["peak"] * DATA_BYTES, elapsed_s, options)


def _hours_left(base: Number, elapsed_s: Number, options: Mapping[str, Number]) -> Number:
    return _on_the_way(base, hours_left(options["peak"]), elapsed_s, options)


def _since(_base: Number, elapsed_s: Number, _options: Mapping[str, Number]) -> Number:
    return elapsed_s


def _minutes_left(_base: Number, elapsed_s: Number, options: Mapping[str, Number]) -> Number:
    return max(0.0, options["minutes_left"] * 60 - elapsed_s * options["drain"])


def _charge(base: Number, elapsed_s: Number, options: Mapping[str, Number]) -> Number:
    return base * _minutes_left(base, elapsed_s, options) / max(1.0, options["minutes_left"] * 60)


def _of_limit(_base: Number, _elapsed_s: Number, options: Mapping[str, Number]) -> Number:
    return options["share"] * 4000.0


_KINDS: Final = (
    Kind(name="machine-killed", about="the recorder PC loses power", act=Act.KILL),
    Kind(name="machine-frozen", about="the recorder PC stands still", act=Act.FREEZE),
    Kind(name="machine-off", about="the recorder PC is shut down, and says so", act=Act.SHUT_DOWN),
    Kind(name="link-down", about="the network of a room or site is gone", act=Act.CUT, scope=Scope.PLACE),
    Kind(
        name="switch-lost",
        about="a switch of a site is gone, and with it all rooms that hang on it",
        act=Act.LOSE,
        scope=Scope.DEVICE,
        role=Role.SWITCH,
    ),
    Kind(name="device-gone", about="a device no longer answers", act=Act.SILENCE, scope=Scope.DEVICE),
    Kind(
        name="disk-filling",
        about="the volume of recordings fills up to `peak` within `over` seconds",
        act=Act.READ,
        effects=(
            Effect(metric="system.filesystem.utilization", instance=DATA_VOLUME, change=_rising_to("peak")),
            Effect(metric="system.filesystem.usage", instance=DATA_VOLUME, change=_used_bytes),
            Effect(metric="classroom.recording.hours_left", change=_hours_left),
        ),
        options={"peak": 0.965, "over": 30},
    ),
    Kind(
        name="cpu-saturated",
        about="something eats the processor up to `peak` within `over` seconds",
        act=Act.READ,
        effects=(Effect(metric="system.cpu.utilization", change=_rising_to("peak")),),
        options={"peak": 0.985, "over": 10},
    ),
    Kind(
        name="memory-short",
        about="the recorder leaks memory up to `peak` within `over` seconds",
        act=Act.READ,
        effects=(Effect(metric="system.memory.utilization", change=_rising_to("peak")),),
        options={"peak": 0.97, "over": 30},
    ),
    Kind(
        name="program-gone",
        about="the recording program has crashed",
        act=Act.READ,
        effects=(
            Effect(metric="process.count", instance=PROGRAM, change=_to(0)),
            Effect(metric="process.cpu.utilization", instance=PROGRAM, change=_to(0)),
            Effect(metric="process.memory.usage", instance=PROGRAM, change=_to(0)),
            Effect(metric="classroom.recording.active", change=_to(0)),
            Effect(metric="classroom.recording.growth", change=_to(0)),
            Effect(metric="classroom.recording.frame.rate", change=_to(0)),
        ),
    ),
    Kind(
        name="not-recording",
        about="the recorder runs and does not record",
        act=Act.READ,
        effects=(
            Effect(metric="classroom.recording.active", change=_to(0)),
            Effect(metric="classroom.recording.growth", change=_to(0)),
        ),
    ),
    Kind(
        name="not-growing",
        about="the recorder says that it records, and its file does not grow",
        act=Act.READ,
        effects=(Effect(metric="classroom.recording.growth", change=_to(0)),),
    ),
    Kind(
        name="frames-stalled",
        about="the picture stands still: of all cameras, or of `component`",
        act=Act.READ,
        has_parts=True,
        effects=(
            Effect(metric="classroom.recording.frame.age", change=_since),
            Effect(metric="classroom.recording.frame.rate", change=_to(0)),
        ),
    ),
    Kind(
        name="no-sound",
        about="nothing comes from the microphones",
        act=Act.READ,
        effects=(Effect(metric="classroom.recording.audio.level", change=_to(-90.0)),),
    ),
    Kind(
        name="upload-behind",
        about="recordings are not uploaded",
        act=Act.READ,
        effects=(
            Effect(metric="classroom.recording.upload.oldest", change=_rising_to("oldest")),
            Effect(metric="classroom.recording.upload.backlog", change=_rising_to("files")),
        ),
        options={"oldest": 100_000, "files": 40, "over": 20},
    ),
    Kind(
        name="clock-off",
        about="the clock goes wrong by `offset` seconds",
        act=Act.READ,
        effects=(Effect(metric="classroom.clock.offset", change=_rising_to("offset")),),
        options={"offset": 45, "over": 20},
    ),
    Kind(
        name="too-hot",
        about="a device is `peak` degrees warm after `over` seconds",
        act=Act.READ,
        role=Role.PROJECTOR,
        effects=(Effect(metric="hw.temperature", change=_rising_to("peak")),),
        options={"peak": 78, "over": 60},
    ),
    Kind(
        name="ups-on-battery",
        about="mains are gone; `minutes_left` run down `drain` times as fast as the clock",
        act=Act.READ,
        role=Role.UPS,
        effects=(
            Effect(metric="hw.ups.source", change=_to(UpsSource.BATTERY)),
            Effect(metric="hw.battery.time_left", change=_minutes_left),
            Effect(metric="hw.battery.charge", change=_charge),
            Effect(metric="hw.voltage", instance="input", change=_to(0)),
        ),
        options={"minutes_left": 40, "drain": 1},
    ),
    Kind(
        name="lamp-worn",
        about="the lamp has burned for `share` of its hours",
        act=Act.READ,
        role=Role.PROJECTOR,
        effects=(Effect(metric="classroom.projector.lamp.time", change=_of_limit),),
        options={"share": 0.85},
    ),
    Kind(
        name="component-failed",
        about="a part of a device has failed: all of its parts, or `component`",
        act=Act.READ,
        scope=Scope.DEVICE,
        effects=(Effect(metric="hw.status", change=_to(HwState.FAILED)),),
        has_parts=True,
    ),
    Kind(
        name="component-degraded",
        about="a part of a device is degraded: all of its parts, or `component`",
        act=Act.READ,
        scope=Scope.DEVICE,
        effects=(Effect(metric="hw.status", change=_to(HwState.DEGRADED)),),
        has_parts=True,
    ),
    Kind(name="reading", about="`metric` reads `value`", act=Act.READ, scope=Scope.DEVICE),
)

KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _KINDS}
