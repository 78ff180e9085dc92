"""Incidents: the faults that telemetry sees."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from collector.api.schemas.base import Shown
from collector.core.model import Attribution, IncidentState


def _lines(said: object) -> object:
    """Take a text apart into its lines."""
    return said.splitlines() if isinstance(said, str) else said


class Words(Shown):
    """What a rule or a ticket says to a person, in one language."""

    title: str = ""
    symptom: str = ""
    causes: Annotated[list[str], BeforeValidator(_lines)] = Field(
        default_factory=list, description="probable causes, the likeliest first"
    )
    advice: str = ""


class Correction(Shown):
    """What readings that came late said of an incident: what was thought before, and how many say so.

    Null where that was right.
    """

    at: datetime = Field(description="when it was known")
    readings: int
    onset_at_before: datetime | None = None
    cleared_at_before: datetime | None = None
    attribution_before: Attribution | None = None


class Incident(Shown):
    """A fault from its onset to its end. `cause` is the parent incident; `words` maps a language to its words.

    `flapping`: it comes and goes; its ticket is held open, and not told of it each time. `maintenance`: planned work
    keeps it from opening a ticket; null `ticket`. `late`: detected late, by readings that came late; of one that was
    over by then `detected_at` is after `cleared_at`, and it has no ticket.
    """

    id: str
    ticket: int | None
    state: IncidentState
    site: str
    room: str | None
    device: str
    metric: str
    instance: str
    family: str
    rule: str
    level: int
    attribution: Attribution = Field(description="equipment and environment open tickets; unknown is on record alone")
    value: float | None
    cause: str | None
    onset_at: datetime
    detected_at: datetime
    cleared_at: datetime | None
    flapping: bool
    late: bool
    maintenance: bool
    corrections: list[Correction]
    words: dict[str, Words]
