"""A reverse proxy for tests, as a school runs one on port 443: one path is the broker's WebSocket, no other is found.

Over real sockets, with or without TLS. It looks at the first request of a connection alone, as a tunnel begins there.
"""

import contextlib
import select
import socket
import ssl
import threading
from pathlib import Path

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nnot found"


class PathProxy:
    """Hands connections whose first request asks for `path` to a port; `asked` are the paths that were asked for."""

    def __init__(self, path: str, port: int, certificate: tuple[Path, Path] | None = None) -> None:
        self._path = path
        self._to = port
        self._tls = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.asked: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, raw: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(raw)
            client = raw if self._tls is None else stack.enter_context(self._tls.wrap_socket(raw, server_side=True))
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(4096)
                if not part:
                    return
                head += part
            path = head.split(b" ", 2)[1].decode("ascii")
            self.asked.append(path)
            if path != self._path:
                client.sendall(_NOT_FOUND)
                return
            server = stack.enter_context(socket.create_connection(("127.0.0.1", self._to)))
            server.sendall(head)
            both = {client: server, server: client}
            while True:
                pending = [client] if isinstance(client, ssl.SSLSocket) and client.pending() else []
                for source in pending or select.select(list(both), [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    both[source].sendall(data)
