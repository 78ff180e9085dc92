"""Threads that many probes share. In: jobs. Out: each done, so many at once at most, in the order they came."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]


class Pool:
    """At most `size` threads, begun as they are needed."""

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._unfinished = 0

    def put(self, job: Job) -> None:
        """Have a job done; it must not raise."""
        self._jobs.put(job)
        with self._lock:
            self._unfinished += 1
            if self._unfinished <= self._threads or self._threads == self._size:
                return
            self._threads += 1
            threading.Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._jobs.get()()
            with self._lock:
                self._unfinished -= 1
