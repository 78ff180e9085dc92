"""systemd-logind for tests: a real D-Bus daemon of their own, and behind it the few words of org.freedesktop.login1."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, HeaderFields, message_bus, new_method_return, new_signal
from jeepney.io.blocking import open_dbus_connection

from tests.conftest import need_peer
from tests.waiting import until

PATH, MANAGER = "/org/freedesktop/login1", "org.freedesktop.login1.Manager"


class FakeLogind:
    """Grants inhibitors and tells of sleep and shutdown; `asked` are the arguments of each Inhibit."""

    def __init__(self, address: str) -> None:
        self._connection: Any = open_dbus_connection(bus=address, enable_fds=True)
        self._connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.login1"))
        self.asked: list[tuple[str, ...]] = []
        self._granted: list[int] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def tell(self, member: str, is_begin: bool) -> None:
        """Emit PrepareForSleep or PrepareForShutdown."""
        emitter = DBusAddress(PATH, interface=MANAGER)
        self._connection.send(new_signal(emitter, member, "b", (is_begin,)))

    def is_released(self) -> bool:
        """Tell whether whoever holds the last inhibitor has let go of it."""
        return os.read(self._granted[-1], 1) == b""

    def _serve(self) -> None:
        with contextlib.suppress(Exception):
            while True:
                message = self._connection.receive()
                if message.header.fields.get(HeaderFields.member) != "Inhibit":
                    continue
                ours, theirs = os.pipe()
                self._connection.send(new_method_return(message, "h", (theirs,)))
                os.close(theirs)
                self._granted.append(ours)
                self.asked.append(message.body)


@contextlib.contextmanager
def logind(folder: Path) -> Iterator[tuple[FakeLogind, str]]:
    """A bus with a logind on it, and the bus's address."""
    address = f"unix:path={folder / 'bus'}"
    words = [str(need_peer("dbus-daemon")), "--session", "--nofork", "--nopidfile", f"--address={address}"]
    daemon = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: (folder / "bus").is_socket(), what="the bus")
        yield FakeLogind(address), address
    finally:
        daemon.terminate()
        daemon.wait(10)
