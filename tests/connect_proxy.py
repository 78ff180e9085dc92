"""An HTTP proxy for tests: CONNECT alone, with or without an account, over real sockets."""

import base64
import socket

from tests.carrier import Carrier, carry_on


class ConnectProxy(Carrier):
    """Lets through whoever asks for it; `asked` are the lines of the requests."""

    def __init__(self, account: str = "") -> None:
        self._account = base64.b64encode(account.encode()).decode()
        self.asked: list[str] = []
        super().__init__()

    def carry(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        text = head.decode("ascii")
        self.asked.append(text.splitlines()[0])
        if self._account and f"Basic {self._account}" not in text:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return
        host, _, port = text.split()[1].rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            carry_on(client, server)
