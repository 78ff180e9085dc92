"""How the collector is: what it needs, and what it has counted, for /readyz, /metrics and the page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from collector.api.sources import Vital, Vitals
from collector.engine import EngineStatus


class Intakes(Protocol):
    """What the Sparkplug host counts. Read from other threads."""

    @property
    def connected(self) -> bool: ...
    @property
    def heard_at(self) -> datetime | None: ...
    @property
    def messages(self) -> int: ...
    @property
    def refused(self) -> Mapping[str, int]: ...
    @property
    def queue_depth(self) -> int: ...


class VitalsSource:
    """Says how the collector is from what its parts say of themselves."""

    def __init__(self, *, intakes: Intakes, engine: EngineStatus, broker_url: str) -> None:
        self._intakes = intakes
        self._engine = engine
        self._broker_url = broker_url

    def vitals(self) -> Vitals:
        """Return how the collector is now."""
        engine, intakes = self._engine, self._intakes
        is_connected = intakes.connected
        return Vitals(
            broker=Vital(
                ok=is_connected,
                says=""
                if is_connected
                else f"No connection to the broker at {self._broker_url}. Readings wait in the agents' outboxes. "
                "Look whether it runs and lets this collector in.",
            ),
            series=Vital(ok=engine.store_error is None, says=engine.store_error or ""),
            records=Vital(ok=engine.records_error is None, says=engine.records_error or ""),
            heard_at=intakes.heard_at,
            readings=engine.readings,
            messages=intakes.messages,
            refused=intakes.refused,
            queue_depth=intakes.queue_depth,
            commits=engine.commits,
            commit_seconds=engine.commit_total_s,
        )
