"""The network between an agent and its broker, for tests: TCP that is carried on, until it is cut."""

import socket
import threading

from tests.carrier import Carrier, carry_on


class Relay(Carrier):
    """Carries connections to a local port on; `cut` ends them all and refuses new ones until `mend`."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._whole = threading.Event()
        self._whole.set()
        super().__init__()

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    def close(self) -> None:
        self.cut()
        super().close()

    def carry(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._to)) as server:
            carry_on(client, server, self._whole.is_set)
