"""What the agent says of itself. In: its parts. Out: `classroom.agent.*` readings, at each step of its own grid."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from agent.now import Moment
from agent.outbox import Outbox
from agent.reading import Reading
from agent.runner import Runner
from agent.uplink.session import EdgeSession


class Vitals:
    """The agent's own readings."""

    gives: ClassVar[tuple[str, ...]] = (
        "classroom.agent.outbox.depth",
        "classroom.agent.outbox.oldest",
        "classroom.agent.outbox.dropped",
        "classroom.agent.probe.duration",
        "classroom.agent.probe.failures",
    )

    def __init__(self, outbox: Outbox, session: EdgeSession) -> None:
        self._outbox = outbox
        self._session = session
        self.runners: Sequence[Runner] = ()

    def read(self, now: Moment) -> Iterator[Reading]:
        """Return how the outbox and the probes are."""
        oldest_ms = self._outbox.oldest_ms
        yield Reading("classroom.agent.outbox.depth", self._outbox.depth)
        yield Reading("classroom.agent.outbox.oldest", max(0, now.at_ms - oldest_ms) / 1000 if oldest_ms else 0.0)
        yield Reading("classroom.agent.outbox.dropped", self._session.untold_dropped)
        for runner in self.runners:
            if runner.duration_s is not None:
                yield Reading("classroom.agent.probe.duration", runner.duration_s, runner.name)
            yield Reading("classroom.agent.probe.failures", runner.failures, runner.name)
