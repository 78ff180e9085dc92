"""Devices and what they last said."""

from datetime import datetime

from collector.api.schemas.base import Shown
from collector.core.model import Context, State
from collector.core.rule import Operator


class Unit(Shown):
    """The thing itself; an empty string where it is not known."""

    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


class Metric(Shown):
    """The last value of one series. `at` is the agent's stamp; `unit` is UCUM."""

    metric: str
    instance: str
    value: float
    unit: str
    at: datetime


class Threshold(Shown):
    """A reading that compares so with `value` for `for_s` raises `rule` at `level`; `contexts` null: in any.

    `override` says where the rule has another form here (file:line:column), and why; null: it has its own.
    """

    rule: str
    metric: str
    instance: str
    level: int
    operator: Operator
    value: float
    for_s: float
    contexts: list[Context] | None = None
    override: str | None = None


class Device(Shown):
    """A host or a device. `id` is `site:agent` or `site:agent:device`; `agent` is the node that reports it.

    `pending`: a fault is being timed and has not been detected yet. `highlight`: the one metric that matters for
    the role, as it was when this was written. `maintenance`: when planned work on it, its room or its site is over;
    null where there is none now.
    """

    id: str
    site: str
    site_name: str
    room: str | None
    room_name: str | None
    agent: str
    role: str
    name: str
    unit: Unit
    state: State
    level: int | None = None
    pending: bool
    since: datetime | None
    last_seen: datetime | None
    in_campus: bool
    agent_version: str
    os: str
    interval_s: float | None
    maintenance: datetime | None = None
    highlight: Metric | None = None
