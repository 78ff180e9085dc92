"""What the engine makes of the time between two turns."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from collector.core.model import Batch, Decision, no_readings
from collector.desk.changes import Changes
from collector.engine import Engine
from collector.ingest.intake import Intake


class Reached:
    """A source whose broker is always reached."""

    connected = True

    def take(self, timeout_s: float) -> Intake:
        return Intake()


class Watcher:
    """A decider that remembers when it was told that it sees again."""

    def __init__(self) -> None:
        self.saw: list[datetime] = []
        self.put: list[tuple[timedelta, datetime]] = []
        self.took: list[datetime] = []

    def put_clock(self, by: timedelta, now: datetime) -> list[Decision]:
        self.put.append((by, now))
        return []

    def see(self, *, connected: bool, now: datetime) -> list[Decision]:
        assert connected
        self.saw.append(now)
        return []

    def take(self, batch: Batch) -> list[Decision]:
        self.took.append(batch.at)
        return []

    def tick(self, now: datetime) -> list[Decision]:
        raise NotImplementedError

    def next_due(self) -> datetime | None:
        return None


class Performer:
    """A performer that remembers when it was told of time."""

    def __init__(self) -> None:
        self.told: list[datetime] = []

    def next_due(self) -> datetime | None:
        return None

    def carry_out(self, decisions: Sequence[Decision], *, commit: int | None, now: datetime) -> Changes:
        return Changes()

    def let_time_pass(self, now: datetime) -> Changes:
        self.told.append(now)
        return Changes()


def an_engine() -> tuple[Engine, Watcher, Performer]:
    decider, performer, nothing = Watcher(), Performer(), cast("Any", None)
    source = cast("Any", Reached())
    engine = Engine(source=source, store=nothing, decider=decider, performer=cast("Any", performer), publish=nothing)
    return engine, decider, performer


class Stored:
    """A store that holds one commit which was not classified."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def batches_after(self, commit: int) -> Iterator[Batch]:
        yield Batch(commit=commit + 1, at=self._at, readings=no_readings())


@pytest.mark.parametrize("ago", [timedelta(hours=1), timedelta(hours=-1)], ids=["before", "of a time to come"])
def test_what_was_not_classified_before_a_restart_is_of_now_at_the_latest(ago: timedelta) -> None:
    """A machine without a battery starts with a clock that is behind; nothing may be timed from a time to come."""
    decider, performer, before = Watcher(), Performer(), datetime.now(UTC)
    engine = Engine(
        source=cast("Any", Reached()),
        store=cast("Any", Stored(before - ago)),
        decider=decider,
        performer=cast("Any", performer),
        publish=lambda _changes, _heard: None,
    )
    assert engine.catch_up(0) == 1
    (at,) = decider.took
    assert at == before - ago if ago > timedelta() else before <= at <= datetime.now(UTC)


FIRST = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("counted_s", "moved_s", "is_told"),
    [
        pytest.param(0.2, 0, False, id="a turn"),
        pytest.param(4.0, 0, False, id="a slow one"),
        pytest.param(60.0, 0, True, id="held up"),
        pytest.param(3600.0, 0, True, id="held up for long"),
        pytest.param(0.2, 3600, True, id="asleep, or put forward"),
        pytest.param(0.2, -3600, False, id="put back"),
        pytest.param(60.0, -60, True, id="held up and put back"),
    ],
)
def test_a_turn_that_begins_long_after_the_last_says_that_nobody_was_heard(
    counted_s: float, moved_s: float, is_told: bool
) -> None:
    engine, decider, _ = an_engine()
    engine._look(FIRST, 1000.0)
    decider.saw.clear()
    later = FIRST + timedelta(seconds=counted_s + moved_s)
    engine._look(later, 1000.0 + counted_s)
    assert decider.saw == ([later] if is_told else [])


@pytest.mark.parametrize("moved_s", [-10_800.0, -2.0, 2.0, 10_800.0])
def test_a_clock_that_was_moved_is_told_once_by_how_much(moved_s: float) -> None:
    engine, decider, _ = an_engine()
    engine._look(FIRST, 1000.0)
    decider.put.clear()
    later = FIRST + timedelta(seconds=0.25 + moved_s)
    engine._look(later, 1000.25)
    engine._look(later + timedelta(seconds=0.25), 1000.5)
    assert decider.put == [(timedelta(seconds=moved_s), later)]


def test_a_clock_that_is_slewed_is_not_moved() -> None:
    engine, decider, _ = an_engine()
    engine._look(FIRST, 1000.0)
    decider.put.clear()
    for number in range(1, 1000):
        engine._look(FIRST + timedelta(seconds=4.002 * number), 1000.0 + 4 * number)  # 500 parts in a million
    assert decider.put == []


def test_the_desk_looks_once_when_the_clock_was_moved() -> None:
    engine, decider, performer = an_engine()
    engine._turn()
    assert (decider.put, performer.told) == ([], [])
    engine._turned_at += timedelta(hours=3)
    engine._turn()
    engine._turn()
    assert len(decider.put) == len(performer.told) == 1
