"""No input crashes ingest, and none of it blocks what is good."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.ingest.inbox import MAX_PAYLOAD, Inbox
from collector.ingest.message import Message
from collector.ingest.refusal import Reason, Refusals
from tests.unit.ingest.edge import T0, Bench, Edge
from wire import control
from wire.sparkplug_pb2 import Payload

KINDS = ["NBIRTH", "NDATA", "NDEATH", "NCMD", "DBIRTH", "DDATA", "DDEATH", "DCMD", "STATE", "?"]
TOPICS = st.one_of(
    st.text(max_size=60),
    st.builds("spBv1.0/s1/{}/pc1".format, st.sampled_from(KINDS)),
    st.builds("spBv1.0/s1/{}/pc1/{}".format, st.sampled_from(KINDS), st.text(max_size=5)),
    st.builds("$sparkplug/certificates/spBv1.0/s1/{}/pc1".format, st.sampled_from(KINDS)),
)
NAMES = st.one_of(st.text(max_size=10), st.sampled_from(sorted(control.CONTROL_NAMES)), st.just("Properties/Room"))


@st.composite
def payloads(draw: st.DrawFn) -> bytes:
    payload = Payload()
    if draw(st.booleans()):
        payload.seq = draw(st.integers(0, (1 << 64) - 1))
    if draw(st.booleans()):
        payload.timestamp = draw(st.integers(0, (1 << 64) - 1))
    for _ in range(draw(st.integers(0, 6))):
        metric = payload.metrics.add()
        if draw(st.booleans()):
            metric.name = draw(NAMES)
        if draw(st.booleans()):
            metric.alias = draw(st.integers(0, 4))
        if draw(st.booleans()):
            metric.timestamp = draw(st.integers(0, (1 << 64) - 1))
        metric.datatype = draw(st.integers(0, 40))
        if draw(st.booleans()):
            metric.is_null = draw(st.booleans())
        if draw(st.booleans()):
            metric.is_historical = draw(st.booleans())
        field = draw(st.sampled_from(["int", "long", "float", "double", "boolean", "string", "bytes", "none", "set"]))
        if field == "int":
            metric.int_value = draw(st.integers(0, (1 << 32) - 1))
        elif field == "long":
            metric.long_value = draw(st.integers(0, (1 << 64) - 1))
        elif field == "float":
            metric.float_value = draw(st.floats(width=32))
        elif field == "double":
            metric.double_value = draw(st.floats())
        elif field == "boolean":
            metric.boolean_value = draw(st.booleans())
        elif field == "string":
            metric.string_value = draw(st.text(max_size=5))
        elif field == "bytes":
            metric.bytes_value = draw(st.binary(max_size=5))
        elif field == "set":
            metric.dataset_value.SetInParent()
        metric.properties.keys.extend(draw(st.lists(st.text(max_size=4), max_size=2)))
    content = payload.SerializeToString()
    if draw(st.booleans()) and content:
        place = draw(st.integers(0, len(content) - 1))
        content = content[:place] + draw(st.binary(max_size=3)) + content[place + 1 :]
    return content


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TOPICS, st.one_of(st.binary(max_size=40), payloads()), st.booleans()), max_size=12))
def test_no_bytes_crash_ingest_and_a_good_node_is_served_all_the_same(messages: list[tuple[str, bytes, bool]]) -> None:
    bench = Bench()
    good = Edge(bench, name="good")
    good.birth()
    for entry, (topic, content, is_retained) in enumerate(messages, 1):
        bench.put(topic, content, is_retained=is_retained)
        good.data(entry, 5.0)
    bench.take()
    bench.wait(10)
    intake = bench.take()
    assert bench.refusals[Reason.FAULT] == 0
    good.data(len(messages) + 1, 5.0)
    intake = bench.take()
    assert [one.stored_up_to for one in intake.answers] == [len(messages) + 1]


def test_a_million_metrics_are_refused() -> None:
    bench = Bench()
    bench.put("spBv1.0/s1/NBIRTH/pc1", b"\x12\x00" * 1_000_000)
    bench.take()
    assert bench.refused() == {"too_large": 1}


def test_a_flood_of_names_pushes_out_only_nodes_without_a_birth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.ingest.nodes.MAX_NODES", 50)
    bench = Bench()
    good = Edge(bench, name="good")
    good.birth()
    for index in range(200):
        bench.put(f"spBv1.0/s1/NDATA/x{index}", b"")
    bench.take()
    good.data(1, 2.0)
    assert bench.values(bench.take()) == [2.0]
    assert bench.refusals[Reason.TOO_MANY] > 100


# ------------------------------------------------------------ the inbox


def message(topic: str, size: int = 10) -> Message:
    return Message(topic, b"x" * size, T0, 0.0)


def test_a_payload_too_large_is_refused_at_the_door() -> None:
    refusals = Refusals()
    inbox = Inbox(refusals)
    inbox.put(message("spBv1.0/s1/NDATA/pc1", MAX_PAYLOAD + 1))
    assert inbox.take(0) == []
    assert refusals[Reason.TOO_LARGE] == 1


def test_a_full_inbox_drops_data_before_births_and_deaths() -> None:
    refusals = Refusals()
    inbox = Inbox(refusals, max_messages=3)
    for index in range(5):
        inbox.put(message(f"spBv1.0/s1/NDATA/pc{index}"))
    inbox.put(message("spBv1.0/s1/NDEATH/pc1"))
    assert [one.topic.split("/")[2] for one in inbox.take(0)] == ["NDATA", "NDATA", "NDATA", "NDEATH"]
    assert refusals[Reason.OVERRUN] == 2


def test_an_inbox_is_bounded_in_bytes_and_frees_what_is_taken() -> None:
    refusals = Refusals()
    inbox = Inbox(refusals, max_bytes=100)
    for _ in range(3):
        for _ in range(12):
            inbox.put(message("spBv1.0/s1/NDATA/pc1"))
        assert len(inbox.take(0)) == 10
    assert refusals[Reason.OVERRUN] == 6


def test_a_full_batch_is_taken_at_once() -> None:
    inbox = Inbox(Refusals(), batch=2)
    taken: list[int] = []
    thread = threading.Thread(target=lambda: taken.append(len(inbox.take(30))))
    thread.start()
    for _ in range(3):
        inbox.put(message("spBv1.0/s1/NDATA/pc1"))
    thread.join(5)
    assert not thread.is_alive()
    assert taken == [2]
    assert len(inbox) == 1
