"""One conversation with a Shure receiver. In: properties such as `BATT_CHARGE`. Out: what it reports of them.

Source: Shure's command strings for QLX-D, ULX-D, SLX-D and Axient Digital: ASCII over TCP port 2202, such as
`< GET 1 CHAN_NAME >`, `< REP 1 CHAN_NAME {Lectern} >`, `< REP ERR >`. A receiver also reports what changes on its own,
in between.
"""

import re
import socket
from typing import Final

from agent.errors import ProbeError
from agent.now import monotonic_s

PORT: Final = 2202
_LONGEST: Final = 1024
# Reports and samples of other things than what we asked that are stepped over before we give up.
_MOST_STRAY: Final = 200
_REPORT: Final = re.compile(r"<\s*(REP|SAMPLE)\s+(?:(\d)\s+)?([^\s>]+)\s*(\{[^}]*\}|[^>]*?)\s*>")


class SilentReceiver(ProbeError):
    """The receiver cannot be reached, or does not answer."""


class Link:
    """A connection. Use as a context manager."""

    def __init__(self, host: str, port: int, *, timeout_s: float, total_s: float) -> None:
        """Connect.

        Raises:
            SilentReceiver: nobody is there.
            ProbeError: nobody knows the name.
        """
        self._where = f"{host}:{port}" if port != PORT else host
        self._timeout_s = timeout_s
        self._until_s = monotonic_s() + total_s
        self._buffer = ""
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout_s)
        except socket.gaierror as error:
            raise ProbeError(f"{host} cannot be found: {error.strerror}") from error
        except OSError as error:
            raise SilentReceiver(f"{self._where} cannot be reached: {error.strerror or error}") from error

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, name: str, channel: int | None = None) -> str | None:
        """Return what the receiver reports of a property, of one channel or of itself; None where it has none such.

        Raises:
            SilentReceiver: it does not answer in time, or hangs up.
            ProbeError: it is no Shure receiver.
        """
        of = "" if channel is None else f"{channel} "
        until_s = min(self._until_s, monotonic_s() + self._timeout_s)
        self._send(f"< GET {of}{name} >\r\n", until_s)
        for _ in range(_MOST_STRAY):
            kind, index, what, value = self._report(until_s)
            if kind != "REP":
                continue
            if what == "ERR":
                return None
            if what == name and index == ("" if channel is None else str(channel)):
                return value.strip("{} ")
        raise ProbeError(f"{self._where} reports other things than {name}")

    def _report(self, until_s: float) -> tuple[str, str, str, str]:
        while True:
            found = _REPORT.search(self._buffer)
            if found is not None:
                self._buffer = self._buffer[found.end() :]
                return found[1], found[2] or "", found[3], found[4]
            if len(self._buffer) > _LONGEST:
                raise ProbeError(f"{self._where} is no Shure receiver: it says {self._buffer[:40]!r}")
            self._receive(until_s)

    def _receive(self, until_s: float) -> None:
        try:
            left_s = until_s - monotonic_s()
            if left_s <= 0:
                raise TimeoutError
            self._socket.settimeout(left_s)
            data = self._socket.recv(4096)
        except TimeoutError as error:
            raise SilentReceiver(f"{self._where} does not answer within {self._timeout_s:g} s") from error
        except OSError as error:
            raise SilentReceiver(f"{self._where} closed the connection: {error.strerror or error}") from error
        if not data:
            raise SilentReceiver(f"{self._where} closed the connection")
        self._buffer += data.decode("ascii", "replace")

    def _send(self, text: str, until_s: float) -> None:
        try:
            self._socket.settimeout(max(0.05, until_s - monotonic_s()))
            self._socket.sendall(text.encode())
        except OSError as error:
            raise SilentReceiver(f"{self._where} closed the connection: {error.strerror or error}") from error
