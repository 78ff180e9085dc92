"""Notices: what the rules attribute to people. One per family and instance of a device that has no open incident.

Comes in: slots whose rungs have been graded, and the notices that were open before a restart. Goes out: the decision
that makes the notice of a slot agree with its rungs.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from collector.core.incident import Climb, Slot, incident_id
from collector.core.live import Live, Member
from collector.core.model import DeviceId, IncidentState, Notice, NoticeChanged
from collector.core.series import SeriesTable


class Notices:
    """The notices that are open."""

    def __init__(self, table: SeriesTable) -> None:
        self._table = table
        self._open: dict[tuple[DeviceId, str, str], Notice] = {}

    def settle(self, member: Member, slot: Slot, now: datetime) -> NoticeChanged | None:
        """Return what makes the notice of a slot agree with its rungs, None when it does."""
        place = (member.id, slot.family, slot.instance)
        climb = _raised(slot) if slot.incident is None else None
        known = self._open.get(place)
        if climb is None:
            return self._close(known, slot.good or now) if known is not None else None
        if known is not None:
            return None
        onset, series = climb.step.onset, self._table.rows[climb.series] if climb.series is not None else None
        notice = Notice(
            id=incident_id(member.device, slot.family, slot.instance, onset),
            device=member.id,
            room=member.device.room,
            metric=series.metric if series is not None else "",
            instance=slot.instance,
            family=slot.family,
            rule=climb.bar.rule.id,
            onset_at=onset,
            detected_at=climb.step.detected or now,
            value=slot.value,
        )
        self._open[place] = notice
        return NoticeChanged(notice=notice)

    def expect(self, notices: Iterable[Notice]) -> None:
        """Go on from the notices that were open before a restart."""
        for notice in notices:
            self._open[notice.device, notice.family, notice.instance] = notice

    def end_unheld(self, live: Live, now: datetime) -> list[NoticeChanged]:
        """Say which of them nothing holds any more: their rule or their device is gone."""
        over = []
        for notice in list(self._open.values()):
            member = live.members.get(notice.device)
            if member is None or (notice.family, notice.instance) not in member.slots:
                over.append(self._close(notice, now))
        return over

    def _close(self, notice: Notice, at: datetime) -> NoticeChanged:
        del self._open[notice.device, notice.family, notice.instance]
        cleared = max(at, notice.onset_at)
        return NoticeChanged(notice=replace(notice, state=IncidentState.CLEARED, cleared_at=cleared))


def _raised(slot: Slot) -> Climb | None:
    """Return the raised rung that makes a notice; of several the first of the pack."""
    raised = (climb for climb in slot.climbs.values() if climb.step.is_raised)
    found = [climb for climb in raised if climb.verdict is not None and climb.verdict.is_notice]
    return min(found, key=lambda climb: climb.bar.order, default=None)
