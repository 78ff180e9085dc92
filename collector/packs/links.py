"""The links of a campus file among each other. Comes in: their records. Goes out: links, or what contradicts itself."""

from collections.abc import Callable, Iterable, Mapping

from collector.core.campus import Link
from collector.core.model import Device, DeviceId
from collector.core.topology import Topology, find_loop
from collector.packs.document import Cursor
from collector.packs.shape import Record


class Links:
    """All links, each with the place where it stands."""

    def __init__(self, records: Iterable[Record], read: Callable[[Record], Link | None]) -> None:
        self._read = [(link, record.cursor) for record in records if (link := read(record)) is not None]

    def check(self, devices: Mapping[DeviceId, Device]) -> tuple[Link, ...]:
        """Return the links; note what is fed twice, and what feeds itself over others."""
        links = tuple(link for link, _ in self._read)
        first: dict[object, Link] = {}
        for link, at in self._read:
            known = first.setdefault((link.carries, link.device, link.room, link.site), link)
            if known is not link:
                at.note(f"{_fed(link)} has its {link.carries} from {known.feeder!r} already; a feed has one link")
        loop = find_loop(devices.values(), Topology(links))
        if loop:
            self._place(loop[-1]).note(f"feeds itself: {' -> '.join(self._circle(loop))}")
        return links

    def _place(self, link: Link) -> Cursor:
        return next(at for known, at in self._read if known is link)

    def _circle(self, loop: list[Link]) -> list[str]:
        feeders = [link.feeder for link in loop]
        return [*reversed(feeders), feeders[-1]]


def _fed(link: Link) -> str:
    return next(f"{what} {name!r}" for what, name in _targets(link) if name)


def _targets(link: Link) -> list[tuple[str, str | None]]:
    return [("device", link.device), ("room", link.room), ("site", link.site)]
