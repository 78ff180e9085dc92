"""Payloads go round; foreign and broken ones are told apart."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plain_sparkplug import PlainMetric, read_payload, write_payload
from wire.errors import PayloadError
from wire.payload import Datatype, Metric, Value, decode, encode, number_of, unit_of, value_of

RANGES = {
    Datatype.INT8: (-(1 << 7), (1 << 7) - 1),
    Datatype.INT16: (-(1 << 15), (1 << 15) - 1),
    Datatype.INT32: (-(1 << 31), (1 << 31) - 1),
    Datatype.INT64: (-(1 << 63), (1 << 63) - 1),
    Datatype.UINT8: (0, (1 << 8) - 1),
    Datatype.UINT16: (0, (1 << 16) - 1),
    Datatype.UINT32: (0, (1 << 32) - 1),
    Datatype.UINT64: (0, (1 << 64) - 1),
    Datatype.DATETIME: (0, (1 << 63) - 1),
}
values: dict[Datatype, st.SearchStrategy[Value]] = {
    **{kind: st.integers(low, high) for kind, (low, high) in RANGES.items()},
    Datatype.FLOAT: st.floats(width=32, allow_nan=False),
    Datatype.DOUBLE: st.floats(allow_nan=False),
    Datatype.BOOLEAN: st.booleans(),
    Datatype.STRING: st.text(),
    Datatype.TEXT: st.text(),
    Datatype.UUID: st.uuids().map(str),
    Datatype.BYTES: st.binary(),
}


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    datatype = draw(st.sampled_from(sorted(values)))
    return Metric(
        name=draw(st.text(max_size=40)),
        alias=draw(st.none() | st.integers(0, (1 << 64) - 1)),
        at_ms=draw(st.integers(0, 1 << 45)),
        datatype=datatype,
        value=draw(st.none() | values[datatype]),
        is_historical=draw(st.booleans()),
        unit=draw(st.text(max_size=10)),
    )


@given(at_ms=st.integers(0, 1 << 45), seq=st.none() | st.integers(0, 255), sent=st.lists(metrics(), max_size=8))
def test_a_payload_goes_round(at_ms: int, seq: int | None, sent: list[Metric]) -> None:
    payload = decode(encode(at_ms=at_ms, seq=seq, metrics=sent))
    assert payload.timestamp == at_ms
    assert (payload.seq if payload.HasField("seq") else None) == seq
    back = [
        Metric(
            name=m.name,
            alias=m.alias if m.HasField("alias") else None,
            at_ms=m.timestamp,
            datatype=Datatype(m.datatype),
            value=value_of(m),
            is_historical=m.is_historical,
            unit=unit_of(m),
        )
        for m in payload.metrics
    ]
    assert back == sent


@given(metric=metrics())
def test_what_we_write_a_decoder_by_hand_reads(metric: Metric) -> None:
    read = read_payload(encode(at_ms=1, seq=5, metrics=[metric]))
    (plain,) = read.metrics
    assert (read.at_ms, read.seq) == (1, 5)
    assert (plain.name, plain.alias, plain.unit) == (metric.name, metric.alias, metric.unit)
    assert plain.is_historical == metric.is_historical
    assert plain.is_null == (metric.value is None)
    if isinstance(metric.value, int) and metric.datatype in RANGES:
        bits = 64 if metric.datatype in (Datatype.INT64, Datatype.UINT64, Datatype.DATETIME) else 32
        assert plain.value == metric.value % (1 << bits)
    else:
        assert plain.value == metric.value


def test_what_a_writer_by_hand_writes_we_read() -> None:
    sent = [
        PlainMetric(name="a", alias=7, at_ms=9, datatype=10, value=1.5),
        PlainMetric(alias=8, datatype=3, value=0xFFFFFFFF, is_historical=True),
        PlainMetric(name="b", datatype=12, value="文"),
        PlainMetric(name="c", datatype=11, value=True),
        PlainMetric(name="d", datatype=4, value=(1 << 64) - 2),
        PlainMetric(name="e", datatype=10),
    ]
    payload = decode(write_payload(3, sent, seq=255))
    assert (payload.timestamp, payload.seq) == (3, 255)
    assert [value_of(m) for m in payload.metrics] == [1.5, -1, "文", True, -2, None]
    assert [m.alias for m in payload.metrics] == [7, 8, 0, 0, 0, 0]


def test_seq_stays_within_a_byte() -> None:
    assert decode(encode(at_ms=1, seq=256, metrics=())).seq == 0


@pytest.mark.parametrize("data", [b"\xff", b"\x12\x7f", b"\x0a", b"\x12\x02\x0a\x05"])
def test_bytes_that_are_no_payload_are_told(data: bytes) -> None:
    with pytest.raises(PayloadError, match="no Sparkplug payload"):
        decode(data)


@given(st.binary())
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    try:
        payload = decode(data)
    except PayloadError:
        return
    for metric in payload.metrics:
        number = number_of(metric)
        assert number is None or math.isfinite(number)
        unit_of(metric)


def test_a_reading_is_a_finite_number() -> None:
    sent = [
        Metric(name="a", datatype=Datatype.DOUBLE, value=math.nan),
        Metric(name="b", datatype=Datatype.DOUBLE, value=math.inf),
        Metric(name="c", datatype=Datatype.STRING, value="5"),
        Metric(name="d", datatype=Datatype.BOOLEAN, value=True),
        Metric(name="e", datatype=Datatype.INT8, value=-3),
        Metric(name="f", datatype=Datatype.DOUBLE),
    ]
    payload = decode(encode(at_ms=1, metrics=sent))
    assert [number_of(m) for m in payload.metrics] == [None, None, None, 1.0, -3.0, None]


def test_the_datatype_of_the_birth_counts_for_data_that_have_none() -> None:
    payload = decode(write_payload(1, [PlainMetric(alias=1, value=0xFFFFFFFF), PlainMetric(alias=2, value=0xFF)]))
    small, byte = payload.metrics
    assert value_of(small, Datatype.INT32) == -1
    assert value_of(small, Datatype.UINT32) == 0xFFFFFFFF
    assert value_of(byte, Datatype.INT8) == -1
