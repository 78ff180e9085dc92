"""Minds the configuration while an agent runs under it. In: what the host says. Out: begin anew?"""

import math
from collections.abc import Callable

from agent.managed import Managed
from agent.now import Moment, monotonic_s
from agent.uplink.session import EdgeSession


class Trial:
    """One run of an agent, as far as its configuration goes."""

    def __init__(self, managed: Managed, session: EdgeSession, trouble: Callable[[], str]) -> None:
        """`trouble` says what keeps the agent from reporting, "" for nothing that is known."""
        self._managed = managed
        self._session = session
        self._trouble = trouble
        self._until_s = monotonic_s() + managed.own.manage.trial_s
        session.say(**managed.said)

    def next_due(self) -> float:
        """Return the `mono_s` at which `step` wants to be called at the latest."""
        return self._until_s if self._managed.is_trial else math.inf

    def step(self, now: Moment) -> bool:
        """Return whether another configuration is to be run from now on."""
        if self._managed.is_trial:
            if self._session.is_heard:
                self._managed.confirm()
                self._session.say(**self._managed.said)
            elif now.mono_s >= self._until_s:
                self._managed.roll_back(
                    f"the collector heard nothing within {self._managed.own.manage.trial_s:g} s: "
                    + (self._trouble() or "it stored nothing of what was read")
                )
                return True
        sealed, self._session.handed = self._session.handed, None
        if sealed is None:
            return False
        is_new = self._managed.take(sealed)
        self._session.say(**self._managed.said)
        return is_new
