"""Messages between the thread that receives and the one that decodes: bounded, what is dropped is counted.

When it is full, data are dropped first: an outbox sends them again. Births and deaths, which nobody repeats by himself,
have as much room again.
"""

import threading
from collections import deque
from typing import Final

from collector.ingest.message import Message
from collector.ingest.nodes import CONNECTED, SPARKPLUG
from collector.ingest.refusal import Reason, Refusals

MAX_MESSAGES: Final = 200_000
MAX_BYTES: Final = 256 << 20
# A birth with thousands of metrics is a few hundred kilobytes.
MAX_PAYLOAD: Final = 2 << 20


class Inbox:
    """A queue for one thread that puts and one that takes."""

    def __init__(
        self, refusals: Refusals, *, batch: int = 2_000, max_messages: int = MAX_MESSAGES, max_bytes: int = MAX_BYTES
    ) -> None:
        """`batch` is the most that is taken at once; when so many wait, nobody waits any longer."""
        self._refusals = refusals
        self._batch = batch
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._queue: deque[Message] = deque()
        self._is_full = threading.Event()
        # Two counters with one writer each, instead of one with a lock.
        self._bytes_in = 0
        self._bytes_out = 0

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, message: Message) -> None:
        """Queue a message, or count it as dropped."""
        size = len(message.payload)
        if size > MAX_PAYLOAD:
            self._refusals.count(Reason.TOO_LARGE)
            return
        waiting = len(self._queue)
        held = self._bytes_in - self._bytes_out
        if message.topic != CONNECTED and (waiting >= self._max_messages or held + size > self._max_bytes):
            is_data = "DATA/" in message.topic or not message.topic.startswith(SPARKPLUG)
            if is_data or waiting >= 2 * self._max_messages or held + size > 2 * self._max_bytes:
                self._refusals.count(Reason.OVERRUN)
                return
        self._bytes_in += size
        self._queue.append(message)
        if waiting + 1 >= self._batch:
            self._is_full.set()

    def take(self, timeout_s: float) -> list[Message]:
        """Return what has come when `timeout_s` is over, or at once when a batch has."""
        self._is_full.wait(timeout_s)
        self._is_full.clear()
        taken = [self._queue.popleft() for _ in range(min(self._batch, len(self._queue)))]
        self._bytes_out += sum(len(message.payload) for message in taken)
        if len(self._queue) >= self._batch:
            self._is_full.set()
        return taken

    def wake(self) -> None:
        """Let whoever waits in `take` go."""
        self._is_full.set()
