"""What the engine makes of the time between two turns."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from collector.core.model import Batch, Decision
from collector.engine import Engine


class Reached:
    """A source whose broker is always reached."""

    connected = True


class Watcher:
    """A decider that remembers when it was told that it sees again."""

    def __init__(self) -> None:
        self.saw: list[datetime] = []

    def see(self, *, connected: bool, now: datetime) -> list[Decision]:
        assert connected
        self.saw.append(now)
        return []

    def take(self, batch: Batch) -> list[Decision]:
        raise NotImplementedError

    def tick(self, now: datetime) -> list[Decision]:
        raise NotImplementedError

    def next_due(self) -> datetime | None:
        return None


@pytest.mark.parametrize(("after_s", "is_told"), [(0.2, False), (4.0, False), (60.0, True), (3600.0, True)])
def test_a_turn_that_begins_long_after_the_last_says_that_nobody_was_heard(after_s: float, is_told: bool) -> None:
    """Stopped, or its clock was put forward: what a clock that counts on says of it does not matter."""
    decider, nothing = Watcher(), cast("Any", None)
    engine = Engine(source=cast("Any", Reached()), store=nothing, decider=decider, performer=nothing, publish=nothing)
    first = datetime.now(UTC)
    later = first + timedelta(seconds=after_s)
    engine._look(first)
    engine._look(later)
    assert decider.saw == ([later] if is_told else [])
