"""When a silent device came back, kept over a restart: what hangs on it has time to come back, too.

The last return of each device is a phase of its own, beside those of rungs, for as long as it may excuse anything.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collector.core.live import Member, Silence
from collector.core.model import Context, Phase, PhaseChanged

RETURNED: Final = "returned"
"""The standing of such a phase, and in place of a rung's key."""

GRACE: Final = timedelta(seconds=60)
"""How long what hung on something has for being read again, once that is well."""


@dataclass(frozen=True, slots=True)
class Return:
    """That a device came back: the key of the timer by which that is forgotten."""

    member: Member


def returned(member: Member, now: datetime) -> PhaseChanged:
    """Return what to keep of a device that is back."""
    since = member.silence.since if member.silence is not None else now
    phase = Phase(device=member.id, rule=RETURNED, instance="", standing=RETURNED, since=now, onset_at=min(since, now))
    return PhaseChanged(device=member.id, rule=RETURNED, instance="", phase=phase)


def forgotten(member: Member) -> PhaseChanged:
    """Return that its return matters no more."""
    return PhaseChanged(device=member.id, rule=RETURNED, instance="", phase=None)


def recall_return(member: Member, phase: Phase) -> None:
    """Let a device know when it came back last, and since when it had been gone."""
    member.back_at = phase.since
    if member.silence is None:
        member.silence = Silence(since=phase.onset_at, within=Context.OPEN)


def excused_until(member: Member) -> datetime | None:
    """Return until when what its last outage left behind is no fault: as long as that took. None: there was none."""
    if member.back_at is None or member.silence is None:
        return None
    return member.back_at + max(GRACE, member.back_at - member.silence.since)
