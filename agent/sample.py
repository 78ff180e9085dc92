"""A reading that has been checked. In: what a probe said. Out: a value that can travel, or why it cannot.

A probe may lie: NaN, a text where a number belongs, a name that is none. What passes here is trusted from then on.
"""

import math
import re
from dataclasses import dataclass
from typing import Final

from agent.reading import Reading
from wire.catalogue import CATALOGUE, full_name
from wire.control import is_control
from wire.payload import Datatype
from wire.topics import ID_PATTERN

# Foreign names are kept, so this only keeps out what could not be a name anywhere.
_METRIC: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:/ -]{0,126}[A-Za-z0-9_]")
_LONGEST_INSTANCE: Final = 200
_LONGEST_UNIT: Final = 40
_LIMITS: Final = {Datatype.INT32: 1 << 31, Datatype.INT64: 1 << 63}


class BadReading(ValueError):
    """A reading cannot travel; the text says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A checked value under the name that travels, `metric` or `metric[instance]`. `unit` is UCUM."""

    name: str
    value: float | int | bool
    datatype: Datatype
    unit: str


def sample_of(reading: Reading) -> Sample:
    """Return the reading as a sample.

    Raises:
        BadReading: the name, the instance, the unit or the value cannot be one.
    """
    if not isinstance(reading, Reading):
        raise BadReading(f"{type(reading).__name__} is no reading")
    entry = CATALOGUE.get(reading.metric) if isinstance(reading.metric, str) else None
    if entry is None:
        if not isinstance(reading.metric, str) or not _METRIC.fullmatch(reading.metric) or is_control(reading.metric):
            raise BadReading(f"{str(reading.metric)[:80]!r} is no metric name")
        datatype = Datatype.BOOLEAN if isinstance(reading.value, bool) else Datatype.DOUBLE
    else:
        datatype = entry.datatype
    if not isinstance(reading.device, str) or (reading.device and not ID_PATTERN.fullmatch(reading.device)):
        raise BadReading(f"{reading.metric}: {str(reading.device)[:80]!r} is no device id")
    unit = reading.unit or (entry.unit if entry else "")
    if not isinstance(unit, str) or not _is_plain(unit, _LONGEST_UNIT):
        raise BadReading(f"{reading.metric}: {str(unit)[:80]!r} is no unit")
    instance = reading.instance
    if not isinstance(instance, str) or not _is_plain(instance, _LONGEST_INSTANCE):
        raise BadReading(f"{reading.metric}: {str(instance)[:80]!r} cannot be an instance")
    return Sample(full_name(reading.metric, instance), _value(reading, datatype), datatype, unit)


def _is_plain(text: str, longest: int) -> bool:
    if len(text) > longest or not (text.isprintable() or not text):
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _value(reading: Reading, datatype: Datatype) -> float | int | bool:
    value = reading.value
    if not isinstance(value, (bool, int, float)):
        raise BadReading(f"{reading.metric}: a {type(value).__name__} is no number")
    if not math.isfinite(value):
        raise BadReading(f"{reading.metric}: {value} is not finite")
    if datatype is Datatype.BOOLEAN:
        return bool(value)
    if datatype is Datatype.DOUBLE:
        return float(value)
    if value != int(value):
        raise BadReading(f"{reading.metric}: {value} is no whole number")
    if not -_LIMITS[datatype] <= value < _LIMITS[datatype]:
        raise BadReading(f"{reading.metric}: {value} is out of range")
    return int(value)
