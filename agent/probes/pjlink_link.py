"""One conversation with a PJLink device. In: queries such as `POWR`. Out: its answers, or why there are none.

Source: PJLink Specifications, class 1 (version 1.04) and class 2 (version 2.10), of JBMIA.
"""

import os
import re
from typing import Final

from agent.errors import ProbeError
from agent.probes.device_link import DeviceLink, SilentDevice

PORT: Final = 4352
_LONGEST_LINE: Final = 512
# Answers to other questions than ours that are stepped over before we give up.
_MOST_STRAY: Final = 4
_HANG_UP_MEANS: Final = "it may serve only one at a time"
_GREETING: Final = re.compile(r"PJLINK (?:0|1 ([0-9A-Fa-f]{8}))")
_LEVEL_2: Final = re.compile(r"PJLINK 2 ([0-9A-Fa-f]{32})")
_ANSWER: Final = re.compile(r"%([12])([A-Z0-9]{4})=(.*)", re.IGNORECASE | re.DOTALL)


class Refused(ProbeError):
    """The device does not accept our password, or asks for one that we have not."""


class Garbled(ProbeError):
    """What the device said is no PJLink."""


class Link:
    """A connection that has been greeted. Use as a context manager; `ask` until it fails."""

    def __init__(self, host: str, port: int, password: str, *, timeout_s: float, total_s: float) -> None:
        """Connect and be greeted.

        Raises:
            SilentDevice, Garbled, Refused
        """
        self._password = password
        self._buffer = bytearray()
        self._device = DeviceLink(
            host, port, usual_port=PORT, timeout_s=timeout_s, total_s=total_s, hang_up_means=_HANG_UP_MEANS
        )
        try:
            self._proof = self._greeted()
        except BaseException:
            self._device.close()
            raise

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        self._device.close()

    def ask(self, query: str, parameter: str = "", *, level: int = 1) -> str:
        """Return the answer to a query: its value, or ERR1 to ERR4.

        Raises:
            SilentDevice, Garbled, Refused
        """
        self._send(f"{self._proof}%{level}{query} ?{parameter}\r")
        self._proof = ""
        for _ in range(_MOST_STRAY + 1):
            line = self._line()
            if line.upper() == "PJLINK ERRA":
                raise Refused(f"{self._device.where} refuses our password: check password_file")
            found = _ANSWER.fullmatch(line)
            if found is None:
                raise Garbled(f"{self._device.where} answers {query} with {line[:40]!r}, which is no PJLink")
            if found[2].upper() == query:
                return found[3].strip()
        raise Garbled(f"{self._device.where} answers other questions than {query}")

    def _greeted(self) -> str:
        """Return what goes before the first command."""
        seed = self._seed()
        if seed is None:
            return ""
        if not self._password:
            raise Refused(f"{self._device.where} asks for a password: give password_file")
        import hashlib  # 4 MB, and most devices ask for no password

        digest = hashlib.md5((seed + self._password).encode(), usedforsecurity=False)
        return digest.hexdigest()

    def _seed(self) -> str | None:
        line = self._line()
        found = _GREETING.fullmatch(line)
        if found is None:
            raise Garbled(f"{self._device.where} is no PJLink device: it greets with {line[:40]!r}")
        seed: str | None = found[1]
        return seed

    def _send(self, text: str) -> None:
        self._device.send(text, self._device.until_s())

    def _line(self) -> str:
        until_s = self._device.until_s()
        while True:
            end = self._buffer.find(b"\r")
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                # Some end lines with CR LF, some pad them with NUL.
                return line.decode("utf-8", "replace").strip("\n\0 ")
            if len(self._buffer) > _LONGEST_LINE:
                raise SilentDevice(f"{self._device.where} is no PJLink device: it sends a line without an end")
            self._buffer += self._device.receive(until_s)


class Level2Link(Link):
    """A conversation with a device that accepts SHA-256 only (class 2, version 2.10, security level 2)."""

    def _greeted(self) -> str:
        if self._seed() is None:
            return ""
        self._send("PJLINK 2\r")
        line = self._line()
        found = _LEVEL_2.fullmatch(line)
        if found is None:
            raise Refused(f"{self._device.where} refuses our password: check password_file")
        import hashlib

        ours = os.urandom(16)
        mixed = bytes(a ^ b for a, b in zip(bytes.fromhex(found[1]), ours, strict=True))
        return ours.hex() + hashlib.sha256((mixed.hex() + self._password).encode()).hexdigest()
