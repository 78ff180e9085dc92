"""A TCP connection to a device of a room. In: what to send, until when. Out: what came, or why nothing did.

Each question has `timeout_s`, all of them together have `total_s`: a device that answers slowly costs its probe a time
that is known beforehand.
"""

import socket
from typing import Final

from agent.errors import ProbeError
from agent.now import monotonic_s

_MOST_BYTES: Final = 4096
# A deadline of none at all would make the socket wait for nothing, which is another thing than waiting briefly.
_LEAST_S: Final = 0.05


class SilentDevice(ProbeError):
    """The device cannot be reached, answers too late, or hangs up."""


class DeviceLink:
    """A connection; whoever opens it closes it."""

    def __init__(
        self, host: str, port: int, *, usual_port: int, timeout_s: float, total_s: float, hang_up_means: str = ""
    ) -> None:
        """Connect; `hang_up_means` is what may be why such a device closes a connection.

        Raises:
            SilentDevice: nobody is there.
            ProbeError: nobody knows the name.
        """
        self.where = f"{host}:{port}" if port != usual_port else host
        self._timeout_s = timeout_s
        self._until_s = monotonic_s() + total_s
        self._hang_up_means = f"; {hang_up_means}" if hang_up_means else ""
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout_s)
        except socket.gaierror as error:
            raise ProbeError(f"{host} cannot be found: {error.strerror}") from error
        except OSError as error:
            raise SilentDevice(f"{self.where} cannot be reached: {error.strerror or error}") from error

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def until_s(self) -> float:
        """Return the `mono_s` by which a question that is asked now is to be answered."""
        return min(self._until_s, monotonic_s() + self._timeout_s)

    def send(self, text: str, until_s: float) -> None:
        """Send it by then, a `mono_s`.

        Raises:
            SilentDevice
        """
        try:
            self._socket.settimeout(max(_LEAST_S, until_s - monotonic_s()))
            self._socket.sendall(text.encode())
        except OSError as error:
            raise self._closed(error) from error

    def receive(self, until_s: float) -> bytes:
        """Return what comes next, at least a byte, by then, a `mono_s`.

        Raises:
            SilentDevice
        """
        try:
            left_s = until_s - monotonic_s()
            if left_s <= 0:
                raise TimeoutError
            self._socket.settimeout(left_s)
            data = self._socket.recv(_MOST_BYTES)
        except TimeoutError as error:
            raise SilentDevice(f"{self.where} does not answer within {self._timeout_s:g} s") from error
        except OSError as error:
            raise self._closed(error) from error
        if not data:
            raise SilentDevice(f"{self.where} closed the connection{self._hang_up_means}")
        return data

    def _closed(self, error: OSError) -> SilentDevice:
        return SilentDevice(f"{self.where} closed the connection: {error.strerror or error}")
