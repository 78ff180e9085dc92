"""An edge node of ours on paper: made-up payloads handed to `Nodes`, intakes handed back."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from collector.core.model import Born, DeviceId, Died, Series
from collector.ingest.gathering import Command
from collector.ingest.intake import Answer, Intake
from collector.ingest.message import Message
from collector.ingest.nodes import Nodes
from collector.ingest.refusal import Refusals
from collector.store.series.watermarks import Watermark
from wire import control
from wire.payload import Datatype, Metric, decode, encode, value_of

T0 = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NODE = DeviceId("s1:pc1")
ID_ALIAS = 1


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def number(name: str, value: float | None, alias: int | None = None, **more: object) -> Metric:
    return Metric(name=name, alias=alias, datatype=Datatype.DOUBLE, value=value, **more)  # type: ignore[arg-type]  # spread


class Bench:
    """`Nodes` with a clock of its own. `series` and `watermarks` are what an earlier run had stored."""

    def __init__(self, *, series: Iterable[Series] = (), watermarks: Iterable[Watermark] = ()) -> None:
        self.refusals = Refusals()
        self.nodes = Nodes(series=series, watermarks=watermarks, refusals=self.refusals)
        self.series = {one.id: one for one in series}
        self.elapsed_s = 0.0
        self._messages: list[Message] = []
        self.commands: list[Command] = []

    @property
    def now(self) -> datetime:
        return T0 + timedelta(seconds=self.elapsed_s)

    def wait(self, seconds: float) -> None:
        self.elapsed_s += seconds

    def put(self, topic: str, payload: bytes, *, is_retained: bool = False) -> None:
        self._messages.append(Message(topic, payload, self.now, self.elapsed_s, is_retained))

    def take(self) -> Intake:
        messages, self._messages = self._messages, []
        intake, self.commands = self.nodes.take(messages, at=self.now, mono_s=self.elapsed_s)
        self.series |= {one.id: one for one in intake.series}
        return intake

    def readings(self, intake: Intake) -> list[tuple[str, float, bool]]:
        """Return (name, value, historical) of each reading."""
        found = intake.readings
        rows = zip(found.series.tolist(), found.value.tolist(), found.historical.tolist(), strict=True)
        return [(self.name(series), value, historical) for series, value, historical in rows]

    def values(self, intake: Intake) -> list[float]:
        return intake.readings.value.tolist()

    def name(self, series: int) -> str:
        one = self.series[series]  # type: ignore[index]  # a number is a number
        device = one.device.removeprefix(NODE).lstrip(":")
        return f"{device}/{one.metric}" if device else one.metric

    def rebirths(self) -> list[str]:
        """Return the topics of the rebirths asked for by the last `take`."""
        return [command.topic for command in self.commands]

    def refused(self) -> dict[str, int]:
        return {reason: count for reason, count in self.refusals.counts().items() if count}


class Edge:
    """One node of ours that numbers its entries, with two metrics: `load` (alias 2) and `count` (alias 3, Int32)."""

    def __init__(self, bench: Bench, *, epoch: str = "e1", name: str = "pc1") -> None:
        self.bench = bench
        self.epoch = epoch
        self.base = f"spBv1.0/s1/%s/{name}"
        self.seq = 0
        self.bdseq = 7

    def birth(self, *, first: int = 1, claimed: int = 0, more: Sequence[Metric] = (), value: float = 0.5) -> None:
        self.seq = 0
        metrics = [
            Metric(name=control.BDSEQ, datatype=Datatype.INT64, value=self.bdseq),
            Metric(name=control.REBIRTH, datatype=Datatype.BOOLEAN, value=False),
            Metric(name=control.OUTBOX_EPOCH, datatype=Datatype.STRING, value=self.epoch),
            Metric(name=control.OUTBOX_FIRST, datatype=Datatype.UINT64, value=first),
            Metric(name=control.OUTBOX_ID, alias=ID_ALIAS, datatype=Datatype.UINT64),
            Metric(name=control.STORED_UP_TO, datatype=Datatype.UINT64, value=claimed),
            Metric(name=control.SHUTDOWN, datatype=Datatype.STRING),
            Metric(name=control.INTERVAL, datatype=Datatype.INT32, value=10),
            number("load", value, 2, unit="1"),
            Metric(name="count", alias=3, datatype=Datatype.INT32, value=1),
            *more,
        ]
        self.bench.put(self.base % "NBIRTH", encode(at_ms=ms(self.bench.now), seq=0, metrics=metrics))

    def device_birth(self, device: str = "ups", more: Sequence[Metric] = (), alias: int = 11) -> None:
        metrics = [
            Metric(name=control.OUTBOX_ID, alias=alias - 1, datatype=Datatype.UINT64),
            number("charge", None, alias),
            *more,
        ]
        self.send("DBIRTH", metrics, device=device)

    def data(
        self,
        entry: int | None,
        value: float = 1.0,
        *,
        alias: int = 2,
        device: str = "",
        id_alias: int = ID_ALIAS,
        epoch: str | None = None,
        first: int | None = None,
        historical: bool = False,
        at_ms: int | None = None,
    ) -> None:
        metrics = [
            Metric(
                alias=alias,
                at_ms=at_ms or ms(self.bench.now),
                datatype=None,
                value=float(value),
                is_historical=historical,
            )
        ]
        if entry is not None:
            metrics.append(Metric(alias=id_alias, value=entry))
        metrics += outbox(epoch, first)
        self.send("DDATA" if device else "NDATA", metrics, device=device)

    def send(self, kind: str, metrics: Sequence[Metric], *, device: str = "", seq: int | None = None) -> None:
        if seq is None:
            self.seq = (self.seq + 1) % 256
            seq = self.seq
        topic = self.base % kind + (f"/{device}" if device else "")
        self.bench.put(topic, encode(at_ms=ms(self.bench.now), seq=seq, metrics=metrics))

    def standing(self, epoch: str, *, first: int, claimed: int) -> None:
        """Tell where an earlier run stands, all of which was acknowledged once."""
        stored = Metric(name=control.STORED_UP_TO, datatype=Datatype.UINT64, value=claimed)
        self.send("NDATA", [*outbox(epoch, first), stored])

    def skip(self) -> None:
        """Lose a message."""
        self.seq = (self.seq + 1) % 256

    def death(self, bdseq: int | None = None) -> None:
        metric = Metric(name=control.BDSEQ, datatype=Datatype.INT64, value=self.bdseq if bdseq is None else bdseq)
        self.bench.put(self.base % "NDEATH", encode(at_ms=0, metrics=[metric]))


class Foreign:
    """A plain Sparkplug node with one metric, `temp` (alias 4)."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.seq = 0

    def birth(self) -> None:
        self.seq = 0
        bdseq = Metric(name=control.BDSEQ, datatype=Datatype.INT64, value=3)
        metrics = [bdseq, number("temp", None, 4)]
        self.bench.put("spBv1.0/s1/NBIRTH/plc", encode(at_ms=ms(self.bench.now), seq=0, metrics=metrics))

    def data(self, value: float) -> None:
        self.seq += 1
        content = encode(at_ms=ms(self.bench.now), seq=self.seq, metrics=[Metric(alias=4, value=value)])
        self.bench.put("spBv1.0/s1/NDATA/plc", content)

    def death(self) -> None:
        metric = Metric(name=control.BDSEQ, datatype=Datatype.INT64, value=3)
        self.bench.put("spBv1.0/s1/NDEATH/plc", encode(at_ms=0, metrics=[metric]))


def outbox(epoch: str | None, first: int | None) -> list[Metric]:
    found = []
    if epoch is not None:
        found.append(Metric(name=control.OUTBOX_EPOCH, datatype=Datatype.STRING, value=epoch))
    if first is not None:
        found.append(Metric(name=control.OUTBOX_FIRST, datatype=Datatype.UINT64, value=first))
    return found


def answers(intake: Intake) -> list[tuple[str, int]]:
    return [(answer.epoch, answer.stored_up_to) for answer in intake.answers]


def marks(intake: Intake) -> list[tuple[str, int, int]]:
    return [(mark.epoch, mark.id if mark.first is None else mark.first, mark.id) for mark in intake.watermarks]


def born(intake: Intake) -> list[str]:
    return [event.device for event in intake.events if isinstance(event, Born)]


def died(intake: Intake) -> list[str]:
    return [event.device for event in intake.events if isinstance(event, Died)]


def read_command(command: Command) -> dict[str, object]:
    return {metric.name: value_of(metric) for metric in decode(command.payload).metrics}


def answer(epoch: str, stored_up_to: int) -> Answer:
    return Answer(node=NODE, epoch=epoch, stored_up_to=stored_up_to)
