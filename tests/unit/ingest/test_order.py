"""The host waits 5 s for a missing seq, then asks for a rebirth."""

import itertools

from tests.unit.ingest.edge import Bench, Edge


def test_swapped_messages_are_put_in_order_and_cause_no_rebirth() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1, 1.0)
    for order, value in ((3, 3.0), (2, 2.0), (4, 4.0)):
        edge.seq = order - 1
        edge.data(order, value)
    intake = bench.take()
    assert bench.values(intake) == [1.0, 2.0, 3.0, 4.0]
    bench.wait(60)
    bench.take()
    assert not bench.rebirths()


def test_a_message_that_is_missing_for_five_seconds_brings_a_rebirth_and_loses_none_behind_it() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1, 1.0)
    edge.skip()
    edge.data(3, 3.0)
    assert bench.values(bench.take()) == [1.0]
    bench.wait(4.9)
    assert bench.values(bench.take()) == []
    assert not bench.rebirths()
    bench.wait(0.2)
    assert bench.values(bench.take()) == [3.0]
    assert bench.rebirths() == ["spBv1.0/s1/NCMD/pc1"]
    edge.data(4, 4.0)
    assert bench.values(bench.take()) == [4.0]


def test_a_second_gap_has_its_own_five_seconds() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.skip()
    edge.data(2, 2.0)
    bench.wait(3)
    edge.seq = 0
    edge.data(1, 1.0)
    edge.seq = 3
    edge.data(4, 4.0)
    bench.wait(3)
    assert bench.values(bench.take()) == [1.0, 2.0]
    assert not bench.rebirths()
    bench.wait(2.1)
    assert bench.values(bench.take()) == [4.0]
    assert bench.rebirths()


def test_a_message_that_comes_after_the_wait_is_still_taken() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.skip()
    edge.data(2, 2.0)
    bench.wait(6)
    assert bench.values(bench.take()) == [2.0]
    edge.data(3, 3.0)
    edge.seq = 0
    edge.data(1, 1.0)
    edge.seq = 3
    edge.data(4, 4.0)
    assert bench.values(bench.take()) == [3.0, 1.0, 4.0]


def test_the_seq_goes_round_at_256() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    for entry in range(1, 600):
        edge.data(entry, float(entry))
    assert bench.values(bench.take()) == [float(entry) for entry in range(1, 600)]
    assert not bench.rebirths()


def test_messages_held_when_the_node_is_born_again_are_taken_by_the_names_they_were_sent_under() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.skip()
    edge.data(2, 2.0)
    edge.birth()
    edge.data(3, 3.0)
    intake = bench.take()
    assert bench.values(intake) == [2.0, 3.0]
    bench.wait(10)
    bench.take()
    assert not bench.rebirths()


def test_what_was_held_is_handled_before_the_death() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.skip()
    edge.data(2, 2.0)
    edge.death()
    intake = bench.take()
    assert bench.readings(intake) == [("load", 2.0, False)]
    assert type(intake.events[-1]).__name__ == "Died"


def test_rebirths_are_asked_for_ever_more_rarely() -> None:
    bench = Bench()
    edge = Edge(bench)
    asked: list[float] = []
    for _ in range(2_000):
        edge.data(None)
        bench.take()
        if bench.rebirths():
            asked.append(bench.elapsed_s)
        bench.wait(1)
    assert asked[:5] == [0, 5, 15, 35, 75]
    pauses = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert max(pauses) == 300
    assert len(asked) < 13


def test_a_collector_that_knows_nobody_does_not_call_all_at_once() -> None:
    bench = Bench()
    for index in range(200):
        Edge(bench, name=f"pc{index}").data(1)
    bench.take()
    assert len(bench.rebirths()) <= 51
