"""Sparkplug B topic names: `spBv1.0/{site}/{kind}/{agent}[/{device}]` and `spBv1.0/STATE/{host}`.

Source: Eclipse Sparkplug 3.0.0, chapter 4. A Roomtone site is a Sparkplug group, an agent an edge node.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wire.errors import TopicError

NAMESPACE: Final = "spBv1.0"
ID_PATTERN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_FOREIGN_ID: Final = re.compile(r"[^/+#\x00-\x1f:]{1,128}")


class Kind(StrEnum):
    """What a Sparkplug message is."""

    NBIRTH = "NBIRTH"
    NDATA = "NDATA"
    NDEATH = "NDEATH"
    NCMD = "NCMD"
    DBIRTH = "DBIRTH"
    DDATA = "DDATA"
    DDEATH = "DDEATH"
    DCMD = "DCMD"

    @property
    def is_device(self) -> bool:
        return self.value[0] == "D"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Where a message came from or goes to; `device` is empty for a node's own messages."""

    site: str
    kind: Kind
    agent: str
    device: str = ""

    def __str__(self) -> str:
        base = f"{NAMESPACE}/{self.site}/{self.kind}/{self.agent}"
        return f"{base}/{self.device}" if self.device else base

    @property
    def node_id(self) -> str:
        """`site:agent`, the device id of the node itself."""
        return f"{self.site}:{self.agent}"

    @property
    def device_id(self) -> str:
        """`site:agent` or `site:agent:device`."""
        return f"{self.site}:{self.agent}:{self.device}" if self.device else self.node_id


def parse(topic: str) -> Topic:
    """Return the parts of an edge node's topic.

    Foreign nodes may use any printable name without `/ + # :`; ours keep to `ID_PATTERN`.

    Raises:
        TopicError: not a Sparkplug edge topic, or a name that cannot be an id.
    """
    parts = topic.split("/")
    if len(parts) not in (4, 5) or parts[0] != NAMESPACE:
        raise TopicError(f"{topic!r} is not a Sparkplug edge topic")
    try:
        kind = Kind(parts[2])
    except ValueError:
        raise TopicError(f"{topic!r}: {parts[2]!r} is no Sparkplug message type") from None
    if kind.is_device != (len(parts) == 5):
        raise TopicError(f"{topic!r}: {kind} {'needs' if kind.is_device else 'has no'} device part")
    for name in (parts[1], *parts[3:]):
        if not _FOREIGN_ID.fullmatch(name):
            raise TopicError(f"{topic!r}: {name!r} cannot be an id")
    return Topic(site=parts[1], kind=kind, agent=parts[3], device=parts[4] if len(parts) == 5 else "")


def state_topic(host_id: str) -> str:
    """Return the topic of a host application's birth and death certificates."""
    return f"{NAMESPACE}/STATE/{host_id}"
