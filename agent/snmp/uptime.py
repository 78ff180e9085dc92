"""How long a device has been up. In: its clocks. Out: seconds, and whether it was restarted since.

sysUpTime wraps after 497 days and, on hosts, counts from the start of the SNMP agent alone: the host's own clock
and the SNMP engine's are asked first.
"""

from collections.abc import Mapping
from typing import Final

from agent.snmp.engine import Value
from agent.snmp.session import SYS_UP_TIME

HR_SYSTEM_UPTIME: Final = "1.3.6.1.2.1.25.1.1.0"
ENGINE_TIME: Final = "1.3.6.1.6.3.10.2.1.3.0"
ENGINE_BOOTS: Final = "1.3.6.1.6.3.10.2.1.2.0"
UPTIME_OIDS: Final = (SYS_UP_TIME, HR_SYSTEM_UPTIME, ENGINE_TIME, ENGINE_BOOTS)
WRAP_S: Final = 2**32 / 100
# Clocks of small devices run badly.
SLACK_S: Final = 30.0


def uptime_s(clocks: Mapping[str, Value]) -> float | None:
    """Return how long the device has been up, with the wraps of its ticks undone where the engine's time tells."""
    engine = clocks.get(ENGINE_TIME)
    for oid in (HR_SYSTEM_UPTIME, SYS_UP_TIME):
        ticks = clocks.get(oid)
        if isinstance(ticks, int):
            up_s = ticks / 100
            if isinstance(engine, int) and engine > up_s + WRAP_S / 2:
                up_s += round((engine - up_s) / WRAP_S) * WRAP_S
            return up_s
    return float(engine) if isinstance(engine, int) else None


class RestartWatch:
    """Tells a restart from a wrap."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None

    def restarted(self, up_s: float | None, now_s: float) -> bool:
        """Tell whether the device was restarted since the last call; at the first call it was not."""
        last, self._last = self._last, (up_s, now_s) if up_s is not None else None
        if last is None or up_s is None or up_s + SLACK_S >= last[0]:
            return False
        would_be = last[0] + now_s - last[1]
        return not (would_be >= WRAP_S - SLACK_S and abs(would_be - WRAP_S - up_s) < SLACK_S + would_be * 0.001)
