"""A program of the user's own that prints readings. In: words, a format. Out: what it told, and its exit status.

Exit status as monitoring plug-ins have it: 0 ok, 1 warning, 2 critical, anything else unknown.
"""

from collections.abc import Mapping as Map
from datetime import datetime
from typing import ClassVar, Final

from agent.errors import ProbeError
from agent.probe_tables import CommandTable
from agent.probes.found import Unreadable, found_in
from agent.probes.mapping import Mapping
from agent.probes.program import find_program, run
from agent.reading import Reading
from wire.catalogue import HwState

_STATES: Final = {0: HwState.OK, 1: HwState.DEGRADED, 2: HwState.FAILED}


class Command:
    """One program. With `device` it tells of that device: its failure is the device's silence."""

    has_rates = False
    # Beside what its configuration names, or what is a reading as it is.
    gives: ClassVar[tuple[str, ...]] = ("hw.status",)

    def __init__(self, table: CommandTable) -> None:
        self._table = table
        self._mapping = Mapping(table.name, table.format, table.value)
        # A plug-in's exit status is its very answer.
        self._status = table.status or (table.name if table.format == "nagios" else "")
        self.interval_s = table.interval_s
        self.device = table.device
        self.role = table.role
        self.properties: Map[str, str] = {}
        self.troubles: list[str] = []

    @property
    def name(self) -> str:
        """What it is called in `classroom.agent.probe.*[name]`."""
        return f"command:{self._table.name}"

    def read(self, now: datetime) -> list[Reading]:
        """Run the program and return what it told.

        Raises:
            ProbeError: it is not here, was not ready in time, failed, or printed something else.
        """
        self.troubles = []
        table = self._table
        done = run([find_program(table.run[0]), *table.run[1:]], table.timeout_s)
        if done.status and (not self._status or done.status < 0):
            raise ProbeError(f"{table.run[0]} ended with {done.status}: {done.complaint()}")
        readings = []
        if self._status:
            readings.append(Reading("hw.status", _STATES.get(done.status, HwState.UNKNOWN), self._status))
            if done.status not in (0, 1, 2):
                self.troubles.append(f"{table.run[0]} ended with {done.status}: {done.complaint()}")
        try:
            readings += self._mapping.readings(found_in(done.text, table.format), self.troubles)
        except Unreadable as error:
            if not self._status:
                raise ProbeError(str(error)) from error
            if table.value:
                self.troubles.append(str(error))
        return [Reading(r.metric, r.value, r.instance, self.device, r.unit) for r in readings]
