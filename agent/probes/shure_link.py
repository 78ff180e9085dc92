"""One conversation with a Shure receiver. In: properties such as `BATT_CHARGE`. Out: what it reports of them.

Source: Shure's command strings for QLX-D, ULX-D, SLX-D and Axient Digital: ASCII over TCP port 2202, such as
`< GET 1 CHAN_NAME >`, `< REP 1 CHAN_NAME {Lectern} >`, `< REP ERR >`. A receiver also reports what changes on its own,
in between.
"""

import re
from typing import Final

from agent.errors import ProbeError
from agent.probes.device_link import DeviceLink

PORT: Final = 2202
_LONGEST: Final = 1024
# Reports and samples of other things than what we asked that are stepped over before we give up.
_MOST_STRAY: Final = 200
_REPORT: Final = re.compile(r"<\s*(REP|SAMPLE)\s+(?:(\d)\s+)?([^\s>]+)\s*(\{[^}]*\}|[^>]*?)\s*>")


class Link:
    """A connection. Use as a context manager."""

    def __init__(self, host: str, port: int, *, timeout_s: float, total_s: float) -> None:
        """Connect.

        Raises:
            SilentDevice: nobody is there.
            ProbeError: nobody knows the name.
        """
        self._device = DeviceLink(host, port, usual_port=PORT, timeout_s=timeout_s, total_s=total_s)
        self._buffer = ""

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        self._device.close()

    def ask(self, name: str, channel: int | None = None) -> str | None:
        """Return what the receiver reports of a property, of one channel or of itself; None where it has none such.

        Raises:
            SilentDevice: it does not answer in time, or hangs up.
            ProbeError: it is no Shure receiver.
        """
        of = "" if channel is None else f"{channel} "
        until_s = self._device.until_s()
        self._device.send(f"< GET {of}{name} >\r\n", until_s)
        for _ in range(_MOST_STRAY):
            kind, index, what, value = self._report(until_s)
            if kind != "REP":
                continue
            if what == "ERR":
                return None
            if what == name and index == ("" if channel is None else str(channel)):
                return value.strip("{} ")
        raise ProbeError(f"{self._device.where} reports other things than {name}")

    def _report(self, until_s: float) -> tuple[str, str, str, str]:
        while True:
            found = _REPORT.search(self._buffer)
            if found is not None:
                self._buffer = self._buffer[found.end() :]
                return found[1], found[2] or "", found[3], found[4]
            if len(self._buffer) > _LONGEST:
                raise ProbeError(f"{self._device.where} is no Shure receiver: it says {self._buffer[:40]!r}")
            self._buffer += self._device.receive(until_s).decode("ascii", "replace")
