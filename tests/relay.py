"""The network between an agent and its broker, for tests: TCP that is carried on, until it is cut."""

import contextlib
import select
import socket
import threading


class Relay:
    """Carries connections to a local port on; `cut` ends them all and refuses new ones until `mend`."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._whole = threading.Event()
        self._whole.set()
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    def close(self) -> None:
        self._whole.clear()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", self._to)) as server:
            both = {client: server, server: client}
            while self._whole.is_set():
                for source in select.select(list(both), [], [], 0.05)[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    both[source].sendall(data)
