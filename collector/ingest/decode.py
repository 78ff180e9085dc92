"""The hot path: a data payload's metrics become rows of columns.

Comes in: a payload, and the table of its device. Goes out: readings appended, and what the payload told beside them.
"""

from dataclasses import dataclass
from typing import Final

from collector.core.model import Shutdown
from collector.ingest.columns import Columns
from collector.ingest.refusal import Reason, Refusals
from collector.ingest.registry import Registry
from collector.ingest.table import MAX_METRICS, Known, MetricTable, is_good_name, name_of, unit_said
from collector.ingest.watermark import MAX_ID
from wire import control
from wire.payload import number_of, value_of
from wire.sparkplug_pb2 import Payload

MAX_EPOCH: Final = 64
_NUMBERS: Final = frozenset({"int_value", "long_value", "float_value", "double_value", "boolean_value"})
_NUMBERS_OF_OUTBOX: Final = frozenset({control.OUTBOX_ID, control.OUTBOX_FIRST, control.STORED_UP_TO})
_SHUTDOWNS: Final = {one.value: one for one in Shutdown}


def shutdown_of(value: object) -> Shutdown | None:
    """Return the shutdown that a value of `Node Info/Shutdown` tells, None for anything else."""
    return _SHUTDOWNS.get(value) if isinstance(value, str) else None


@dataclass(slots=True)
class Told:
    """What a data message said beside its readings. `unknown` counts metrics that no birth named.

    `claimed` is what the agent believes to be stored of the epoch. `is_void`: a number of its outbox cannot be one.
    """

    entry: int | None = None
    epoch: str | None = None
    first: int | None = None
    claimed: int | None = None
    is_void: bool = False
    shutdown: Shutdown | None = None
    unknown: int = 0


class Decoder:
    """Reads data payloads. Not thread-safe."""

    def __init__(self, registry: Registry, refusals: Refusals) -> None:
        self._registry = registry
        self._refusals = refusals

    def read(self, payload: Payload, table: MetricTable, columns: Columns, now_ms: int) -> Told:
        """Append a payload's readings to the columns and return what else it told."""
        told = Told()
        sent_ms = payload.timestamp or now_ms
        double, small = table.doubles.get, table.small.get
        add_series, add_at = columns.series.append, columns.at_ms.append
        add_value, add_historical = columns.value.append, columns.historical.append
        for metric in payload.metrics:
            alias = metric.alias
            series = double(alias)
            value: float
            if series is not None:
                value = metric.double_value
                # 0.0 is also what an absent value reads as.
                if value == 0.0 and not metric.HasField("double_value"):
                    self._read_slowly(metric, table, columns, sent_ms, told)
                    continue
            else:
                series = small(alias)
                if series is None:
                    self._read_slowly(metric, table, columns, sent_ms, told)
                    continue
                value = metric.int_value
                if value == 0 and not metric.HasField("int_value"):
                    self._read_slowly(metric, table, columns, sent_ms, told)
                    continue
                if value >= 2147483648:
                    value -= 4294967296
            add_series(series)
            add_at(metric.timestamp or sent_ms)
            add_value(value)
            add_historical(metric.is_historical)
        return told

    def read_birth_values(self, payload: Payload, table: MetricTable, columns: Columns, now_ms: int) -> None:
        """Append the values that a birth carries, those of a node without outbox; null ones are no readings."""
        sent_ms = payload.timestamp or now_ms
        for metric in payload.metrics:
            known = table.names.get(name_of(metric))
            if known is not None:
                self._add(metric, known, table, columns, sent_ms)

    def _read_slowly(
        self, metric: Payload.Metric, table: MetricTable, columns: Columns, sent_ms: int, told: Told
    ) -> None:
        """Read a metric that needs a second look: a control, one without alias, a first reading, another datatype."""
        known: Known | None
        if metric.HasField("alias"):
            name = table.controls.get(metric.alias)
            if name is not None:
                self._control(metric, name, told)
                return
            known = table.born.get(metric.alias)
        else:
            name = name_of(metric)
            if control.is_control(name):
                self._control(metric, name, told)
                return
            known = table.names.get(name) or self._met(metric, table)
        if known is None:
            told.unknown += 1
            return
        self._add(metric, known, table, columns, sent_ms)

    def _met(self, metric: Payload.Metric, table: MetricTable) -> Known | None:
        """Take up a metric that came under its name without a birth, as backlog of a device that is not born does."""
        name = name_of(metric)
        if not name or not metric.datatype:
            return None
        known = Known(name=name, unit=unit_said(metric), datatype=metric.datatype)
        if len(table.names) < MAX_METRICS and is_good_name(name):
            table.add(known)
        return known

    def _add(self, metric: Payload.Metric, known: Known, table: MetricTable, columns: Columns, sent_ms: int) -> None:
        if metric.WhichOneof("value") not in _NUMBERS:
            if metric.WhichOneof("value") is not None and not metric.is_null:
                self._refusals.count(Reason.NOT_A_NUMBER)
            return
        value = number_of(metric, known.datatype)
        if value is None:
            if not metric.is_null:
                self._refusals.count(Reason.NOT_FINITE)
            return
        if not is_good_name(known.name):
            self._refusals.count(Reason.BAD_NAME)
            return
        series = table.series_of(known, self._registry)
        if series is None:
            self._refusals.count(Reason.TOO_MANY)
            return
        columns.add(series, metric.timestamp or sent_ms, value, metric.is_historical)

    def _control(self, metric: Payload.Metric, name: str, told: Told) -> None:
        value = value_of(metric)
        if value is None:
            return
        if name in _NUMBERS_OF_OUTBOX:
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_ID:
                self._refuse_number(told)
            elif name == control.OUTBOX_ID:
                told.entry = value
            elif name == control.OUTBOX_FIRST:
                told.first = value
            else:
                told.claimed = value
        elif name == control.OUTBOX_EPOCH:
            if isinstance(value, str) and 0 < len(value) <= MAX_EPOCH and value.isprintable():
                told.epoch = value
            else:
                self._refuse_number(told)
        elif name == control.SHUTDOWN:
            told.shutdown = shutdown_of(value) or told.shutdown

    def _refuse_number(self, told: Told) -> None:
        told.is_void = True
        self._refusals.count(Reason.BAD_NUMBER)
