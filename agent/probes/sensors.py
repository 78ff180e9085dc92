"""Temperatures, fans and battery of this computer, as psutil reads them. Linux tells most, Windows only the battery."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, ClassVar, Final

import psutil

from agent.errors import ProbeError
from agent.probe_tables import SensorsTable
from agent.reading import Reading

# What a sensor that is not connected, or a limit that is not set, says is outside of this.
_COLDEST, _HOTTEST = -40.0, 150.0
_LEAST_LIMIT: Final = 20.0
# Chips whose names do not say that they sit in a processor, a graphics card or a disk; rules go by that.
_PARTS: Final = {
    "k10temp": "cpu",
    "k8temp": "cpu",
    "zenpower": "cpu",
    "amdgpu": "gpu",
    "nouveau": "gpu",
    "radeon": "gpu",
    "i915": "gpu",
    "xe": "gpu",
    "drivetemp": "disk",
}
_PROCESSORS: Final = frozenset({"coretemp", "k10temp", "zenpower"})


class Sensors:
    """The sensors of this computer. Of a processor only the whole is told, unless `per_core`."""

    name = "sensors"
    has_rates = False
    gives: ClassVar[tuple[str, ...]] = (
        "hw.temperature",
        "hw.temperature.limit",
        "hw.fan.speed",
        "hw.battery.charge",
        "hw.battery.time_left",
    )

    def __init__(self, table: SensorsTable) -> None:
        self.interval_s = table.interval_s
        self._per_core = table.per_core
        self._turning: set[str] = set()

    def read(self, now: datetime) -> list[Reading]:
        """Return what the sensors say.

        Raises:
            ProbeError: there are none.
        """
        readings = [*self._temperatures(), *self._fans(), *_battery()]
        if not readings:
            raise ProbeError(
                "this computer shows no sensors; a virtual machine has none, and Windows shows the battery only"
            )
        return readings

    def _temperatures(self) -> Iterator[Reading]:
        for name, sensor in _named(_ask("sensors_temperatures"), self._leaves_out):
            if not _COLDEST < sensor.current < _HOTTEST or sensor.current == 0:
                continue
            yield Reading("hw.temperature", sensor.current, name)
            for limit, value in (("high", sensor.high), ("critical", sensor.critical)):
                if value is not None and _LEAST_LIMIT <= value < _HOTTEST:
                    yield Reading("hw.temperature.limit", value, f"{name}:{limit}")

    def _leaves_out(self, chip: str, label: str) -> bool:
        return not self._per_core and chip in _PROCESSORS and label.startswith(("Core", "Tccd"))

    def _fans(self) -> Iterator[Reading]:
        for name, fan in _named(_ask("sensors_fans"), lambda _chip, _label: False):
            # Boards show sockets without a fan as one that stands; one that has turned is there.
            if fan.current > 0:
                self._turning.add(name)
            if name in self._turning:
                yield Reading("hw.fan.speed", float(fan.current), name)


def _ask(function: str) -> dict[str, Iterable[Any]]:
    ask: Callable[[], dict[str, Iterable[Any]]] | None = getattr(psutil, function, None)
    try:
        return ask() if ask is not None else {}
    except (OSError, RuntimeError, ValueError):
        return {}


def _named(chips: dict[str, Iterable[Any]], leaves_out: Callable[[str, str], bool]) -> Iterator[tuple[str, Any]]:
    """Yield sensors with a name of their own each: part, chip and label, and a number from the second of a kind on."""
    times: Counter[str] = Counter()
    for chip, sensors in chips.items():
        for sensor in sensors:
            if leaves_out(chip, sensor.label):
                continue
            name = " ".join(part for part in (_PARTS.get(chip, ""), chip, sensor.label) if part)
            times[name] += 1
            yield (name if times[name] == 1 else f"{name} {times[name]}"), sensor


def _battery() -> Iterator[Reading]:
    ask = getattr(psutil, "sensors_battery", None)
    try:
        battery = ask() if ask is not None else None
    except (OSError, RuntimeError, ValueError, NotImplementedError):
        return
    if battery is None:
        return
    yield Reading("hw.battery.charge", min(1.0, max(0.0, battery.percent / 100)))
    # Negative numbers say that it is not known, or does not run down.
    if battery.secsleft is not None and battery.secsleft >= 0 and not battery.power_plugged:
        yield Reading("hw.battery.time_left", float(battery.secsleft))
