"""One agent and a host that decodes by hand, on a line of messages whose clock the test moves."""

import json
from collections.abc import Sequence
from random import Random

from agent.now import Moment
from agent.outbox import Outbox
from agent.reading import Reading
from agent.sample import Sample, sample_of
from agent.uplink.backlog import Timing
from agent.uplink.birth import NodeIdentity
from agent.uplink.session import EdgeSession
from tests.plain_host import PlainHost

STATE = "spBv1.0/STATE/roomtone"
STEP_MS = 1000
CPU = "system.cpu.utilization"


def cpu(value: float = 0.5, device: str = "") -> Sample:
    return sample_of(Reading(CPU, value, device=device))


class Line:
    """One agent, one host, and a clock that the test moves."""

    def __init__(
        self, outbox: Outbox | None = None, *, host: PlainHost | None = None, start_ms: int = 1_000_000
    ) -> None:
        self.outbox = outbox or Outbox.open(None)
        self.host = host or PlainHost("east", "pc1")
        identity = NodeIdentity(
            site="east", agent="pc1", interval_s=10, properties={"room": "a101", "role": "recorder-pc"}
        )
        timing = Timing(rewind_s=15, return_jitter_s=4, rebirth_pause_s=2)
        self.session = EdgeSession(identity, self.outbox, host_id="roomtone", timing=timing, random=Random(7))
        self.ms = start_ms
        self.state_ms = 0
        self.connections = 0

    @property
    def now(self) -> Moment:
        return Moment(self.ms, self.ms / 1000)

    def deliver(self) -> None:
        for message in self.session.collect(self.now):
            self.host.take(message.topic, message.payload)

    def connect(self, *, online: bool | None = True) -> None:
        self.session.will(self.now)
        self.session.connected(self.now, again=self.connections > 0)
        self.connections += 1
        if online is not None:
            self.state(online)
        self.deliver()

    def state(self, online: bool) -> None:
        self.state_ms += 1
        self.session.received(STATE, json.dumps({"online": online, "timestamp": self.state_ms}).encode(), self.now)

    def command(self, payload: bytes) -> None:
        self.session.received(self.host.command_topic, payload, self.now)
        self.deliver()

    def acknowledge(self, up_to: int | None = None, epoch: str | None = None) -> None:
        self.command(self.host.acknowledgement(epoch, up_to))

    def step(self, *samples: Sample, **devices: Sequence[Sample]) -> None:
        """Report one step, then let a second pass."""
        self.session.report(self.ms, {"": list(samples) or [cpu()], **devices}, self.now)
        self.deliver()
        self.ms += STEP_MS

    def wait(self, seconds: float) -> None:
        """Let time pass, as a driver that calls at `next_due` would."""
        end = self.ms + round(seconds * 1000)
        for _ in range(10_000):
            due_ms = min(end, max(self.ms + 1, round(min(self.session.next_due(), 1e9) * 1000) + 1))
            self.ms = due_ms
            self.deliver()
            if self.ms >= end:
                return
        raise AssertionError("the session never rests")


def ids(line: Line) -> int:
    """Return up to where the host has the agent's present epoch."""
    return line.host.epochs[line.outbox.epoch].up_to
