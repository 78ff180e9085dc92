"""A reverse proxy for tests, as a school runs one on port 443: one path is the broker's WebSocket, no other is found.

Over real sockets, with or without TLS. It looks at the first request of a connection alone, as a tunnel begins there.
"""

import contextlib
import socket
import ssl
from pathlib import Path

from tests.carrier import Carrier, carry_on

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nnot found"


class PathProxy(Carrier):
    """Hands connections whose first request asks for `path` to a port; `asked` are the paths that were asked for."""

    def __init__(self, path: str, port: int, certificate: tuple[Path, Path] | None = None) -> None:
        self._path = path
        self._to = port
        self._tls = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*certificate)
        self.asked: list[str] = []
        super().__init__()

    def carry(self, client: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            if self._tls is not None:
                client = stack.enter_context(self._tls.wrap_socket(client, server_side=True))
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
            carry_on(client, server)
