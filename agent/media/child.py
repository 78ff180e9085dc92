"""A child process that is looked after. In: a command. Out: what it printed and what it cost, or that it was killed.

It runs at idle priority with bounds of its own (processor time, length of what it prints), so that it ends even when
the agent is killed. Nobody waits for it: `poll` says how things stand.
"""

import atexit
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Final

import psutil

from agent.errors import ProbeError
from agent.now import monotonic_s

_MOST_BYTES: Final = 4 << 20
# What ffmpeg does not count of itself: being loaded.
_LOADING_S: Final = 0.1
_BENCH: Final = re.compile(r"bench: utime=([\d.]+)s stime=([\d.]+)s")
_running: "weakref.WeakSet[subprocess.Popen[bytes]]" = weakref.WeakSet()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a child ended. `cpu_s` is the processor time it took, user and system."""

    code: int
    output: str
    log: str
    cpu_s: float
    was_killed: bool


class Child:
    """One running child."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        stdin: bytes = b"",
        deadline_s: float,
        cpu_limit_s: float,
        clock: Callable[[], float] = monotonic_s,
        steps_back: bool = True,
    ) -> None:
        """Start it; it lets everything else go first where it `steps_back`.

        Raises:
            ProbeError: it cannot be started.
        """
        self._clock = clock
        self._end_s = clock() + deadline_s
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  they live as long as the child
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._was_killed = False
        try:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._log,
                creationflags=_creation_flags(),
            )
        except OSError as error:
            self._close()
            raise ProbeError(f"{words[0]} cannot be started: {error.strerror or error}") from error
        _running.add(self._process)
        _bound(self._process.pid, cpu_limit_s)
        if steps_back:
            _step_back(self._process.pid)
        if self._process.stdin is not None:
            # Far less than a pipe holds, so this never waits.
            with contextlib.suppress(OSError):
                self._process.stdin.write(stdin)
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def poll(self) -> Done | None:
        """Return how it ended, None while it runs; past its deadline it is killed."""
        ended = self._reap()
        if ended is None:
            if not self._was_killed and (self._clock() >= self._end_s or self._printed() > _MOST_BYTES):
                self.kill()
            return None
        code, cpu_s = ended
        _running.discard(self._process)
        output, log = _text(self._output), _text(self._log)
        self._close()
        if cpu_s is None:
            bench = _BENCH.search(log)
            cpu_s = float(bench[1]) + float(bench[2]) + _LOADING_S if bench else self._cpu_before_s
        return Done(code=code, output=output, log=log, cpu_s=cpu_s, was_killed=self._was_killed)

    def kill(self) -> None:
        """End it now; `poll` tells when it has."""
        self._was_killed = True
        self._cpu_before_s = _cpu_of(self._process.pid)
        with contextlib.suppress(OSError):
            self._process.kill()

    _cpu_before_s = 1.0

    def _reap(self) -> tuple[int, float | None] | None:
        if sys.platform == "win32":
            code = self._process.poll()
            return None if code is None else (code, None)
        try:
            pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
        except ChildProcessError:
            return self._process.returncode or -1, None
        if pid == 0:
            return None
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return self._process.returncode, usage.ru_utime + usage.ru_stime

    def _printed(self) -> int:
        return os.fstat(self._output.fileno()).st_size + os.fstat(self._log.fileno()).st_size

    def _close(self) -> None:
        self._output.close()
        self._log.close()


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.IDLE_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
    return 0


def _bound(pid: int, cpu_limit_s: float) -> None:
    """Bound what the child may use."""
    with contextlib.suppress(OSError, ValueError):
        if sys.platform == "linux":
            import resource

            seconds = max(1, round(cpu_limit_s))
            resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds + 1))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (2 * _MOST_BYTES, 2 * _MOST_BYTES))


def _step_back(pid: int) -> None:
    """Let everything else go first."""
    with contextlib.suppress(OSError, psutil.Error):
        if sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
            psutil.Process(pid).ionice(psutil.IOPRIO_CLASS_IDLE)
    if sys.platform != "win32":
        with contextlib.suppress(OSError, psutil.Error):
            psutil.Process(pid).nice(19)


def _cpu_of(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except (psutil.Error, OSError):
        return 1.0
    return float(times.user + times.system)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(_MOST_BYTES).decode(errors="replace")


@atexit.register
def _end_all() -> None:
    for process in list(_running):
        with contextlib.suppress(OSError):
            process.kill()
