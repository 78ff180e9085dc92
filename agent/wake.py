"""Wakes who waits for sockets, from another thread or a signal."""

import signal
import socket
import threading
from collections.abc import Sequence

from agent.ready import ready


class Waker:
    """A pair of sockets: whoever calls `wake` ends a `wait`."""

    def __init__(self) -> None:
        self._out, self._in = socket.socketpair()
        self._out.setblocking(False)
        self._in.setblocking(False)
        self._has_signals = False

    def wake(self) -> None:
        """End the present or the next `wait`; may be called from any thread."""
        try:
            self._in.send(b"\0")
        except (BlockingIOError, OSError):
            pass  # full: it is awake already; closed: it is over

    def on_signals(self) -> None:
        """Let signals end a wait, too; only the main thread gets any."""
        if threading.current_thread() is threading.main_thread():
            signal.set_wakeup_fd(self._in.fileno(), warn_on_full_buffer=False)
            self._has_signals = True

    def wait(self, readable: Sequence[socket.socket], writable: Sequence[socket.socket], timeout_s: float) -> None:
        """Wait for a socket, a `wake`, or the time to pass."""
        try:
            can_read, _ = ready([self._out, *readable], writable, timeout_s)
        except (OSError, ValueError):
            return  # a socket was closed under us; its owner finds out
        if self._out in can_read:
            while True:
                try:
                    if len(self._out.recv(256)) < 256:
                        return
                except BlockingIOError:
                    return

    def close(self) -> None:
        """Give the sockets back."""
        if self._has_signals:
            signal.set_wakeup_fd(-1)
        self._out.close()
        self._in.close()
