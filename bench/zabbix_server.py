"""As much of a Zabbix server as an agent in active mode needs: it hands out items and takes their values.

Source of the framing: the Zabbix manual, "Zabbix agent protocol" and "Header": ZBXD, a flag byte, two little-endian
32-bit numbers (length, reserved), JSON.
"""

import json
import socketserver
import struct
import threading
import zlib
from typing import Any, ClassVar

COMPRESSED = 0x02
HEADER = struct.Struct("<4sBII")


class _Handler(socketserver.BaseRequestHandler):
    items: ClassVar[list[str]] = []
    values = 0

    def handle(self) -> None:
        head = self._exactly(HEADER.size)
        if len(head) < HEADER.size:
            return
        _, flags, length, _ = HEADER.unpack(head)
        body = self._exactly(length)
        request: dict[str, Any] = json.loads(zlib.decompress(body) if flags & COMPRESSED else body)
        if request.get("request") == "active checks":
            answer: dict[str, Any] = {
                "response": "success",
                "data": [
                    {"key": key, "itemid": number, "delay": "10s", "lastlogsize": 0, "mtime": 0}
                    for number, key in enumerate(self.items, 1)
                ],
            }
        else:
            count = len(request.get("data", []))
            type(self).values += count
            answer = {"response": "success", "info": f"processed: {count}; failed: 0; total: {count}; seconds spent: 0"}
        body = json.dumps(answer).encode()
        self.request.sendall(HEADER.pack(b"ZBXD", 1, len(body), 0) + body)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count and (part := self.request.recv(count - len(data))):
            data += part
        return data


class ZabbixServer:
    """Serves `items` (Zabbix item keys, each every 10 s) on a free loopback port while the block runs."""

    def __init__(self, items: list[str]) -> None:
        self._handler = type("Handler", (_Handler,), {"items": items, "values": 0})
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    @property
    def values(self) -> int:
        """How many values have come in."""
        return int(self._handler.values)

    def __enter__(self) -> "ZabbixServer":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
