"""How Roomtone itself is."""

from datetime import datetime

from collector.api.schemas.base import Shown


class Vital(Shown):
    """Whether a part that Roomtone needs works; `says` is a sentence for people when it does not."""

    ok: bool
    says: str = ""


class Pulse(Shown):
    """The server's clock, and how fresh the data is; also sent as the event `pulse`, each second.

    `data_at` is when the last message was taken in; null before the first. `data_age_s` is `now` less that.
    """

    now: datetime
    data_at: datetime | None
    data_age_s: float | None
    readings_per_s: float


class Status(Pulse):
    """The health display, and what a first run needs to know.

    `this_machine` is the agent that `roomtone up` runs here; `token_file` is shown to administrators alone.
    """

    version: str
    started_at: datetime
    ready: bool
    broker: Vital
    series: Vital
    records: Vital
    readings: int
    messages: int
    refused: int
    queue_depth: int
    devices: int
    rooms: int
    this_machine: str | None
    token_file: str | None


class Readiness(Shown):
    """Whether broker and stores are usable."""

    ready: bool
    broker: Vital
    series: Vital
    records: Vital
