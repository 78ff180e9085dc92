"""By which address of ours the way to the broker goes. In: the broker's address. Out: ours, and news when it changes.

A connection lives and dies with our end's address: a computer that moved to another network need not wait for the
broker's silence to know.
"""

import math
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

from agent.now import Moment

# An address of documentation (RFC 5737), which the default route leads to: for as long as the broker's is not known.
ANYWHERE: Final = ("192.0.2.1", 9)
_LOOK_EVERY_S: Final = 1.0
_MOST_NEWS: Final = 64
# rtnetlink(7): groups of links, IPv4 addresses and routes, IPv6 addresses and routes.
_GROUPS: Final = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
_NETLINK: Final = getattr(socket, "AF_NETLINK", None)

# Takes the other end as sockets name it, returns our address, "" where no way leads there.
OwnAddress = Callable[[Any], str]


def own_address(peer: Any) -> str:
    """Return the address of ours by which a peer is reached now, "" where it cannot be; nothing is sent."""
    family = socket.AF_INET6 if ":" in peer[0] else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(peer)
            return str(sock.getsockname()[0])
    except OSError:
        return ""


class Route:
    """The way to one peer. `changes` counts how often it became another one, or none."""

    def __init__(self, ask: OwnAddress = own_address) -> None:
        self.changes = 0
        self.address = ""
        self._ask = ask
        self._peer: Any = ANYWHERE
        self._before = ""  # the last address there was
        self._look_at_s = float("-inf")
        self._news = _listen()
        self._has_news = False

    @property
    def sockets(self) -> list[socket.socket]:
        """What to select on: readable when the system's addresses or routes change, where it tells."""
        return [] if self._news is None else [self._news]

    def next_due(self) -> float:
        """Return the `mono_s` at which `step` wants to be called at the latest."""
        return self._look_at_s if self._has_news else math.inf

    def lead_to(self, peer: Any) -> None:
        """Go by the way to another peer from now on; that is no change."""
        self._peer = peer
        self.address = self._ask(peer)
        self._before = self.address or self._before

    def step(self, now: Moment) -> str:
        """Return what happened: `changed` to another address, `back` after there was none, `gone`, or nothing."""
        self._hear()
        if now.mono_s < self._look_at_s:
            return ""
        first = self._look_at_s == float("-inf")
        self._look_at_s = now.mono_s + _LOOK_EVERY_S
        self._has_news = False
        was, self.address = self.address, self._ask(self._peer)
        if first or self.address == was:
            self._before = self.address or self._before
            return ""
        before, self._before = self._before, self.address or self._before
        if not self.address:
            self.changes += 1
            return "gone"
        if self.address == before:
            return "back"
        self.changes += 1
        return "changed"

    def close(self) -> None:
        """Listen no longer."""
        if self._news is not None:
            self._news.close()
            self._news = None

    def _hear(self) -> None:
        """Take in that the system told something; what it was does not matter, since we look ourselves."""
        try:
            for _ in range(_MOST_NEWS):
                if self._news is None or not self._news.recv(65536):
                    return
                self._has_news = True
        except BlockingIOError:
            pass
        except OSError:
            self._has_news = True  # more was told than the socket holds


def _listen() -> socket.socket | None:
    if sys.platform != "linux" or _NETLINK is None:
        return None
    try:
        sock = socket.socket(_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
    except OSError:
        return None
    try:
        sock.bind((0, _GROUPS))
    except OSError:
        sock.close()
        return None
    return sock
