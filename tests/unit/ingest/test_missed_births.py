"""Real agents whose births the host misses, at the worst moment: even the count of their messages fits."""

from collections.abc import Sequence
from random import Random

from agent.now import Moment
from agent.outbox import Outbox
from agent.reading import Reading
from agent.sample import sample_of
from agent.uplink.birth import NodeIdentity
from agent.uplink.message import Message
from agent.uplink.session import EdgeSession
from tests.unit.ingest.edge import NODE, Bench, ms
from wire import control
from wire.payload import decode

IDENTITY = NodeIdentity(site="s1", agent="pc1", interval_s=10)
STEP_S = 2.5


class Run:
    """One run of an agent's process; what it says is handed to the host, or lost."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.outbox = Outbox.open(None)
        self.session = EdgeSession(IDENTITY, self.outbox, random=Random(1))
        self.session.will(self.now)
        self.session.connected(self.now)

    @property
    def now(self) -> Moment:
        return Moment(ms(self.bench.now), self.bench.elapsed_s)

    def step(self, value: float, device: str = "") -> Sequence[Message]:
        """Report one reading and return what is to be sent of it."""
        samples = {device: [sample_of(Reading("test.value", value, device=device))]}
        self.session.report(ms(self.bench.now), samples, self.now)
        said = self.session.collect(self.now)
        self.bench.wait(STEP_S)
        return said

    def deliver(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.bench.put(message.topic, message.payload)

    def hear(self) -> None:
        """Let the agent hear what the host has asked for, and answer."""
        for command in self.bench.commands:
            self.session.received(command.topic, command.payload, self.now)
        self.bench.wait(STEP_S)
        self.deliver(self.session.collect(self.now))


def seq_of(message: Message) -> int:
    return decode(message.payload).seq


def kinds(messages: Sequence[Message]) -> list[str]:
    return [message.topic.split("/")[2] for message in messages]


def test_an_entry_of_a_run_whose_birth_was_lost_is_not_taken_for_one_of_the_run_before() -> None:
    bench = Bench()
    before = Run(bench)
    before.deliver(before.step(1.0))
    before.deliver(before.step(2.0))
    assert bench.values(bench.take()) == [1.0, 2.0]
    # Death and birth are lost; messages 1 and 2 too. The next is the one that the host expects.
    after = Run(bench)
    assert kinds(after.step(101.0)) == ["NBIRTH", "NDATA"]
    after.step(102.0)
    (data,) = after.step(103.0)
    assert seq_of(data) == 3
    after.deliver([data])
    intake = bench.take()
    assert not intake.has_something_to_store
    assert bench.rebirths()
    after.hear()
    after.deliver(after.step(104.0))
    intake = bench.take()
    assert {mark.epoch for mark in intake.watermarks} == {after.outbox.epoch}
    assert bench.values(intake)[-1] == 104.0


def test_a_device_born_in_a_session_whose_birth_was_lost_is_not_taken_for_one_of_the_session_before() -> None:
    bench = Bench()
    before = Run(bench)
    before.deliver(before.step(1.0))
    bench.take()
    after = Run(bench)
    after.step(101.0)
    after.session.device_up("ups", "ups", {})
    birth, data = after.step(0.5, "ups")
    assert (kinds([birth]), seq_of(birth)) == (["DBIRTH"], 2)
    after.deliver([birth, data])
    intake = bench.take()
    assert not intake.has_something_to_store
    assert bench.refused() == {"unborn": 2}
    assert bench.rebirths()


def test_history_under_names_is_of_the_epoch_that_it_says() -> None:
    bench = Bench()
    before = Run(bench)
    before.deliver(before.step(1.0))
    bench.take()
    # Two runs later a device's entry, read before its birth was due, comes under names.
    after = Run(bench)
    metrics = decode(before.step(2.0)[0].payload)
    del metrics.metrics[:]
    metrics.metrics.add(name="test.value", datatype=10, double_value=7.0, timestamp=ms(bench.now), is_historical=True)
    metrics.metrics.add(name=control.OUTBOX_ID, datatype=8, long_value=2, timestamp=1)
    metrics.metrics.add(name=control.OUTBOX_EPOCH, datatype=12, string_value=after.outbox.epoch, timestamp=1)
    bench.put("spBv1.0/s1/DDATA/pc1/ups", metrics.SerializeToString())
    (mark,) = bench.take().watermarks
    assert (mark.node, mark.epoch, mark.id) == (NODE, after.outbox.epoch, 2)
