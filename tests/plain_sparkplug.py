"""Sparkplug B payloads read and written by hand, byte by byte: shares no code with `wire`, so that both can be wrong
only separately. Field numbers: Eclipse Sparkplug 3.0.0, chapter 6.4.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

Value = int | float | bool | str | bytes | None


@dataclass
class PlainMetric:
    """A metric as it stands in the bytes; integers are unsigned, as they travel."""

    name: str = ""
    alias: int | None = None
    at_ms: int | None = None
    datatype: int | None = None
    is_historical: bool = False
    is_null: bool = False
    value: Value = None
    unit: str = ""


@dataclass
class PlainPayload:
    """A payload as it stands in the bytes."""

    at_ms: int | None = None
    seq: int | None = None
    metrics: list[PlainMetric] = field(default_factory=list)

    def named(self, name: str) -> PlainMetric | None:
        return next((m for m in self.metrics if m.name == name), None)

    def value(self, name: str) -> Value:
        found = self.named(name)
        return found.value if found else None


def read_varint(data: bytes, i: int) -> tuple[int, int]:
    number, shift = 0, 0
    while True:
        byte = data[i]
        number |= (byte & 127) << shift
        i, shift = i + 1, shift + 7
        if byte < 128:
            return number, i


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    i = 0
    while i < len(data):
        tag, i = read_varint(data, i)
        kind = tag & 7
        if kind == 0:
            number, i = read_varint(data, i)
            yield tag >> 3, number
            continue
        if kind == 2:
            size, i = read_varint(data, i)
        else:
            size = {1: 8, 5: 4}[kind]
        yield tag >> 3, data[i : i + size]
        i += size


def read_payload(data: bytes) -> PlainPayload:
    payload = PlainPayload()
    for number, value in fields(data):
        if number == 1 and isinstance(value, int):
            payload.at_ms = value
        elif number == 2 and isinstance(value, bytes):
            payload.metrics.append(_read_metric(value))
        elif number == 3 and isinstance(value, int):
            payload.seq = value
    return payload


def _read_metric(data: bytes) -> PlainMetric:
    metric = PlainMetric()
    for number, value in fields(data):
        if isinstance(value, int):
            if number == 2:
                metric.alias = value
            elif number == 3:
                metric.at_ms = value
            elif number == 4:
                metric.datatype = value
            elif number == 5:
                metric.is_historical = bool(value)
            elif number == 7:
                metric.is_null = bool(value)
            elif number in (10, 11):
                metric.value = value
            elif number == 14:
                metric.value = bool(value)
        elif number == 1:
            metric.name = value.decode()
        elif number == 9:
            metric.unit = _read_unit(value)
        elif number == 12:
            metric.value = struct.unpack("<f", value)[0]
        elif number == 13:
            metric.value = struct.unpack("<d", value)[0]
        elif number == 15:
            metric.value = value.decode()
        elif number == 16:
            metric.value = value
    return metric


def _read_unit(data: bytes) -> str:
    keys: list[str] = []
    values: list[str] = []
    for number, value in fields(data):
        if isinstance(value, bytes):
            if number == 1:
                keys.append(value.decode())
            else:
                values.append(next((v.decode() for n, v in fields(value) if n == 8 and isinstance(v, bytes)), ""))
    return dict(zip(keys, values, strict=True)).get("unit", "")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field_number: int, value: int) -> bytes:
    return _varint(field_number << 3) + _varint(value)


def _bytes(field_number: int, value: bytes) -> bytes:
    return _varint(field_number << 3 | 2) + _varint(len(value)) + value


def write_payload(at_ms: int, metrics: list[PlainMetric], seq: int | None = None) -> bytes:
    """Return the bytes of a payload; a metric's `datatype` says in which field its value travels."""
    out = _number(1, at_ms) + b"".join(_bytes(2, _write_metric(metric)) for metric in metrics)
    return out if seq is None else out + _number(3, seq)


def _write_metric(metric: PlainMetric) -> bytes:
    out = _bytes(1, metric.name.encode()) if metric.name else b""
    if metric.alias is not None:
        out += _number(2, metric.alias)
    if metric.at_ms is not None:
        out += _number(3, metric.at_ms)
    if metric.datatype is not None:
        out += _number(4, metric.datatype)
    if metric.is_historical:
        out += _number(5, 1)
    value = metric.value
    if value is None:
        return out + _number(7, 1)
    if isinstance(value, bool):
        return out + _number(14, int(value))
    if isinstance(value, int):
        return out + (_number(11, value) if metric.datatype in (4, 8, 13) else _number(10, value))
    if isinstance(value, float):
        return out + _varint(13 << 3 | 1) + struct.pack("<d", value)
    return out + _bytes(15, value.encode() if isinstance(value, str) else value)
