"""What a birth said of a device's metrics, laid out for the hot path: an alias leads straight to a series' number."""

from dataclasses import dataclass
from typing import Final

from collector.core.model import DeviceId
from collector.ingest.registry import Registry
from wire.catalogue import split_name
from wire.payload import Datatype, unit_of
from wire.sparkplug_pb2 import Payload

MAX_NAME: Final = 255
MAX_UNIT: Final = 32
MAX_METRICS: Final = 50_000


def name_of(metric: Payload.Metric) -> str:
    """Return a metric's name; empty where there is none, or where it is no UTF-8 (the runtime then hands out bytes)."""
    name: object = metric.name
    return name if isinstance(name, str) else ""


def unit_said(metric: Payload.Metric) -> str:
    """Return the unit of a birth metric, empty where there is none that could be one."""
    unit: object = unit_of(metric)
    return unit if isinstance(unit, str) and len(unit) <= MAX_UNIT and unit.isprintable() else ""


def is_good_name(name: str) -> bool:
    """Tell whether a metric may be called so: printable, of sensible length."""
    return 0 < len(name) <= MAX_NAME and name.isprintable()


@dataclass(slots=True)
class Known:
    """One metric of one device. `series` is None until its first reading."""

    name: str
    unit: str
    datatype: int
    alias: int | None = None
    series: int | None = None


class MetricTable:
    """The metrics of one device in one session.

    `doubles` and `small` map an alias to a series' number, for metrics that travel in `double_value` and Int32 ones in
    `int_value`. Everything else goes by `born` (alias), `names`, and `controls` (alias to name).
    """

    __slots__ = ("born", "controls", "device", "doubles", "is_alive", "names", "small")

    def __init__(self, device: DeviceId) -> None:
        self.device = device
        self.is_alive = False
        self.doubles: dict[int, int] = {}
        self.small: dict[int, int] = {}
        self.born: dict[int, Known] = {}
        self.names: dict[str, Known] = {}
        self.controls: dict[int, str] = {}

    def add(self, known: Known) -> None:
        """Take a metric as its birth describes it; a later one of the same name or alias counts."""
        self.names[known.name] = known
        if known.alias is not None:
            self.born[known.alias] = known

    def series_of(self, known: Known, registry: Registry) -> int | None:
        """Return the number of a metric's series, made at the first reading; None where no more are taken."""
        if known.series is None:
            metric, instance = split_name(known.name)
            known.series = registry.number(self.device, metric, instance, known.unit)
            # Alias 0 is also what a metric without alias reads as: it never takes the short way.
            if known.series is not None and known.alias and self.born.get(known.alias) is known:
                if known.datatype == Datatype.DOUBLE:
                    self.doubles[known.alias] = known.series
                elif known.datatype == Datatype.INT32:
                    self.small[known.alias] = known.series
        return known.series
