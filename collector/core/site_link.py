"""What all agents of a site hang on though nobody wrote down what that is: power, or the line to the outside.

The device `SITE:site-link` stands for it. It is there once it was needed: when all agents of a site whose campus file
names no link of the site fall silent together, it is presumed gone, and is the one fault.
"""

from typing import Final

from collector.core.campus import Link
from collector.core.live import Being, Live, Member
from collector.core.model import Device, DeviceId, SiteId
from collector.core.rule import SITE_LINK

FEWEST: Final = 3
"""So many agents that fall silent together are no coincidence."""

_END: Final = ":site-link"


def is_site_link(device: DeviceId) -> bool:
    """Tell whether a device is what a site hangs on."""
    return device.endswith(_END) and device.count(":") == 1


def link_of(site: SiteId) -> Link:
    """Return the link by which it feeds its site."""
    return Link(feeder=DeviceId(f"{site}{_END}"), site=site)


def device_of(link: Link) -> Device:
    """Return it as a device, for the rule that judges it."""
    return Device(id=link.feeder, role=SITE_LINK)


def member_of(live: Live, link: Link) -> Member:
    """Return it as a member; made when it is first needed."""
    found = live.members.get(link.feeder)
    if found is None:
        found = live.find(link.feeder)
        live.born(found, {"role": SITE_LINK}, None)
        found.being = Being.HERE
    return found
