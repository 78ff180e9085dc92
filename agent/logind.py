"""Hears from systemd-logind that the computer is going to sleep or down, and holds it for the moment a goodbye takes.

Source: org.freedesktop.login1(5): Inhibit (mode "delay"), PrepareForSleep, PrepareForShutdown. One thread of its own;
without a system bus, or with one that says no, nothing happens, and a shutdown is still told by looking systemd up.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

log = logging.getLogger("agent.logind")

ADDRESS_VARIABLE: Final = "DBUS_SYSTEM_BUS_ADDRESS"
_SOCKET: Final = "/run/dbus/system_bus_socket"
_NAME: Final = "org.freedesktop.login1"
_PATH: Final = "/org/freedesktop/login1"
_MANAGER: Final = "org.freedesktop.login1.Manager"
_ANSWER_S: Final = 5.0


class Logind:
    """What logind says, handed on.

    `asleep` is called before the computer sleeps and may take a second or two; `awake` after it; `going_down` with
    True when the computer shuts down, with False when that was called off.
    """

    def __init__(
        self, *, asleep: Callable[[], object], awake: Callable[[], None], going_down: Callable[[bool], None]
    ) -> None:
        self._asleep = asleep
        self._awake = awake
        self._going_down = going_down
        self._lock: Any = None  # the delay that logind grants, a file descriptor

    def start(self) -> None:
        """Listen from now on, where there is something to listen to."""
        if is_there():
            threading.Thread(target=self._listen, name="logind", daemon=True).start()

    def _listen(self) -> None:
        try:
            from jeepney.io.blocking import open_dbus_connection

            with closing(open_dbus_connection(bus="SYSTEM", enable_fds=True)) as connection:
                self._converse(connection)
        except Exception as error:  # noqa: BLE001  whatever a bus does, the agent goes on without its word
            log.info("logind does not tell of sleep and shutdown: %s", error)
        finally:
            self._let_go()

    def _converse(self, connection: Any) -> None:
        from jeepney import MatchRule, message_bus
        from jeepney.low_level import HeaderFields

        for signal in ("PrepareForSleep", "PrepareForShutdown"):
            rule = MatchRule(type="signal", interface=_MANAGER, member=signal, path=_PATH)
            connection.send_and_get_reply(message_bus.AddMatch(rule), timeout=_ANSWER_S)
        self._hold(connection)
        while True:
            message = connection.receive()
            member = message.header.fields.get(HeaderFields.member)
            if member not in ("PrepareForSleep", "PrepareForShutdown") or not message.body:
                continue
            is_begin = message.body[0] is True
            if member == "PrepareForShutdown":
                self._going_down(is_begin)
            elif is_begin:
                self._asleep()
            else:
                self._awake()
            if is_begin:
                self._let_go()
            elif self._lock is None:
                self._hold(connection)

    def _hold(self, connection: Any) -> None:
        from jeepney import DBusAddress, new_method_call
        from jeepney.wrappers import unwrap_msg

        manager = DBusAddress(_PATH, bus_name=_NAME, interface=_MANAGER)
        why = ("sleep:shutdown", "Roomtone", "tells the collector why this computer goes", "delay")
        answer = connection.send_and_get_reply(new_method_call(manager, "Inhibit", "ssss", why), timeout=_ANSWER_S)
        self._lock = unwrap_msg(answer)[0]

    def _let_go(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()


def is_there() -> bool:
    """Tell whether this computer has a system bus."""
    if sys.platform != "linux":
        return False
    address = os.environ.get(ADDRESS_VARIABLE, "")
    return Path(unquote(address.partition("path=")[2].split(",")[0]) or _SOCKET).is_socket()
