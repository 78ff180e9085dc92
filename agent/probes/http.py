"""A web address that gives readings. In: a URL, a format. Out: what it told, and whether it answered well.

No redirects are followed and no proxy is used: what is asked is what is written.
"""

import http.client
import io
import socket
import ssl
from collections.abc import Mapping as Map
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import urlsplit

from agent.errors import ProbeError
from agent.now import monotonic_s
from agent.probe_tables import HttpTable
from agent.probes.found import Unreadable, found_in
from agent.probes.mapping import Mapping
from agent.reading import Reading
from wire.catalogue import HwState

_MOST_BYTES: Final = 1 << 20


class Http:
    """One address. With `device` it tells of that device: its failure is the device's silence."""

    has_rates = False
    # Beside what its configuration names, or what is a reading as it is.
    gives: ClassVar[tuple[str, ...]] = ("hw.status",)

    def __init__(self, table: HttpTable) -> None:
        self._table = table
        self._mapping = Mapping(table.name, table.format, table.value)
        self.interval_s = table.interval_s
        self.device = table.device
        self.role = table.role
        self.properties: Map[str, str] = {}
        self.troubles: list[str] = []

    @property
    def name(self) -> str:
        """What it is called in `classroom.agent.probe.*[name]`."""
        return f"http:{self._table.name}"

    def read(self, now: datetime) -> list[Reading]:
        """Ask and return what it told.

        Raises:
            ProbeError: it cannot be reached, was not ready in time, refuses, or gives something else.
        """
        self.troubles = []
        table = self._table
        readings: list[Reading] = []
        try:
            text = self._get()
            if table.format != "none":
                readings = self._mapping.readings(found_in(text, table.format), self.troubles)
            state = HwState.OK
        except (ProbeError, Unreadable) as error:
            if not table.status:
                raise ProbeError(f"{table.url}: {error}") from error
            self.troubles.append(f"{table.url}: {error}")
            state = HwState.FAILED
        if table.status:
            readings.insert(0, Reading("hw.status", state, table.status))
        return [Reading(r.metric, r.value, r.instance, self.device, r.unit) for r in readings]

    def _get(self) -> str:
        table = self._table
        until_s = monotonic_s() + table.timeout_s
        parts = urlsplit(table.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept": "*/*", "User-Agent": "roomtone-agent", "Connection": "close"}
        if table.token:
            headers["Authorization"] = f"Bearer {table.token}"
        connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
        try:
            connection.connect()
            connection.sock = _Patient(connection.sock, until_s)
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            body = response.read(_MOST_BYTES + 1)
        except ssl.SSLCertVerificationError as error:
            raise ProbeError(f"its certificate is not to be trusted: {error.verify_message}; see ca_file") from error
        except TimeoutError as error:
            raise ProbeError(f"no whole answer within {table.timeout_s:g} s") from error
        except socket.gaierror as error:
            raise ProbeError(f"{parts.hostname} cannot be found: {error.strerror}") from error
        except OSError as error:
            raise ProbeError(f"cannot be reached: {error.strerror or error}") from error
        except (http.client.HTTPException, ValueError) as error:
            raise ProbeError(f"gives no HTTP answer: {type(error).__name__}") from error
        finally:
            connection.close()
        if not 200 <= response.status < 300:
            hint = ": check token_file" if response.status in (401, 403) else ""
            raise ProbeError(f"answers {response.status} {response.reason[:60]}{hint}")
        if len(body) > _MOST_BYTES:
            raise ProbeError(f"gives more than {_MOST_BYTES} bytes")
        if response.length:
            raise ProbeError("its answer was cut off")
        return body.decode("utf-8", "replace")

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        timeout_s = self._table.timeout_s
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout_s)
        file = self._table.ca_file
        try:
            context = ssl.create_default_context(cafile=str(file) if file else None)
        except (OSError, ssl.SSLError) as error:
            raise ProbeError(f"{file} cannot be used as ca_file: {error}") from error
        return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)


class _Patient:
    """A socket with one deadline for all that is sent and received, however slowly it trickles."""

    def __init__(self, sock: socket.socket, until_s: float) -> None:
        self._sock = sock
        self._until_s = until_s
        self._readers = 0

    def sendall(self, data: bytes) -> None:
        self._in_time()
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        self._readers += 1
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """Close, unless an answer is still being read: its end closes then."""
        if not self._readers:
            self._sock.close()

    def close_reader(self) -> None:
        self._readers -= 1
        self.close()

    def recv_into(self, buffer: memoryview) -> int:
        self._in_time()
        return self._sock.recv_into(buffer)

    def _in_time(self) -> None:
        left_s = self._until_s - monotonic_s()
        if left_s <= 0:
            raise TimeoutError
        self._sock.settimeout(left_s)


class _Reader(io.RawIOBase):
    def __init__(self, sock: _Patient) -> None:
        self._sock = sock

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._sock.close_reader()
        super().close()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the base says any writable buffer
        return self._sock.recv_into(buffer)
