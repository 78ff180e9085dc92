"""What a look back found: the faults of the past as it is now known, and when anything was read of whom."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from collector.core.late import Question
from collector.core.model import DeviceId, HealthCorrected, Incident, IncidentId
from collector.core.series import to_us

Stamps = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """When something was read of a device: `stamps` ascend, `late` are those that came late.

    `gaps` are the silences between them, `(last before, first after)`; the last one may not be over (None).
    """

    stamps: Stamps
    late: Stamps
    apart: timedelta  # further apart than this is a gap
    gaps: tuple[tuple[datetime, datetime | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A device was not there: `since` is its last reading before that, `until` the first after; both came late.

    `counts_from`: when a death would have been told. `may_be_told`: it says goodbye when it is switched off, and nobody
    could have heard that. `ran_on`: by its uptime it was never off.
    """

    device: DeviceId
    since: datetime
    until: datetime
    counts_from: datetime
    may_be_told: bool = False
    ran_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`faults` are those of the past as it now is; `over_since` says of some that are open that they seem to be over.

    `raising`: since when what is still being timed holds, by device, rung and instance; `raised`: since when what is
    raised and has not begun to clear. `late` has the stamps of what
    came late, by device, metric and instance. `absences` are silences of which nobody could hear, `states` what devices
    were in them. `momentary`: the families of faults that are but a moment, such as a restart.
    """

    question: Question
    faults: tuple[Incident, ...]
    over_since: Mapping[IncidentId, datetime]
    raising: Mapping[tuple[DeviceId, str, str], datetime]
    raised: Mapping[tuple[DeviceId, str, str], datetime]
    late: Mapping[tuple[DeviceId, str, str], Stamps]
    presence: Mapping[DeviceId, Presence]
    absences: Sequence[Absence] = ()
    states: Sequence[HealthCorrected] = ()
    momentary: Set[str] = frozenset()

    def count(self, incident: Incident, start: datetime, end: datetime) -> int:
        """Return how many readings of an incident's series in `[start, end]` came late."""
        return count(self.late.get((incident.device, incident.metric, incident.instance)), start, end)


def count(stamps: Stamps | None, start: datetime, end: datetime) -> int:
    """Return how many stamps lie in `[start, end]`."""
    if stamps is None or end < start:
        return 0
    return int(np.searchsorted(stamps, to_us(end), side="right") - np.searchsorted(stamps, to_us(start)))


def is_of(silence: Incident, absence: Absence) -> bool:
    """Tell whether a silence is of an absence."""
    over = silence.cleared_at
    same = silence.device == absence.device
    return same and silence.onset_at < absence.until and (over is None or absence.since < over)
