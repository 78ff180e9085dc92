"""What the uplink sends, and the bytes of it. In: samples and numbers. Out: Sparkplug data and outbox bodies.

A body holds one entry's readings under their full names, compressed, so that it can be sent in a later run of the
agent, when aliases are others. A message is made of it when it is sent.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from agent.entry import Entry, EpochState
from agent.sample import Sample
from agent.uplink.metrics import DeviceMetrics
from wire import control
from wire.catalogue import CATALOGUE
from wire.errors import PayloadError
from wire.payload import Datatype, Metric, decode, encode, set_unit, set_value
from wire.sparkplug_pb2 import Payload

_LEVEL: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to publish."""

    topic: str
    payload: bytes
    qos: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The outbox numbers that go with an entry; None is left out."""

    id: int
    epoch: str | None = None
    first: int | None = None


def pack(at_ms: int, samples: Sequence[Sample]) -> bytes:
    """Return the body of an entry."""
    payload = Payload(timestamp=at_ms)
    for sample in samples:
        to = payload.metrics.add(name=sample.name, datatype=sample.datatype)
        if sample.name.partition("[")[0] not in CATALOGUE:
            set_unit(to, sample.unit)
        set_value(to, sample.value, sample.datatype)
    return zlib.compress(payload.SerializeToString(), _LEVEL)


def unpack(body: bytes) -> Payload:
    """Return the readings in a body, under their full names.

    Raises:
        PayloadError: it is no body.
    """
    try:
        return decode(zlib.decompress(body))
    except zlib.error as error:
        raise PayloadError(f"an outbox entry cannot be unpacked: {error}") from error


def live(
    samples: Sequence[Sample], *, at_ms: int, metrics: DeviceMetrics, numbers: Numbers, seq: int, now_ms: int
) -> bytes:
    """Return the payload of a fresh entry, whose metrics have all been born."""
    payload = Payload(timestamp=now_ms, seq=seq)
    for sample in samples:
        known = metrics.known[sample.name]
        to = payload.metrics.add(alias=known.alias, timestamp=at_ms)
        set_value(to, sample.value, known.datatype)
    _add_numbers(payload, numbers, metrics.id_alias)
    return payload.SerializeToString()


def historical(
    readings: Payload, entry: Entry, *, metrics: DeviceMetrics | None, numbers: Numbers, seq: int, now_ms: int
) -> bytes:
    """Return the payload of an entry of the backlog.

    `metrics` is None for a device that has no birth in this session: its metrics then travel under their names.
    """
    payload = Payload(timestamp=now_ms, seq=seq)
    for metric in readings.metrics:
        known = metrics.known.get(metric.name) if metrics else None
        to = payload.metrics.add()
        to.CopyFrom(metric)
        to.timestamp = entry.at_ms
        to.is_historical = True
        if known is not None:
            to.alias = known.alias
            to.ClearField("name")
            to.ClearField("datatype")
            to.ClearField("properties")
    _add_numbers(payload, numbers, metrics.id_alias if metrics else None)
    return payload.SerializeToString()


def _add_numbers(payload: Payload, numbers: Numbers, id_alias: int | None) -> None:
    at_ms = payload.timestamp
    if id_alias is None:
        payload.metrics.add(name=control.OUTBOX_ID, datatype=Datatype.UINT64, timestamp=at_ms, long_value=numbers.id)
    else:
        payload.metrics.add(alias=id_alias, timestamp=at_ms, long_value=numbers.id)
    payload.metrics.extend(numbers_of_epoch(numbers.epoch, numbers.first, at_ms))


def numbers_of_epoch(epoch: str | None, first: int | None, at_ms: int) -> Iterable[Payload.Metric]:
    """Return `Outbox/Epoch` and `Outbox/First`, which were born without alias and travel under their names."""
    if epoch is not None:
        yield Payload.Metric(name=control.OUTBOX_EPOCH, datatype=Datatype.STRING, timestamp=at_ms, string_value=epoch)
    if first is not None:
        yield Payload.Metric(name=control.OUTBOX_FIRST, datatype=Datatype.UINT64, timestamp=at_ms, long_value=first)


def standing(state: EpochState, *, seq: int, now_ms: int) -> bytes:
    """Return the payload that tells where an epoch stands: the first id that can be sent, the last acknowledged."""
    payload = Payload(timestamp=now_ms, seq=seq)
    payload.metrics.extend(numbers_of_epoch(state.epoch, state.first, now_ms))
    payload.metrics.add(name=control.STORED_UP_TO, datatype=Datatype.UINT64, timestamp=now_ms, long_value=state.acked)
    return payload.SerializeToString()


def shutdown(reason: str, *, seq: int, now_ms: int) -> bytes:
    """Return the payload that tells why the agent goes."""
    told = Metric(name=control.SHUTDOWN, at_ms=now_ms, datatype=Datatype.STRING, value=reason)
    return encode(at_ms=now_ms, seq=seq, metrics=[told])
