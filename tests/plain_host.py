"""A small Sparkplug host application for tests, without a connection: it keeps what an edge node promised and said.

It decodes by hand (`tests.plain_sparkplug`) and checks the standard's rules as it goes; what breaks one is in `faults`.
"""

from dataclasses import dataclass, field

from tests.plain_sparkplug import PlainMetric, PlainPayload, Value, read_payload, write_payload

UINT64, BOOLEAN, STRING = 8, 11, 12


@dataclass(frozen=True)
class Stored:
    """One reading, as the host understood it."""

    device: str
    name: str
    at_ms: int
    value: Value
    is_historical: bool


@dataclass
class Epoch:
    """What the host has of one epoch."""

    up_to: int = 0
    above: set[int] = field(default_factory=set)
    skipped: int = 0

    def add(self, entry_id: int) -> bool:
        if entry_id <= self.up_to or entry_id in self.above:
            return False
        self.above.add(entry_id)
        self._close()
        return True

    def first(self, entry_id: int) -> None:
        for gone in range(self.up_to + 1, entry_id):
            if gone not in self.above:
                self.skipped += 1
            self.above.add(gone)
        self._close()

    def _close(self) -> None:
        while self.up_to + 1 in self.above:
            self.up_to += 1
            self.above.remove(self.up_to)


class PlainHost:
    """One node's host. Hand it every message of the node, in order."""

    def __init__(self, site: str, agent: str) -> None:
        self.site, self.agent = site, agent
        self.aliases: dict[int, tuple[str, str]] = {}
        self.born: dict[str, PlainPayload] = {}
        self.kinds: list[str] = []
        self.payloads: list[tuple[str, str, PlainPayload]] = []
        self.faults: list[str] = []
        self.stored: list[Stored] = []
        self.duplicates = 0
        self.epochs: dict[str, Epoch] = {}
        self.epoch = ""
        self.seq: int | None = None
        self.bdseq: Value = None
        self.alive = False
        self.told: Value = None
        self._lossy = 0

    @property
    def command_topic(self) -> str:
        return f"spBv1.0/{self.site}/NCMD/{self.agent}"

    def lose(self, count: int) -> None:
        """Be deaf to the next messages of data, as a network may be."""
        self._lossy = max(0, self._lossy + count)

    def take(self, topic: str, data: bytes) -> None:
        namespace, site, kind, agent, *rest = topic.split("/")
        if (namespace, site, agent) != ("spBv1.0", self.site, self.agent):
            self.faults.append(f"strange topic {topic}")
            return
        payload = read_payload(data)
        device = rest[0] if rest else ""
        self.kinds.append(kind)
        self.payloads.append((kind, device, payload))
        self._check_seq(kind, payload)
        if kind.endswith("DATA") and self._lossy:
            self._lossy -= 1
            return
        getattr(self, f"_{kind.lower()}")(device, payload)

    def acknowledgement(self, epoch: str | None = None, up_to: int | None = None) -> bytes:
        """Return an NCMD that says how far an epoch is stored."""
        epoch = epoch or self.epoch
        number = self.epochs[epoch].up_to if up_to is None else up_to
        return write_payload(
            1,
            [
                PlainMetric(name="Outbox/Epoch", datatype=STRING, value=epoch),
                PlainMetric(name="Node Control/Stored Up To", datatype=UINT64, value=number),
            ],
        )

    def rebirth(self) -> bytes:
        """Return an NCMD that asks for new births."""
        return write_payload(1, [PlainMetric(name="Node Control/Rebirth", datatype=BOOLEAN, value=True)])

    def values(self, name: str, device: str = "") -> list[Value]:
        return [s.value for s in self.stored if (s.device, s.name) == (device, name)]

    def _check_seq(self, kind: str, payload: PlainPayload) -> None:
        if kind == "NDEATH":
            if payload.seq is not None:
                self.faults.append("an NDEATH has a seq")
            return
        if kind == "NBIRTH":
            if payload.seq != 0:
                self.faults.append(f"NBIRTH has seq {payload.seq}")
        elif self.seq is None or payload.seq != (self.seq + 1) % 256:
            self.faults.append(f"{kind} has seq {payload.seq} after {self.seq}")
        self.seq = payload.seq

    def _nbirth(self, _device: str, payload: PlainPayload) -> None:
        for name in ("bdSeq", "Node Control/Rebirth", "Node Control/Stored Up To", "Outbox/Epoch", "Outbox/First"):
            if payload.named(name) is None:
                self.faults.append(f"NBIRTH lacks {name}")
        rebirth = payload.named("Node Control/Rebirth")
        if rebirth is not None and rebirth.alias is not None:
            self.faults.append("Rebirth has an alias")
        self.aliases.clear()
        self.born.clear()
        self.alive = True
        self.bdseq = payload.value("bdSeq")
        self._birth("", payload)
        self.epoch = str(payload.value("Outbox/Epoch"))
        self._first(self.epoch, payload)

    def _dbirth(self, device: str, payload: PlainPayload) -> None:
        if not self.alive:
            self.faults.append("DBIRTH before NBIRTH")
        self._birth(device, payload)

    def _birth(self, device: str, payload: PlainPayload) -> None:
        self.born[device] = payload
        if payload.named("Outbox/Id") is None:
            self.faults.append(f"the birth of {device or 'the node'} lacks Outbox/Id")
        for metric in payload.metrics:
            if not metric.name or metric.datatype is None or metric.at_ms is None:
                self.faults.append(f"{metric} of a birth lacks name, datatype or timestamp")
            if metric.alias is not None:
                known = self.aliases.setdefault(metric.alias, (device, metric.name))
                if known != (device, metric.name):
                    self.faults.append(f"alias {metric.alias} is {known} and {(device, metric.name)}")

    def _ndata(self, device: str, payload: PlainPayload) -> None:
        self._data(device, payload)

    def _ddata(self, device: str, payload: PlainPayload) -> None:
        self._data(device, payload)

    def _data(self, device: str, payload: PlainPayload) -> None:
        if not self.alive:
            self.faults.append("data before NBIRTH")
        named = {self._name(device, m): m for m in payload.metrics}
        if "Node Info/Shutdown" in named:
            self.told = named["Node Info/Shutdown"].value
        epoch = str(named["Outbox/Epoch"].value) if "Outbox/Epoch" in named else self.epoch
        held = self.epochs.setdefault(epoch, Epoch())
        if "Outbox/First" in named:
            first = named["Outbox/First"].value
            held.first(first if isinstance(first, int) else 0)
        entry_id = named["Outbox/Id"].value if "Outbox/Id" in named else None
        if not isinstance(entry_id, int):
            return
        if not held.add(entry_id):
            self.duplicates += 1
            return
        for name, metric in named.items():
            if not name.startswith(("Outbox/", "Node ")):
                self.stored.append(Stored(device, name, metric.at_ms or 0, metric.value, metric.is_historical))

    def _name(self, device: str, metric: PlainMetric) -> str:
        if metric.at_ms is None:
            self.faults.append(f"{metric} of data lacks a timestamp")
        if metric.alias is None:
            if device in self.born and self.born[device].named(metric.name) is None:
                self.faults.append(f"{metric.name} was not in the birth of {device or 'the node'}")
            return metric.name
        if metric.name:
            self.faults.append(f"{metric} of data has alias and name")
        owner, name = self.aliases.get(metric.alias, ("?", "?"))
        if owner != device:
            self.faults.append(f"alias {metric.alias} is of {owner!r}, not of {device!r}")
        return name

    def _first(self, epoch: str, payload: PlainPayload) -> None:
        held = self.epochs.setdefault(epoch, Epoch())
        first = payload.value("Outbox/First")
        if isinstance(first, int):
            held.first(first)

    def _ndeath(self, _device: str, payload: PlainPayload) -> None:
        if payload.value("bdSeq") == self.bdseq:
            self.alive = False

    def _ddeath(self, device: str, _payload: PlainPayload) -> None:
        self.born.pop(device, None)
