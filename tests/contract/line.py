"""A Sparkplug host and its store on a real broker, driven by the test instead of the engine."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from collector.broker import BrokerAddress
from collector.core.model import Born, DeviceId, Died, Event
from collector.ingest.host import SparkplugHost
from collector.now import now
from collector.store.series.hot import HotStore
from collector.store.series.read import Raw, SeriesReader
from tests.brokers import Broker
from tests.waiting import until


@dataclass
class Line:
    """One host, one store, and what came."""

    host: SparkplugHost
    store: HotStore
    events: list[Event] = field(default_factory=list)
    heard: set[DeviceId] = field(default_factory=set)

    def step(self) -> None:
        intake = self.host.take(0.02)
        self.events += intake.events
        self.heard |= set(intake.heard)
        if intake.has_something_to_store:
            self.store.commit(
                readings=intake.readings,
                series=intake.series,
                watermarks=intake.watermarks,
                events=intake.events,
                at=now(),
            )
            self.host.acknowledge(intake)

    def until(self, condition: object, what: str = "the condition") -> None:
        assert callable(condition)

        def stepped() -> bool:
            self.step()
            return bool(condition())

        until(stepped, what=what)

    def raw(self, name: str) -> Raw | None:
        """Return the readings of the first series of a metric, None where there is none."""
        for series in self.store.all_series():
            if series.metric == name:
                return SeriesReader(self.store).raw(series.id, now() - timedelta(days=1), now() + timedelta(hours=1))
        return None

    def values(self, name: str) -> list[float]:
        found = self.raw(name)
        return [] if found is None else list(found.value)

    def stamps(self, name: str) -> list[int]:
        """Return the stamps of a metric's readings, microseconds since 1970, in order."""
        found = self.raw(name)
        return [] if found is None else found.at_us.tolist()

    def born(self) -> list[str]:
        return [event.device for event in self.events if isinstance(event, Born)]

    def died(self) -> list[str]:
        return [event.device for event in self.events if isinstance(event, Died)]


def open_line(broker: Broker, directory: Path, *, host_id: str = "roomtone") -> Line:
    store = HotStore.open(directory)
    address = BrokerAddress(url=broker.url, username=broker.username, password=broker.password)
    host = SparkplugHost(broker=address, host_id=host_id, store=store)
    host.start()
    return Line(host, store)


def close_line(line: Line) -> None:
    line.host.stop()
    line.store.close()
