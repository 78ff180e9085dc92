"""What a metric can be. A device says "not there" with -1, -273, 32767 or 0xFFFFFFFF; none must become a reading."""

import math
from typing import Final

# Raw values that mean "not there" whatever the scale: -1 and the ends of signed and unsigned integers.
NOT_THERE: Final = frozenset({-1, -32768, 0x7FFFFFFF, -0x80000000, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF})

# In the catalogue's unit, generous to the odd device.
RANGE: Final[dict[str, tuple[float, float]]] = {
    "system.cpu.utilization": (0, 1.001),
    "system.memory.utilization": (0, 1.001),
    "system.paging.utilization": (0, 1.001),
    "system.memory.usage": (0, 1e15),
    "system.filesystem.utilization": (0, 1.1),
    "hw.logical_disk.utilization": (0, 1.1),
    "hw.temperature": (-60, 200),
    "hw.temperature.limit": (-60, 250),
    "hw.fan.speed": (0, 60_000),
    "hw.voltage": (-1_000, 1_500),
    "hw.current": (-5_000, 5_000),
    "hw.power": (-1e6, 1e7),
    "hw.frequency": (0, 1_000),
    "hw.humidity": (0, 1),
    "hw.battery.charge": (0, 1.2),
    "hw.battery.time_left": (0, 3e6),
    "hw.ups.load": (0, 5),
    "hw.physical_disk.endurance_utilization": (0, 10),
    "classroom.projector.lamp.time": (0, 200_000),
    "classroom.projector.lamp.limit": (0, 200_000),
    "classroom.projector.filter.time": (0, 200_000),
}
_ANY: Final = (-1e300, 1e300)


def is_plausible(metric: str, value: float) -> bool:
    """Tell whether a value in the metric's unit can be true."""
    low, high = RANGE.get(metric, _ANY)
    return math.isfinite(value) and low <= value <= high
