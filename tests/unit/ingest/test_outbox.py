"""The outbox protocol: each entry is stored once, and the agent is told how far."""

from collector.core.model import DeviceId
from collector.ingest.intake import Watermark
from tests.unit.ingest.edge import NODE, Bench, Edge, answer, answers, marks, ms, number, outbox, read_command
from wire import control
from wire.payload import Datatype, Metric, encode


def test_an_entry_is_stored_with_its_mark_and_answered() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1, 0.7)
    intake = bench.take()
    assert bench.readings(intake) == [("load", 0.7, False)]
    assert marks(intake) == [("e1", 1, 1)]
    assert answers(intake) == [("e1", 1)]


def test_an_answer_names_the_epoch_and_the_number() -> None:
    bench = Bench()
    (command,) = bench.nodes.commands([answer("e1", 41)], bench.now)
    assert command.topic == "spBv1.0/s1/NCMD/pc1"
    assert read_command(command) == {control.OUTBOX_EPOCH: "e1", control.STORED_UP_TO: 41}


def test_a_rebirth_is_asked_for_by_its_boolean() -> None:
    bench = Bench()
    Edge(bench).data(1)
    bench.take()
    (command,) = bench.commands
    assert read_command(command) == {control.REBIRTH: True}


def test_the_number_stands_below_what_is_missing_and_jumps_when_it_comes() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    for entry in (1, 2, 5, 6):
        edge.data(entry)
    assert answers(bench.take()) == [("e1", 2)]
    edge.data(4)
    assert answers(bench.take()) == [("e1", 2)]
    edge.data(3)
    assert answers(bench.take()) == [("e1", 6)]


def test_an_entry_sent_twice_is_stored_once_and_answered_twice() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1)
    bench.take()
    edge.data(1, historical=True)
    intake = bench.take()
    assert not intake.has_something_to_store
    assert answers(intake) == [("e1", 1)]
    assert bench.refused() == {"duplicate": 1}
    assert intake.heard == {NODE: bench.now}


def test_an_entry_sent_twice_within_one_intake_is_stored_once() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1, 1.0)
    edge.data(1, 1.0)
    assert bench.values(bench.take()) == [1.0]


def test_what_an_earlier_run_stored_is_known() -> None:
    stored = [Watermark(node=NODE, epoch="e1", first=1, id=10), Watermark(node=NODE, epoch="e1", first=12, id=12)]
    bench = Bench(watermarks=stored)
    edge = Edge(bench)
    edge.birth()
    assert answers(bench.take()) == [("e1", 10)]
    edge.data(12)
    edge.data(11, 11.0)
    intake = bench.take()
    assert bench.values(intake) == [11.0]
    assert answers(intake) == [("e1", 12)]


def test_a_birth_whose_claim_is_right_is_not_answered() -> None:
    bench = Bench(watermarks=[Watermark(node=NODE, epoch="e1", first=1, id=10)])
    Edge(bench).birth(first=5, claimed=10)
    assert answers(bench.take()) == []


def test_an_older_epoch_has_its_own_numbers() -> None:
    bench = Bench()
    edge = Edge(bench, epoch="e2")
    edge.birth()
    edge.data(1, 1.0, epoch="e1", first=1, historical=True)
    edge.data(1, 2.0)
    edge.data(2, 3.0, epoch="e1", historical=True)
    intake = bench.take()
    assert bench.readings(intake) == [("load", 1.0, True), ("load", 2.0, False), ("load", 3.0, True)]
    assert sorted(marks(intake)) == [("e1", 1, 2), ("e2", 1, 1)]
    assert sorted(answers(intake)) == [("e1", 2), ("e2", 1)]


def test_a_frozen_disk_put_back_loses_nothing() -> None:
    """The agent's disk goes back to entries 1-3 of e1; it runs on as e2 and sends both."""
    bench = Bench()
    first = Edge(bench, epoch="e1")
    first.birth()
    for entry in range(1, 6):
        first.data(entry, float(entry))
    assert bench.values(bench.take()) == [1.0, 2.0, 3.0, 4.0, 5.0]
    first.death()
    again = Edge(bench, epoch="e2")
    again.birth()
    for entry in range(1, 4):
        again.data(entry, 10.0 + entry)
    for entry in range(1, 4):
        again.data(entry, float(entry), epoch="e1", first=1 if entry == 1 else None, historical=True)
    intake = bench.take()
    assert bench.values(intake) == [11.0, 12.0, 13.0]
    assert sorted(answers(intake)) == [("e1", 5), ("e2", 3)]


def test_two_nodes_with_one_epoch_do_not_touch_each_other() -> None:
    bench = Bench()
    one, two = Edge(bench, name="pc1"), Edge(bench, name="pc2")
    one.birth()
    two.birth()
    one.data(1, 1.0)
    two.data(1, 2.0)
    intake = bench.take()
    assert bench.values(intake) == [1.0, 2.0]
    assert {(mark.node, mark.id) for mark in intake.watermarks} == {(NODE, 1), (DeviceId("s1:pc2"), 1)}


def test_what_a_full_outbox_dropped_is_stepped_over_and_counted() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1)
    edge.send("NDATA", outbox("e1", 51))
    edge.data(51)
    intake = bench.take()
    assert answers(intake) == [("e1", 51)]
    assert bench.nodes.dropped == 49
    assert set(marks(intake)) == {("e1", 1, 1), ("e1", 1, 50), ("e1", 51, 51)}


def test_a_bound_that_moves_before_anything_else_is_answered() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.send("NDATA", outbox("e1", 51))
    assert answers(bench.take()) == [("e1", 50)]
    edge.send("NDATA", outbox("e1", 51))
    assert answers(bench.take()) == []


def test_the_first_message_of_an_older_epoch_tells_what_was_dropped_of_it() -> None:
    bench = Bench()
    edge = Edge(bench, epoch="e2")
    edge.birth()
    edge.data(8, 8.0, epoch="e1", first=8, historical=True)
    intake = bench.take()
    assert ("e1", 8) in answers(intake)
    assert bench.nodes.dropped == 7


def test_entries_that_were_stored_before_they_fell_off_are_not_counted_as_dropped() -> None:
    bench = Bench(watermarks=[Watermark(node=NODE, epoch="e1", first=1, id=40)])
    edge = Edge(bench)
    edge.birth(first=31, claimed=40)
    edge.send("NDATA", outbox("e1", 38))
    bench.take()
    assert bench.nodes.dropped == bench.nodes.forgotten == 0


def test_a_collector_restored_from_a_backup_answers_lower_than_the_agent_claims() -> None:
    bench = Bench(watermarks=[Watermark(node=NODE, epoch="e1", first=1, id=100)])
    edge = Edge(bench)
    # The agent was told 500 once, and still holds its grace tail from 90 on.
    edge.birth(first=90, claimed=500)
    assert answers(bench.take()) == [("e1", 100)]
    edge.data(101, 1.0, historical=True)
    assert answers(bench.take()) == [("e1", 101)]
    assert bench.nodes.forgotten == 0


def test_what_a_restored_collector_cannot_get_back_is_stepped_over_and_counted_apart() -> None:
    bench = Bench(watermarks=[Watermark(node=NODE, epoch="e1", first=1, id=100)])
    edge = Edge(bench)
    edge.birth(first=450, claimed=500)
    assert answers(bench.take()) == [("e1", 449)]
    assert (bench.nodes.forgotten, bench.nodes.dropped) == (349, 0)


def test_a_collector_restored_from_a_backup_asks_again_for_earlier_runs() -> None:
    bench = Bench(watermarks=[Watermark(node=NODE, epoch="e1", first=1, id=100)])
    edge = Edge(bench, epoch="e3")
    edge.birth()
    edge.standing("e1", first=90, claimed=500)
    edge.standing("e2", first=1, claimed=7)
    intake = bench.take()
    assert answers(intake) == [("e1", 100), ("e2", 0)]
    assert not intake.has_something_to_store or not len(intake.readings)
    edge.data(101, 1.0, epoch="e1", historical=True)
    edge.data(1, 2.0, epoch="e2", historical=True)
    assert answers(bench.take()) == [("e1", 101), ("e2", 1)]
    assert bench.nodes.forgotten == bench.nodes.dropped == 0


def test_an_earlier_run_of_which_the_collector_has_more_than_the_agent_knows_is_answered() -> None:
    bench = Bench(watermarks=[Watermark(node=NODE, epoch="e1", first=1, id=100)])
    edge = Edge(bench, epoch="e2")
    edge.birth()
    edge.standing("e1", first=51, claimed=60)
    assert answers(bench.take()) == [("e1", 100)]


def test_an_earlier_run_that_is_stored_as_its_agent_says_is_not_answered() -> None:
    bench = Bench(watermarks=[Watermark(node=NODE, epoch="e1", first=1, id=100)])
    edge = Edge(bench, epoch="e2")
    edge.birth()
    edge.standing("e1", first=51, claimed=100)
    intake = bench.take()
    assert answers(intake) == []
    assert marks(intake) == []


def test_what_a_restored_collector_cannot_get_back_of_an_earlier_run_is_stepped_over() -> None:
    bench = Bench(watermarks=[Watermark(node=NODE, epoch="e1", first=1, id=100)])
    edge = Edge(bench, epoch="e2")
    edge.birth()
    edge.standing("e1", first=450, claimed=500)
    intake = bench.take()
    assert answers(intake) == [("e1", 449)]
    assert marks(intake) == [("e1", 1, 449)]
    assert (bench.nodes.forgotten, bench.nodes.dropped) == (349, 0)
    # Nothing of it can be sent again: what the agent says is believed, or it would be asked for ever.
    edge.standing("e0", first=41, claimed=40)
    assert answers(bench.take()) == []
    assert bench.nodes.forgotten == 389


def test_a_standing_of_no_epoch_or_number_is_refused() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.standing("x" * 65, first=1, claimed=5)
    edge.standing("e0", first=1, claimed=(1 << 64) - 1)
    assert answers(bench.take()) == []
    assert bench.refused() == {"bad_number": 2}


def test_an_entry_with_an_unknown_metric_waits_for_the_rebirth_and_is_then_taken_whole() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    metrics = [Metric(alias=2, value=1.0), Metric(alias=77, value=2.0), Metric(alias=1, value=1)]
    edge.send("NDATA", metrics)
    intake = bench.take()
    assert not intake.has_something_to_store or not len(intake.readings)
    assert marks(intake) == []
    assert bench.rebirths()
    edge.birth(more=[number("fresh", None, 77)])
    edge.send("NDATA", metrics)
    intake = bench.take()
    assert bench.readings(intake) == [("load", 1.0, False), ("fresh", 2.0, False)]
    assert marks(intake) == [("e1", 1, 1)]


def test_an_entry_whose_metric_stays_unknown_after_the_rebirth_does_not_block_the_outbox() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    metrics = [Metric(alias=2, value=1.0), Metric(alias=77, value=2.0), Metric(alias=1, value=1)]
    edge.send("NDATA", metrics)
    bench.take()
    edge.birth()
    edge.send("NDATA", metrics)
    intake = bench.take()
    assert bench.values(intake) == [1.0]
    assert answers(intake) == [("e1", 1)]


def test_an_entry_whose_names_are_no_text_takes_none_of_its_neighbours_with_it() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.skip()
    edge.data(2, 2.0)
    # Entry 1 comes late, and a name in it is no UTF-8; entry 2 was held for it.
    metrics = [Metric(name="x~~x", datatype=Datatype.DOUBLE, value=1.0), Metric(alias=1, value=1)]
    broken = encode(at_ms=ms(bench.now), seq=1, metrics=metrics).replace(b"~~", b"\xff\xfe")
    bench.put(edge.base % "NDATA", broken)
    intake = bench.take()
    assert bench.values(intake) == [2.0]
    assert marks(intake) == [("e1", 2, 2)]
    assert bench.refused() == {"unknown_alias": 1}


def test_a_unit_that_is_no_text_is_none() -> None:
    bench = Bench()
    edge = Edge(bench)
    birth = [
        Metric(name=control.OUTBOX_EPOCH, datatype=Datatype.STRING, value="e1"),
        number("load", None, 2, unit="~~"),
        number("temp", None, 3, unit="x" * 33),
    ]
    bench.put(edge.base % "NBIRTH", encode(at_ms=1, seq=0, metrics=birth).replace(b"~~", b"\xff\xfe"))
    edge.data(1)
    edge.data(2, alias=3)
    assert [one.unit for one in bench.take().series] == ["", ""]


def test_an_epoch_or_number_that_cannot_be_is_refused() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data((1 << 64) - 1)
    edge.data(1, epoch="x" * 65)
    intake = bench.take()
    assert all(first == 1 for _, first, _ in marks(intake))
    assert bench.refused()["bad_number"] == 2


def test_an_agent_that_leaves_gaps_everywhere_is_stopped() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    for entry in range(2, 20_100, 2):
        edge.data(entry)
    intake = bench.take()
    assert len(intake.readings) == 10_000
    assert bench.refused() == {"too_many": 49}


def test_readings_without_a_number_are_stored_and_not_answered() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(None, 3.0)
    intake = bench.take()
    assert bench.values(intake) == [3.0]
    assert answers(intake) == []
