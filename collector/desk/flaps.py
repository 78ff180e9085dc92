"""How the faults that one transaction touches come and go. Comes in: their turns. Goes out: whether a fault flaps."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from collector.core.flapping import Flaps, as_of, changed
from collector.core.model import DeviceId, Incident
from collector.store.records.noise import Fault, load_flaps, save_flaps


def fault_of(incident: Incident) -> Fault:
    """Return what comes and goes in an incident."""
    return incident.device, incident.family, incident.instance


class FaultFlaps:
    """The turns of faults, read at the beginning of a transaction and kept at its end."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._known: dict[Fault, Flaps] = {}
        self._changed: dict[Fault, Flaps] = {}

    def load(self, devices: Collection[DeviceId]) -> None:
        """Read what is known of the faults of devices."""
        if devices:
            self._known = load_flaps(self._session, devices)

    def take(self, known: Mapping[Fault, Flaps]) -> list[Fault]:
        """Let time pass for faults; return those that are steady again."""
        steady = []
        for fault, flaps in known.items():
            self._known[fault] = self._changed[fault] = as_of(flaps, self._now)
            if flaps.holds and not self._known[fault].holds:
                steady.append(fault)
        return steady

    def holds(self, fault: Fault) -> bool:
        """Tell whether a fault flaps."""
        flaps = self._known.get(fault)
        return flaps is not None and as_of(flaps, self._now).holds

    def turn(self, fault: Fault) -> Flaps:
        """Note that a fault came or went, and return its turns."""
        flaps = self._known[fault] = self._changed[fault] = changed(self._known.get(fault), self._now)
        return flaps

    @property
    def are_changed(self) -> bool:
        return bool(self._changed)

    def save(self) -> None:
        """Keep what changed."""
        save_flaps(self._session, self._changed)
