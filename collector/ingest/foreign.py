"""Plain MQTT devices: their messages become readings, births and deaths by the mapping file.

Comes in: messages of topics that are not Sparkplug's. Goes out: into the same `Gathering` as those of agents. Such a
device has no outbox: what it said while nobody listened is lost. It is born with its first word, dead when its
availability topic says so or, where the mapping gives an interval, when three of them pass in silence. A device with an
id of three parts is behind a gateway that is there for it. What cannot be used is refused and counted.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from collector.core.foreign import Availability, ForeignDevice, ForeignMapping, Format, Talk, Value, instant_of
from collector.core.model import Born, DeviceId, Died, is_node, node_of
from collector.core.pattern import Captures, fill, fill_id, narrowest
from collector.ingest.discovery import Discoveries
from collector.ingest.gathering import Gathering
from collector.ingest.message import Message
from collector.ingest.refusal import Reason, Refusals
from collector.ingest.registry import Registry
from collector.ingest.table import is_good_name
from wire.line_protocol import LineError, lines_of

MAX_PAYLOAD: Final = 256 << 10
MAX_DEVICES: Final = 20_000
MAX_LINES: Final = 5_000
_MAX_ROUTES: Final = 50_000
_LONGEST: Final = 200
_GATEWAY: Final = {"role": "gateway", "name": "MQTT"}


@dataclass(slots=True)
class _Standing:
    """What was last told of a device. `away` are its availability topics that say it is not there."""

    properties: Mapping[str, str] = field(default_factory=dict)
    interval: timedelta | None = None
    is_alive: bool | None = None  # None: nothing was told yet
    away: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Route:
    """What a topic means: a device's readings, or whether it is there."""

    device: ForeignDevice
    captures: Captures
    talk: Talk | None = None
    availability: Availability | None = None


class Foreign:
    """All plain MQTT devices. Used by one thread."""

    def __init__(
        self,
        registry: Registry,
        refusals: Refusals,
        *,
        known: Iterable[DeviceId] = (),
        is_sparkplug: Callable[[DeviceId], bool] = lambda _node: False,
    ) -> None:
        """`known` are devices that have readings from before; `is_sparkplug` tells of the ids that agents have."""
        self._registry = registry
        self._refusals = refusals
        self._is_sparkplug = is_sparkplug
        self._mapping = ForeignMapping()
        self._discoveries = Discoveries((), refusals)
        self._devices: dict[DeviceId, _Standing] = {}
        self._known = frozenset(known)
        self._gateways = {node_of(device) for device in self._known if not is_node(device)}
        self._routes: dict[str, tuple[_Route, ...]] = {}
        self._filters: tuple[str, ...] | None = ()

    def use(self, mapping: ForeignMapping) -> None:
        """Go on with another mapping; devices are described anew with their next word."""
        self._mapping = mapping
        self._discoveries = Discoveries(mapping.discoveries, self._refusals)
        self._rewire()

    @property
    def filters(self) -> tuple[str, ...]:
        """The MQTT filters to subscribe to."""
        if self._filters is None:
            mapped = [topic.filter for device in self._mapping.devices for topic in device.topics]
            self._filters = narrowest([*mapped, *self._discoveries.filters])
        return self._filters

    def _rewire(self) -> None:
        self._routes.clear()
        self._filters = None

    # ------------------------------------------------------------ messages

    def take(self, message: Message, out: Gathering) -> None:
        """Take a message; one that fails leaves no half of itself behind."""
        if len(message.payload) > MAX_PAYLOAD:
            self._refusals.count(Reason.TOO_LARGE)
            return
        mark = len(out.columns)
        try:
            if self._discoveries.take(message.topic, message.payload):
                self._rewire()
                return
            for route in self._route(message.topic):
                if route.availability is not None:
                    self._hear_of(route, route.availability, message, out)
                elif route.talk is not None and (not message.is_retained or route.talk.takes_retained):
                    self._listen(route, route.talk, message, out)
        except BaseException:
            out.columns.cut(mark)
            raise

    def _route(self, topic: str) -> tuple[_Route, ...]:
        known = self._routes.get(topic)
        if known is None:
            if len(self._routes) >= _MAX_ROUTES:
                self._routes.clear()
            known = self._routes[topic] = tuple(self._find_routes(topic))
        return known

    def _find_routes(self, topic: str) -> Iterator[_Route]:
        for device in (*self._mapping.devices, *self._discoveries.of(topic)):
            for availability in device.availability:
                if (captures := availability.topic.match(topic)) is not None:
                    yield _Route(device, captures, availability=availability)
            for talk in device.talks:
                if (captures := talk.topic.match(topic)) is not None:
                    yield _Route(device, captures, talk=talk)

    # ------------------------------------------------------------ readings

    def _listen(self, route: _Route, talk: Talk, message: Message, out: Gathering) -> None:
        at_ms = int(message.at.timestamp() * 1000)
        found = False
        try:
            for captures, stamp, values in _contents(talk, message.payload):
                captured = {**route.captures, **captures}
                stamp_s = instant_of(stamp)
                rows = [row for value, said in values for row in self._rows(value, said, captured)]
                found = found or bool(rows)
                device = self._device(route.device, captured) if rows else None
                if device is None:
                    continue
                self._is_here(device, route.device, captured, message.at, out)
                for metric, instance, unit, number in rows:
                    series = self._registry.number(device, metric, instance, unit)
                    if series is None:
                        self._refusals.count(Reason.TOO_MANY)
                        continue
                    out.columns.add(series, at_ms if stamp_s is None else int(stamp_s * 1000), number, False)
        except (ValueError, RecursionError, LineError):
            self._refusals.count(Reason.MALFORMED)
            return
        if not found:
            self._refusals.count(Reason.UNMAPPED)

    def _rows(self, value: Value, said: "_Said", captures: Captures) -> Iterator[tuple[str, str, str, float]]:
        for inner, one in said:
            known = {**captures, **inner}
            if any(known.get(name) != wanted for name, wanted in value.where.items()) or one is None:
                continue
            number = value.number(one)
            instance = fill(value.instance, known)
            if number is None or instance is None:
                self._refusals.count(Reason.NOT_A_NUMBER)
            elif instance and not is_good_name(instance):
                self._refusals.count(Reason.BAD_NAME)
            else:
                yield value.metric, instance, value.unit, number

    # ------------------------------------------------------------ presence

    def _hear_of(self, route: _Route, availability: Availability, message: Message, out: Gathering) -> None:
        said: Any = message.payload.decode("utf-8", "replace")
        if availability.path is not None:
            try:
                said = availability.path.first(json.loads(said))
            except (ValueError, RecursionError):
                said = None
        word = str(said).strip().lower()
        if word not in availability.online and word not in availability.offline:
            self._refusals.count(Reason.UNMAPPED)
            return
        device = self._device(route.device, route.captures)
        if device is None:
            return
        standing = self._devices[device]
        if word in availability.offline:
            standing.away.add(message.topic)
            self._is_gone(device, route, message.at, out)
            return
        standing.away.discard(message.topic)
        if not standing.away:
            self._is_here(device, route.device, route.captures, message.at, out)

    def _device(self, device: ForeignDevice, captures: Captures) -> DeviceId | None:
        """Return the id of a device, which has a standing from then on; None where it can have none."""
        filled = fill_id(device.id, captures)
        if filled is None:
            self._refusals.count(Reason.BAD_TOPIC)
            return None
        found = DeviceId(filled)
        if found not in self._devices:
            if len(self._devices) >= MAX_DEVICES:
                self._refusals.count(Reason.TOO_MANY)
                return None
            self._devices[found] = _Standing()
        if self._is_sparkplug(node_of(found)):
            self._refusals.count(Reason.TAKEN)
            return None
        return found

    def _is_here(
        self, device: DeviceId, described: ForeignDevice, captures: Captures, at: datetime, out: Gathering
    ) -> None:
        node = node_of(device)
        if node != device and node not in self._gateways:
            self._gateways.add(node)
            out.events.append(Born(device=node, at=at, properties=_GATEWAY))
        standing = self._devices[device]
        properties = {name: text for name, said in described.properties.items() if (text := _line(said, captures))}
        if not standing.is_alive or (standing.properties, standing.interval) != (properties, described.interval):
            standing.properties, standing.interval, standing.is_alive = properties, described.interval, True
            out.events.append(Born(device=device, at=at, properties=properties, interval=described.interval))
        out.heard[device] = out.heard[node] = at

    def _is_gone(self, device: DeviceId, route: _Route, at: datetime, out: Gathering) -> None:
        standing = self._devices[device]
        if standing.is_alive is None and device not in self._known:
            # Never seen, and yet it is to be shown, as what it is.
            self._is_here(device, route.device, route.captures, at, out)
        if standing.is_alive is not False:
            standing.is_alive = False
            out.events.append(Died(device=device, at=at))


def _line(template: str, captures: Captures) -> str:
    filled = fill(template, captures) or ""
    return "".join(letter if letter.isprintable() else " " for letter in filled).strip()[:_LONGEST]


_Said = Iterable[tuple[Captures, Any]]


def _contents(talk: Talk, payload: bytes) -> Iterator[tuple[Captures, Any, list[tuple[Value, _Said]]]]:
    """Yield what a payload holds: names and their texts, a stamp, and what each value of the mapping finds.

    Raises:
        ValueError, LineError, RecursionError: it is not what it should be.
    """
    text = payload.decode("utf-8")
    if talk.format is Format.TEXT:
        yield {}, None, [(value, [({}, text.strip())]) for value in talk.values]
    elif talk.format is Format.JSON:
        document = json.loads(text)
        stamp = talk.time.first(document) if talk.time is not None else None
        yield {}, stamp, [(value, value.path.find(document)) for value in talk.values]
    else:
        for number, line in enumerate(lines_of(text)):
            if number >= MAX_LINES:
                raise LineError("there are too many lines")
            wanted = [v for v in talk.values if v.path.steps[0] == line.measurement and v.path.steps[1] in line.fields]
            if wanted:
                yield line.tags, line.time, [(v, [({}, line.fields[str(v.path.steps[1])])]) for v in wanted]
