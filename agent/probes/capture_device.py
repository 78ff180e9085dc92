"""A capture card, camera or sound device, as a system names it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """`names` is what it is called, best first.

    `node` is where its input can be asked for, "" where it cannot: a video device for a signal, a sound card for its
    capture switch.
    """

    names: tuple[str, ...]
    is_video: bool
    is_well: bool = True
    node: str = ""
