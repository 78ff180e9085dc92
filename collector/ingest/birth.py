"""What a birth certificate says: who this is, what it will report, where its outbox stands."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from collector.core.model import DeviceId, Shutdown
from collector.ingest.decode import MAX_EPOCH, shutdown_of
from collector.ingest.refusal import Reason, Refusals
from collector.ingest.table import Known, MetricTable, is_good_name, name_of, unit_said
from collector.ingest.watermark import MAX_ID
from wire import control
from wire.payload import Datatype, value_of
from wire.sparkplug_pb2 import Payload

MAX_PROPERTY: Final = 200
_LONGEST: Final = {
    "config_error": 2000,  # every mistake of a file
    "cards": 1000,
    "neighbours": 32_000,  # of a switch with several hundred ports
}
_MOST_INTERVAL_S: Final = 86_400


@dataclass(slots=True)
class Birth:
    """An NBIRTH or DBIRTH as read. `epoch` is None for a node without outbox."""

    table: MetricTable
    properties: dict[str, str] = field(default_factory=dict)
    bdseq: int | None = None
    interval: timedelta | None = None
    epoch: str | None = None
    first: int = 0
    claimed: int = 0
    run: int = 0


def bdseq_of(payload: Payload) -> int | None:
    """Return the number of the session that a birth opened or a death closes, None where it has none."""
    for metric in payload.metrics:
        if metric.name == control.BDSEQ:
            return _whole(value_of(metric, Datatype.UINT64))
    return None


def read_death(payload: Payload) -> tuple[Shutdown | None, str]:
    """Return the shutdown that a device told before its DDEATH, and the device that spoke for it, "" for none."""
    told: Shutdown | None = None
    behind = ""
    for metric in payload.metrics:
        if metric.name == control.SHUTDOWN:
            told = shutdown_of(value_of(metric, Datatype.STRING))
        elif control.PROPERTY_FIELDS.get(metric.name) == "behind":
            behind = _line(value_of(metric, Datatype.STRING), MAX_PROPERTY)
    return told, behind


def read_birth(payload: Payload, device: DeviceId, refusals: Refusals) -> Birth:
    """Return what a birth says; metrics that cannot be named are counted and left out."""
    birth = Birth(table=MetricTable(device))
    for metric in payload.metrics:
        name = name_of(metric)
        if control.is_control(name):
            if metric.HasField("alias"):
                birth.table.controls[metric.alias] = name
            _read_control(birth, name, metric, refusals)
        elif is_good_name(name):
            alias = metric.alias if metric.HasField("alias") else None
            birth.table.add(Known(name=name, unit=unit_said(metric), datatype=metric.datatype, alias=alias))
        else:
            refusals.count(Reason.BAD_NAME)
    return birth


def _read_control(birth: Birth, name: str, metric: Payload.Metric, refusals: Refusals) -> None:
    value = value_of(metric, metric.datatype)
    if value is None:
        return
    if name == control.BDSEQ:
        birth.bdseq = _whole(value)
    elif name in control.PROPERTY_FIELDS:
        field_name = control.PROPERTY_FIELDS[name]
        said = _line(value, _LONGEST.get(field_name, MAX_PROPERTY))
        if said:
            birth.properties[field_name] = said
    elif name == control.INTERVAL:
        interval_s = _whole(value)
        if interval_s is not None and 0 < interval_s <= _MOST_INTERVAL_S:
            birth.interval = timedelta(seconds=interval_s)
    elif name == control.OUTBOX_EPOCH:
        if isinstance(value, str) and 0 < len(value) <= MAX_EPOCH and value.isprintable():
            birth.epoch = value
        else:
            refusals.count(Reason.BAD_NUMBER)
    elif name in (control.OUTBOX_FIRST, control.STORED_UP_TO, control.OUTBOX_RUN):
        number = _whole(value)
        if number is None or not 0 <= number <= MAX_ID:
            refusals.count(Reason.BAD_NUMBER)
        elif name == control.OUTBOX_FIRST:
            birth.first = number
        elif name == control.OUTBOX_RUN:
            birth.run = number
        else:
            birth.claimed = number


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _line(value: object, longest: int) -> str:
    """Return a property as one printable line of sensible length."""
    if not isinstance(value, str):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in value).strip()[:longest]
