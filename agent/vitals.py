"""What the agent says of itself. In: its parts. Out: `classroom.agent.*` readings, at each step of its own grid."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from agent.now import Moment
from agent.outbox import Outbox
from agent.reading import Reading
from agent.runner import Runner
from agent.timepiece import Timepiece
from agent.uplink.route import Route
from agent.uplink.session import EdgeSession


class Vitals:
    """The agent's own readings."""

    gives: ClassVar[tuple[str, ...]] = (
        "classroom.agent.outbox.depth",
        "classroom.agent.outbox.oldest",
        "classroom.agent.outbox.dropped",
        "classroom.agent.outbox.failures",
        "classroom.agent.outbox.in_memory",
        "classroom.agent.clock.jumps",
        "classroom.agent.sleeps",
        "classroom.agent.network.changes",
        "classroom.agent.probe.duration",
        "classroom.agent.probe.failures",
    )

    def __init__(self, outbox: Outbox, session: EdgeSession, timepiece: Timepiece, route: Route) -> None:
        self._outbox = outbox
        self._session = session
        self._timepiece = timepiece
        self._route = route
        self.runners: Sequence[Runner] = ()

    def read(self, now: Moment) -> Iterator[Reading]:
        """Return how the outbox and the probes are, and what this computer has gone through since the agent began."""
        yield Reading("classroom.agent.outbox.depth", self._outbox.depth)
        yield Reading("classroom.agent.outbox.oldest", self._session.oldest_s(now))
        yield Reading("classroom.agent.outbox.dropped", self._session.untold_dropped)
        yield Reading("classroom.agent.outbox.failures", self._outbox.failures)
        yield Reading("classroom.agent.outbox.in_memory", int(not self._outbox.on_disk))
        for direction, jumps in self._timepiece.jumps.items():
            yield Reading("classroom.agent.clock.jumps", jumps, direction)
        for how, sleeps in self._timepiece.sleeps.items():
            yield Reading("classroom.agent.sleeps", sleeps, how)
        yield Reading("classroom.agent.network.changes", self._route.changes)
        for runner in self.runners:
            if runner.duration_s is not None:
                yield Reading("classroom.agent.probe.duration", runner.duration_s, runner.name)
            yield Reading("classroom.agent.probe.failures", runner.failures, runner.name)
