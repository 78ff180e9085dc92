"""What becomes a reading, and what does not."""

import math
from datetime import timedelta

import numpy as np
import pytest

from collector.core.model import DeviceId, Series, SeriesId
from tests.unit.ingest.edge import NODE, T0, Bench, Edge, born, ms, number
from wire.payload import Datatype, Metric, encode


def foreign_birth(bench: Bench, metrics: list[Metric], *, seq: int = 0) -> None:
    bench.put("spBv1.0/s1/NBIRTH/pc1", encode(at_ms=ms(bench.now), seq=seq, metrics=metrics))


def test_birth_values_of_a_node_without_outbox_are_readings_and_null_ones_are_not() -> None:
    bench = Bench()
    foreign_birth(bench, [number("temp", 21.5, 1), number("gone", None, 2), Metric(name="note", value="hello")])
    bench.put("spBv1.0/s1/DBIRTH/pc1/d", encode(at_ms=1, seq=1, metrics=[number("flow", 2.0, 3, at_ms=ms(T0))]))
    intake = bench.take()
    assert bench.readings(intake) == [("temp", 21.5, False), ("d/flow", 2.0, False)]
    assert born(intake) == [NODE, "s1:pc1:d"]
    assert bench.refused() == {"not_a_number": 1}


@pytest.mark.parametrize(
    ("datatype", "value", "expected"),
    [
        (Datatype.INT8, -5, -5.0),
        (Datatype.INT16, -500, -500.0),
        (Datatype.INT32, -70_000, -70_000.0),
        (Datatype.INT32, 0, 0.0),
        (Datatype.INT64, -(1 << 40), -float(1 << 40)),
        (Datatype.UINT8, 200, 200.0),
        (Datatype.UINT32, 4_000_000_000, 4e9),
        (Datatype.UINT64, 1 << 50, float(1 << 50)),
        (Datatype.FLOAT, 0.5, 0.5),
        (Datatype.DOUBLE, 0.0, 0.0),
        (Datatype.DOUBLE, -1e300, -1e300),
        (Datatype.BOOLEAN, True, 1.0),
        (Datatype.BOOLEAN, False, 0.0),
    ],
    ids=str,
)
def test_a_number_arrives_as_it_was_sent(datatype: Datatype, value: float, expected: float) -> None:
    bench = Bench()
    foreign_birth(bench, [Metric(name="x", alias=4, datatype=datatype, value=None)])
    for seq in (1, 2, 3):  # the first reading takes another way than those after it
        content = encode(at_ms=ms(T0), seq=seq, metrics=[Metric(alias=4, datatype=datatype, value=value)])
        bench.put("spBv1.0/s1/NDATA/pc1", content)
    assert bench.values(bench.take()) == [expected] * 3


def test_null_values_and_text_in_data_are_no_readings() -> None:
    bench = Bench()
    foreign_birth(bench, [number("x", 1.0, 4), Metric(name="n", alias=5, datatype=Datatype.INT32, value=1)])
    bench.take()
    metrics = [
        Metric(alias=4, datatype=Datatype.DOUBLE, value=None),
        Metric(alias=5, datatype=Datatype.INT32, value=None),
        Metric(alias=4, datatype=Datatype.STRING, value="text"),
        Metric(alias=5, datatype=Datatype.BYTES, value=b"\xff"),
    ]
    bench.put("spBv1.0/s1/NDATA/pc1", encode(at_ms=1, seq=1, metrics=metrics))
    assert not len(bench.take().readings)
    assert bench.refused() == {"not_a_number": 2}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_no_reading(value: float) -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1, value)
    edge.data(2, 1.0)
    edge.data(3, value)
    intake = bench.take()
    assert bench.values(intake) == [1.0]
    assert bench.refused() == {"not_finite": 2}
    assert intake.answers[0].stored_up_to == 3


@pytest.mark.parametrize(
    ("away", "reason"),
    [
        (timedelta(hours=27), "stamp_future"),
        (timedelta(days=-101), "stamp_past"),
        (timedelta(days=-20_000), "stamp_past"),
    ],
    ids=str,
)
def test_a_stamp_that_cannot_be_is_refused_and_the_entry_acknowledged(away: timedelta, reason: str) -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1, at_ms=ms(T0 + away))
    intake = bench.take()
    assert not len(intake.readings)
    assert bench.refused() == {reason: 1}
    assert intake.answers[0].stored_up_to == 1


def test_a_stamp_beyond_all_columns_is_refused() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1, at_ms=(1 << 64) - 1)
    bench.take()
    assert bench.refused() == {"stamp_future": 1}


def test_a_clock_in_the_wrong_time_zone_is_believed() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1, at_ms=ms(T0 + timedelta(hours=8)))
    assert bench.take().readings.at_us.tolist() == [ms(T0 + timedelta(hours=8)) * 1000]


def test_a_metric_without_a_stamp_has_its_message_s_and_a_message_without_one_its_arrival() -> None:
    bench = Bench()
    foreign_birth(bench, [number("x", None, 4)])
    bench.put("spBv1.0/s1/NDATA/pc1", encode(at_ms=ms(T0) - 5000, seq=1, metrics=[Metric(alias=4, value=1.0)]))
    bench.put("spBv1.0/s1/NDATA/pc1", encode(at_ms=0, seq=2, metrics=[Metric(alias=4, value=1.0)]))
    assert bench.take().readings.at_us.tolist() == [(ms(T0) - 5000) * 1000, ms(T0) * 1000]


def test_an_alias_of_zero_is_an_alias_and_none_is_not_zero() -> None:
    bench = Bench()
    foreign_birth(bench, [number("zero", None, 0), number("named", None)])
    metrics = [Metric(alias=0, value=1.0), number("named", 2.0), Metric(alias=0, value=3.0)]
    bench.put("spBv1.0/s1/NDATA/pc1", encode(at_ms=ms(T0), seq=1, metrics=metrics))
    assert bench.readings(bench.take()) == [("zero", 1.0, False), ("named", 2.0, False), ("zero", 3.0, False)]


def test_an_unknown_alias_of_a_foreign_node_costs_itself_and_asks_for_a_rebirth() -> None:
    bench = Bench()
    foreign_birth(bench, [number("x", None, 4)])
    metrics = [Metric(alias=4, value=1.0), Metric(alias=5, value=2.0)]
    bench.put("spBv1.0/s1/NDATA/pc1", encode(at_ms=ms(T0), seq=1, metrics=metrics))
    assert bench.values(bench.take()) == [1.0]
    assert bench.rebirths()
    assert bench.refused() == {"unknown_alias": 1}


def test_an_instance_in_brackets_is_kept_apart_from_the_metric() -> None:
    bench = Bench()
    foreign_birth(bench, [number("system.filesystem.utilization[C:/data]", 0.5, 1, unit="1"), number("odd]", 1.0, 2)])
    assert bench.take().series == (
        Series(id=SeriesId(1), device=NODE, metric="system.filesystem.utilization", instance="C:/data", unit="1"),
        Series(id=SeriesId(2), device=NODE, metric="odd]"),
    )


def test_a_series_of_an_earlier_run_keeps_its_number() -> None:
    known = Series(id=SeriesId(41), device=NODE, metric="load", unit="1")
    bench = Bench(series=[known])
    edge = Edge(bench)
    edge.birth()
    edge.data(1)
    edge.data(2, 5.0, alias=3)
    intake = bench.take()
    assert intake.readings.series.tolist() == [41, 42]
    assert [one.id for one in intake.series] == [42]


def test_names_that_nobody_can_read_are_refused() -> None:
    bench = Bench()
    foreign_birth(
        bench, [number("a\nb", 1.0, 1), number("x" * 256, 1.0, 2), number("", 1.0, 3), number("温度 °C", 1.0, 4)]
    )
    assert bench.readings(bench.take()) == [("温度 °C", 1.0, False)]
    assert bench.refused() == {"bad_name": 3}


def test_columns_have_the_types_of_the_core() -> None:
    bench = Bench()
    edge = Edge(bench)
    edge.birth()
    edge.data(1)
    found = bench.take().readings
    assert (found.series.dtype, found.at_us.dtype, found.value.dtype, found.historical.dtype) == (
        np.int32,
        np.int64,
        np.float64,
        np.bool_,
    )


def test_ids_with_odd_characters_are_kept_or_refused_by_the_topic_rules() -> None:
    bench = Bench()
    bench.put("spBv1.0/Schule Süd/NBIRTH/PC (2)", encode(at_ms=1, seq=0, metrics=[]))
    bench.put("spBv1.0/a:b/NBIRTH/pc", encode(at_ms=1, seq=0, metrics=[]))
    bench.put("spBv1.0//NBIRTH/pc", encode(at_ms=1, seq=0, metrics=[]))
    bench.put("spBv1.0/a/NBIRTH/" + "x" * 200, encode(at_ms=1, seq=0, metrics=[]))
    assert born(bench.take()) == [DeviceId("Schule Süd:PC (2)")]
    assert bench.refused() == {"bad_topic": 3}
