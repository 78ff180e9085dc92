"""The Sparkplug host application: what the agents say comes in, intakes go out, acknowledgements go back.

One thread receives (`link`), another (the engine's) takes, stores and acknowledges:

    intake = host.take(0.2)
    store.commit(readings=intake.readings, ...)
    host.acknowledge(intake)
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

import structlog

from collector.broker import BrokerAddress
from collector.core.foreign import ForeignMapping
from collector.core.model import DeviceId, Series
from collector.ingest.command import configuration
from collector.ingest.inbox import Inbox
from collector.ingest.intake import Intake
from collector.ingest.link import BrokerLink
from collector.ingest.message import Message
from collector.ingest.nodes import CONNECTED, Nodes
from collector.ingest.refusal import Refusals
from collector.now import monotonic_s, now
from collector.store.series.watermarks import Watermark

log = structlog.get_logger()

__all__ = ["BrokerAddress", "SparkplugHost"]


class Stored(Protocol):
    """What the host has to know of the past: the hot store."""

    def all_series(self) -> Iterable[Series]: ...
    def watermarks(self) -> Iterable[Watermark]: ...


class SparkplugHost:
    """Takes what agents send. `take` and `acknowledge` belong to one thread; the counters may be read by any."""

    def __init__(self, *, broker: BrokerAddress, host_id: str, store: Stored) -> None:
        self._refusals = Refusals()
        self._inbox = Inbox(self._refusals)
        self._nodes = Nodes(series=store.all_series(), watermarks=store.watermarks(), refusals=self._refusals)
        self._link = BrokerLink(broker=broker, host_id=host_id, receive=self._receive, refusals=self._refusals)
        self._store = store
        self._unstored: Intake | None = None
        self._messages = 0
        self._heard_at: datetime | None = None

    # ------------------------------------------------------------ running

    def start(self) -> None:
        """Connect to the broker, now or as soon as it is there; returns at once."""
        self._link.start()

    def stop(self) -> None:
        """Tell everybody that the host is offline and disconnect; what was not taken is not acknowledged."""
        self._link.stop()
        self._inbox.wake()

    def take(self, timeout_s: float) -> Intake:
        """Return what has come when `timeout_s` is over, or at once when much has.

        An intake is handed out once: keep it until the store has it, then acknowledge it. One that is not acknowledged
        before the next is taken counts as never taken, so that its agents send it again.
        """
        if self._unstored is not None:
            log.error("an intake was not stored; its agents send it again", readings=len(self._unstored.readings))
            self._nodes.put_back(self._unstored, self._store.watermarks())
            self._unstored = None
        messages = self._inbox.take(timeout_s)
        intake, rebirths = self._nodes.take(messages, at=now(), mono_s=monotonic_s())
        self._link.send(rebirths)
        self._link.also_read(self._nodes.foreign_filters)
        if intake.has_something_to_store:
            self._unstored = intake
        elif intake.answers:
            # Nothing new, and all that was there is stored: an agent did not hear our answer the first time.
            self.acknowledge(intake)
        return intake

    def acknowledge(self, intake: Intake) -> None:
        """Tell the agents how far their outboxes are stored; only after the commit of the intake."""
        self._unstored = None
        self._link.send(self._nodes.commands(intake.answers, now()))

    def use_mapping(self, mapping: ForeignMapping) -> None:
        """Read plain MQTT devices by this mapping, from the next `take` on; in its thread."""
        self._nodes.use_mapping(mapping)

    def report(self, device: DeviceId, metric: str, instance: str, value: float) -> None:
        """Add a reading of the collector's own about a node to the next intake. From any thread."""
        self._nodes.report(device, metric, instance, value)

    def configure(self, node: DeviceId, sealed: bytes) -> None:
        """Hand a node its configuration, if it is there to take it. From any thread."""
        self._link.send([configuration(node, sealed, int(now().timestamp() * 1000))])

    def _receive(self, message: Message) -> None:
        if message.topic != CONNECTED:
            self._messages += 1
            self._heard_at = message.at
        self._inbox.put(message)

    # ------------------------------------------------------------ counters

    @property
    def connected(self) -> bool:
        """Whether the broker has us subscribed."""
        return self._link.connected

    @property
    def heard_at(self) -> datetime | None:
        """When the last message came."""
        return self._heard_at

    @property
    def messages(self) -> int:
        """Messages received since the start."""
        return self._messages

    @property
    def refused(self) -> Mapping[str, int]:
        """What was turned away, by reason."""
        return self._refusals.counts()

    @property
    def queue_depth(self) -> int:
        """Messages received and not yet taken."""
        return len(self._inbox)

    @property
    def connections(self) -> int:
        """Times that a connection was made."""
        return self._link.connections

    @property
    def dropped_entries(self) -> int:
        """Outbox entries that agents had to drop before they reached a collector."""
        return self._nodes.dropped

    @property
    def forgotten_entries(self) -> int:
        """Outbox entries stored once, lost with this collector's store, and no longer held by their agents."""
        return self._nodes.forgotten
