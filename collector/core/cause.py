"""Whose fault is it? Comes in: a fault that is about to become an incident. Goes out: its cause, a wait, or neither.

What hangs on something that is gone is out of sight, not at fault. A silence waits until each device above it is found
guilty or shown alive: one that was read after the silence began is innocent, one that is silent too is guilty when its
own `for` is over. A device above that nobody can see is presumed gone when all that it feeds fell silent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collector.core.book import Bar
from collector.core.campus import Carries, Link
from collector.core.health import silence_slot
from collector.core.incident import Slot
from collector.core.live import Being, Live, Member
from collector.core.model import Device, DeviceId, site_of
from collector.core.returned import GRACE, excused_until
from collector.core.rule import Follow
from collector.core.series import NEVER, from_us
from collector.core.sieve import Sieve
from collector.core.sight import WATCH, Sight
from collector.core.site_link import FEWEST, device_of, is_site_link, link_of, member_of
from collector.core.topology import Topology, without_circles

_LOOK_AGAIN: Final = timedelta(seconds=5)
_TOGETHER: Final = timedelta(minutes=3)
_POLLS: Final = 4  # three failed ones are a death; one more for its way to us
_INTERVAL: Final = timedelta(seconds=10)  # where nobody said
_PORT_UP: Final = "hw.network.up"
_MAINS_GONE: Final = "ups-on-battery"


@dataclass(frozen=True, slots=True)
class Blame:
    """Who is at fault, and by which slot; None: a silence that is presumed, and has no slot yet."""

    member: Member
    slot: Slot | None


Ruling = Blame | datetime | None  # its cause; when to ask again; its own fault


class Causes:
    """Knows what hangs on what."""

    def __init__(self, live: Live, sieve: Sieve) -> None:
        self._links: Sequence[Link] = ()
        self._learnt: Sequence[Link] = ()
        self._live = live
        self._sieve = sieve
        self._topology = Topology()
        self._fed: dict[DeviceId, list[Member]] = {}
        self._fed_as_of = -1
        self.sight = Sight(live, sieve, lambda member: [link.feeder for link in self.above(member)])
        self.held: dict[Slot, Member] = {}

    def learn(self, links: Sequence[Link] | None = None, learnt: Sequence[Link] | None = None) -> None:
        """Take the links of a campus file, or those that are learnt; what the file says is not learnt otherwise."""
        self._links = self._links if links is None else links
        self._learnt = self._learnt if learnt is None else learnt
        devices = {member.id: member.device for member in self._live.members.values()}
        self._topology = without_circles(self._links, self._learnt, devices)
        self._sieve.witness.fed = self._topology.fed_ports
        self._fed_as_of = -1

    @property
    def links(self) -> tuple[Link, ...]:
        """All links in force, of the file and learnt."""
        return self._topology.links

    # ------------------------------------------------------------ who hangs on whom

    def feeds_others(self, member: Member) -> bool:
        """Tell whether anything hangs on a device."""
        return member.id in self._topology.feeders or member.id == WATCH or is_site_link(member.id)

    def is_above(self, feeder: Member, member: Member) -> bool:
        """Tell whether a device is out of sight without another."""
        if feeder.id == WATCH:
            return member.node is None and member is not feeder
        return any(link.feeder == feeder.id for link in self.above(member))

    def hanging_on(self, feeder: DeviceId) -> list[Member]:
        """Return the agents that a device feeds, however many devices lie between."""
        if self._fed_as_of != self._live.changes:
            self._fed_as_of = self._live.changes
            self._fed = {}
            for member in self._live.members.values():
                for link in self.above(member) if member.node is None else ():
                    self._fed.setdefault(link.feeder, []).append(member)
        return self._fed.get(feeder, [])

    def is_eclipsed(self, member: Member) -> bool:
        """Tell whether something that a device hangs on has been found guilty."""
        if member.id == WATCH:
            return False
        names = [WATCH] if member.node is None else []
        names += [link.feeder for link in self.above(member)]
        return any((one := self._live.members.get(name)) is not None and _is_guilty(one) for name in names)

    def disproved_by(self, member: Member, now: datetime) -> list[Member]:
        """Return what was presumed gone, and is not since a device is back."""
        feeders = [self._live.members.get(link.feeder) for link in self.above(member)]
        found = [feeder for feeder in feeders if feeder is not None and _is_presumed(feeder)]
        watch = self._live.members.get(WATCH)
        if watch is not None and _is_presumed(watch) and not self.sight.is_lost(now):
            found.append(watch)
        return found

    def above(self, member: Member) -> list[Link]:
        """Return the links whose loss takes path or power, the nearest first; last is what the whole site hangs on."""
        return [link for _, link in self.ways(member)]

    def ways(self, member: Member) -> Iterator[tuple[DeviceId, Link]]:
        """Walk the links of `above`, each with the device that hangs on it."""
        if member.id == WATCH or is_site_link(member.id):
            return
        yield from self._topology.above(member.device, self._device)
        site = site_of(member.id)
        if not self._topology.has_site_link(site):
            yield member.id, link_of(site)

    def storage(self, member: Member) -> list[Link]:
        """Return the link to what a device writes to."""
        return [link for link in self._topology.feeds(member.device) if link.carries is Carries.STORAGE]

    def _device(self, device: DeviceId) -> Device:
        member = self._live.members.get(device)
        return member.device if member is not None else Device(id=device)

    # ------------------------------------------------------------ whose fault

    def rule(self, member: Member, slot: Slot, now: datetime) -> Ruling:
        """Say whose fault a slot is whose rung is raised and that has no incident yet."""
        if member.id == WATCH:
            return None
        follows = {each for climb in slot.climbs.values() for each in climb.bar.rule.follows}
        if not slot.is_silence and not follows:
            return None
        began = _began(slot)
        if slot.is_silence:
            mains_gone = _mains_gone(member)
            if mains_gone is not None:
                return Blame(member, mains_gone)
        elif Follow.OUTAGE in follows and (deadline := _aftermath(member, began)) is not None and now < deadline:
            return deadline
        links = self.above(member) if slot.is_silence or Follow.PATH in follows else []
        if Follow.STORAGE in follows:
            links += self.storage(member)
        for link in reversed(links):
            if (found := self._ask(link, member, slot, began, now)) is not None:
                return found
        if slot.is_silence and member.node is None and (self.sight.is_gone() or self.sight.is_lost(now)):
            watch = self.sight.member()
            found_slot = silence_slot(watch)
            return Blame(watch, found_slot[0] if found_slot is not None else None)
        for link in reversed(links):
            if (found := self._presume(link, began, now)) is not None:
                return found
        return None

    def _ask(self, link: Link, member: Member, slot: Slot, began: datetime, now: datetime) -> Ruling:
        """Ask a device above that somebody watches."""
        feeder = self._live.members.get(link.feeder)
        if feeder is None or feeder.being is Being.NEVER:
            return None
        last = member.silence.since if slot.is_silence and member.silence is not None else began
        came_back = feeder.back_at is not None and last <= feeder.back_at
        silent = silence_slot(feeder)
        if silent is not None and (feeder.being is Being.GONE or came_back):
            found, climb = silent
            due = climb.step.due()
            if climb.step.is_raised:
                return Blame(feeder, _root(link, feeder, found))
            if due is not None:  # both are silent: it needs no longer than what hangs on it
                due = min(due, climb.step.since + _raise_for(slot))
                return Blame(feeder, _root(link, feeder, found)) if due <= now else min(due, now + _LOOK_AGAIN)
        if is_site_link(feeder.id):
            return _until(feeder.back_at + GRACE, now) if came_back and feeder.back_at is not None else None
        if feeder.being is Being.AWAITED and feeder.awaited_until is not None:
            return _until(feeder.awaited_until + self._raise_for_silence(feeder), now)
        if not feeder.is_here:
            return None
        if (port := _port_down(link, feeder)) is not None:
            return Blame(feeder, port)
        if came_back and feeder.back_at is not None:
            return _until(feeder.back_at + GRACE, now)
        interval = feeder.interval or _INTERVAL
        if self._heard_at(feeder) > began + interval:
            return None
        return _until(began + _POLLS * interval + self._raise_for_silence(feeder), now)

    def _presume(self, link: Link, began: datetime, now: datetime) -> Ruling:
        """Judge a device above that nobody can see, by what becomes of all that it feeds."""
        fewest, bar = 2, None
        if is_site_link(link.feeder):
            fewest, bar = FEWEST, self._sieve.book.silence(device_of(link), agent=True)
        elif (feeder := self._live.members.get(link.feeder)) is not None and not feeder.is_here and feeder.node:
            bar = self._silence_bar(feeder)
        if bar is None:
            return None
        fed: list[Member] = []
        for each in self.hanging_on(link.feeder):
            if each.being is not Being.GONE and self._heard_at(each) > began + (each.interval or _INTERVAL):
                return None
            if self._counts(each, began):
                fed.append(each)
        alive = [each for each in fed if each.being is not Being.GONE]
        if len(fed) < fewest:
            return None
        if is_site_link(link.feeder) and (self._has_one_root(fed) or any(each.interval is None for each in alive)):
            return None
        if not alive:
            return Blame(member_of(self._live, link), None)
        longest = max(each.interval or _INTERVAL for each in fed)
        return _until(began + _POLLS * longest + bar.rung.raise_for, now)

    def _counts(self, member: Member, began: datetime) -> bool:
        """Tell whether an agent speaks for or against what it hangs on: not if it was off or gone for long before."""
        if member.being is not Being.GONE:
            return member.being is not Being.NEVER
        return not _is_told(member) and abs(self.sight.silent.get(member, began) - began) <= _TOGETHER

    def _has_one_root(self, fed: Sequence[Member]) -> bool:
        """Tell whether a device of the campus file explains it all as well as the whole site would."""
        roots = {above[-2].feeder if len(above := self.above(member)) > 1 else None for member in fed}
        return len(roots) == 1 and None not in roots

    def _heard_at(self, member: Member) -> datetime:
        arrived = self._sieve.last_arrival(member)
        heard = from_us(arrived) if arrived != NEVER else None
        seen = member.last_seen if member.node is None else None
        return max((at for at in (heard, seen) if at is not None), default=from_us(0))

    def _silence_bar(self, member: Member) -> Bar | None:
        return self._sieve.book.silence(member.device, agent=member.node is None)

    def _raise_for_silence(self, member: Member) -> timedelta:
        bar = self._silence_bar(member)
        return bar.rung.raise_for if bar is not None else timedelta()


def _until(deadline: datetime, now: datetime) -> datetime | None:
    return min(deadline, now + _LOOK_AGAIN) if now < deadline else None


def _began(slot: Slot) -> datetime:
    """Return when the first raised rung of a slot began to hold, on our clock."""
    return min(climb.step.since - climb.step.rung.raise_for for climb in slot.climbs.values() if climb.step.is_raised)


def _raise_for(slot: Slot) -> timedelta:
    return min(climb.step.rung.raise_for for climb in slot.climbs.values() if climb.step.is_raised)


def _root(link: Link, feeder: Member, silent: Slot) -> Slot:
    """A UPS that ran empty fell silent because the mains were gone."""
    if link.carries is not Carries.POWER:
        return silent
    return _mains_gone(feeder) or silent


def _mains_gone(member: Member) -> Slot | None:
    """Return the slot by which a UPS was on its battery before it fell silent."""
    return next((one for one in member.slots.values() if one.family == _MAINS_GONE and one.incident), None)


def _aftermath(member: Member, began: datetime) -> datetime | None:
    """Return until when a fault may be what an outage of the device's agent left behind; None: it came later."""
    agent = member.node or member
    return None if agent.back_at is None or began > agent.back_at + GRACE else excused_until(agent)


def _port_down(link: Link, feeder: Member) -> Slot | None:
    """Return the slot that saw the feeding port go down."""
    if not link.port:
        return None
    of_port = (slot for slot in feeder.slots.values() if slot.instance.casefold() == link.port.casefold())
    return next((slot for slot in of_port if any(_PORT_UP in c.bar.rung.metrics for c in slot.climbs.values())), None)


def _is_guilty(member: Member) -> bool:
    silent = silence_slot(member)
    return member.being is Being.GONE and silent is not None and silent[0].incident is not None


def _is_presumed(member: Member) -> bool:
    return member.being is Being.GONE and member.silence is not None and member.silence.presumed


def _is_told(member: Member) -> bool:
    return member.being is Being.GONE and member.silence is not None and member.silence.told is not None
