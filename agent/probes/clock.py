"""How far this computer's clock is off. Out: `classroom.clock.offset`, positive when it is behind.

Servers that are configured are asked by ourselves; otherwise the computer's own time service is: chrony, or w32time.
"""

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final

from agent.errors import ProbeError
from agent.probe_tables import ClockTable
from agent.probes import sntp
from agent.probes.program import find_program, run
from agent.reading import Reading

_PROGRAM_S: Final = 10.0
# A server that has asked for rest is left alone for this many readings.
_REST: Final = 60
_CHRONY: Final = re.compile(r"^System time\s*: (\d+(?:\.\d+)?) seconds (slow|fast) of NTP time", re.MULTILINE)
_CHRONY_LEAP: Final = re.compile(r"^Leap status\s*: Not synchronised", re.MULTILINE | re.IGNORECASE)
_W32TM: Final = re.compile(r", ([+-]\d+[.,]\d+)s\s*$", re.MULTILINE)
_W32TM_SOURCE: Final = re.compile(r"^[^,\s]+")


class Clock:
    """One reading: the median of what the servers say, or what the time service says."""

    name = "clock"
    gives: ClassVar[tuple[str, ...]] = ("classroom.clock.offset",)
    has_rates = False

    def __init__(self, table: ClockTable, *, port: int = sntp.PORT, platform: str = sys.platform) -> None:
        self.interval_s = table.interval_s
        self.troubles: list[str] = []
        self._servers = table.servers
        self._timeout_s = table.timeout_s
        self._port = port
        self._platform = platform
        self._resting: dict[str, tuple[int, str]] = {}

    def read(self, now: datetime) -> Iterator[Reading]:
        """Return the offset.

        Raises:
            ProbeError: nobody tells the time.
        """
        self.troubles = []
        if self._servers:
            offset_s = self._asked()
        elif self._platform == "win32":
            offset_s = w32time_offset()
        else:
            offset_s = chrony_offset()
        yield Reading("classroom.clock.offset", offset_s)

    def _asked(self) -> float:
        offsets = []
        for server in self._servers:
            turns, why = self._resting.get(server, (0, ""))
            if turns:
                self._resting[server] = (turns - 1, why)
                self.troubles.append(why)
                continue
            try:
                offsets.append(sntp.ask(server, port=self._port, timeout_s=self._timeout_s).offset_s)
            except sntp.KissOfDeath as error:
                self._resting[server] = (_REST, str(error))
                self.troubles.append(str(error))
            except ProbeError as error:
                self.troubles.append(str(error))
        if not offsets:
            what = "; ".join(self.troubles)
            self.troubles = []
            raise ProbeError(what)
        return _median(offsets)


def _median(values: list[float]) -> float:
    """As `statistics.median`, whose module is ten times the size of this one's need."""
    values.sort()
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def chrony_offset() -> float:
    """Return what chrony knows.

    Raises:
        ProbeError: there is no chrony, or it does not know the time.
    """
    program = find_program("chronyc", get="install chrony, or name NTP servers in [clock] servers")
    done = run([program, "-n", "tracking"], _PROGRAM_S)
    found = _CHRONY.search(done.text)
    if done.status != 0 or found is None:
        raise ProbeError(f"chrony does not tell the time: {done.complaint()}")
    if _CHRONY_LEAP.search(done.text):
        raise ProbeError("chrony is not synchronised: name NTP servers in [clock] servers to measure the offset")
    return float(found[1]) * (1 if found[2] == "slow" else -1)


def w32time_offset() -> float:
    """Return the offset to the server that Windows Time follows, as w32tm measures it.

    Raises:
        ProbeError: the service does not run, follows no server, or the server does not answer.
    """
    program = find_program("w32tm")
    source = run([program, "/query", "/source"], _PROGRAM_S)
    # "time.windows.com,0x9"; the sources that are no server ("Local CMOS Clock", in any language) have no dot.
    found = _W32TM_SOURCE.match(source.text.strip())
    if source.status != 0 or found is None or "." not in found[0]:
        raise ProbeError(f"Windows Time follows no server: {source.complaint()}; name NTP servers in [clock] servers")
    words = [program, "/stripchart", f"/computer:{found[0]}", "/samples:1", "/dataonly"]
    done = run(words, _PROGRAM_S)
    measured = _W32TM.search(done.text)
    if measured is None:
        raise ProbeError(f"w32tm cannot measure against {found[0]}: {done.last_line()}")
    return float(measured[1].replace(",", "."))
