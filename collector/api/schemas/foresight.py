"""Foresight: units that fail too often, parts that wear, and what is likely to fail next."""

from datetime import datetime

from collector.api.schemas.base import Shown


class Part(Shown):
    """The device that is spoken of."""

    device: str
    name: str
    role: str
    model: str
    site: str
    site_name: str
    room: str | None
    room_name: str | None


class Compared(Shown):
    """What the others have done: so many `units` had `failures` in `years`, `rate` a year.

    `chance`: with their rate a unit would fail as often as this one did with that chance.
    """

    units: int
    failures: int
    years: float
    rate: float
    chance: float


class FailingUnit(Part):
    """A unit that fails too often. `rate` a year, between `rate_low` and `rate_high` (90 %); null peers: none there."""

    failures: int
    years: float
    rate: float
    rate_low: float
    rate_high: float
    model_peers: Compared | None
    site_peers: Compared | None


class WearingPart(Part):
    """A part that wears: `value` moves by `per_day` to `limit`, reached at `due_at`, between the two dates (90 %).

    `kind`: lamp, filter, disk, volume or battery. `latest_at` null: perhaps never.
    """

    kind: str
    metric: str
    instance: str
    value: float
    limit: float
    per_day: float
    days: int
    due_at: datetime
    earliest_at: datetime
    latest_at: datetime | None


class UndatedPart(Part):
    """A part that wears, of which too little is known to say when: `days` values, the last of them `value`.

    `dated_at`: from then on there may be enough. Null: nobody knows its limit.
    """

    kind: str
    metric: str
    instance: str
    value: float
    days: int
    dated_at: datetime | None


class LikelyFailure(Part):
    """A line of the list: the chance within four weeks, and why: it fails too often, or a part of it wears."""

    chance: float
    failing: FailingUnit | None
    wearing: WearingPart | None


class Foresight(Shown):
    """What is likely to fail next, as of `made_at` in the week `week` (ISO 8601)."""

    made_at: datetime
    week: str
    likely: list[LikelyFailure]
    failing: list[FailingUnit]
    wearing: list[WearingPart]
    undated: list[UndatedPart]
