"""Why a device is what it is."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from collector.api.schemas.base import Shown
from collector.core.campus import Carries
from collector.core.live import Being
from collector.core.model import Context, Shutdown, State
from collector.core.phase import Standing


def _seconds(span: object) -> object:
    return span.total_seconds() if isinstance(span, timedelta) else span


Seconds = Annotated[float, BeforeValidator(_seconds)]


class ExplainedPart(Shown):
    """A condition or a guard in signs, and whether it holds now."""

    text: str
    holds: bool


class ExplainedRung(Shown):
    """A rung of a rule that watches a reading. `level` is what it would be worth now; null: it would open nothing."""

    key: str
    rule: str
    parts: list[ExplainedPart]
    clears: str | None
    raise_for_s: Seconds = Field(validation_alias="raise_for")
    clear_for_s: Seconds = Field(validation_alias="clear_for")
    level: int | None
    override: str | None = None


class ExplainedSeries(Shown):
    """A series that rules watch. `fresh` false: its last value no longer counts."""

    metric: str
    instance: str
    value: float | None
    at: datetime | None
    fresh: bool
    rungs: list[ExplainedRung]


class ExplainedReason(Shown):
    """A rung that is raising, raised or clearing. `due_at` is when that is over; `frozen`: it waits."""

    key: str
    rule: str
    instance: str
    metric: str
    standing: Standing
    level: int | None
    state: State | None
    onset_at: datetime
    since: datetime
    due_at: datetime | None
    frozen: bool
    elapsed_s: Seconds = Field(validation_alias="elapsed")
    value: float | None
    incident: str | None


class ExplainedParent(Shown):
    """What the device hangs on, why, and how that is.

    `of` is what hangs on it: the device, or one of its parents. `carries` null: it is the agent that reports `of`.
    `port` is the parent's. `source` is where the link was learnt from; empty where the campus file says it.
    """

    device: str
    of: str
    carries: Carries | None
    port: str
    source: str
    why: str
    state: State
    level: int | None


class ExplainedIncident(Shown):
    """An incident that is open for the device."""

    id: str
    rule: str
    level: int
    instance: str
    onset_at: datetime
    detected_at: datetime
    cause: str | None


class Explanation(Shown):
    """Why a device is what it is: presence, context, parents, incidents, running timers, and what rules watch."""

    device: str
    at: datetime
    room: str
    role: str
    state: State
    level: int | None
    pending: bool
    since: datetime | None
    last_seen: datetime | None
    presence: Being
    silent_since: datetime | None
    told: Shutdown | None
    context: Context
    booked: bool
    changes_at: datetime | None
    sole: bool
    parents: list[ExplainedParent]
    incidents: list[ExplainedIncident]
    reasons: list[ExplainedReason]
    watched: list[ExplainedSeries]
