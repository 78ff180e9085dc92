"""A small pool of threads for calls that block: SQL, DuckDB, hashing of passwords."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_THREADS: Final = 4


class Pool:
    """Threads of the API; calls beyond their number wait their turn."""

    def __init__(self, threads: int = _THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="api")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a blocking call returns, without holding up the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *args, **kwargs))

    def close(self, *, wait: bool = True) -> None:
        """Let running calls end, and wait for them if told to; those that have not begun never do."""
        self._threads.shutdown(wait=wait, cancel_futures=True)
