"""Births, deaths and what they say of a node and its devices."""

from datetime import timedelta

import pytest

from collector.core.model import Born, Died, Shutdown
from tests.unit.ingest.edge import NODE, Bench, Edge, born, died, ms, number
from wire import control
from wire.payload import Datatype, Metric, encode


def text(name: str, value: str) -> Metric:
    return Metric(name=name, datatype=Datatype.STRING, value=value)


def test_a_birth_tells_what_the_node_says_of_itself() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth(
        more=[text("Properties/Room", "101"), text("Properties/Role", "gateway"), text("Properties/OS", "Linux")]
    )
    (event,) = bench.take().events
    assert event == Born(
        device=NODE,
        at=bench.now,
        properties={"room": "101", "role": "gateway", "os": "Linux"},
        interval=timedelta(seconds=10),
        epoch="e1",
    )


def test_every_property_of_the_interface_is_read() -> None:
    bench = Bench()
    Edge(bench).birth(more=[text(name, name) for name in control.PROPERTY_FIELDS])
    (event,) = bench.take().events
    assert isinstance(event, Born)
    assert event.properties == {field: name for name, field in control.PROPERTY_FIELDS.items()}


def test_a_property_is_one_printable_line_of_sensible_length() -> None:
    bench = Bench()
    Edge(bench).birth(more=[text("Properties/Name", " 教室\n\x00101 "), text("Properties/Room", "x" * 10_000)])
    (event,) = bench.take().events
    assert isinstance(event, Born)
    assert event.properties["name"] == "教室  101"
    assert len(event.properties["room"]) == 200


@pytest.mark.parametrize("interval", [0, -5, 10**9])
def test_an_interval_that_makes_no_sense_is_none(interval: int) -> None:
    bench = Bench()
    metric = Metric(name=control.INTERVAL, datatype=Datatype.INT32, value=interval)
    edge = Edge(bench)
    edge.bench.put(edge.base % "NBIRTH", encode(at_ms=0, seq=0, metrics=[metric]))
    (event,) = bench.take().events
    assert isinstance(event, Born)
    assert event.interval is None


def test_birth_values_of_a_node_with_an_outbox_are_no_readings() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth(value=0.5)
    edge.device_birth(more=[number("volts", 230.0, 12)])
    intake = bench.take()
    assert not len(intake.readings)
    assert born(intake) == [NODE, "s1:pc1:ups"]
    assert intake.heard == {NODE: bench.now}


def test_a_death_counts_when_it_arrives_and_not_by_its_stamp() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    bench.take()
    bench.wait(30)
    edge.death()
    (event,) = bench.take().events
    assert event == Died(device=NODE, at=bench.now)


def test_a_death_of_an_earlier_session_is_ignored_and_counted() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.death(bdseq=edge.bdseq - 1)
    edge.data(1)
    intake = bench.take()
    assert died(intake) == []
    assert bench.values(intake) == [1.0]
    assert bench.refused() == {"stale_death": 1}


def test_a_death_is_told_once() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.death()
    edge.death()
    assert died(bench.take()) == [NODE]


def test_a_death_of_a_node_we_never_saw_born_counts() -> None:
    bench = Bench()
    Edge(bench).death()
    assert died(bench.take()) == [NODE]


@pytest.mark.parametrize("how", list(Shutdown))
def test_a_shutdown_that_was_told_goes_with_the_death(how: Shutdown) -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.send("NDATA", [text(control.SHUTDOWN, how.value)])
    edge.death()
    assert bench.take().events[-1] == Died(device=NODE, at=bench.now, told=how)


def test_a_shutdown_told_before_an_earlier_birth_is_forgotten() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.send("NDATA", [text(control.SHUTDOWN, "os")])
    edge.birth()
    edge.death()
    assert bench.take().events[-1] == Died(device=NODE, at=bench.now)


def test_a_device_dies_and_is_born_again() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.device_birth()
    edge.send("DDEATH", [], device="ups")
    edge.device_birth()
    intake = bench.take()
    assert [type(event).__name__ for event in intake.events] == ["Born", "Born", "Died", "Born"]
    assert died(intake) == ["s1:pc1:ups"]


def test_a_device_that_was_never_born_may_die() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.send("DDEATH", [], device="ups")
    assert died(bench.take()) == ["s1:pc1:ups"]


def test_a_historical_message_of_a_dead_device_is_stored_and_revives_nothing() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.device_birth()
    edge.send("DDEATH", [], device="ups")
    bench.take()
    edge.data(1, 0.9, alias=11, id_alias=10, device="ups", historical=True)
    intake = bench.take()
    assert bench.readings(intake) == [("ups/charge", 0.9, True)]
    assert not intake.events
    assert not bench.rebirths()


def test_backlog_of_a_device_that_was_not_born_comes_under_names_and_is_stored() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    metrics = [
        number("charge", 0.8, unit="1", is_historical=True),
        Metric(name=control.OUTBOX_ID, datatype=Datatype.UINT64, value=1),
    ]
    edge.send("DDATA", metrics, device="ups")
    intake = bench.take()
    assert bench.readings(intake) == [("ups/charge", 0.8, True)]
    assert [(one.device, one.metric, one.unit) for one in intake.series] == [("s1:pc1:ups", "charge", "1")]
    assert born(intake) == [NODE]
    assert not bench.rebirths()


def test_data_of_a_dead_node_are_not_taken_and_ask_for_its_birth() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.death()
    bench.take()
    edge.data(1)
    intake = bench.take()
    assert not intake.has_something_to_store
    assert not intake.heard
    assert bench.rebirths() == ["spBv1.0/s1/NCMD/pc1"]
    edge.birth()
    edge.data(1)
    assert bench.values(bench.take()) == [1.0]


def test_live_data_of_a_dead_device_move_no_timer_and_ask_for_its_birth() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.device_birth()
    edge.send("DDEATH", [], device="ups")
    edge.data(1, 0.9, alias=11, id_alias=10, device="ups")
    intake = bench.take()
    assert bench.readings(intake) == [("ups/charge", 0.9, True)]
    assert bench.rebirths() == ["spBv1.0/s1/NCMD/pc1"]


def test_a_series_has_one_number_and_a_new_unit_is_told() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1)
    (first,) = bench.take().series
    assert first.unit == "1"
    edge.birth(more=[number("load", None, 5, unit="%")])
    edge.data(2, alias=5)
    (second,) = bench.take().series
    assert (second.id, second.unit) == (first.id, "%")
    edge.birth()
    edge.data(3)
    assert bench.take().series[0].id == first.id


KEPT = "$sparkplug/certificates/spBv1.0/s1"


def test_births_kept_by_the_broker_give_names_and_are_told_when_the_node_speaks() -> None:
    bench = Bench()
    device = encode(at_ms=2_000, seq=1, metrics=[number("charge", 1.0, 11)])
    stale = encode(at_ms=500, seq=1, metrics=[number("other", 1.0, 21)])
    node = encode(at_ms=1_000, seq=0, metrics=[number("load", 1.0, 2)])
    # In any order, and one from an earlier session among them.
    bench.put(f"{KEPT}/DBIRTH/plc/ups", device, is_retained=True)
    bench.put(f"{KEPT}/DBIRTH/plc/old", stale, is_retained=True)
    bench.put(f"{KEPT}/NBIRTH/plc", node, is_retained=True)
    intake = bench.take()
    assert not intake.events
    assert not len(intake.readings)
    data = encode(at_ms=ms(bench.now), seq=77, metrics=[Metric(alias=11, value=0.7)])
    bench.put("spBv1.0/s1/DDATA/plc/ups", data)
    intake = bench.take()
    assert bench.values(intake) == [0.7]
    assert born(intake) == ["s1:plc", "s1:plc:ups"]
    assert not bench.rebirths()
    data = encode(at_ms=ms(bench.now), seq=78, metrics=[Metric(alias=21, value=0.7)])
    bench.put("spBv1.0/s1/DDATA/plc/old", data)
    assert not len(bench.take().readings)
    assert bench.rebirths()


def test_a_node_with_an_outbox_is_asked_itself() -> None:
    bench = Bench()
    epoch = Metric(name=control.OUTBOX_EPOCH, datatype=Datatype.STRING, value="e1")
    bench.put(f"{KEPT}/NBIRTH/pc1", encode(at_ms=1, seq=0, metrics=[epoch, number("load", 1.0, 2)]), is_retained=True)
    Edge(bench).data(1)
    assert not bench.take().has_something_to_store
    assert bench.rebirths()


def test_a_kept_birth_never_replaces_one_that_was_seen() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    bench.put("$sparkplug/certificates/" + edge.base % "NBIRTH", encode(at_ms=0, seq=0, metrics=[]), is_retained=True)
    edge.data(1)
    assert bench.values(bench.take()) == [1.0]


def test_a_live_copy_of_a_certificate_is_ignored() -> None:
    bench = Bench()
    edge = Edge(bench)
    bench.put("$sparkplug/certificates/" + edge.base % "NBIRTH", encode(at_ms=0, seq=0, metrics=[]))
    assert not bench.take().events


def test_what_hosts_command_is_none_of_our_business() -> None:
    bench = Bench()
    bench.put("spBv1.0/s1/NCMD/pc1", b"\xff")
    bench.put("spBv1.0/s1/DCMD/pc1/ups", b"\xff")
    bench.take()
    assert bench.refused() == {}
