"""A reading that has been checked. In: what a probe said. Out: a value that can travel, or why it cannot.

A probe may lie: NaN, a text where a number belongs, a name that is none. What passes here is trusted from then on.
Values are new at each step, names are the same: what a name was found to be is remembered.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
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
# Names remembered; an agent has a few hundred.
_MOST_KNOWN: Final = 4096
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
    name, declared, unit = _identity(reading.metric, reading.instance, reading.device, reading.unit)
    datatype = declared or (Datatype.BOOLEAN if isinstance(reading.value, bool) else Datatype.DOUBLE)
    return Sample(name, _value(reading, datatype), datatype, unit)


@lru_cache(_MOST_KNOWN)
def _identity(metric: object, instance: object, device: object, unit: object) -> tuple[str, Datatype | None, str]:
    """Return the name that travels, the catalogue's datatype (None: it has none) and the unit."""
    if not isinstance(metric, str):
        raise BadReading(f"{str(metric)[:80]!r} is no metric name")
    entry = CATALOGUE.get(metric)
    if entry is None and (not _METRIC.fullmatch(metric) or is_control(metric)):
        raise BadReading(f"{metric[:80]!r} is no metric name")
    if not isinstance(device, str) or (device and not ID_PATTERN.fullmatch(device)):
        raise BadReading(f"{metric}: {str(device)[:80]!r} is no device id")
    told = unit or (entry.unit if entry else "")
    if not isinstance(told, str) or not _is_plain(told, _LONGEST_UNIT):
        raise BadReading(f"{metric}: {str(told)[:80]!r} is no unit")
    if not isinstance(instance, str) or not _is_plain(instance, _LONGEST_INSTANCE):
        raise BadReading(f"{metric}: {str(instance)[:80]!r} cannot be an instance")
    return full_name(metric, instance), entry.datatype if entry else None, told


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
