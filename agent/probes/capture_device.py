"""A capture card, camera or sound device, as a system names it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """`names` is what it is called, best first; `node` where its input can be asked for a signal, else ""."""

    names: tuple[str, ...]
    is_video: bool
    is_well: bool = True
    node: str = ""
