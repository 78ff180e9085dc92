"""The network between an agent and its broker, for tests: TCP that is carried on, until it is cut or stranded."""

import socket
import threading

from tests.carrier import Carrier, carry_on


class Relay(Carrier):
    """Carries connections to a local port on; `cut` ends them all and refuses new ones until `mend`.

    `strand` carries nothing any more on those there are, and ends none: neither end hears of the other, as after sleep.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._whole = threading.Event()
        self._whole.set()
        self._over = threading.Event()
        self._stranded = 0
        self.connections = 0
        super().__init__()

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    def strand(self) -> None:
        self._stranded = self.connections

    def close(self) -> None:
        self.cut()
        self._over.set()
        super().close()

    def carry(self, client: socket.socket) -> None:
        self.connections += 1
        number = self.connections

        def goes_on() -> bool:
            return self._whole.is_set() and number > self._stranded

        with socket.create_connection(("127.0.0.1", self._to)) as server:
            carry_on(client, server, goes_on)
            if number <= self._stranded:
                self._over.wait()
