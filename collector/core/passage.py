"""Comings and goings of which nobody could hear. Comes in: absences and restarts. Goes out: deaths and births.

A restart of what says goodbye counts as told, as does an absence of it: the goodbye may have been said, and nobody
could hear it. It is graded as the rules grade a shutdown that was told: the mildest that it may have been.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np

from collector.core.absence import GOODBYES, Absences
from collector.core.found import Absence
from collector.core.model import Born, Device, DeviceId, Died, Event, Shutdown, is_node, node_of
from collector.core.past import Past
from collector.core.series import from_us, to_us


class Passage:
    """`absences` and, in order of time, the `events` that follow from them and from restarts."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._devices = {device.id: device for device in past.question.devices}
        found = Absences(past)
        self.absences: Sequence[Absence] = found.all()
        self.events: Sequence[Event] = sorted(
            [event for absence in [*self.absences, *self._restarts(found)] for event in self._of(absence)],
            key=lambda event: (event.at, not isinstance(event, Died), event.device.count(":")),
        )

    def birth(self, device: Device, at: datetime) -> Born:
        """Return that a device is there."""
        said = {"role": device.role, **({"room": device.room} if device.room else {})}
        speaker = self._past.question.behind.get(device.id)
        if speaker is not None:
            said["behind"] = speaker.removeprefix(f"{node_of(device.id)}:")
        return Born(device=device.id, at=at, properties=said, interval=device.interval if is_node(device.id) else None)

    def out_of_sight(self, absence: Absence) -> list[DeviceId]:
        """Return who is not seen in an absence: the device, and what it reads or speaks for."""
        return [absence.device, *(device.id for device in self._behind(absence.device))]

    def _restarts(self, found: Absences) -> Iterator[Absence]:
        for device in self._devices.values():
            if device.role != GOODBYES or node_of(device.id) not in self._past.question.since:
                continue
            for since, until in found.restarts(device.id):
                if not any(
                    one.device == device.id and one.since < until and since < one.until for one in self.absences
                ):
                    at = until - timedelta.resolution
                    yield Absence(device=device.id, since=since, until=until, counts_from=at, may_be_told=True)

    def _of(self, absence: Absence) -> Iterator[Event]:
        told = Shutdown.OS if absence.may_be_told else None
        yield Died(device=absence.device, at=absence.counts_from, told=told)
        yield self.birth(self._devices[absence.device], absence.until)
        for device in self._behind(absence.device):
            read_at = self._read_after(device.id, absence.until)
            if read_at is not None and not self._is_absent(device.id, read_at):
                yield self.birth(device, read_at)

    def _behind(self, device: DeviceId) -> list[Device]:
        if is_node(device):
            return [one for one in self._devices.values() if node_of(one.id) == device and one.id != device]
        return [self._devices[one] for one, speaker in self._past.question.behind.items() if speaker == device]

    def _is_absent(self, device: DeviceId, at: datetime) -> bool:
        return any(one.device == device and one.since <= at < one.until for one in self.absences)

    def _read_after(self, device: DeviceId, at: datetime) -> datetime | None:
        numbers = [number for number, series in self._past.owner.items() if series.device == device]
        stamps = self._past.readings.at_us[np.isin(self._past.readings.series, numbers)]
        place = int(np.searchsorted(stamps, to_us(at)))
        return from_us(int(stamps[place])) if place < len(stamps) else None
