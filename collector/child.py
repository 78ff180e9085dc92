"""Child processes that are kept running: the embedded broker, this machine's agent, the demonstration.

Comes in: a command. Goes out: the same command running again after each death, until `stop`.
"""

import asyncio
import contextlib
import ctypes
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog

from collector.now import monotonic_s

log = structlog.get_logger()

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 15.0
_STEADY_AFTER_S: Final = 30.0
_STOP_WITHIN_S: Final = 8.0
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """Have the kernel stop this child when its parent dies, however it dies (Linux)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One supervised child process. `ready` is awaited after each start and may raise to say that it never came up."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        ready: Callable[[], Awaitable[None]] | None = None,
        environment: Mapping[str, str] | None = None,
        output: Path | None = None,
    ) -> None:
        self.name = name
        self.restarts = 0
        self._command = list(command)
        self._ready = ready
        self._environment = environment
        self._output = output
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it, wait until it is ready, and from then on keep it running.

        Raises:
            OSError: the program cannot be started.
            ChildFailed: it ended before it was ready.
        """
        await self._spawn()
        self._task = asyncio.create_task(self._keep(), name=f"child {self.name}")

    async def stop(self) -> None:
        """End it: politely, then for certain."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._end()

    async def _spawn(self) -> None:
        output = self._output.open("ab") if self._output is not None else None
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output if output is not None else asyncio.subprocess.DEVNULL,
                stderr=output if output is not None else None,
                env=dict(self._environment) if self._environment is not None else None,
                preexec_fn=_die_with_parent,
                start_new_session=True,
            )
        finally:
            if output is not None:
                output.close()
        if self._ready is None:
            return
        ended = asyncio.create_task(self._process.wait())
        ready = asyncio.ensure_future(self._ready())
        try:
            await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise ChildFailed(f"{self.name} ended with status {ended.result()} before it was ready")
            ready.result()
        except BaseException:
            await self._end()
            raise
        finally:
            for waiting in (ended, ready):
                waiting.cancel()

    async def _keep(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            if self._process is None:
                break
            started = monotonic_s()
            status = await self._process.wait()
            if monotonic_s() - started > _STEADY_AFTER_S:
                pause_s = _FIRST_PAUSE_S
            self.restarts += 1
            log.warning("child ended", child=self.name, status=status, restart_in_s=round(pause_s, 1))
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            try:
                await self._spawn()
            except (OSError, ChildFailed, TimeoutError) as error:
                log.error("child did not come back", child=self.name, error=str(error))

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_WITHIN_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


class ChildFailed(Exception):
    """A child ended before it was ready."""
