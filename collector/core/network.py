"""What is learnt of the network, and kept. Comes in: births, who is there, the time. Goes out: links, and what to keep.

What a device said stays said until it says otherwise, over a restart, too. A link that was learnt stays while what it
feeds, or what feeds it, is out of sight: the moment in which a switch is gone is no moment to forget who hangs on it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collector.core.campus import Link
from collector.core.learnt import Findings, Known, Learnt, Source, learn
from collector.core.live import Live, Member
from collector.core.model import DeviceId, Phase, PhaseChanged, SiteId, is_drill, site_of
from collector.core.neighbours import Said, said_in

SAID: Final = "network"
FED: Final = "fed"
"""The standings of what is kept of a device beside its rungs: what it said, and by what it is fed."""

KEPT_FOR: Final = timedelta(days=90)
"""What nobody says any more is forgotten after the longest holidays."""

_GONE_FOR: Final = timedelta(hours=1)
"""Who is silent for longer has no say in where the others stand."""

_FIELDS: Final = ("cards", "address", "neighbours")
_DOUBTED_FOR: Final = timedelta(hours=1)
"""A link of which contradictory things are said is dropped after so long: after a restart not all is heard at once."""

_LOOK_EVERY: Final = timedelta(minutes=10)
_LOOK_GAP: Final = timedelta(seconds=10)
_WRITE_EVERY: Final = timedelta(days=1)


@dataclass(slots=True)
class _Kept:
    learnt: Learnt
    at: datetime  # when it was last said
    written_at: datetime
    doubted_at: datetime | None = None  # since when contradictory things are said


class Network:
    """Knows what was said of the network, and the links that follow from it."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._told: dict[DeviceId, Mapping[str, str]] = {}
        self._said: dict[DeviceId, Said] = {}
        self._said_at: dict[DeviceId, datetime] = {}
        self._kept: dict[DeviceId, _Kept] = {}
        self._is_news = False
        self._looked_at: datetime | None = None
        self._looked_as_of = -1

    def links(self) -> tuple[Link, ...]:
        """Return all links that are learnt, in the order of what they feed."""
        return tuple(self._kept[device].learnt.as_link(device) for device in sorted(self._kept))

    # ------------------------------------------------------------ births

    def hear(self, device: DeviceId, properties: Mapping[str, str], at: datetime) -> list[PhaseChanged]:
        """Take what a birth says; what it leaves out stays as it was said before."""
        new = {name: properties[name] for name in _FIELDS if properties.get(name)}
        known = self._told.get(device, {})
        if is_drill(device) or not (new or known):
            return []
        self._said_at[device] = at
        told = {**known, **new}
        if told == known:
            return []
        self._tell(device, told)
        phase = Phase(
            device=device, rule=SAID, instance="", standing=SAID, since=at, onset_at=at, detail=json.dumps(told)
        )
        return [PhaseChanged(device=device, rule=SAID, instance="", phase=phase)]

    def _tell(self, device: DeviceId, told: Mapping[str, str]) -> None:
        self._told[device] = told
        self._said[device] = said_in(told)
        self._is_news = True

    def recall(self, phases: Iterable[Phase]) -> None:
        """Go on from what was kept before a restart."""
        for phase in phases:
            kept = _read(phase.detail)
            if phase.standing == SAID:
                self._tell(phase.device, kept)
                self._said_at[phase.device] = phase.since
            elif kept.get("source") in set(Source):
                learnt = Learnt(DeviceId(kept.get("feeder", "")), kept.get("port", ""), Source(kept["source"]))
                self._kept[phase.device] = _Kept(learnt, phase.since, phase.since)

    # ------------------------------------------------------------ links

    def look(self, now: datetime) -> tuple[bool, list[PhaseChanged]]:
        """Learn anew where something was said, or time has passed; return whether links changed, and what to keep."""
        gap = _LOOK_GAP if self._is_news or self._looked_as_of != self._live.changes else _LOOK_EVERY
        if not self._said or (self._looked_at is not None and timedelta() <= now - self._looked_at < gap):
            return False, []
        self._looked_at, self._looked_as_of, self._is_news = now, self._live.changes, False
        before = {device: kept.learnt for device, kept in self._kept.items()}
        changes = [*self._forget_the_old(now), *self._settle(learn(self._known(now)), now)]
        return before != {device: kept.learnt for device, kept in self._kept.items()}, changes

    def _known(self, now: datetime) -> dict[DeviceId, Known]:
        known: dict[DeviceId, Known] = {}
        for device, said in self._said.items():
            member = self._live.members.get(device)
            if member is not None:
                room = member.device.room
                known[device] = Known(
                    said=said,
                    site=SiteId(room.partition("/")[0]) if room else site_of(device),
                    names=frozenset({member.device.name, device.rpartition(":")[2], member.properties.get("name", "")}),
                    role=member.device.role,
                    reports=not _is_long_gone(member, now),
                )
        return known

    def _settle(self, findings: Findings, now: datetime) -> Iterator[PhaseChanged]:
        for device in self._kept.keys() | findings.links.keys():
            kept, found = self._kept.get(device), findings.links.get(device)
            if kept is None and found is not None:
                kept = self._kept[device] = _Kept(found, now, now)
            elif kept is None or (kept.learnt != found and self._is_out_of_sight(device, kept.learnt, now)):
                continue
            elif found is not None:
                was, kept.learnt, kept.at, kept.doubted_at = kept.learnt, found, now, None
                if was == found and now - kept.written_at < _WRITE_EVERY:
                    continue
                kept.written_at = now
            elif device in findings.unclear:
                kept.doubted_at = kept.doubted_at or now
                if now - kept.doubted_at >= _DOUBTED_FOR:
                    del self._kept[device]
                    yield _forgotten(device, FED)
                continue
            else:
                continue
            yield _fed(device, kept)

    def _is_out_of_sight(self, device: DeviceId, learnt: Learnt, now: datetime) -> bool:
        """Tell whether a device, or what feeds it, cannot say just now that it has moved."""
        member, feeder = self._live.members.get(device), self._live.members.get(learnt.feeder)
        if member is None or not member.is_here:
            return True
        return feeder is not None and not feeder.is_here and not _is_long_gone(feeder, now)

    def _forget_the_old(self, now: datetime) -> Iterator[PhaseChanged]:
        for device, kept in list(self._kept.items()):
            if now - kept.at > KEPT_FOR:
                del self._kept[device]
                yield _forgotten(device, FED)
        for device, said_at in list(self._said_at.items()):
            member = self._live.members.get(device)
            seen = member.last_seen if member is not None else None
            if now - max(said_at, seen or said_at) > KEPT_FOR:
                del self._told[device], self._said[device], self._said_at[device]
                yield _forgotten(device, SAID)


def _is_long_gone(member: Member, now: datetime) -> bool:
    return not member.is_here and (member.last_seen is None or now - member.last_seen > _GONE_FOR)


def _fed(device: DeviceId, kept: _Kept) -> PhaseChanged:
    learnt = kept.learnt
    detail = json.dumps({"feeder": learnt.feeder, "port": learnt.port, "source": learnt.source.value})
    phase = Phase(device=device, rule=FED, instance="", standing=FED, since=kept.at, onset_at=kept.at, detail=detail)
    return PhaseChanged(device=device, rule=FED, instance="", phase=phase)


def _forgotten(device: DeviceId, rule: str) -> PhaseChanged:
    return PhaseChanged(device=device, rule=rule, instance="", phase=None)


def _read(detail: str) -> dict[str, str]:
    try:
        kept = json.loads(detail)
    except ValueError:
        return {}
    return {str(name): text for name, text in kept.items() if isinstance(text, str)} if isinstance(kept, dict) else {}
