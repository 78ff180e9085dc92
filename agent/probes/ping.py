"""Is something there, and how far? Out: `classroom.reachability[target]` and `classroom.round_trip[target]`.

Reachability is the share of answered tries among the last `WINDOW`: three readings' worth, so that a target that is
gone is at 0 by the third.
"""

import socket
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import ClassVar, Final

from agent.errors import ProbeError
from agent.now import monotonic_s
from agent.probes import icmp
from agent.reading import Reading

TRIES: Final = 3
WINDOW: Final = 9

# Takes a host and a timeout in seconds, returns the round trip in seconds, None where no answer came.
Try = Callable[[str, float], float | None]


class Ping:
    """One target, asked by ICMP echo, or by a TCP connection where a port is given."""

    gives: ClassVar[tuple[str, ...]] = ("classroom.reachability", "classroom.round_trip")

    def __init__(
        self, target: str, *, port: int | None = None, device: str = "", timeout_s: float = 1.0, ask: Try | None = None
    ) -> None:
        """`device` is the device id that the target is; it then names the readings."""
        shown = f"{target}:{port}" if port else target
        self.name = f"ping:{shown}"
        self._instance = device or shown
        self._target = target
        self._timeout_s = timeout_s
        self._ask = ask or (_connector(port) if port else icmp.echo)
        self._tries: deque[bool] = deque(maxlen=WINDOW)

    def read(self, now: datetime) -> Iterator[Reading]:
        """Ask a few times and return the share answered lately, and the shortest way.

        Raises:
            ProbeError: it cannot be asked at all (no right to, no such name).
        """
        trips = [self._ask(self._target, self._timeout_s) for _ in range(TRIES)]
        self._tries.extend(trip is not None for trip in trips)
        yield Reading("classroom.reachability", sum(self._tries) / len(self._tries), self._instance)
        answered = [trip for trip in trips if trip is not None]
        if answered:
            yield Reading("classroom.round_trip", min(answered), self._instance)


def _connector(port: int) -> Try:
    def connect(host: str, timeout_s: float) -> float | None:
        start = monotonic_s()
        try:
            with socket.create_connection((host, port), timeout=timeout_s):
                return monotonic_s() - start
        except socket.gaierror as error:
            raise ProbeError(f"{host} cannot be found: {error.strerror}") from error
        except OSError:
            return None

    return connect
