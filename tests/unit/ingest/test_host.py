"""What the host hands out is stored and acknowledged, or it was never taken. No broker here: messages are put in."""

from datetime import timedelta

from collector.broker import BrokerAddress
from collector.core.model import Series, SeriesId
from collector.ingest.host import SparkplugHost
from collector.ingest.link import client_id
from collector.ingest.message import Message
from collector.now import now
from collector.store.series.watermarks import Watermark
from tests.unit.ingest.edge import NODE, T0, Bench, Edge


class Memory:
    """A store that keeps in memory what it is given."""

    def __init__(self) -> None:
        self.series: list[Series] = []
        self.marks: list[Watermark] = []

    def all_series(self) -> list[Series]:
        return self.series

    def watermarks(self) -> list[Watermark]:
        return self.marks


class Paper(Bench):
    """Puts an edge's messages into a host instead of `Nodes`, stamped now."""

    def __init__(self, host: SparkplugHost) -> None:
        super().__init__()
        self.host = host
        self.elapsed_s = (now() - T0) / timedelta(seconds=1)

    def put(self, topic: str, payload: bytes, *, is_retained: bool = False) -> None:
        self.host._receive(Message(topic, payload, self.now, 0.0, is_retained))


def make_host(memory: Memory) -> SparkplugHost:
    return SparkplugHost(broker=BrokerAddress(url="mqtt://127.0.0.1:1"), host_id="roomtone", store=memory)


def test_an_intake_that_was_not_stored_was_never_taken() -> None:
    memory = Memory()
    host = make_host(memory)
    edge = Edge(Paper(host))
    edge.birth()
    edge.data(1, 5.0)
    lost = host.take(0)
    assert len(lost.readings) == 1
    # The engine stumbled: no acknowledgement. The agent sends the entry again.
    edge.data(1, 5.0)
    again = host.take(0)
    assert again.readings.value.tolist() == [5.0]
    assert again.series == lost.series
    assert again.watermarks == (Watermark(node=NODE, epoch="e1", first=1, id=1),)


def test_an_intake_that_was_acknowledged_is_not_taken_again() -> None:
    memory = Memory()
    host = make_host(memory)
    edge = Edge(Paper(host))
    edge.birth()
    edge.data(1, 5.0)
    host.acknowledge(host.take(0))
    edge.data(1, 5.0)
    again = host.take(0)
    assert not again.has_something_to_store
    assert host.refused["duplicate"] == 1


def test_the_host_counts_what_came_and_knows_what_was_stored() -> None:
    memory = Memory()
    memory.series = [Series(id=SeriesId(7), device=NODE, metric="load", unit="1")]
    memory.marks = [Watermark(node=NODE, epoch="e1", first=1, id=4)]
    host = make_host(memory)
    edge = Edge(Paper(host))
    edge.birth(claimed=4)
    edge.data(4)
    edge.data(5)
    assert (host.messages, host.queue_depth) == (3, 3)
    intake = host.take(0)
    assert intake.readings.series.tolist() == [7]
    assert intake.series == ()
    assert intake.answers[0].stored_up_to == 5
    assert host.queue_depth == 0
    assert host.heard_at is not None
    assert not host.connected


def test_a_host_s_client_id_has_no_letters_that_a_broker_refuses() -> None:
    assert client_id("roomtone") == "roomtone-host-roomtone"
    odd = {client_id("a.b"), client_id("a:b"), client_id("a b"), client_id("校")}
    assert len(odd) == 4
    assert all(letter.isascii() and (letter.isalnum() or letter in "_-") for one in odd for letter in one)
