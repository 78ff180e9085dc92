"""Birth and death certificates. In: who we are and every metric we have. Out: payloads of NBIRTH, DBIRTH, NDEATH.

Source: Eclipse Sparkplug 3.0.0, chapter 6.4. `Outbox/Id` has an alias in every birth, since data carry it; the other
control metrics have none and always travel under their names (the standard forbids one for Rebirth). A DBIRTH names
the epoch of the NBIRTH that it belongs to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agent.entry import EpochState
from agent.uplink.metrics import DeviceMetrics
from wire import control
from wire.payload import Datatype, Metric, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeIdentity:
    """An edge node: where it is in the topic tree, and what its birth says of it.

    `properties` has fields of `wire.control.PROPERTY_FIELDS`: room, role, name, vendor, model, serial, ...
    """

    site: str
    agent: str
    interval_s: float
    properties: Mapping[str, str] = field(default_factory=dict)


def node_birth(
    identity: NodeIdentity,
    metrics: DeviceMetrics,
    *,
    bdseq: int,
    outbox: EpochState,
    run: int,
    news: Mapping[str, str],
    now_ms: int,
) -> bytes:
    """Return the payload of an NBIRTH.

    `run` is the number that the disk gives this run, 0 for none; `news` are properties that change as it runs.
    """
    return encode(
        at_ms=now_ms,
        seq=0,
        metrics=[
            _bdseq(bdseq, now_ms),
            Metric(name=control.REBIRTH, at_ms=now_ms, datatype=Datatype.BOOLEAN, value=False),
            Metric(name=control.STORED_UP_TO, at_ms=now_ms, datatype=Datatype.UINT64, value=outbox.acked),
            Metric(name=control.OUTBOX_EPOCH, at_ms=now_ms, datatype=Datatype.STRING, value=outbox.epoch),
            Metric(name=control.OUTBOX_FIRST, at_ms=now_ms, datatype=Datatype.UINT64, value=outbox.first),
            *([Metric(name=control.OUTBOX_RUN, at_ms=now_ms, datatype=Datatype.UINT64, value=run)] if run else []),
            Metric(name=control.SHUTDOWN, at_ms=now_ms, datatype=Datatype.STRING),
            Metric(
                name=control.INTERVAL,
                at_ms=now_ms,
                datatype=Datatype.INT32,
                value=max(1, -int(-identity.interval_s // 1)),
            ),
            *_properties({**identity.properties, **news}, now_ms),
            *_readings(metrics, now_ms),
        ],
    )


def device_birth(properties: Mapping[str, str], metrics: DeviceMetrics, *, epoch: str, seq: int, now_ms: int) -> bytes:
    """Return the payload of a DBIRTH."""
    return encode(
        at_ms=now_ms,
        seq=seq,
        metrics=[
            Metric(name=control.OUTBOX_EPOCH, at_ms=now_ms, datatype=Datatype.STRING, value=epoch),
            *_properties(properties, now_ms),
            *_readings(metrics, now_ms),
        ],
    )


def node_death(bdseq: int, now_ms: int) -> bytes:
    """Return the payload of an NDEATH, which carries no seq."""
    return encode(at_ms=now_ms, metrics=[_bdseq(bdseq, now_ms)])


def device_death(*, told: str = "", behind: str = "", seq: int, now_ms: int) -> bytes:
    """Return the payload of a DDEATH, with the shutdown that the device told and the device that spoke for it."""
    metrics = [Metric(name=control.SHUTDOWN, at_ms=now_ms, datatype=Datatype.STRING, value=told)] if told else []
    return encode(at_ms=now_ms, seq=seq, metrics=[*metrics, *_properties({"behind": behind}, now_ms)])


def _bdseq(bdseq: int, now_ms: int) -> Metric:
    return Metric(name=control.BDSEQ, at_ms=now_ms, datatype=Datatype.INT64, value=bdseq)


def _properties(properties: Mapping[str, str], now_ms: int) -> Iterator[Metric]:
    for name, field_name in control.PROPERTY_FIELDS.items():
        value = properties.get(field_name)
        if value:
            yield Metric(name=name, at_ms=now_ms, datatype=Datatype.STRING, value=value)


def _readings(metrics: DeviceMetrics, now_ms: int) -> Iterator[Metric]:
    yield Metric(name=control.OUTBOX_ID, alias=metrics.id_alias, at_ms=now_ms, datatype=Datatype.UINT64)
    for name, known in metrics.known.items():
        yield Metric(
            name=name,
            alias=known.alias,
            at_ms=known.at_ms or now_ms,
            datatype=known.datatype,
            value=known.value,
            unit=known.unit,
        )
