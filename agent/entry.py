"""What an outbox holds: drafts go in, numbered entries come out, epochs say where they stand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much an outbox may hold. `max_*` bound all of it, `grace_*` what is acknowledged."""

    max_bytes: int = 64 << 20
    max_age_s: float = 7 * 86400
    grace_bytes: int = 16 << 20
    grace_age_s: float = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message's readings before they have a number; `device` is empty for the agent's own."""

    device: str
    at_ms: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One numbered message. The number is `id` within `epoch`, which is one run of an agent's process."""

    epoch: str
    id: int
    device: str
    at_ms: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochState:
    """Where one epoch stands: the lowest id that can still be sent (`last` + 1: none), acknowledged, highest given."""

    epoch: str
    first: int
    acked: int
    last: int
