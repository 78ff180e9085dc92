"""What stands between two ends of a connection in tests: a listener of its own port, over real sockets."""

import contextlib
import select
import socket
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable


class Carrier(ABC):
    """Listens on a free `port` of this machine, and takes each connection in a thread of its own."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    @abstractmethod
    def carry(self, client: socket.socket) -> None:
        """Serve one connection; an OSError ends it."""

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._take, args=(client,), daemon=True).start()

    def _take(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            self.carry(client)


def carry_on(one: socket.socket, other: socket.socket, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Hand each end what the other says, until one of them closes or `goes_on` says no."""
    both = {one: other, other: one}
    while goes_on():
        held = [end for end in both if isinstance(end, ssl.SSLSocket) and end.pending()]
        for source in held or select.select(list(both), [], [], 0.05)[0]:
            data = source.recv(65536)
            if not data:
                return
            both[source].sendall(data)
