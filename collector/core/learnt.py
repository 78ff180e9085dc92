"""What hangs on what, as the devices themselves tell it. Comes in: what each said of the network. Goes out: links.

A device that names itself over LLDP at a switch's port is fed by that port, and so is one that is only seen there, by
its card in the forwarding table, where the port leads to no other switch. Of two switches side by side, the one whose
way out leads over the other is fed by it. What is ambiguous or contradictory makes no link.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from collector.core.campus import Link
from collector.core.model import DeviceId, SiteId
from collector.core.neighbours import Named, Port, Said

PASSING_ON: Final = frozenset({"switch", "gateway"})
"""Roles of devices that pass on frames of others, whatever they say: what is seen behind them does not stand there."""


class Source(StrEnum):
    """Where a link is learnt from."""

    LLDP = "LLDP"
    BRIDGE = "bridge table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A device: what it said, where it stands, what it is called and what it is for.

    `reports`: what it says of its ports is of now.
    """

    said: Said
    site: SiteId
    names: frozenset[str] = frozenset()
    role: str = "other"
    reports: bool = True

    @property
    def is_switch(self) -> bool:
        """Tell whether others hang on it."""
        return self.role in PASSING_ON or self.said.passes_on


@dataclass(frozen=True, slots=True)
class Learnt:
    """A device is fed by a port of another; port "": it is not known by which."""

    feeder: DeviceId
    port: str
    source: Source

    def as_link(self, device: DeviceId) -> Link:
        """Return it as a link like those of the campus file."""
        return Link(feeder=self.feeder, port=self.port, device=device, source=self.source.value)


@dataclass(frozen=True, slots=True)
class Findings:
    """The links that are learnt, by what they feed, and the devices of which contradictory things are said."""

    links: Mapping[DeviceId, Learnt]
    unclear: frozenset[DeviceId]


def learn(known: Mapping[DeviceId, Known]) -> Findings:
    """Return what hangs on what by all that is said."""
    claims: dict[DeviceId, set[Learnt]] = defaultdict(set)
    for device, learnt in _claims(_Reports(known)):
        claims[device].add(learnt)
    agreed = {device: one for device, found in claims.items() if (one := _agreed(found)) is not None}
    links = {device: learnt for device, learnt in agreed.items() if not _is_circle(device, agreed)}
    return Findings(links, frozenset(claims.keys() - links.keys()))


def _agreed(claims: Iterable[Learnt]) -> Learnt | None:
    """Return what all claims say; who names itself is believed before a forwarding table."""
    found = list(claims)
    found = [claim for claim in found if claim.source is Source.LLDP] or found
    feeders = {claim.feeder for claim in found}
    if len(feeders) != 1:
        return None
    ports = {claim.port for claim in found} - {""}
    return Learnt(feeders.pop(), ports.pop() if len(ports) == 1 else "", found[0].source)


def _is_circle(device: DeviceId, links: Mapping[DeviceId, Learnt]) -> bool:
    """Tell whether the way up from a device comes back to it."""
    above, seen = device, set[DeviceId]()
    while above in links and above not in seen:
        seen.add(above)
        above = links[above].feeder
        if above == device:
            return True
    return False


class _Reports:
    """What is said, and who is meant by it. What two devices have in common, a name or an address, tells neither."""

    def __init__(self, known: Mapping[DeviceId, Known]) -> None:
        self.known = known
        self._cards = _index(known, lambda one: one.said.cards)
        self._addresses = _index(known, lambda one: [(one.site, one.said.address)] if one.said.address else [])
        self._names = _index(known, lambda one: [(one.site, _host(name)) for name in one.names if name])
        self._named: dict[tuple[DeviceId, Named], DeviceId | None] = {}
        self._standing: dict[DeviceId, dict[DeviceId, list[str]]] = {}

    def reporters(self) -> Iterator[tuple[DeviceId, Known]]:
        """Walk the devices that say who stands at their ports."""
        return ((device, one) for device, one in self.known.items() if one.reports and one.said.ports)

    def by_card(self, card: str) -> DeviceId | None:
        """Return the device that a card is of; None: nobody's that is known, or more than one's."""
        return _only(self._cards.get(card, ()))

    def who(self, named: Named, beside: DeviceId) -> DeviceId | None:
        """Return the device that names itself so beside another; None: nobody that is known, or it is not clear who."""
        key = (beside, named)
        if key not in self._named:
            site = self.known[beside].site
            found = {
                _only(self._cards.get(named.card, ())),
                _only(self._addresses.get((site, named.address), ())),
                _only(self._names.get((site, _host(named.name)), ())),
            }
            one = _only(each for each in found if each is not None)
            self._named[key] = one if one is not None and one != beside and self._may_be(one, named) else None
        return self._named[key]

    def _may_be(self, device: DeviceId, named: Named) -> bool:
        """Tell whether the card that is named is one of a device, as far as both are told."""
        cards = self.known[device].said.cards
        return not named.card or not cards or named.card in cards

    def is_switch(self, device: DeviceId) -> bool:
        return self.known[device].is_switch

    def stands_at(self, device: DeviceId, of: DeviceId) -> list[str]:
        """Return the ports of a device at which another names itself."""
        if of not in self._standing:
            at = self._standing[of] = {}
            for name, port in self.known[of].said.ports.items():
                for each in port.named:
                    one = self.who(each, of)
                    if one is not None and name not in at.setdefault(one, []):
                        at[one].append(name)
        return self._standing[of].get(device, [])

    def leads_on(self, device: DeviceId, name: str, port: Port) -> bool:
        """Tell whether a port leads to another switch, so that who is seen there may stand anywhere behind it."""
        if port.more or name == self.known[device].said.uplink:
            return True
        for named in port.named:
            one = self.who(named, device)
            if self.is_switch(one) if one is not None else named.is_switch is not False:
                return True
        return any(
            (one := self.by_card(card)) is not None and one != device and self.is_switch(one) for card in port.cards
        )

    def is_below(self, device: DeviceId, of: DeviceId) -> bool:
        """Tell whether a switch says that another, which names itself at its ports, is reached only over it."""
        said, at = self.known[of].said, self.stands_at(device, of)
        if not at or not self.known[of].reports or said.uplink in at:
            return False
        if said.is_root:
            return True
        # A port that is a part of another, without saying so, names who stands at it and forwards nothing.
        is_told_apart = bool(said.ports.get(said.uplink, Port()).named)
        return said.uplink != "" and (
            is_told_apart or any(said.ports[name].cards or said.ports[name].more for name in at)
        )

    def is_above(self, device: DeviceId, of: DeviceId) -> bool:
        """Tell whether a switch says that its way out leads over another."""
        known = self.known[of]
        return known.reports and known.said.uplink != "" and known.said.uplink in self.stands_at(device, of)


def _claims(reports: _Reports) -> Iterator[tuple[DeviceId, Learnt]]:
    for device, one in reports.reporters():
        for name, port in one.said.ports.items():
            if one.is_switch:
                yield from _at_port(reports, device, name, port)
            else:
                yield from _of_itself(reports, device, port)


def _at_port(reports: _Reports, switch: DeviceId, name: str, port: Port) -> Iterator[tuple[DeviceId, Learnt]]:
    """Yield who is fed by a port of a switch, and by whom the switch is, as far as it says."""
    said = reports.known[switch].said
    for named in port.named:
        one = reports.who(named, switch)
        if one is None:
            continue
        if not reports.is_switch(one):
            if name != said.uplink:
                yield one, Learnt(switch, name, Source.LLDP)
            continue
        is_below = reports.is_below(one, switch) or reports.is_above(switch, one)
        is_above = reports.is_above(one, switch) or reports.is_below(switch, one)
        if is_below and not is_above:
            yield one, Learnt(switch, name, Source.LLDP)
        elif is_above and not is_below:
            yield switch, Learnt(one, _port_of(reports, one, switch, named), Source.LLDP)
    if (said.uplink or said.is_root) and not reports.leads_on(switch, name, port):
        for card in port.cards:
            one = reports.by_card(card)
            if one is not None and one != switch:
                yield one, Learnt(switch, name, Source.BRIDGE)


def _of_itself(reports: _Reports, device: DeviceId, port: Port) -> Iterator[tuple[DeviceId, Learnt]]:
    """Yield by which switch a device says that it is fed."""
    for named in port.named:
        one = reports.who(named, device)
        if one is not None and reports.is_switch(one):
            yield device, Learnt(one, _port_of(reports, one, device, named), Source.LLDP)


def _port_of(reports: _Reports, switch: DeviceId, device: DeviceId, named: Named) -> str:
    """Return by what name a switch itself knows the port at which another stands."""
    own = reports.stands_at(device, switch)
    if own:
        return own[0] if len(own) == 1 else ""
    known = {name.casefold(): name for name in reports.known[switch].said.ports}
    return next((known[name.casefold()] for name in named.ports if name.casefold() in known), (*named.ports, "")[0])


def _index(known: Mapping[DeviceId, Known], keys: Callable[[Known], Iterable[object]]) -> dict[object, set[DeviceId]]:
    found: dict[object, set[DeviceId]] = defaultdict(set)
    for device, one in known.items():
        for key in keys(one):
            found[key].add(device)
    return found


def _only(found: Iterable[DeviceId]) -> DeviceId | None:
    """Return the one there is; None: there is none, or more."""
    each = [*found]
    return each[0] if len(each) == 1 else None


def _host(name: str) -> str:
    return name.split(".")[0].casefold()
