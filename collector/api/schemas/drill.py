"""Drills: test faults that were made on purpose, and the proof of what became of them."""

from datetime import datetime

from collector.api.schemas.base import Shown


class DrillStep(Shown):
    """What was seen, and when."""

    step: str
    at: datetime


class Drill(Shown):
    """A drill of `room`. `detection_s`: from the fault to its ticket; `failed` names the step that did not come."""

    id: str
    room: str
    started_at: datetime
    passed: bool
    failed: str | None
    detection_s: float | None
    ticket: int | None
    steps: list[DrillStep]
