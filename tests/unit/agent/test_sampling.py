"""When picture and sound are looked at: never while the computer is busy, never beyond the share of a core."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from agent.errors import ProbeError
from agent.media.budget import Budget, Busy
from agent.media.command import Input
from agent.media.kinds import Kind, Source
from agent.media.watch import Target, Tools, Watch


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


def test_a_busy_computer_is_not_looked_at_until_it_rests(caplog: pytest.LogCaptureFixture) -> None:
    clock, is_busy, opened = Clock(), [True], []
    tools = Tools(
        ffmpeg="none",
        budget=Budget(share=1.0, start_s=3.0, clock=clock),
        busy=lambda: is_busy[0],
        scratch=Path("none"),
        clock=clock,
    )

    def open_it() -> Input:
        opened.append(clock.s)
        raise ProbeError("it is only a test")

    watch = Watch(Source(name="cam", kind=Kind.CAMERA), tools, name="recording:cam")
    target = Target(key="a.mkv", open=open_it, deadline_s=10)
    for _ in range(10):
        clock.s += 60
        watch.step(target)
    assert opened == []
    is_busy[0] = False
    watch.step(target)
    assert opened == [clock.s]


@pytest.mark.parametrize(("idle_s", "waiting_s", "is_busy"), [(1.0, 0.0, True), (0.5, 1.0, False), (5.0, 0.0, False)])
def test_busy_is_what_all_processors_did_lately(
    monkeypatch: pytest.MonkeyPatch, idle_s: float, waiting_s: float, is_busy: bool
) -> None:
    class Times(SimpleNamespace):
        def __iter__(self):  # type: ignore[no-untyped-def]  # as psutil's tuple
            return iter((self.user, self.idle, self.iowait))

    times = Times(user=50.0, idle=50.0, iowait=0.0)
    monkeypatch.setattr(psutil, "cpu_times", lambda: times)
    clock = Clock()
    busy = Busy(above=0.85, clock=clock)
    assert not busy(), "nothing is known yet"
    times.user, times.idle, times.iowait = 50.0 + 10 - idle_s - waiting_s, 50.0 + idle_s, waiting_s
    assert not busy(), "too soon to say"
    clock.s += 5
    assert busy() is is_busy


def test_looks_take_their_share_over_time_and_each_source_has_its_turn() -> None:
    clock = Clock()
    budget = Budget(share=0.02, clock=clock)
    started: list[str] = []
    for _ in range(3600):
        clock.s += 1
        for who in ("camera", "slides"):
            if budget.may_start(who, 0.5):
                started.append(who)
                budget.ended(who, 0.5)
    assert budget.spent_s <= 0.02 * 3600
    assert budget.spent_s >= 0.9 * 0.02 * 3600
    assert abs(started.count("camera") - started.count("slides")) <= 1
