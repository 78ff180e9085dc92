"""The collector's figures for Prometheus. They are read when asked for, from those who count."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from collector.api.signin_guard import SignInGuard
from collector.api.sources import Vitals
from collector.desk.board import Board
from collector.desk.stream import Stream
from wire.version import __version__

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Encoder(Protocol):
    """Counts what was encoded for the stream."""

    encoded: int


class Figures(Collector):
    """All figures of one collector, in a registry of their own. `collect` belongs to the board's event loop."""

    def __init__(
        self, *, vitals: Callable[[], Vitals], board: Board, stream: Stream, encoder: Encoder, guard: SignInGuard
    ) -> None:
        self._vitals = vitals
        self._board = board
        self._stream = stream
        self._encoder = encoder
        self._guard = guard
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """Return the figures as they are now."""
        vitals = self._vitals()
        yield InfoMetricFamily("roomtone", "The collector that answers", value={"version": __version__})
        yield from self._ingest(vitals)
        yield from self._campus()
        stream = self._stream
        yield GaugeMetricFamily("roomtone_events_clients", "Clients of the event stream", value=stream.clients)
        yield CounterMetricFamily("roomtone_events_frames", "Frames sent to the event stream", value=stream.frames)
        yield CounterMetricFamily(
            "roomtone_events_encoded", "Items encoded for the event stream", value=self._encoder.encoded
        )
        yield CounterMetricFamily(
            "roomtone_events_dropped_clients", "Clients dropped because they did not keep up", value=stream.dropped
        )
        yield CounterMetricFamily(
            "roomtone_sign_in_refused", "Tries to sign in that came too often", value=self._guard.refused
        )

    def _ingest(self, vitals: Vitals) -> Iterator[Metric]:
        refused = CounterMetricFamily("roomtone_ingest_refused", "Messages that ingest turned away", labels=["reason"])
        for reason, number in sorted(vitals.refused.items()):
            refused.add_metric([reason], number)
        yield refused
        yield CounterMetricFamily("roomtone_ingest_messages", "Messages taken in", value=vitals.messages)
        yield CounterMetricFamily("roomtone_ingest_readings", "Readings taken in", value=vitals.readings)
        yield GaugeMetricFamily("roomtone_ingest_queue", "Messages that wait to be decoded", value=vitals.queue_depth)
        yield SummaryMetricFamily(
            "roomtone_commit_seconds",
            "Seconds that commits of the hot store took",
            count_value=vitals.commits,
            sum_value=vitals.commit_seconds,
        )
        up = GaugeMetricFamily("roomtone_up", "Whether a part that the collector needs works", labels=["part"])
        for part, vital in (("broker", vitals.broker), ("series", vitals.series), ("records", vitals.records)):
            up.add_metric([part], float(vital.ok))
        yield up
        if vitals.heard_at is not None:
            yield GaugeMetricFamily(
                "roomtone_ingest_last_message_timestamp_seconds",
                "When the last message was taken in",
                value=vitals.heard_at.timestamp(),
            )

    def _campus(self) -> Iterator[Metric]:
        devices = GaugeMetricFamily("roomtone_devices", "Devices by state", labels=["state"])
        for state, number in self._board.counts_by_state().items():
            devices.add_metric([state.value], number)
        yield devices
        incidents = GaugeMetricFamily("roomtone_incidents_open", "Open incidents by level", labels=["level"])
        for level, number in self._board.counts_by_level().items():
            incidents.add_metric([str(level.value)], number)
        yield incidents
        yield GaugeMetricFamily(
            "roomtone_tickets_live", "Tickets that are not closed", value=len(self._board.live_tickets())
        )
