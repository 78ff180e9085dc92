"""Sparkplug B payloads: in go values, out come bytes, and the other way round.

Source: Eclipse Sparkplug 3.0.0, chapter 6. Integers of 8 to 32 bits travel as two's complement in `int_value`,
64-bit ones in `long_value`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from wire.errors import PayloadError
from wire.standin import standing_in

# The pure-Python engine, and what only timestamps of protobuf's own need.
with standing_in("google.protobuf.internal.python_message", "calendar"):
    from google.protobuf.message import DecodeError

    from wire.sparkplug_pb2 import Payload

Value = bool | int | float | str | bytes | None


class Datatype(IntEnum):
    """Sparkplug datatypes that carry one value."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    BYTES = 17


_SIGNED: Final = {Datatype.INT8: 8, Datatype.INT16: 16, Datatype.INT32: 32}
_SMALL: Final = frozenset({*_SIGNED, Datatype.UINT8, Datatype.UINT16, Datatype.UINT32})
_LONG: Final = frozenset({Datatype.INT64, Datatype.UINT64, Datatype.DATETIME})
_TEXT: Final = frozenset({Datatype.STRING, Datatype.TEXT, Datatype.UUID})
NUMERIC: Final = frozenset(
    {*_SMALL, Datatype.INT64, Datatype.UINT64, Datatype.FLOAT, Datatype.DOUBLE, Datatype.BOOLEAN}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of a payload. A birth carries name, alias, datatype and unit; data carry the alias only.

    `at_ms` is milliseconds since 1970, when the value was true; `unit` is UCUM.
    """

    name: str = ""
    alias: int | None = None
    at_ms: int = 0
    datatype: Datatype | None = None
    value: Value = None
    is_historical: bool = False
    unit: str = ""


def encode(*, at_ms: int, metrics: Iterable[Metric], seq: int | None = None) -> bytes:
    """Return a payload's bytes; `seq` is left out of NDEATH and commands."""
    payload = Payload(timestamp=at_ms)
    if seq is not None:
        payload.seq = seq & 255
    for metric in metrics:
        _fill(payload.metrics.add(), metric)
    return payload.SerializeToString()


def _fill(to: Payload.Metric, metric: Metric) -> None:
    if metric.name:
        to.name = metric.name
    if metric.alias is not None:
        to.alias = metric.alias
    if metric.at_ms:
        to.timestamp = metric.at_ms
    if metric.datatype is not None:
        to.datatype = metric.datatype
    if metric.is_historical:
        to.is_historical = True
    set_unit(to, metric.unit)
    set_value(to, metric.value, metric.datatype)


def set_unit(to: Payload.Metric, unit: str) -> None:
    """Give a metric the property `unit`; an empty one is left out."""
    if unit:
        to.properties.keys.append("unit")
        to.properties.values.add(type=Datatype.STRING, string_value=unit)


def set_value(to: Payload.Metric, value: Value, datatype: Datatype | None) -> None:
    """Put `value` into the field that `datatype` travels in; a datatype of None goes by the value's own type."""
    if datatype is Datatype.DOUBLE and isinstance(value, float):  # what nearly all are
        to.double_value = value
    elif value is None:
        to.is_null = True
    elif isinstance(value, str):
        to.string_value = value
    elif isinstance(value, bytes):
        to.bytes_value = value
    elif datatype == Datatype.BOOLEAN or (datatype is None and isinstance(value, bool)):
        to.boolean_value = bool(value)
    elif datatype in _SMALL:
        to.int_value = int(value) & 0xFFFFFFFF
    elif datatype in _LONG or (datatype is None and isinstance(value, int)):
        to.long_value = int(value) & 0xFFFFFFFFFFFFFFFF
    elif datatype == Datatype.FLOAT:
        to.float_value = float(value)
    else:
        to.double_value = float(value)


def decode(data: bytes) -> Payload:
    """Return the payload in `data`.

    Raises:
        PayloadError: the bytes are none.
    """
    try:
        return Payload.FromString(data)
    except DecodeError as error:
        raise PayloadError(f"{len(data)} bytes are no Sparkplug payload: {error}") from error


def value_of(metric: Payload.Metric, datatype: int | None = None) -> Value:
    """Return the metric's value as Python's, None where it is null or of a kind that carries no single value.

    `datatype` is the one its birth declared; without it the metric's own counts.
    """
    if metric.is_null:
        return None
    field = metric.WhichOneof("value")
    if field is None or field in ("dataset_value", "template_value"):
        return None
    kind = datatype or metric.datatype
    if field == "int_value" and kind in _SIGNED:
        bits = _SIGNED[Datatype(kind)]
        number = metric.int_value & ((1 << bits) - 1)
        return number - (1 << bits) if number >> (bits - 1) else number
    if field == "long_value" and kind == Datatype.INT64:
        return metric.long_value - (1 << 64) if metric.long_value >> 63 else metric.long_value
    value: Value = getattr(metric, field)
    return value


def number_of(metric: Payload.Metric, datatype: int | None = None) -> float | None:
    """Return the metric's value as a finite float, None where it is no number (a reading must be one)."""
    value = value_of(metric, datatype)
    if isinstance(value, (bool, int, float)) and math.isfinite(value):
        return float(value)
    return None


def unit_of(metric: Payload.Metric) -> str:
    """Return the `unit` property of a birth metric, empty where there is none."""
    for key, value in zip(metric.properties.keys, metric.properties.values, strict=False):
        if key == "unit":
            return value.string_value
    return ""
