"""Probes that work, fail, hang and lie, read on the grid. Time is the test's; the threads are real and never waited for
longer than they take."""

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.errors import DeviceLeft, ProbeError
from agent.now import Moment
from agent.reading import Probe, Reading
from agent.sampler import Batch, Sampler
from agent.schedule import Grid
from agent.snmp.behind import Member
from tests.waiting import until

GRID = Grid.of("east:pc1", 10)
START = GRID.step_at(1_800_000_000_000) + 1234


class Says:
    """A probe that says what it is told to."""

    def __init__(self, name: str, say: Callable[[], Any]) -> None:
        self.name = name
        self.say = say
        self.asked: list[datetime] = []

    def read(self, now: datetime) -> Iterable[Reading]:
        self.asked.append(now)
        said: Iterable[Reading] = self.say()
        return said


class SaysOfDevice(Says):
    device = "ups"
    role = "ups"
    properties: Mapping[str, str] = {"vendor": "APC"}

    def __init__(self, say: Callable[[], Any], interval_s: float | None = None) -> None:
        super().__init__("snmp:ups", say)
        self.interval_s = interval_s


def good() -> list[Reading]:
    return [Reading("system.uptime", 1.0)]


def fails() -> list[Reading]:
    raise ProbeError("no answer")


class Bench:
    """A sampler and a clock that the test moves."""

    def __init__(self, *probes: Probe) -> None:
        self.now = Moment(START, 100.0)
        self.ahead_s = 0.0
        self.woken = threading.Event()
        self.sampler = Sampler(
            probes, owner="east:pc1", interval_s=10, wake=self.woken.set, agent_readings=lambda _now: iter(())
        )

    def step(self, seconds: float = 0.0) -> list[Batch]:
        self.now = Moment(self.now.at_ms + round(seconds * 1000), self.now.mono_s + seconds)
        return self.sampler.step(self.now)

    def idle(self, *busy: str) -> None:
        """Wait until every probe but the `busy` ones has answered."""
        until(
            lambda: (
                self.sampler._outcomes.qsize() >= sum(r.is_busy and r.name not in busy for r in self.sampler.runners)
            )
        )

    def turn(self, *busy: str, seconds: float = 10.0) -> list[Batch]:
        """Go on to the next step of the grid, let the probes answer, and return what is ready then."""
        batches = self.step(seconds - self.ahead_s)
        self.idle(*busy)
        self.ahead_s = 2.1
        return batches + self.step(0.1) + self.step(2.0)

    def failures(self, name: str) -> int:
        return next(r.failures for r in self.sampler.runners if r.name == name)


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    """What hanging probes wait for; set at the end so that their threads end."""
    event = threading.Event()
    yield event
    event.set()


def values(batches: list[Batch]) -> list[float | int | bool]:
    return [s.value for b in batches for of_device in b.samples.values() for s in of_device]


def test_readings_are_stamped_with_the_step_of_the_grid() -> None:
    bench = Bench(Says("a", good))
    first = bench.turn(seconds=0)
    second = bench.turn()
    assert [b.step_ms for b in first + second if b.samples] == [START - 1234, START - 1234 + 10_000]


def test_what_a_probe_could_not_read_is_said_once_beside_its_readings(caplog: pytest.LogCaptureFixture) -> None:
    probe = Says("a", good)
    bench = Bench(probe)
    probe.troubles = ("disk sdb lets us not",)  # type: ignore[attr-defined]
    batches = bench.turn(seconds=0) + bench.turn()
    assert values(batches) == [1.0, 1.0]
    assert [r.message for r in caplog.records] == ["probe a: disk sdb lets us not"]
    assert bench.failures("a") == 2
    probe.troubles = ()  # type: ignore[attr-defined]
    bench.turn()
    probe.troubles = ("disk sdb lets us not",)  # type: ignore[attr-defined]
    bench.turn()
    assert len(caplog.records) == 2


def test_missed_steps_are_not_made_up_for() -> None:
    probe = Says("a", good)
    bench = Bench(probe)
    bench.turn(seconds=0)
    bench.turn(seconds=3600)
    assert len(probe.asked) == 2


def test_a_clock_that_is_put_back_does_not_silence_the_agent() -> None:
    probe = Says("a", good)
    bench = Bench(probe)
    bench.turn(seconds=0)
    bench.now = Moment(START - 3_600_000, bench.now.mono_s)
    batches = bench.turn(seconds=2.1)
    assert len(probe.asked) == 2
    assert batches[0].step_ms == GRID.step_at(START - 3_600_000)


def test_the_next_step_is_known() -> None:
    bench = Bench(Says("a", good))
    assert bench.sampler.next_due(bench.now) <= bench.now.mono_s
    bench.turn(seconds=0)
    left_s = (10_000 - 1234 - 2100) / 1000
    assert bench.sampler.next_due(bench.now) == pytest.approx(bench.now.mono_s + left_s, abs=0.01)


def test_a_probe_that_fails_costs_only_itself_and_is_counted_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(Says("bad", fails), Says("worse", lambda: 1 / 0), Says("good", good))
    for n in range(3):
        assert values(bench.turn(seconds=10 if n else 0)) == [1.0]
    assert bench.failures("bad") == 3
    assert bench.failures("worse") == 3
    assert bench.failures("good") == 0
    assert caplog.text.count("no answer") == 1
    assert caplog.text.count("ZeroDivisionError") == 1


def test_a_probe_that_hangs_costs_only_itself(let_go: threading.Event) -> None:
    def hangs() -> list[Reading]:
        let_go.wait(30)
        return [Reading("system.uptime", 99.0)]

    bench = Bench(Says("hung", hangs), Says("good", good))
    for n in range(5):
        assert values(bench.turn("hung", seconds=10 if n else 0)) == [1.0]
    assert bench.failures("hung") == 4
    let_go.set()
    bench.idle()
    assert 99.0 not in values(bench.step(0.1)), "its word is stale by now"


def test_a_slow_probe_follows_under_its_own_step(let_go: threading.Event) -> None:
    def slow() -> list[Reading]:
        let_go.wait(30)
        return [Reading("system.uptime", 2.0)]

    bench = Bench(Says("slow", slow), Says("good", good))
    assert values(bench.turn("slow", seconds=0)) == [1.0]
    let_go.set()
    bench.idle()
    late = bench.step(2.0)
    assert values(late) == [2.0]
    assert late[0].step_ms == START - 1234
    assert not late[0].is_own


@pytest.mark.parametrize(
    ("say", "kept"),
    [
        (lambda: [Reading("system.uptime", math.nan), Reading("system.uptime", 1.0)], [1.0]),
        (lambda: [Reading("system.uptime", "x")], []),  # type: ignore[arg-type]
        (lambda: [None, 7, "text", Reading("system.uptime", 1.0)], [1.0]),
        (lambda: None, []),
        (lambda: 5, []),
        (lambda: iter(lambda: Reading("system.uptime", 1.0), None), []),
        (lambda: [Reading("system.uptime", 1.0, device=["x"])], []),  # type: ignore[arg-type]
    ],
    ids=["nan", "text", "no readings", "none", "a number", "endless", "unhashable"],
)
def test_a_probe_that_lies_costs_only_itself(say: Callable[[], Any], kept: list[float]) -> None:
    bench = Bench(Says("liar", say), Says("good", lambda: [Reading("system.paging.utilization", 0.5)]))
    assert sorted(values(bench.turn(seconds=0))) == sorted([*kept, 0.5])
    assert bench.failures("liar") == 1
    assert bench.failures("good") == 0


def test_a_device_is_up_with_its_first_answer_and_down_after_three_failures_in_a_row() -> None:
    answers: list[Callable[[], Any]] = []
    probe = SaysOfDevice(lambda: answers.pop(0)())
    bench = Bench(probe)

    def device_good() -> list[Reading]:
        return [Reading("hw.ups.load", 0.5, device="ups")]

    def seen(say: Callable[[], Any], seconds: float = 10.0) -> str:
        answers.append(say)
        batches = bench.turn(seconds=seconds)
        return "up" if any(b.up for b in batches) else "down" if any(b.down for b in batches) else ""

    assert seen(device_good, 0.0) == "up"
    assert [seen(fails), seen(fails), seen(device_good)] == ["", "", "up"]
    assert [seen(fails), seen(fails), seen(fails), seen(fails)] == ["", "", "down", ""]
    assert seen(device_good) == "up"


def test_a_device_that_is_read_at_an_address_is_told_with_it() -> None:
    probe = SaysOfDevice(lambda: [Reading("hw.battery.charge", 1.0, device="ups")])
    probe.host = "192.0.2.9"  # type: ignore[attr-defined]  # as probes of devices have
    bench = Bench(probe)
    bench.step()
    bench.idle()
    (batch,) = [batch for batch in bench.step(0.1) if batch.up]
    told = batch.whereabouts["ups"].beside(probe.properties)
    assert (told["vendor"], told["address"]) == ("APC", "192.0.2.9")


def test_with_a_device_go_those_for_which_it_speaks_at_once_where_it_said_so() -> None:
    answers: list[Callable[[], Any]] = []
    probe = SaysOfDevice(lambda: answers.pop(0)())
    probe.members = [Member("ups.battery"), Member("ups.sensor")]  # type: ignore[attr-defined]
    bench = Bench(probe)

    def leaves() -> list[Reading]:
        raise DeviceLeft("os")

    def gone(say: Callable[[], Any], seconds: float = 10.0) -> tuple[list[str], dict[str, str]]:
        answers.append(say)
        batches = bench.turn(seconds=seconds)
        return [name for b in batches for name in b.down], {k: v for b in batches for k, v in b.told.items()}

    everybody = ["ups", "ups.battery", "ups.sensor"]
    assert gone(list, 0.0) == ([], {})
    assert [gone(fails), gone(fails), gone(fails)] == [([], {}), ([], {}), (everybody, {})]
    assert gone(list) == ([], {})
    assert gone(leaves) == (everybody, {"ups": "os"})
    assert gone(fails) == ([], {})


def test_a_device_that_hangs_is_down_after_three_turns(let_go: threading.Event) -> None:
    bench = Bench(SaysOfDevice(lambda: let_go.wait(30) and []))
    down = [any(b.down for b in bench.turn("snmp:ups", seconds=10 if n else 0)) for n in range(5)]
    assert down == [False, False, False, True, False]


def test_a_probe_may_have_an_interval_of_its_own() -> None:
    device = SaysOfDevice(lambda: [Reading("hw.ups.load", 0.5, device="ups")], interval_s=60)
    other = Says("a", good)
    bench = Bench(device, other)
    for n in range(13):
        bench.turn(seconds=10 if n else 0)
    assert len(other.asked) == 13
    assert len(device.asked) == 3


def test_each_own_step_carries_what_the_agent_says_of_itself_once() -> None:
    bench = Bench(Says("a", good))
    sampler = Sampler(
        [],
        owner="east:pc1",
        interval_s=10,
        wake=lambda: None,
        agent_readings=lambda _now: [Reading("classroom.agent.outbox.depth", 3)],
    )
    batches = sampler.step(bench.now) + sampler.step(Moment(START + 10_000, 110.0))
    assert values(batches) == [3, 3]


def test_the_present_is_handed_to_probes_aware_and_in_utc() -> None:
    probe = Says("a", good)
    Bench(probe).turn(seconds=0)
    assert probe.asked[0] == datetime.fromtimestamp(START / 1000, UTC)


class Tells(Says):
    """A probe that learns out of turn who has news."""

    def __init__(self) -> None:
        super().__init__("traps", list)
        self.tell: Callable[[str], None] = lambda device: None

    def listen(self, tell: Callable[[str], None]) -> None:
        self.tell = tell


def test_a_device_with_news_is_read_out_of_turn_once_however_often_it_is_told() -> None:
    tells, ups = Tells(), SaysOfDevice(good)
    bench = Bench(tells, ups)
    bench.turn(seconds=0)
    bench.woken.clear()
    for _ in range(50):
        tells.tell("ups")
    assert bench.woken.is_set()
    bench.step(1.0)
    bench.idle()
    batches = bench.step(0.1)
    assert [(b.step_ms, list(b.samples), [p.device for p in b.up]) for b in batches] == [
        (bench.now.at_ms - 100, [""], ["ups"])
    ]
    assert len(ups.asked) == 2


def test_news_that_go_on_do_not_make_a_device_be_read_all_the_time() -> None:
    tells, ups = Tells(), SaysOfDevice(good)
    bench = Bench(tells, ups)
    bench.turn(seconds=0)
    for _ in range(40):
        tells.tell("ups")
        bench.step(0.1)
        bench.idle()
    assert len(ups.asked) <= 1 + 4 / 2 + 1


def test_what_was_told_while_a_device_was_being_read_is_looked_at_after_that() -> None:
    tells = Tells()
    ups = SaysOfDevice(lambda: tells.tell("ups") or good() if len(ups.asked) == 2 else good())
    bench = Bench(tells, ups)
    bench.turn(seconds=0)
    bench.turn()
    bench.step(0.1)
    bench.idle()
    bench.step(0.1)
    assert len(ups.asked) == 3
    assert bench.failures("snmp:ups") == 0


def test_a_reading_out_of_turn_that_fails_is_no_failed_poll() -> None:
    tells, ups = Tells(), SaysOfDevice(fails)
    bench = Bench(tells, ups)
    batches = bench.turn(seconds=0)
    for _ in range(3):
        tells.tell("ups")
        batches += bench.step(2.0)
        bench.idle()
        batches += bench.step(0.1)
    assert [b.down for b in batches if b.down] == []
    assert [b.down for b in bench.turn() + bench.turn() if b.down] == [["ups"]]
