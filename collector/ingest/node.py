"""One edge node as its messages tell it: is it there, what are its metrics, which entries of its outbox do we have.

Comes in: its messages, as they arrive. Goes out: into a `Gathering`. A node without Outbox metrics is a plain Sparkplug
node: the values of its births are readings, and what is lost on the way is lost.

An entry of an outbox counts under the epoch of its node's birth. So an agent's message is taken only while we are sure
of that birth: after a gap, a lost connection, a death, or a message from before the birth, the agent is asked for
another one. What was not taken is not acknowledged, and comes again.

Source: Eclipse Sparkplug 3.0.0, chapters 5 and 6.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collector.core.model import Born, DeviceId, Died, Shutdown
from collector.ingest.birth import Birth, bdseq_of, read_birth, read_death
from collector.ingest.decode import Decoder, Told
from collector.ingest.gathering import Gathering
from collector.ingest.order import Arrived, Order
from collector.ingest.patience import Patience
from collector.ingest.refusal import Reason, Refusals
from collector.ingest.table import MetricTable
from collector.ingest.watermark import MAX_RANGES, Ledger
from wire.sparkplug_pb2 import Payload
from wire.topics import Kind

MAX_DEVICES: Final = 2_000
# Entries turned away for an unknown alias that are remembered, to be taken as they are after the rebirth.
_MOST_TURNED_AWAY: Final = 1_000


@dataclass(frozen=True, slots=True)
class Books:
    """What all nodes share."""

    decoder: Decoder
    ledger: Ledger
    refusals: Refusals


class NodeSession:
    """The conversation with one node, over any number of its connections."""

    def __init__(self, node: DeviceId, books: Books) -> None:
        self.node = node
        self._books = books
        self._order = Order()
        self._patience = Patience()
        self._tables: dict[str, MetricTable] = {}
        self._bdseq: int | None = None
        self._epoch: str | None = None
        self._told: Shutdown | None = None
        self._turned_away: dict[tuple[str, int], bool] = {}
        self._introductions: dict[str, Born] = {}
        self._certificates: dict[str, Arrived] = {}
        self._birth_ms = 0
        self.is_born = False
        self.is_alive = False

    # ------------------------------------------------------------ messages

    def take(self, message: Arrived, out: Gathering) -> None:
        """Take a message of this node; what can't be used is counted."""
        if message.kind is Kind.NBIRTH:
            self._node_birth(message, out)
        elif message.kind is Kind.NDEATH:
            self._node_death(message, out)
        elif not (self.is_born and self.is_alive):
            self._refuse(Reason.UNBORN, message.mono_s, out)
        elif self._epoch is not None and 0 < message.payload.timestamp < self._birth_ms:
            self._refuse(Reason.STALE, message.mono_s, out)
        elif self._epoch is not None and self._order.is_behind(message):
            # Nothing of an agent can be late, since we wait for what is missing or begin anew: its count has begun
            # anew, and we have missed the birth.
            self.doubt()
            self._refuse(Reason.GAP, message.mono_s, out)
        else:
            for ready in self._order.put(message):
                self._handle_if_born(ready, out)

    def _handle_if_born(self, ready: Arrived, out: Gathering) -> None:
        if self.is_born:
            self._handle(ready, out)
        else:
            self._refuse(Reason.UNBORN, ready.mono_s, out)

    def doubt(self) -> None:
        """Trust no birth seen so far: others may have passed us by."""
        self.is_born = False
        self._order.restart(None)
        self._tables = {}
        self._introductions = {}
        self._certificates = {}

    def take_certificate(self, message: Arrived) -> None:
        """Take a birth that the broker had kept from before we came: names and aliases, but no readings.

        It is told of when its node speaks; until then the node may have been gone for long. Brokers hand births out in
        any order, and may keep a device's from an earlier session, whose aliases mean nothing now. A node with an
        outbox is asked itself: an entry under the epoch of a former birth would be another entry.
        """
        if self.is_born and "" not in self._introductions:
            return  # a birth that we saw ourselves knows better
        if message.kind is Kind.DBIRTH:
            if len(self._certificates) <= MAX_DEVICES:
                self._certificates[message.device] = message
        elif message.kind is Kind.NBIRTH and not self.is_born:
            birth = read_birth(message.payload, self._device(""), self._books.refusals)
            if birth.epoch is not None:
                return
            self._begin(birth, message.payload, after=None)
            self._introductions = {"": _born(birth, message.at)}
        if self.is_born:
            for device, certificate in self._certificates.items():
                if certificate.payload.timestamp >= self._birth_ms:
                    birth = read_birth(certificate.payload, self._device(device), self._books.refusals)
                    birth.table.is_alive = True
                    self._tables[device] = birth.table
                    self._introductions[device] = _born(birth, certificate.at, is_node=False)
            self._certificates.clear()

    @property
    def is_waiting(self) -> bool:
        """Whether a message is held because one before it is missing."""
        return self._order.is_waiting

    def overdue_at(self) -> float:
        """Return the `mono_s` at which the wait for a missing message ends, infinity where there is none."""
        return self._order.overdue_at()

    def give_up_waiting(self, now_s: float, out: Gathering) -> None:
        """Wait no longer for a message that did not come, and ask for a rebirth."""
        self._release(out)
        if self._epoch is not None:
            self.doubt()
        self._ask_rebirth(now_s, out)

    def _release(self, out: Gathering) -> None:
        """Handle what was held. Of an agent it is dropped: a birth may be among what is missing."""
        held = self._order.give_up()
        if self._epoch is not None:
            self._books.refusals.count(Reason.GAP, len(held))
            return
        for message in held:
            self._handle(message, out)

    # ------------------------------------------------------------ births and deaths

    def _node_birth(self, message: Arrived, out: Gathering) -> None:
        birth = read_birth(message.payload, self._device(""), self._books.refusals)
        self._release(out)
        self._begin(
            birth, message.payload, after=message.payload.seq % 256 if message.payload.HasField("seq") else None
        )
        out.events.append(_born(birth, message.at))
        out.heard[self.node] = message.at
        if birth.epoch is None:
            self._books.decoder.read_birth_values(message.payload, birth.table, out.columns, _ms(message.at))
            return
        self._hear_standing(birth.epoch, birth.first, birth.claimed, out)

    def _begin(self, birth: Birth, payload: Payload, *, after: int | None) -> None:
        self._order.restart(after)
        self._birth_ms = payload.timestamp
        self._bdseq, self._epoch, self._told = birth.bdseq, birth.epoch, None
        self._tables = {"": birth.table}
        self._turned_away = dict.fromkeys(self._turned_away, True)
        self._introductions = {}
        birth.table.is_alive = True
        self.is_born = self.is_alive = True

    def _node_death(self, message: Arrived, out: Gathering) -> None:
        if self.is_born and bdseq_of(message.payload) != self._bdseq:
            self._books.refusals.count(Reason.STALE_DEATH)
            return
        self._release(out)
        if self.is_alive or not self.is_born:
            self._die(message.at, out)

    def _die(self, at: datetime, out: Gathering) -> None:
        self.is_alive = False
        self._introductions = {}
        for table in self._tables.values():
            table.is_alive = False
        out.events.append(Died(device=self.node, at=at, told=self._told))

    def _handle(self, message: Arrived, out: Gathering) -> None:
        """Handle a message whose turn it is; one that fails leaves no half of itself behind."""
        mark = len(out.columns)
        try:
            self._introduce("", out)
            if message.kind is Kind.DBIRTH:
                self._device_birth(message, out)
            elif message.kind is Kind.DDEATH:
                self._device_death(message, out)
            else:
                self._data(message, out)
        except BaseException:
            out.columns.cut(mark)
            raise

    def _introduce(self, device: str, out: Gathering) -> None:
        """Tell of a birth that we know from the broker's certificates, now that its node has spoken."""
        if self._introductions:
            born = self._introductions.pop(device, None)
            if born is not None:
                out.events.append(born)

    def _device_birth(self, message: Arrived, out: Gathering) -> None:
        if message.device not in self._tables and len(self._tables) > MAX_DEVICES:
            self._books.refusals.count(Reason.TOO_MANY)
            return
        birth = read_birth(message.payload, self._device(message.device), self._books.refusals)
        if self._epoch is not None and birth.epoch not in (None, self._epoch):
            # Of a session whose own birth we have missed.
            self.doubt()
            self._refuse(Reason.UNBORN, message.mono_s, out)
            return
        self._introductions.pop(message.device, None)
        self._tables[message.device] = birth.table
        birth.table.is_alive = True
        out.heard[self.node] = message.at
        out.events.append(_born(birth, message.at, is_node=False))
        if self._epoch is None:
            self._books.decoder.read_birth_values(message.payload, birth.table, out.columns, _ms(message.at))

    def _device_death(self, message: Arrived, out: Gathering) -> None:
        table = self._tables.get(message.device)
        if table is not None:
            table.is_alive = False
        self._introductions.pop(message.device, None)
        out.heard[self.node] = message.at
        told, behind = read_death(message.payload)
        out.events.append(Died(device=self._device(message.device), at=message.at, told=told, behind=behind))

    # ------------------------------------------------------------ data

    def _data(self, message: Arrived, out: Gathering) -> None:
        table = self._tables.get(message.device)
        if table is None:
            if len(self._tables) > MAX_DEVICES:
                self._books.refusals.count(Reason.TOO_MANY)
                return
            # Not born in this session: backlog of a dead device, its metrics under their names.
            table = self._tables[message.device] = MetricTable(self._device(message.device))
        columns = out.columns
        mark = len(columns)
        told = self._books.decoder.read(message.payload, table, columns, _ms(message.at))
        if told.unknown and not self._may_lack(told, message, out):
            columns.cut(mark)
            return
        if not self._book(told, mark, out):
            return
        if told.shutdown is not None:
            self._told = told.shutdown
        if table.is_alive:
            self._introduce(message.device, out)
        else:
            if not all(columns.historical[mark:]):
                self._ask_rebirth(message.mono_s, out)
            columns.make_historical(mark)
        out.heard[self.node] = message.at

    def _may_lack(self, told: Told, message: Arrived, out: Gathering) -> bool:
        """Tell whether a message is taken although no birth named all of its metrics.

        An entry of an outbox is sent again, so it waits for the rebirth. Where that did not help, the rest is taken.
        """
        self._books.refusals.count(Reason.UNKNOWN_ALIAS, told.unknown)
        if told.entry is None:
            # Nobody sends it again, unless it is an agent's that hides its number under an unknown alias.
            self._ask_rebirth(message.mono_s, out)
            return self._epoch is None
        key = (told.epoch or self._epoch or "", told.entry)
        if self._turned_away.get(key):
            return True
        if len(self._turned_away) >= _MOST_TURNED_AWAY:
            self._turned_away.clear()
        self._turned_away.setdefault(key, False)
        self._ask_rebirth(message.mono_s, out)
        return False

    def _book(self, told: Told, mark: int, out: Gathering) -> bool:
        """Enter what a message says of its outbox; False where its readings are not to be stored (again)."""
        if told.is_void:
            out.columns.cut(mark)
            return False
        epoch = told.epoch or self._epoch
        if epoch is not None and (told.first is not None or told.claimed is not None):
            self._hear_standing(epoch, told.first or 0, told.claimed, out)
        if told.entry is None:
            return True
        if epoch is None:
            self._books.refusals.count(Reason.BAD_NUMBER)
            out.columns.cut(mark)
            return False
        marks = self._books.ledger.of(self.node, epoch)
        if marks.ranges >= MAX_RANGES and not marks.has(told.entry):
            self._books.refusals.count(Reason.TOO_MANY)
            out.columns.cut(mark)
            return False
        out.answer_to[self.node, epoch] = None
        if marks.has(told.entry):
            self._books.refusals.count(Reason.DUPLICATE)
            out.columns.cut(mark)
            return True
        marks.add(told.entry)
        out.stored(self.node, epoch, told.entry)
        self._turned_away.pop((epoch, told.entry), None)
        return True

    def _hear_standing(self, epoch: str, first: int, claimed: int | None, out: Gathering) -> None:
        """Step over what an agent can no longer send of an epoch; answer where it believes otherwise than we know.

        `claimed` is what it believes to be stored, None where it does not say. A collector that was restored from a
        backup has less, and the agent sends again from there.
        """
        ledger = self._books.ledger
        stepped = ledger.step(self.node, epoch, first, claimed=claimed or 0)
        if stepped is not None:
            out.watermarks.append(stepped)
        differs = stepped is not None if claimed is None else ledger.of(self.node, epoch).stored_up_to != claimed
        if differs:
            out.answer_to[self.node, epoch] = None

    # ------------------------------------------------------------ small things

    def _device(self, device: str) -> DeviceId:
        return DeviceId(f"{self.node}:{device}") if device else self.node

    def _refuse(self, reason: Reason, now_s: float, out: Gathering) -> None:
        self._books.refusals.count(reason)
        self._ask_rebirth(now_s, out)

    def _ask_rebirth(self, now_s: float, out: Gathering) -> None:
        if self._patience.may_ask(now_s):
            out.rebirths.append(self.node)


def _born(birth: Birth, at: datetime, *, is_node: bool = True) -> Born:
    interval = birth.interval if is_node else None
    epoch, run = (birth.epoch or "", birth.run) if is_node else ("", 0)
    return Born(device=birth.table.device, at=at, properties=birth.properties, interval=interval, epoch=epoch, run=run)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
