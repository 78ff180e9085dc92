"""One conversation with a PJLink device. In: queries such as `POWR`. Out: its answers, or why there are none.

Source: PJLink Specifications, class 1 (version 1.04) and class 2 (version 2.10), of JBMIA.
"""

import os
import re
import socket
from typing import Final

from agent.errors import ProbeError
from agent.now import monotonic_s

PORT: Final = 4352
_LONGEST_LINE: Final = 512
# Answers to other questions than ours that are stepped over before we give up.
_MOST_STRAY: Final = 4
_GREETING: Final = re.compile(r"PJLINK (?:0|1 ([0-9A-Fa-f]{8}))")
_LEVEL_2: Final = re.compile(r"PJLINK 2 ([0-9A-Fa-f]{32})")
_ANSWER: Final = re.compile(r"%([12])([A-Z0-9]{4})=(.*)", re.IGNORECASE | re.DOTALL)


class Refused(ProbeError):
    """The device does not accept our password, or asks for one that we have not."""


class Lost(ProbeError):
    """The device answered too late or not at all, or the conversation cannot go on."""


class Garbled(ProbeError):
    """What the device said is no PJLink."""


class Link:
    """A connection that has been greeted. Use as a context manager; `ask` until it fails."""

    def __init__(self, host: str, port: int, password: str, *, timeout_s: float, total_s: float) -> None:
        """Connect and be greeted.

        Raises:
            Lost, Garbled, Refused
        """
        self._where = f"{host}:{port}" if port != PORT else host
        self._timeout_s = timeout_s
        self._until_s = monotonic_s() + total_s
        self._password = password
        self._buffer = bytearray()
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout_s)
        except socket.gaierror as error:
            raise ProbeError(f"{host} cannot be found: {error.strerror}") from error
        except OSError as error:
            raise Lost(f"{self._where} cannot be reached: {error.strerror or error}") from error
        try:
            self._proof = self._greeted()
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, query: str, parameter: str = "", *, level: int = 1) -> str:
        """Return the answer to a query: its value, or ERR1 to ERR4.

        Raises:
            Lost, Garbled, Refused
        """
        self._send(f"{self._proof}%{level}{query} ?{parameter}\r")
        self._proof = ""
        for _ in range(_MOST_STRAY + 1):
            line = self._line()
            if line.upper() == "PJLINK ERRA":
                raise Refused(f"{self._where} refuses our password: check password_file")
            found = _ANSWER.fullmatch(line)
            if found is None:
                raise Garbled(f"{self._where} answers {query} with {line[:40]!r}, which is no PJLink")
            if found[2].upper() == query:
                return found[3].strip()
        raise Garbled(f"{self._where} answers other questions than {query}")

    def _greeted(self) -> str:
        """Return what goes before the first command."""
        seed = self._seed()
        if seed is None:
            return ""
        if not self._password:
            raise Refused(f"{self._where} asks for a password: give password_file")
        import hashlib  # 4 MB, and most devices ask for no password

        digest = hashlib.md5((seed + self._password).encode(), usedforsecurity=False)
        return digest.hexdigest()

    def _seed(self) -> str | None:
        line = self._line()
        found = _GREETING.fullmatch(line)
        if found is None:
            raise Garbled(f"{self._where} is no PJLink device: it greets with {line[:40]!r}")
        seed: str | None = found[1]
        return seed

    def _send(self, text: str) -> None:
        try:
            self._socket.settimeout(self._left_s())
            self._socket.sendall(text.encode())
        except OSError as error:
            raise Lost(f"{self._where} closed the connection: {error.strerror or error}") from error

    def _line(self) -> str:
        until_s = min(monotonic_s() + self._timeout_s, self._until_s)
        while True:
            end = self._buffer.find(b"\r")
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                # Some end lines with CR LF, some pad them with NUL.
                return line.decode("utf-8", "replace").strip("\n\0 ")
            if len(self._buffer) > _LONGEST_LINE:
                raise Lost(f"{self._where} is no PJLink device: it sends a line without an end")
            left_s = until_s - monotonic_s()
            try:
                if left_s <= 0:
                    raise TimeoutError
                self._socket.settimeout(left_s)
                data = self._socket.recv(1024)
            except TimeoutError as error:
                raise Lost(f"{self._where} does not answer within {self._timeout_s:g} s") from error
            except OSError as error:
                raise Lost(f"{self._where} closed the connection: {error.strerror or error}") from error
            if not data:
                raise Lost(f"{self._where} closed the connection; it may serve only one at a time")
            self._buffer += data

    def _left_s(self) -> float:
        return max(0.05, min(self._timeout_s, self._until_s - monotonic_s()))


class Level2Link(Link):
    """A conversation with a device that accepts SHA-256 only (class 2, version 2.10, security level 2)."""

    def _greeted(self) -> str:
        if self._seed() is None:
            return ""
        self._send("PJLINK 2\r")
        line = self._line()
        found = _LEVEL_2.fullmatch(line)
        if found is None:
            raise Refused(f"{self._where} refuses our password: check password_file")
        import hashlib

        ours = os.urandom(16)
        mixed = bytes(a ^ b for a, b in zip(bytes.fromhex(found[1]), ours, strict=True))
        return ours.hex() + hashlib.sha256((mixed.hex() + self._password).encode()).hexdigest()
