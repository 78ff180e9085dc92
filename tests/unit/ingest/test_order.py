"""The host waits 5 s for a missing seq, then asks for a rebirth."""

import itertools

from collector.ingest.nodes import CONNECTED
from tests.unit.ingest.edge import Bench, Edge, Foreign


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


def test_a_message_that_is_missing_for_five_seconds_brings_a_rebirth() -> None:
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
    intake = bench.take()
    assert bench.rebirths() == ["spBv1.0/s1/NCMD/pc1"]
    # What is missing may have been a birth, under which entry 3 is another one: it is not taken, and comes again.
    assert not intake.has_something_to_store
    edge.data(4, 4.0)
    assert not bench.take().has_something_to_store
    edge.birth()
    for entry in (2, 3, 4):
        edge.data(entry, float(entry), historical=True)
    assert bench.values(bench.take()) == [2.0, 3.0, 4.0]
    assert bench.refused() == {"gap": 1, "unborn": 1}


def test_a_gap_of_a_foreign_node_costs_only_what_is_missing() -> None:
    bench = Bench()
    node = Foreign(bench)
    node.birth()
    node.data(1.0)
    node.seq += 1
    node.data(3.0)
    bench.wait(6)
    assert bench.values(bench.take()) == [1.0, 3.0]
    assert bench.rebirths() == ["spBv1.0/s1/NCMD/plc"]
    node.data(4.0)
    assert bench.values(bench.take()) == [4.0]
    node.seq = 1
    node.data(2.0)
    assert bench.values(bench.take()) == [2.0]


def test_two_gaps_are_waited_for_one_by_one() -> None:
    bench = Bench()
    node = Foreign(bench)
    node.birth()
    node.seq = 1
    node.data(2.0)
    bench.wait(3)
    node.seq = 0
    node.data(1.0)
    node.seq = 3
    node.data(4.0)
    bench.wait(3)
    assert bench.values(bench.take()) == [1.0, 2.0]
    assert not bench.rebirths()
    bench.wait(2.1)
    assert bench.values(bench.take()) == [4.0]
    assert bench.rebirths()


def test_the_seq_goes_round_at_256() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    for entry in range(1, 600):
        edge.data(entry, float(entry))
    assert bench.values(bench.take()) == [float(entry) for entry in range(1, 600)]
    assert not bench.rebirths()


def test_what_a_foreign_node_sent_before_its_rebirth_is_taken_by_the_names_it_was_sent_under() -> None:
    bench = Bench()
    node = Foreign(bench)
    node.birth()
    node.seq += 1
    node.data(2.0)
    node.birth()
    node.data(3.0)
    assert bench.values(bench.take()) == [2.0, 3.0]
    bench.wait(10)
    bench.take()
    assert not bench.rebirths()


def test_what_was_held_of_a_foreign_node_is_handled_before_its_death() -> None:
    bench = Bench()
    node = Foreign(bench)
    node.birth()
    node.seq += 1
    node.data(2.0)
    node.death()
    intake = bench.take()
    assert bench.values(intake) == [2.0]
    assert type(intake.events[-1]).__name__ == "Died"


def test_a_birth_that_came_while_we_were_not_connected_gives_no_entry_a_wrong_epoch() -> None:
    bench = Bench()
    edge = Edge(bench, epoch="e1")
    edge.birth()
    edge.data(1, 1.0)
    bench.take()
    bench.put(CONNECTED, b"")
    # Its process was restarted meanwhile: another epoch, whose birth nobody heard. Even the seq fits.
    edge.data(2, 102.0)
    assert not bench.take().has_something_to_store
    assert bench.rebirths()
    edge.epoch = "e2"
    edge.birth()
    edge.data(2, 102.0)
    intake = bench.take()
    assert bench.values(intake) == [102.0]
    assert [mark.epoch for mark in intake.watermarks] == ["e2"]


def test_an_agent_whose_count_begins_anew_without_a_birth_gives_no_entry_a_wrong_epoch() -> None:
    bench = Bench()
    edge = Edge(bench, epoch="e1")
    edge.birth()
    for entry in range(1, 61):
        edge.data(entry, float(entry))
    bench.take()
    # Its process was restarted, and both the death and the birth were lost on the way.
    edge.seq = 0
    for entry in range(1, 71):
        edge.data(entry, 100.0 + entry)
    intake = bench.take()
    assert not intake.has_something_to_store
    assert bench.rebirths()
    edge.epoch = "e2"
    edge.birth()
    edge.data(1, 101.0, historical=True)
    intake = bench.take()
    assert bench.values(intake) == [101.0]
    assert [mark.epoch for mark in intake.watermarks] == ["e2"]


def test_a_message_of_an_earlier_session_that_comes_after_the_birth_is_not_taken() -> None:
    bench = Bench()
    old = Edge(bench, epoch="e1")
    old.birth()
    stale = Bench()
    late = Edge(stale, epoch="e1")
    late.data(7, 7.0)
    bench.wait(1)
    new = Edge(bench, epoch="e2")
    new.birth()
    bench._messages += stale._messages
    new.data(1, 1.0)
    intake = bench.take()
    assert bench.values(intake) == [1.0]
    assert bench.refused() == {"stale": 1}
    assert bench.rebirths()


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
