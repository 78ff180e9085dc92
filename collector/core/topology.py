"""What hangs on what. Comes in: links, of the campus file and learnt. Goes out: who feeds a device, up to the root.

A link to a device wins over one to its room, and that over one to its site. A path, the power and the storage of a
device are fed apart from each other. What is learnt counts where the file says nothing of a device or its room: the
site's link is then found further up.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from collector.core.campus import Carries, Link
from collector.core.model import Device, DeviceId, SiteId, site_of


class Topology:
    """The links of a campus, by what they feed; of two that feed the same, the first counts."""

    def __init__(self, links: Iterable[Link] = ()) -> None:
        self._fed: dict[tuple[Carries, str], Link] = {}
        for link in links:
            self._fed.setdefault((link.carries, _key(link)), link)
        self.links = tuple(self._fed.values())
        self.feeders = frozenset(link.feeder for link in self._fed.values())
        self.fed_ports = frozenset((link.feeder, link.port) for link in self._fed.values() if link.port)

    def has_site_link(self, site: SiteId) -> bool:
        """Tell whether the campus file says by what a whole site is reached."""
        return (Carries.PATH, f"site {site}") in self._fed

    def feeds(self, device: Device) -> Iterator[Link]:
        """Walk the links that a device hangs on directly."""
        if not self._fed:
            return
        for carries in Carries:
            own = f"device {device.id}"
            for key in (own, f"room {device.room}", f"learnt {own}", f"site {site_of(device.id)}"):
                link = self._fed.get((carries, key))
                if link is not None and link.feeder != device.id:
                    yield link
                    break

    def above(self, device: Device, find: Callable[[DeviceId], Device]) -> Iterator[tuple[DeviceId, Link]]:
        """Walk the links whose loss takes a device's path or power, each with what hangs on it.

        The nearest come first, each feeder once.
        """
        seen = {device.id}
        level = [device]
        while level:
            links = [(each.id, link) for each in level for link in self.feeds(each)]
            level = []
            for fed, link in links:
                if link.carries is not Carries.STORAGE and link.feeder not in seen:
                    seen.add(link.feeder)
                    yield fed, link
                    level.append(find(link.feeder))


def without_circles(links: Iterable[Link], learnt: Iterable[Link], devices: Mapping[DeviceId, Device]) -> Topology:
    """Return what hangs on what by links of the campus file and by learnt ones, but for those that close a circle."""
    filed, added = list(links), list(learnt)
    while True:
        topology = Topology([*filed, *added])
        closing = [link for link in (find_loop(devices.values(), topology) if added else ()) if link.source]
        if not closing:
            return topology
        added = [link for link in added if link not in closing]


def find_loop(devices: Iterable[Device], topology: Topology) -> list[Link]:
    """Return links that feed each other in a circle; nothing where there is none."""
    known = {device.id: device for device in devices}
    done: set[DeviceId] = set()

    def walk(device: Device, way: dict[DeviceId, Link | None]) -> list[Link]:
        for link in topology.feeds(device):
            if link.feeder in way:
                names = list(way)
                circle = names[names.index(link.feeder) + 1 :]
                return [*(found for name in circle if (found := way[name])), link]
            feeder = known.get(link.feeder)
            if feeder is not None and feeder.id not in done:
                loop = walk(feeder, {**way, link.feeder: link})
                if loop:
                    return loop
        done.add(device.id)
        return []

    for device in known.values():
        if device.id not in done and (loop := walk(device, {device.id: None})):
            return loop
    return []


def _key(link: Link) -> str:
    if link.device is not None:
        return f"learnt device {link.device}" if link.source else f"device {link.device}"
    return f"room {link.room}" if link.room is not None else f"site {link.site}"
