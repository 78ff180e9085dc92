"""What the answers of a PJLink device mean. In: values. Out: readings, without their device.

`ERR1` says that the device has no such thing, `ERR3` that it cannot tell now, as in standby: neither is a fault.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from agent.reading import Reading
from wire.catalogue import HwState

ERRORS: Final = frozenset({"ERR1", "ERR2", "ERR3", "ERR4"})
NOT_THERE: Final = "ERR1"
FAILED: Final = "ERR4"
_KINDS: Final = {"1": "rgb", "2": "video", "3": "digital", "4": "storage", "5": "network", "6": "internal"}
_INPUT: Final = re.compile(r"([1-6])([1-9A-Z])")
_COMPONENTS: Final = ("fan:1", "lamp:1", "temperature:1", "enclosure:cover", "filter:1", "other")
_STATES: Final = {"0": HwState.OK, "1": HwState.DEGRADED, "2": HwState.FAILED}
_MUTES: Final = {"11": (1, 0), "21": (0, 1), "31": (1, 1), "30": (0, 0), "10": (0, 0), "20": (0, 0)}
_MOST_LAMPS: Final = 8
MOST_INPUTS: Final = 50


class Unlike(ValueError):
    """An answer that is none to its question."""


def input_name(code: str) -> str:
    """Return the name of an input by its code, as `digital:1`; "" for a code that is none."""
    found = _INPUT.fullmatch(code.upper())
    return f"{_KINDS[found[1]]}:{found[2]}" if found else ""


def power(value: str) -> Iterator[Reading]:
    """POWR: 0 standby, 1 on, 2 cooling, 3 warming up. ERR4 says that the device itself has failed."""
    if value == FAILED:
        yield Reading("hw.status", HwState.FAILED, "device")
        return
    if value in ERRORS:
        return
    if value not in ("0", "1", "2", "3"):
        raise Unlike
    yield Reading("classroom.projector.power", int(value))
    yield Reading("hw.status", HwState.OK, "device")


def errors(value: str) -> Iterator[Reading]:
    """ERST: six digits for fan, lamp, temperature, cover, filter and others: 0 good, 1 warning, 2 error."""
    if value in ERRORS:
        return
    if not re.fullmatch(r"[012]{6}", value):
        raise Unlike
    for component, digit in zip(_COMPONENTS, value, strict=True):
        state = _STATES[digit]
        if component == "filter:1" and state is HwState.DEGRADED:
            state = HwState.NEEDS_CLEANING
        yield Reading("hw.status", state, component)


def lamps(value: str) -> Iterator[Reading]:
    """LAMP: hours and 0 or 1 (lit) of each lamp. ERR1: it has none, as a laser projector."""
    if value in ERRORS:
        return
    numbers = value.split()
    if not numbers or len(numbers) % 2 or len(numbers) > 2 * _MOST_LAMPS or not all(n.isdecimal() for n in numbers):
        raise Unlike
    for lamp, hours in enumerate(numbers[::2], 1):
        yield Reading("classroom.projector.lamp.time", float(hours), str(lamp))


def mute(value: str) -> Iterator[Reading]:
    """AVMT: is the picture, or the sound, switched off?"""
    if value in ERRORS:
        return
    if value not in _MUTES:
        raise Unlike
    for instance, is_mute in zip(("video", "audio"), _MUTES[value], strict=True):
        yield Reading("classroom.projector.mute", is_mute, instance)


def filter_time(value: str) -> Iterator[Reading]:
    """FILT: hours that the filter has been in use."""
    if value in ERRORS:
        return
    if not value.isdecimal() or len(value) > 6:
        raise Unlike
    yield Reading("classroom.projector.filter.time", float(value))


def freeze(value: str) -> Iterator[Reading]:
    """FREZ: is the picture held?"""
    if value in ERRORS:
        return
    if value not in ("0", "1"):
        raise Unlike
    yield Reading("classroom.projector.freeze", int(value))


def inputs(selected: str, known: tuple[str, ...]) -> Iterator[Reading]:
    """INPT: which input is selected, among those that the device has."""
    if selected in ERRORS:
        return
    name = input_name(selected)
    if not name:
        raise Unlike
    for other in dict.fromkeys((*known, name)):
        yield Reading("classroom.projector.input", int(other == name), other)


def signal(value: str, name: str) -> Iterator[Reading]:
    """IRES: the resolution of the selected input; `-` is no signal, `*` a signal that it does not know."""
    if value in ERRORS or not name:
        return
    if value == "-":
        yield Reading("classroom.signal.lock", 0, name)
    elif value == "*" or re.fullmatch(r"\d{1,5}x\d{1,5}", value, re.IGNORECASE):
        yield Reading("classroom.signal.lock", 1, name)
    else:
        raise Unlike


# Query, class from which devices know it, and what it means.
QUERIES: Final[Mapping[str, tuple[int, Callable[[str], Iterator[Reading]]]]] = {
    "ERST": (1, errors),
    "LAMP": (1, lamps),
    "AVMT": (1, mute),
    "FILT": (2, filter_time),
    "FREZ": (2, freeze),
}
