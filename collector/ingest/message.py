"""A message as the broker brought it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """`at` is its arrival, `mono_s` the same on a clock that never goes back."""

    topic: str
    payload: bytes
    at: datetime
    mono_s: float
    is_retained: bool = False
