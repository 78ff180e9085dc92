"""What of a probe's words is believed."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.reading import Reading
from agent.sample import BadReading, Sample, sample_of
from wire.payload import Datatype


@pytest.mark.parametrize(
    ("reading", "sample"),
    [
        (Reading("system.uptime", 5), Sample("system.uptime", 5.0, Datatype.DOUBLE, "s")),
        (Reading("process.count", 2.0, "obs"), Sample("process.count[obs]", 2, Datatype.INT32, "{process}")),
        (Reading("hw.network.up", True, "Gi0/1"), Sample("hw.network.up[Gi0/1]", 1, Datatype.INT32, "1")),
        (Reading("hw.temperature", 20.5, "进风口"), Sample("hw.temperature[进风口]", 20.5, Datatype.DOUBLE, "Cel")),
        (Reading("vendor.inkLevel", 3, "black", unit="%"), Sample("vendor.inkLevel[black]", 3.0, Datatype.DOUBLE, "%")),
        (Reading("vendor.alarm", True), Sample("vendor.alarm", True, Datatype.BOOLEAN, "")),
        (Reading("hw.status", 1, "a[b]:c"), Sample("hw.status[a[b]:c]", 1, Datatype.INT32, "1")),
    ],
)
def test_a_good_reading_travels_in_its_datatype(reading: Reading, sample: Sample) -> None:
    assert sample_of(reading) == sample
    assert type(sample_of(reading).value) is type(sample.value)


@pytest.mark.parametrize(
    ("reading", "what"),
    [
        (Reading("system.uptime", math.nan), "not finite"),
        (Reading("system.uptime", math.inf), "not finite"),
        (Reading("system.uptime", -math.inf), "not finite"),
        (Reading("system.uptime", "5"), "a str is no number"),  # type: ignore[arg-type]
        (Reading("system.uptime", None), "a NoneType is no number"),  # type: ignore[arg-type]
        (Reading("process.count", 1.5), "no whole number"),
        (Reading("process.count", 1 << 31), "out of range"),
        (Reading("process.count", -(1 << 31) - 1), "out of range"),
        (Reading("", 1.0), "no metric name"),
        (Reading("a[b]", 1.0), "no metric name"),
        (Reading("Node Control/Rebirth", True), "no metric name"),
        (Reading("bdSeq", 1), "no metric name"),
        (Reading("Outbox/Id", 1), "no metric name"),
        (Reading("x" * 200, 1.0), "no metric name"),
        (Reading("line\nbreak", 1.0), "no metric name"),
        (Reading(5, 1.0), "no metric name"),  # type: ignore[arg-type]
        (Reading("system.uptime", 1.0, "\ud800"), "cannot be an instance"),
        (Reading("system.uptime", 1.0, "a\x00b"), "cannot be an instance"),
        (Reading("system.uptime", 1.0, "x" * 300), "cannot be an instance"),
        (Reading("system.uptime", 1.0, 7), "cannot be an instance"),  # type: ignore[arg-type]
        (Reading("system.uptime", 1.0, device="Cam 1"), "no device id"),
        (Reading("system.uptime", 1.0, device="a/b"), "no device id"),
        (Reading("vendor.x", 1.0, unit="x" * 50), "no unit"),
        ("a reading", "str is no reading"),
    ],
)
def test_a_lie_is_refused_with_a_reason(reading: Any, what: str) -> None:
    with pytest.raises(BadReading, match=what):
        sample_of(reading)


anything = st.one_of(st.text(), st.none(), st.floats(), st.integers(), st.binary(), st.booleans())


@given(metric=anything, value=anything, instance=anything, device=anything, unit=anything)
def test_whatever_a_probe_says_is_a_sample_or_refused(
    metric: Any, value: Any, instance: Any, device: Any, unit: Any
) -> None:
    try:
        sample = sample_of(Reading(metric, value, instance, device, unit))
    except BadReading:
        return
    sample.name.encode()
    sample.unit.encode()
    assert math.isfinite(sample.value)
