"""A time server over a real UDP socket, right, wrong or ill as a test says."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

HEADER = struct.Struct("!BBbb iI4s Q QQQ")
FROM_1900 = 2_208_988_800


@dataclass
class TimeServer:
    """How it answers. `ahead_s`: its clock against this computer's; `spoil` may change or drop an answer."""

    ahead_s: float = 0.0
    stratum: int = 2
    leap: int = 0
    mode: int = 4
    reference: bytes = b"GPS\0"
    dispersion_s: float = 0.01
    spoil: Callable[[bytes], bytes | None] = bytes
    asked: int = 0
    port: int = 0

    def answer(self, question: bytes) -> bytes | None:
        """Return the answer to a question."""
        self.asked += 1
        origin = HEADER.unpack(question)[10]
        stamp = int((time.time() + self.ahead_s + FROM_1900) * (1 << 32)) & (1 << 64) - 1
        flags = self.leap << 6 | 4 << 3 | self.mode
        dispersion = int(self.dispersion_s * 65536)
        return self.spoil(
            HEADER.pack(flags, self.stratum, 6, -20, 655, dispersion, self.reference, stamp, origin, stamp, stamp)
        )


@contextmanager
def at_work(server: TimeServer) -> Iterator[TimeServer]:
    """Let a server listen on a loopback port, `server.port`, until the block ends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        server.port = sock.getsockname()[1]

        def serve() -> None:
            while True:
                question, address = sock.recvfrom(1024)
                if not question:
                    return
                answer = server.answer(question)
                if answer is not None:
                    sock.sendto(answer, address)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
                end.sendto(b"", ("127.0.0.1", server.port))
            thread.join(5)
