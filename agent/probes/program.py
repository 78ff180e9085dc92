"""Runs a program to its end. In: words, a deadline. Out: what it printed and its exit status, both bounded.

Programs that administrators use live in folders which a service's PATH may lack; they are looked for there, too.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from agent.errors import ProbeError
from agent.now import monotonic_s

MOST_BYTES: Final = 1 << 20
_BESIDE_PATH: Final = (
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
    "/usr/local/bin",
    "/usr/bin",
    "/bin",
    "/opt/homebrew/bin",
)
# After its end, what a program has printed is in the pipe already; only one that left a child behind keeps it open.
_AFTER_END_S: Final = 1.0
_NO_WINDOW: Final = 0x08000000


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A program that has ended. `status` is negative where a signal ended it, as in `subprocess`."""

    status: int
    out: bytes
    error: bytes

    @property
    def text(self) -> str:
        """What it printed, as text; bytes that are none are replaced."""
        return _text(self.out)

    def complaint(self) -> str:
        """Return the first line of what it said went wrong, in printable characters."""
        said = _text(self.error).strip() or self.text.strip()
        return _shown(said.splitlines()[0]) if said else "it says nothing"

    def last_line(self) -> str:
        """Return the last line that it printed, in printable characters."""
        said = self.text.strip()
        return _shown(said.splitlines()[-1]) if said else self.complaint()


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Console programs of Windows print in its OEM code page, which Python knows only there.
        return data.decode("oem" if sys.platform == "win32" else "utf-8", "replace")


def _shown(line: str) -> str:
    return "".join(c for c in line.strip()[:200] if c.isprintable())


def find_program(name: str, *, get: str = "") -> str:
    """Return where a program is. `get` tells a person how to come by it.

    Raises:
        ProbeError: it is not here.
    """
    path = os.pathsep.join([os.environ.get("PATH", ""), *_BESIDE_PATH])
    found = shutil.which(name, path=path)
    if found is None and Path(name).is_file():
        raise ProbeError(f"{name} is there, and we may not execute it")
    if found is None:
        raise ProbeError(f"{name} is not on this computer" + (f": {get}" if get else ""))
    return found


def run(words: Sequence[str], timeout_s: float, *, most_bytes: int = MOST_BYTES) -> Done:
    """Run a program without a shell, in English, with nothing to read.

    Raises:
        ProbeError: it cannot be started, prints too much, or has not ended in time (it is killed then, with what it
            started).
    """
    name = Path(words[0]).name
    until_s = monotonic_s() + timeout_s
    try:
        process = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C", "LANG": "C"},
            start_new_session=sys.platform != "win32",
            creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
        )
    except (OSError, ValueError) as error:
        raise ProbeError(f"{name} cannot be started: {error}") from error
    pipes = [_Pipe(cast("IO[bytes]", pipe), most_bytes, process.kill) for pipe in (process.stdout, process.stderr)]
    try:
        status = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise ProbeError(f"{name} has not ended within {timeout_s:g} s") from None
    for pipe in pipes:
        pipe.wait(max(until_s - monotonic_s(), _AFTER_END_S))
    if any(pipe.is_full for pipe in pipes):
        raise ProbeError(f"{name} prints more than {most_bytes} bytes")
    return Done(status=status, out=pipes[0].read(), error=pipes[1].read())


class _Pipe:
    """Empties one pipe in a thread that ends with it, since Windows cannot wait for pipes otherwise."""

    def __init__(self, pipe: IO[bytes], most_bytes: int, stop: Callable[[], None]) -> None:
        self.is_full = False
        self._pipe = pipe
        self._most_bytes = most_bytes
        self._stop = stop
        self._data = bytearray()
        self._over = threading.Event()
        threading.Thread(target=self._empty, name="pipe", daemon=True).start()

    def wait(self, timeout_s: float) -> None:
        """Wait for the end of the pipe; one that stays open has been given to somebody else."""
        self._over.wait(timeout_s)

    def read(self) -> bytes:
        return bytes(self._data)

    def _empty(self) -> None:
        try:
            with self._pipe:
                while data := os.read(self._pipe.fileno(), 65536):
                    self._data += data
                    if len(self._data) > self._most_bytes:
                        self.is_full = True
                        self._stop()
                        return
        except (OSError, ValueError):
            pass
        finally:
            self._over.set()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a program that has not ended, and on POSIX what it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
    try:
        process.wait(_AFTER_END_S)
    except subprocess.TimeoutExpired:
        pass
