"""An HTTP proxy for tests: CONNECT alone, with or without an account, over real sockets."""

import base64
import contextlib
import select
import socket
import threading


class ConnectProxy:
    """Lets through whoever asks for it; `asked` are the lines of the requests."""

    def __init__(self, account: str = "") -> None:
        self._account = base64.b64encode(account.encode()).decode()
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

    def _carry(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
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
                both = {client: server, server: client}
                while True:
                    for source in select.select(list(both), [], [])[0]:
                        data = source.recv(65536)
                        if not data:
                            return
                        both[source].sendall(data)
