"""Which devices behind the node live, and which of them the host has been told of in this session."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Device:
    properties: Mapping[str, str] = field(default_factory=dict)
    alive: bool = False
    born: bool = False  # this session's DBIRTH says what we know now
    ever_born: bool = False  # this session has a DBIRTH, so the host knows the aliases
    told: str = ""  # the shutdown that it announced before it went


class Devices:
    """The devices of one node."""

    def __init__(self) -> None:
        self._devices: dict[str, _Device] = {}

    def up(self, device: str, role: str, properties: Mapping[str, str]) -> None:
        """A device answers, and says this of itself."""
        said = {**properties, "role": role} if role else dict(properties)
        known = self._devices.setdefault(device, _Device())
        if not known.alive or known.properties != said:
            known.alive, known.born, known.properties, known.told = True, False, said, ""

    def seen(self, device: str) -> None:
        """A device has readings."""
        if device not in self._devices:
            self.up(device, "", {})

    def down(self, device: str, told: str = "") -> bool:
        """A device no longer answers, as it had told; return whether that is news."""
        known = self._devices.get(device)
        if known is None:
            self._devices[device] = _Device(told=told)
            return True
        was_alive, known.alive, known.born, known.told = known.alive, False, False, told
        return was_alive

    def forget_births(self) -> None:
        """A new session, or a new birth of the node: no device has been born in it."""
        for known in self._devices.values():
            known.born = known.ever_born = False

    def was_born(self, device: str) -> None:
        """A DBIRTH has been sent."""
        self._devices[device].born = self._devices[device].ever_born = True

    def has_aliases(self, device: str) -> bool:
        """Tell whether the host knows the device's aliases."""
        known = self._devices.get(device)
        return known is not None and known.ever_born

    def properties(self, device: str) -> Mapping[str, str]:
        """Return what the device's birth says of it."""
        return self._devices[device].properties

    def told(self, device: str) -> str:
        """Return the shutdown that a device told before it went, "" for none."""
        return self._devices[device].told

    def outdated(self, device: str) -> None:
        """The device's birth no longer says all of it."""
        if device in self._devices:
            self._devices[device].born = False

    def to_be_born(self) -> list[str]:
        """Return the living devices whose DBIRTH is missing or out of date."""
        return [name for name, known in self._devices.items() if known.alive and not known.born]

    def dead(self) -> list[str]:
        """Return the devices that do not answer."""
        return [name for name, known in self._devices.items() if not known.alive]
