"""Notices: what the people in a room should know; no ticket is opened for it."""

from datetime import datetime

from collector.api.schemas.base import Shown
from collector.api.schemas.incident import Words
from collector.core.model import IncidentState


class Notice(Shown):
    """What the rules attribute to people: a microphone is not used. `words` maps a language to its words."""

    id: str
    state: IncidentState
    site: str
    room: str | None
    room_name: str | None
    device: str
    metric: str
    instance: str
    rule: str
    value: float | None
    onset_at: datetime
    detected_at: datetime
    cleared_at: datetime | None
    words: dict[str, Words]


class TrainingSuggestion(Shown):
    """A room that was told the same thing `count` times in the last `days`: training would help."""

    site: str
    room: str
    room_name: str
    rule: str
    count: int
    days: int
    last_at: datetime
    words: dict[str, Words]
