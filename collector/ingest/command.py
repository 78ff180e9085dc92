"""What the host says to nodes: NCMDs that ask for a rebirth, tell how far an outbox is stored, or configure."""

from collector.core.model import DeviceId
from collector.ingest.gathering import Command
from collector.ingest.intake import Answer
from wire import control
from wire.payload import Datatype, Metric, encode
from wire.topics import Kind, Topic


def rebirth(node: DeviceId, now_ms: int) -> Command:
    """Return the NCMD that asks a node for its births."""
    metric = Metric(name=control.REBIRTH, at_ms=now_ms, datatype=Datatype.BOOLEAN, value=True)
    return Command(topic=_topic(node), payload=encode(at_ms=now_ms, metrics=[metric]))


def stored_up_to(answer: Answer, now_ms: int) -> Command:
    """Return the NCMD that tells a node which entries of an epoch it may forget."""
    metrics = [
        Metric(name=control.OUTBOX_EPOCH, at_ms=now_ms, datatype=Datatype.STRING, value=answer.epoch),
        Metric(name=control.STORED_UP_TO, at_ms=now_ms, datatype=Datatype.UINT64, value=answer.stored_up_to),
    ]
    return Command(topic=_topic(answer.node), payload=encode(at_ms=now_ms, metrics=metrics))


def configuration(node: DeviceId, sealed: bytes, now_ms: int) -> Command:
    """Return the NCMD that hands a node a signed configuration."""
    metric = Metric(name=control.CONFIGURATION, at_ms=now_ms, datatype=Datatype.BYTES, value=sealed)
    return Command(topic=_topic(node), payload=encode(at_ms=now_ms, metrics=[metric]))


def _topic(node: DeviceId) -> str:
    site, _, agent = node.partition(":")
    return str(Topic(site=site, kind=Kind.NCMD, agent=agent))
