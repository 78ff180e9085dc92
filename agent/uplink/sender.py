"""What a born edge node says, in order. In: readings, entries of the outbox. Out: numbered Sparkplug messages.

Births, live data, backlog and deaths of one node and its devices, with their `seq`, aliases and outbox numbers.
"""

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from agent.entry import Draft, Entry, EpochState
from agent.now import Moment
from agent.outbox import Outbox
from agent.sample import Sample
from agent.timepiece import Steady
from agent.uplink import birth, message
from agent.uplink.backlog import Backlog
from agent.uplink.birth import NodeIdentity
from agent.uplink.devices import Devices
from agent.uplink.message import Message, Numbers
from agent.uplink.metrics import MetricTable
from agent.uplink.telling import Telling
from wire.errors import PayloadError
from wire.sparkplug_pb2 import Payload
from wire.topics import Kind, Topic

log = logging.getLogger("agent.uplink")

# Unpublished messages of one session; beyond it fresh entries wait in the outbox.
_MOST_QUEUED: Final = 1000
# Of earlier runs; an agent that crashes over and over has many.
_MOST_ANNOUNCED: Final = 50


class Sender:
    """Makes the messages of one node. What it made and nobody published is in `out`."""

    def __init__(self, identity: NodeIdentity, outbox: Outbox, backlog: Backlog) -> None:
        self.identity = identity
        self.devices = Devices()
        self.metrics = MetricTable()
        self.telling = Telling(outbox)
        self.out: deque[Message] = deque()
        self.news: dict[str, str] = {}  # properties that change while the agent runs
        self.steady = Steady()  # by which the outbox tells what is too old
        self._outbox = outbox
        self._backlog = backlog
        self._seq = 0
        self._birth_epoch = ""
        self._introduced: set[str] = set()  # epochs whose Outbox/First the host has been told of in this session
        self._announced: dict[str, int] = {}  # the Outbox/First it was told

    # ------------------------------------------------------------ births and deaths

    def be_born(self, bdseq: int, now: Moment) -> None:
        """Send the NBIRTH, the DBIRTH of each living device and the DDEATH of each that does not answer."""
        outbox = self._outbox.current()
        if self._birth_epoch not in ("", outbox.epoch):
            self.metrics.renew_ids()
        self._birth_epoch = outbox.epoch
        self._introduced = {outbox.epoch}
        self._announced = {outbox.epoch: outbox.first}
        self._seq = 0
        payload = birth.node_birth(
            self.identity,
            self.metrics.of(""),
            bdseq=bdseq,
            outbox=outbox,
            run=self._outbox.run,
            news=self.news,
            now_ms=now.at_ms,
        )
        self._publish(Kind.NBIRTH, "", payload)
        self.devices.forget_births()
        for device in self.devices.to_be_born():
            self._device_birth(device, now)
        for device in self.devices.dead():
            self.device_death(device, now)

    def device_death(self, device: str, now: Moment) -> None:
        """Send a DDEATH."""
        told, behind = self.devices.told(device), self.devices.properties(device).get("behind", "")
        payload = birth.device_death(told=told, behind=behind, seq=self._next_seq(), now_ms=now.at_ms)
        self._publish(Kind.DDEATH, device, payload)

    def death(self, bdseq: int, now: Moment) -> Message:
        """Return the NDEATH of a session."""
        payload = birth.node_death(bdseq, now.at_ms)
        return Message(topic=str(self.topic(Kind.NDEATH)), payload=payload, qos=1)

    def shutdown(self, reason: str, now: Moment) -> None:
        """Tell why the agent goes."""
        self._publish(Kind.NDATA, "", message.shutdown(reason, seq=self._next_seq(), now_ms=now.at_ms))

    def _device_birth(self, device: str, now: Moment) -> None:
        payload = birth.device_birth(
            self.devices.properties(device),
            self.metrics.of(device),
            epoch=self._birth_epoch,
            seq=self._next_seq(),
            now_ms=now.at_ms,
        )
        self._publish(Kind.DBIRTH, device, payload)
        self.devices.was_born(device)

    # ------------------------------------------------------------ live

    def keep(self, at_ms: int, samples: Mapping[str, Sequence[Sample]], now: Moment) -> list[Entry]:
        """Put the readings of one step into the outbox, one entry a device."""
        drafts = [Draft(device=d, at_ms=at_ms, body=message.pack(at_ms, s)) for d, s in samples.items() if s]
        if self._outbox.depth == 0:
            self.steady.settle(now)
        return self._outbox.append(drafts, self.steady.ms(now))

    def send_live(self, entries: Sequence[Entry], samples: Mapping[str, Sequence[Sample]], now: Moment) -> None:
        """Send fresh entries, after the births of devices that are new or have something new."""
        for device in self.devices.to_be_born():
            self._device_birth(device, now)
        for entry in entries:
            if len(self.out) >= _MOST_QUEUED or not self._has_aliases(entry.device):
                self._backlog.held_back(entry.epoch, entry.id)
                continue
            payload = message.live(
                samples[entry.device],
                at_ms=entry.at_ms,
                metrics=self.metrics.of(entry.device),
                numbers=self._numbers(entry),
                seq=self._next_seq(),
                now_ms=now.at_ms,
            )
            self._publish(Kind.DDATA if entry.device else Kind.NDATA, entry.device, payload)
            self._backlog.sent_live(entry.epoch, entry.id, now.mono_s)
            if not entry.device:
                self.telling.sent_live(entry.epoch, entry.id)

    # ------------------------------------------------------------ behind live

    def send_behind(self, bdseq: int, now: Moment) -> None:
        """Send what the backlog's pace allows, and what the host need not wait for."""
        stretch = self._backlog.next(now.mono_s)
        if self._backlog.take_rewound():
            self._announced.clear()
        for state in self._outbox.epochs()[-_MOST_ANNOUNCED:]:
            self._announce(state, now)
        if stretch is None:
            return
        found = self._outbox.entries(stretch.epoch, stretch.after, stretch.limit)
        entries = [entry for entry in found if entry.id <= stretch.up_to]
        for entry in entries:
            self._send_historical(entry, bdseq, now)
            self._backlog.sent(entry.epoch, entry.id, now.mono_s)
        if not entries:
            self._backlog.gone(stretch)
        self._backlog.paced(len(entries), now.mono_s)

    def _send_historical(self, entry: Entry, bdseq: int, now: Moment) -> None:
        try:
            readings = message.unpack(entry.body)
        except PayloadError as error:
            # Its number still has to reach the host, or the host would wait for it for ever.
            log.error("outbox entry %s/%d is lost: %s", entry.epoch, entry.id, error)
            readings = Payload()
        metrics = self.metrics.of(entry.device) if self._has_aliases(entry.device) else None
        if metrics is not None and self.metrics.learn_names(entry.device, readings):
            if entry.device:
                self._device_birth(entry.device, now)
            else:
                self.be_born(bdseq, now)
        payload = message.historical(
            readings,
            entry,
            metrics=metrics,
            numbers=self._numbers(entry, by_name=metrics is None),
            seq=self._next_seq(),
            now_ms=now.at_ms,
        )
        self._publish(Kind.DDATA if entry.device else Kind.NDATA, entry.device, payload)

    def _announce(self, state: EpochState, now: Moment) -> None:
        """Tell where an epoch stands, when the host could not know it from its messages.

        Either a bound dropped what the host waits for; or it is an earlier run of which all is acknowledged, which a
        host restored from backup may have lost.
        """
        if self._announced.get(state.epoch) == state.first:
            return
        is_met = state.epoch in self._introduced
        if state.first <= state.acked + 1:
            if is_met or state.acked < state.last:
                return
        elif not is_met and state.first <= state.last:
            return  # it goes with the epoch's first message
        self._introduced.add(state.epoch)
        self._announced[state.epoch] = state.first
        self._publish(Kind.NDATA, "", message.standing(state, seq=self._next_seq(), now_ms=now.at_ms))

    # ------------------------------------------------------------ numbers

    def _numbers(self, entry: Entry, *, by_name: bool = False) -> Numbers:
        """Return what says which entry this is. The alias of its id stands for the birth's epoch; a name does not."""
        if entry.epoch == self._birth_epoch:
            return Numbers(id=entry.id, epoch=entry.epoch if by_name else None)
        if entry.epoch in self._introduced:
            return Numbers(id=entry.id, epoch=entry.epoch)
        state = self._outbox.state(entry.epoch)
        first = state.first if state else entry.id
        self._introduced.add(entry.epoch)
        self._announced[entry.epoch] = first
        return Numbers(id=entry.id, epoch=entry.epoch, first=first)

    def _has_aliases(self, device: str) -> bool:
        return not device or self.devices.has_aliases(device)

    def topic(self, kind: Kind, device: str = "") -> Topic:
        """Return a topic of this node."""
        return Topic(site=self.identity.site, kind=kind, agent=self.identity.agent, device=device)

    def _publish(self, kind: Kind, device: str, payload: bytes) -> None:
        self.out.append(Message(topic=str(self.topic(kind, device)), payload=payload))

    def _next_seq(self) -> int:
        self._seq = (self._seq + 1) % 256
        return self._seq
