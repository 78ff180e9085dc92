"""Is the primary host there? In: STATE messages. Out: yes, no, or nobody has said.

Source: Eclipse Sparkplug 3.0.0, chapter 5.5: a STATE older than one already seen says nothing. A host's birth and
death carry the same time, that of its CONNECT, so an `online` as old as an `offline` came late: nats-server may hand
out the retained message before the last when a subscriber comes at the same moment.
"""

import json


class HostPresence:
    """What the STATE messages of one host application said last."""

    def __init__(self) -> None:
        self.online: bool | None = None
        self._at_ms = -1
        self._died_ms = -1

    def heard(self, payload: bytes) -> bool:
        """Take a STATE message; return whether it counted."""
        try:
            said = json.loads(payload)
            online, at_ms = said["online"], said["timestamp"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        if not isinstance(online, bool) or not isinstance(at_ms, int) or isinstance(at_ms, bool):
            return False
        if at_ms < self._at_ms or (online and at_ms <= self._died_ms):
            return False
        if not online:
            self._died_ms = at_ms
        self._at_ms = at_ms
        self.online = online
        return True

    def forget(self) -> None:
        """Forget whether it is there, not how old its word was: the connection is gone."""
        self.online = None
