"""ROOMTONE-MIB as a responder serves it: every object that there is, in order. In: rows. Out: names and values.

Beside it stand the system group (RFC 3418) and the engine's own (RFC 3411), by which any manager greets a device.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from agent.snmp.latest import DeviceRow, Latest, ReadingRow
from agent.snmp.protocol import ber
from agent.snmp.protocol.authority import Authority
from agent.snmp.protocol.message import LARGEST
from agent.snmp.protocol.pdu import Varbind
from agent.snmp.target import ROOMTONE_BASE
from wire.version import __version__

STATUS_CHANGED: Final = "0.1"
DEVICE_STATE_CHANGED: Final = "0.2"
SHUTDOWN: Final = "0.3"
_PRODUCT: Final = "3.1"
_AGENT: Final = "1.1"
_DEVICE: Final = "1.2.1"
_READING: Final = "1.3.1"
_SYSTEM: Final = "1.3.6.1.2.1.1"
_ENGINE: Final = "1.3.6.1.6.3.10.2.1"
_LONGEST_TEXT: Final = 255
_DIGITS: Final = 12
# Columns of the device table and the properties in them.
_PROPERTIES: Final = {
    3: "role",
    4: "room",
    5: "name",
    6: "vendor",
    7: "model",
    8: "serial",
    9: "firmware",
    10: "os",
    11: "agent_version",
}

Key = tuple[int, ...]
Get = Callable[[], Varbind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who the agent is."""

    site: str
    agent: str
    name: str


class RoomtoneMib:
    """All objects of one agent; `now_s` tells the time when one is read."""

    def __init__(
        self, told: Told, latest: Latest, authority: Authority, now_s: Callable[[], float], base: str = ROOMTONE_BASE
    ) -> None:
        self.base = base
        self.informs_lost = 0
        self._told = told
        self._latest = latest
        self._authority = authority
        self._now_s = now_s
        self._made_at = 0
        self._keys: list[Key] = []
        self._objects: dict[Key, Get] = {}

    def get(self, oid: str) -> Varbind:
        """Return an object, or that there is none."""
        self._keep_up()
        found = self._objects.get(tuple(ber.sort_key(oid)))
        return found() if found is not None else Varbind(oid, ber.NO_SUCH_INSTANCE)

    def after(self, oid: str) -> Varbind | None:
        """Return the object that follows, None behind the last."""
        self._keep_up()
        at = bisect_right(self._keys, tuple(ber.sort_key(oid)))
        return self._objects[self._keys[at]]() if at < len(self._keys) else None

    def device_id(self, row: DeviceRow) -> Varbind:
        """Return whose the row is."""
        return _text(f"{self.base}.{_DEVICE}.2.{row.index}", row.id)

    def device_state(self, row: DeviceRow) -> Varbind:
        """Return whether the device answers."""
        return Varbind(f"{self.base}.{_DEVICE}.13.{row.index}", ber.INTEGER, 1 if row.is_here else 2)

    def shutdown(self, reason: str) -> Varbind:
        """Return why the agent goes; it stands in a notification alone."""
        return _text(f"{self.base}.{_AGENT}.6.0", reason)

    def reading(self, device: DeviceRow, row: ReadingRow) -> list[Varbind]:
        """Return what a notification says of a reading: metric, instance, value, age."""
        columns = self._reading_columns(device, row)
        return [columns[column]() for column in (2, 3, 5, 6)]

    # ------------------------------------------------------------ all of it, in order

    def _keep_up(self) -> None:
        if self._made_at == self._latest.changes:
            return
        self._made_at = self._latest.changes
        self._objects = {tuple(ber.sort_key(oid)): get for oid, get in self._all()}
        self._keys = sorted(self._objects)

    def _all(self) -> Iterator[tuple[str, Get]]:
        yield from self._scalars()
        for device in self._latest.devices.values():
            for column, get in self._device_columns(device).items():
                yield f"{self.base}.{_DEVICE}.{column}.{device.index}", get
            for row in device.readings.values():
                for column, get in self._reading_columns(device, row).items():
                    yield f"{self.base}.{_READING}.{column}.{device.index}.{row.index}", get

    def _scalars(self) -> Iterator[tuple[str, Get]]:
        told, engine = self._told, self._authority.engine
        agent = f"{self.base}.{_AGENT}"

        def up_time() -> Varbind:
            ticks = int(self._authority.up_s * 100) & 0xFFFFFFFF
            return Varbind(f"{_SYSTEM}.3.0", ber.TIME_TICKS, ticks)

        fixed = (
            _text(f"{_SYSTEM}.1.0", f"Roomtone agent {__version__}"),
            Varbind(f"{_SYSTEM}.2.0", ber.OBJECT_ID, f"{self.base}.{_PRODUCT}"),
            _text(f"{_SYSTEM}.4.0", ""),
            _text(f"{_SYSTEM}.5.0", told.name or told.agent),
            _text(f"{_SYSTEM}.6.0", self._latest.devices[""].properties.get("room", "")),
            Varbind(f"{_SYSTEM}.7.0", ber.INTEGER, 72),  # end-to-end and applications
            Varbind(f"{_ENGINE}.1.0", ber.OCTETS, engine.engine_id),
            Varbind(f"{_ENGINE}.2.0", ber.INTEGER, engine.boots),
            Varbind(f"{_ENGINE}.4.0", ber.INTEGER, LARGEST),
            _text(f"{agent}.1.0", told.site),
            _text(f"{agent}.2.0", told.agent),
            _text(f"{agent}.3.0", __version__),
        )
        for bind in fixed:
            yield bind.oid, lambda bind=bind: bind  # type: ignore[misc]  # mypy knows no default of a lambda's own
        yield f"{_SYSTEM}.3.0", up_time
        yield f"{_ENGINE}.3.0", lambda: Varbind(f"{_ENGINE}.3.0", ber.INTEGER, self._authority.time_s)
        yield f"{agent}.4.0", lambda: Varbind(f"{agent}.4.0", ber.COUNTER32, self._latest.changes & 0xFFFFFFFF)
        yield f"{agent}.5.0", lambda: Varbind(f"{agent}.5.0", ber.COUNTER32, self.informs_lost & 0xFFFFFFFF)

    def _device_columns(self, row: DeviceRow) -> dict[int, Get]:
        def of(column: int, name: str) -> Get:
            return lambda: _text(f"{self.base}.{_DEVICE}.{column}.{row.index}", row.properties.get(name, ""))

        interval = f"{self.base}.{_DEVICE}.12.{row.index}"
        return {
            2: lambda: self.device_id(row),
            **{column: of(column, name) for column, name in _PROPERTIES.items()},
            12: lambda: Varbind(interval, ber.GAUGE32, _clipped(row.interval_s * 1000)),
            13: lambda: self.device_state(row),
        }

    def _reading_columns(self, device: DeviceRow, row: ReadingRow) -> dict[int, Get]:
        def name(column: int) -> str:
            return f"{self.base}.{_READING}.{column}.{device.index}.{row.index}"

        return {
            2: lambda: _text(name(2), row.metric),
            3: lambda: _text(name(3), row.instance),
            4: lambda: _text(name(4), row.unit),
            5: lambda: Varbind(name(5), ber.OCTETS, decimal_text(row.value).encode()),
            6: lambda: Varbind(name(6), ber.GAUGE32, _clipped((self._now_s() - row.read_s) * 1000)),
        }


def decimal_text(value: float | int | bool) -> str:
    """Return a number without exponent."""
    if isinstance(value, (bool, int)):
        return str(int(value))
    text = format(Decimal(repr(round(value, _DIGITS))), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def _text(oid: str, text: str) -> Varbind:
    octets = text.encode()[:_LONGEST_TEXT]
    return Varbind(oid, ber.OCTETS, octets.decode(errors="ignore").encode())


def _clipped(value: float) -> int:
    return min(max(0, int(value)), 0xFFFFFFFF)
