"""A projector that speaks PJLink over a real socket, with the faults that real ones have."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SEED = "498e4a67"
SEED_2 = "3db25e10f69c47a85adb24cf361897e0"


def class_1() -> dict[str, str]:
    """What an ordinary projector of class 1 answers while it is on."""
    return {
        "POWR": "1",
        "INPT": "31",
        "AVMT": "30",
        "ERST": "000000",
        "LAMP": "1234 1",
        "INST": "11 12 31",
        "NAME": "Aula links",
        "INF1": "EPSON",
        "INF2": "EB-L530U",
        "INFO": "",
        "CLSS": "1",
    }


def class_2() -> dict[str, str]:
    """The same of class 2."""
    return class_1() | {
        "CLSS": "2",
        "INST": "11 31 3A 51",
        "INPT": "3A",
        "SNUM": "X5AH7801234",
        "SVER": "1.04",
        "RLMP": "ELPLP96",
        "RFIL": "ELPAF60",
        "FILT": "310",
        "IRES": "1920x1080",
        "FREZ": "0",
    }


@dataclass
class Projector:
    """What it answers. `levels` are the security levels it accepts; `raw` replaces whole answers, byte for byte.

    A query of `silent` is never answered; at one of `hangs_up` it closes the connection.
    """

    answers: dict[str, str] = field(default_factory=class_1)
    password: str = ""
    levels: tuple[int, ...] = (1,)
    greeting: bytes = b""
    raw: dict[str, bytes] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    hangs_up: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def serve(self, connection: socket.socket) -> None:
        """Hold one conversation."""
        self.connections += 1
        connection.sendall(self.greeting or (f"PJLINK 1 {SEED}\r" if self.password else "PJLINK 0\r").encode())
        trusted, level, buffer = not self.password, 1, b""
        while data := connection.recv(4096):
            buffer += data
            while b"\r" in buffer:
                line, _, buffer = buffer.partition(b"\r")
                text = line.decode()
                if text == "PJLINK 2" and 2 in self.levels:
                    level = 2
                    connection.sendall(f"PJLINK 2 {SEED_2}\r".encode())
                    continue
                proof, _, command = text.rpartition("%")
                if not trusted and not (level in self.levels and proof == self._proof(level, proof)):
                    connection.sendall(b"PJLINK ERRA\r")
                    continue
                trusted = True
                if not self._answer(connection, command):
                    return

    def _proof(self, level: int, given: str) -> str:
        if level == 1:
            return hashlib.md5((SEED + self.password).encode()).hexdigest()
        theirs = given[:32]
        mixed = bytes(a ^ b for a, b in zip(bytes.fromhex(theirs), bytes.fromhex(SEED_2), strict=True))
        return theirs + hashlib.sha256((mixed.hex() + self.password).encode()).hexdigest()

    def _answer(self, connection: socket.socket, command: str) -> bool:
        level, query = command[0], command[1:5]
        self.asked.append(command)
        if query in self.hangs_up:
            return False
        if query in self.silent:
            return True
        connection.sendall(self.raw.get(query) or f"%{level}{query}={self.answers.get(query, 'ERR1')}\r".encode())
        return True


@contextmanager
def at_work(projector: Projector) -> Iterator[Projector]:
    """Let a projector listen on a loopback port, `projector.port`, until the block ends."""
    open_ones: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        projector.port = server.getsockname()[1]

        def hold(connection: socket.socket) -> None:
            with connection:
                try:
                    projector.serve(connection)
                except OSError:
                    pass

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                open_ones.append(connection)
                threading.Thread(target=hold, args=(connection,), daemon=True).start()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            yield projector
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for connection in open_ones:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            listener.join(5)
