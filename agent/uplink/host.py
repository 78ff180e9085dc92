"""Is the primary host there? In: STATE messages. Out: yes, no, or nobody has said.

Source: Eclipse Sparkplug 3.0.0, chapter 5.5: a STATE older than one already seen says nothing.
"""

import json


class HostPresence:
    """What the STATE messages of one host application said last."""

    def __init__(self) -> None:
        self.online: bool | None = None
        self._at_ms = -1

    def heard(self, payload: bytes) -> bool:
        """Take a STATE message; return whether it counted."""
        try:
            said = json.loads(payload)
            online, at_ms = said["online"], said["timestamp"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        if not isinstance(online, bool) or not isinstance(at_ms, int) or isinstance(at_ms, bool):
            return False
        if at_ms < self._at_ms:
            return False
        self._at_ms = at_ms
        self.online = online
        return True

    def forget(self) -> None:
        """Forget whether it is there, not how old its word was: the connection is gone."""
        self.online = None
