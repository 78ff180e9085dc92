"""All edge nodes of the broker: each message goes to the session of its node; an intake is made of what they took.

Nothing that anybody sends makes this raise: what cannot be used is refused and counted.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from collector.core.foreign import ForeignMapping
from collector.core.model import DeviceId, Series
from collector.ingest.command import rebirth, stored_up_to
from collector.ingest.decode import Decoder
from collector.ingest.foreign import Foreign
from collector.ingest.gathering import Command, Gathering
from collector.ingest.intake import Answer, Intake
from collector.ingest.message import Message
from collector.ingest.node import Books, NodeSession
from collector.ingest.order import Arrived
from collector.ingest.refusal import Reason, Refusals
from collector.ingest.registry import Registry
from collector.ingest.table import MAX_METRICS
from collector.ingest.watermark import Ledger
from collector.store.series.instants import microseconds
from collector.store.series.watermarks import Watermark
from wire.catalogue import CATALOGUE
from wire.errors import PayloadError, TopicError
from wire.payload import decode
from wire.topics import NAMESPACE, Kind, parse

log = structlog.get_logger()

CERTIFICATES: Final = "$sparkplug/certificates/"
# What every topic of Sparkplug begins with; all others are of plain MQTT devices.
SPARKPLUG: Final = (f"{NAMESPACE}/", CERTIFICATES)
# In place of a topic: the broker has us anew, and what it sent to nobody meanwhile is gone.
CONNECTED: Final = "\0connected"
MAX_NODES: Final = 100_000
# Rebirths asked for in one look, so that a collector that knows nobody does not call all at once.
MAX_REBIRTHS: Final = 50
_MAX_ROUTES: Final = 200_000
_FAULTS_LOGGED: Final = 20
_MOST_OWN: Final = 10_000
_COMMANDS: Final = frozenset({Kind.NCMD, Kind.DCMD})


@dataclass(frozen=True, slots=True)
class _Route:
    session: NodeSession
    kind: Kind
    device: str
    is_certificate: bool


class Nodes:
    """The sessions of all nodes, and what they share. Used by one thread."""

    def __init__(self, *, series: Iterable[Series], watermarks: Iterable[Watermark], refusals: Refusals) -> None:
        self._refusals = refusals
        known = tuple(series)
        self._registry = Registry(known)
        self._ledger = Ledger(watermarks)
        self._books = Books(Decoder(self._registry, refusals), self._ledger, refusals)
        self._sessions: dict[DeviceId, NodeSession] = {}
        self._routes: dict[str, _Route | None] = {}
        self._foreign = Foreign(
            self._registry, refusals, known={one.device for one in known}, is_sparkplug=self._has_spoken
        )
        self._waiting: set[NodeSession] = set()
        self._own: deque[tuple[DeviceId, str, str, float]] = deque(maxlen=_MOST_OWN)
        self._faults = 0

    @property
    def dropped(self) -> int:
        """Outbox entries that agents had to drop before they reached a collector."""
        return self._ledger.stepped.dropped

    @property
    def forgotten(self) -> int:
        """Outbox entries stored once, lost with this collector's store, and no longer held by their agents."""
        return self._ledger.stepped.forgotten

    def report(self, device: DeviceId, metric: str, instance: str, value: float) -> None:
        """Add a reading of our own to the next intake: what only the host can tell of a node. From any thread."""
        self._own.append((device, metric, instance, value))

    def use_mapping(self, mapping: ForeignMapping) -> None:
        """Read plain MQTT devices by this mapping from now on."""
        self._foreign.use(mapping)

    @property
    def foreign_filters(self) -> tuple[str, ...]:
        """The MQTT filters of plain MQTT devices to subscribe to."""
        return self._foreign.filters

    def take(self, messages: Iterable[Message], *, at: datetime, mono_s: float) -> tuple[Intake, list[Command]]:
        """Return what messages bring, and the rebirths to ask for at once."""
        out = Gathering()
        for message in messages:
            if message.topic == CONNECTED:
                for session in self._sessions.values():
                    session.doubt()
                continue
            out.messages += 1
            self._accept(message, out)
        self._give_up_waiting(mono_s, out)
        self._add_own(out, microseconds(at) // 1000)
        readings = out.columns.finish(microseconds(at) // 1000, self._refusals)
        intake = Intake(
            readings=readings,
            series=self._registry.take_new(),
            watermarks=out.take_watermarks(),
            events=tuple(out.events),
            heard=out.heard,
            answers=tuple(self._answer(node, epoch) for node, epoch in out.answer_to),
            messages=out.messages,
        )
        now_ms = microseconds(at) // 1000
        return intake, [rebirth(node, now_ms) for node in out.rebirths]

    def put_back(self, lost: Intake, stored: Iterable[Watermark]) -> None:
        """Forget that an intake was taken, which its owner could not store: its entries will be sent again."""
        self._registry.put_back(lost.series)
        self._ledger.reset(stored)

    def commands(self, answers: Iterable[Answer], at: datetime) -> list[Command]:
        """Return the NCMDs that tell agents how far their outboxes are stored."""
        now_ms = microseconds(at) // 1000
        return [stored_up_to(answer, now_ms) for answer in answers]

    # ------------------------------------------------------------ inside

    def _has_spoken(self, node: DeviceId) -> bool:
        session = self._sessions.get(node)
        return session is not None and session.is_born

    def _add_own(self, out: Gathering, now_ms: int) -> None:
        while self._own:
            device, metric, instance, value = self._own.popleft()
            series = self._registry.number(device, metric, instance, CATALOGUE[metric].unit)
            if series is not None:
                out.columns.add(series, now_ms, value, False)

    def _accept(self, message: Message, out: Gathering) -> None:
        try:
            if self._foreign.filters and not message.topic.startswith(SPARKPLUG):
                self._foreign.take(message, out)
                return
            route = self._route(message.topic)
            if route is None:
                return
            payload = decode(message.payload)
            if len(payload.metrics) > MAX_METRICS:
                self._refusals.count(Reason.TOO_LARGE)
                return
            arrived = Arrived(route.kind, route.device, payload, message.at, message.mono_s)
            if message.is_retained:
                route.session.take_certificate(arrived)
            elif not route.is_certificate:  # the same comes on its own topic
                route.session.take(arrived, out)
                if route.session.is_waiting:
                    self._waiting.add(route.session)
                if len(out.rebirths) > MAX_REBIRTHS:
                    out.rebirths.pop()
        except PayloadError:
            self._refusals.count(Reason.MALFORMED)
        except TopicError:
            self._refusals.count(Reason.BAD_TOPIC)
        except Exception:
            # Whatever a message makes us stumble over, the next one is somebody else's.
            self._refusals.count(Reason.FAULT)
            self._faults += 1
            if self._faults <= _FAULTS_LOGGED:
                log.exception("a message could not be handled", topic=message.topic[:200], size=len(message.payload))

    def _route(self, topic: str) -> _Route | None:
        try:
            return self._routes[topic]
        except KeyError:
            pass
        if len(self._routes) >= _MAX_ROUTES:
            self._routes.clear()
        route = self._find_route(topic)
        self._routes[topic] = route
        return route

    def _find_route(self, topic: str) -> _Route | None:
        parsed = parse(topic.removeprefix(CERTIFICATES))
        if parsed.kind in _COMMANDS:
            return None  # what hosts say, we too
        node = DeviceId(parsed.node_id)
        session = self._sessions.get(node)
        if session is None:
            if len(self._sessions) >= MAX_NODES and not self._make_room():
                raise TopicError("too many nodes")
            session = self._sessions[node] = NodeSession(node, self._books)
        return _Route(session, parsed.kind, parsed.device, topic.startswith(CERTIFICATES))

    def _make_room(self) -> bool:
        """Forget nodes that never showed a birth; whoever floods us with names pays for it."""
        unborn = [node for node, session in self._sessions.items() if not session.is_born]
        for node in unborn:
            del self._sessions[node]
        self._routes.clear()
        self._refusals.count(Reason.TOO_MANY, len(unborn))
        return bool(unborn)

    def _give_up_waiting(self, mono_s: float, out: Gathering) -> None:
        for session in [one for one in self._waiting if one.overdue_at() <= mono_s]:
            session.give_up_waiting(mono_s, out)
        self._waiting = {one for one in self._waiting if one.is_waiting}

    def _answer(self, node: DeviceId, epoch: str) -> Answer:
        return Answer(node=node, epoch=epoch, stored_up_to=self._ledger.of(node, epoch).stored_up_to)
