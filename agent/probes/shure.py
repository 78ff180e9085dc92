"""A Shure receiver of wireless microphones. Out: battery, time left and mute switch of the microphone on each channel.

A microphone that is switched off says nothing: no battery, no switch. One connection a reading; properties that a
model does not have are not asked for again until it is met anew.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar, Final

from agent.now import monotonic_s
from agent.probe_tables import ShureTable
from agent.probes.device_link import SilentDevice
from agent.probes.shure_link import Link
from agent.reading import Reading

_MEET_EVERY_S: Final = 3600.0
_LONGEST_S: Final = 25.0
_MOST_CHANNELS: Final = 8
# 255 is what receivers say of a battery that they know nothing of.
_MOST_PERCENT: Final = 100
_BARS: Final = 5
# From here on minutes are words: being calculated, a warning, not known.
_MOST_MINUTES: Final = 65532
_WHO: Final = (("model", "MODEL"), ("name", "DEVICE_ID"), ("firmware", "FW_VER"))
_MUTED: Final = {"ON": 1, "OFF": 0}
# Axient Digital says of its switch whether the microphone is on.
_MUTE_MODE: Final = {"MUTE": 1, "ON": 0}


class Shure:
    """A `DeviceProbe` of one receiver."""

    has_rates = False
    gives: ClassVar[tuple[str, ...]] = (
        "classroom.microphone.battery",
        "classroom.microphone.mute",
        "hw.battery.time_left",
    )

    def __init__(self, table: ShureTable) -> None:
        self._table = table
        self._properties: dict[str, str] = {"vendor": "Shure"}
        self._channels = table.channels
        self._lacks: set[str] = set()
        self._meet_at_s = 0.0
        self.troubles: list[str] = []

    @property
    def name(self) -> str:
        """What it is called in `classroom.agent.probe.*[name]`."""
        return f"shure:{self._table.id}"

    @property
    def device(self) -> str:
        """The last part of site:agent:device."""
        return self._table.id

    @property
    def role(self) -> str:
        """The configured role."""
        return self._table.role

    @property
    def properties(self) -> Mapping[str, str]:
        """Vendor, model, name and firmware, as far as it tells them."""
        return self._properties

    @property
    def host(self) -> str:
        """The name or address at which it is read."""
        return self._table.host

    @property
    def interval_s(self) -> float | None:
        """How often it is read, None for the agent's own interval."""
        return self._table.interval_s

    def read(self, now: datetime) -> list[Reading]:
        """Return what the receiver says of its microphones now.

        Raises:
            ProbeError: it does not answer, or is no Shure receiver.
        """
        self.troubles = []
        at = self._table
        readings: list[Reading] = []
        with Link(at.host, at.port, timeout_s=at.timeout_s, total_s=_LONGEST_S) as link:
            if monotonic_s() >= self._meet_at_s:
                self._meet(link)
            try:
                for channel in range(1, self._channels + 1):
                    readings += self._channel(link, channel)
            except SilentDevice as error:
                # It did answer, so it is there, and what it has said so far counts.
                self.troubles.append(str(error))
        return readings

    def _meet(self, link: Link) -> None:
        self._lacks.clear()
        for key, prop in _WHO:
            said = link.ask(prop)
            if said:
                self._properties[key] = "".join(c for c in said if c.isprintable())
        if not self._table.channels:
            self._channels = self._count(link)
        self._meet_at_s = monotonic_s() + _MEET_EVERY_S

    def _count(self, link: Link) -> int:
        """Return how many channels there are: those with a name, which all models give them."""
        for channel in range(1, _MOST_CHANNELS + 1):
            try:
                if link.ask("CHAN_NAME", channel) is None:
                    return channel - 1
            except SilentDevice:
                # Some say nothing of a channel that they do not have.
                if channel == 1:
                    raise
                return channel - 1
        return _MOST_CHANNELS

    def _channel(self, link: Link, channel: int) -> Iterator[Reading]:
        unit, device = str(channel), self._table.id
        charge = self._number(link, channel, "BATT_CHARGE", "TX_BATT_CHARGE_PERCENT", most=_MOST_PERCENT)
        if charge is not None:
            yield Reading("classroom.microphone.battery", charge / _MOST_PERCENT, unit, device)
        else:
            # Of batteries that are no accumulators of the maker's own only bars are known.
            bars = self._number(link, channel, "BATT_BARS", "TX_BATT_BARS", most=_BARS)
            if bars is not None:
                yield Reading("classroom.microphone.battery", bars / _BARS, unit, device)
        minutes = self._number(link, channel, "BATT_RUN_TIME", "TX_BATT_MINS", most=_MOST_MINUTES)
        if minutes is not None:
            yield Reading("hw.battery.time_left", 60.0 * minutes, unit, device)
        for prop, meaning in (("TX_MUTE_STATUS", _MUTED), ("TX_MUTE_MODE_STATUS", _MUTE_MODE)):
            muted = meaning.get(self._ask(link, channel, prop) or "")
            if muted is not None:
                yield Reading("classroom.microphone.mute", muted, unit, device)

    def _number(self, link: Link, channel: int, *names: str, most: int) -> int | None:
        """Return the first of some properties that the model has, None where it is not known."""
        for name in names:
            said = self._ask(link, channel, name)
            if said is not None:
                return int(said) if said.isdecimal() and int(said) <= most else None
        return None

    def _ask(self, link: Link, channel: int, name: str) -> str | None:
        if name in self._lacks:
            return None
        said = link.ask(name, channel)
        if said is None:
            self._lacks.add(name)
        return said
