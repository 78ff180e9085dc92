"""The collector's clock is put back or forward while it runs: nothing is found late, and nothing that is not so."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.core.campus import Campus, Lesson, Room, Site
from collector.core.model import Born, DeviceId, Died, RoomId, SiteId, State
from collector.trial.world import World
from tests.unit.core.classify_scene import T0, default_rules, seconds
from tests.unit.core.test_looking_back import rules as rules_that

PC, OTHER = DeviceId("s:pc"), DeviceId("s:other")
CPU = "system.cpu.utilization"
STEP = seconds(10)
MOVES = pytest.mark.parametrize(
    "by", [timedelta(hours=-3), timedelta(minutes=-1), timedelta(), timedelta(minutes=1), timedelta(hours=3)], ids=str
)


class Watch:
    """One agent, read each ten seconds, and a clock that may be moved. `moved` is how far it has been in all."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.moved = timedelta()
        world.happen(Born(device=PC, at=world.now, properties={"room": "r"}, interval=STEP))

    def put(self, by: timedelta) -> None:
        self.world.put_clock(by)
        self.moved += by

    def read(self, until_s: float, metric: str | None = None, value: float = 0.0, instance: str = "") -> None:
        """Let time pass until so many seconds of true time after the start; None reads nothing, and is heard."""
        until = T0 + seconds(until_s) + self.moved
        while self.world.now < until:
            if metric is None:
                self.world.hear(PC)
            else:
                self.world.read([(PC, metric, instance, value)])
            self.world.advance(min(self.world.now + STEP, until))

    def silence(self, until_s: float) -> None:
        self.world.advance(T0 + seconds(until_s) + self.moved)

    @property
    def rules(self) -> list[str]:
        return [incident.rule for incident in self.world.kept.open_incidents()]


@pytest.fixture
def watch() -> Watch:
    return Watch(World(campus=Campus(), rules=default_rules(), now=T0))


def true_time(watch: Watch, at: datetime) -> float:
    return (at - watch.moved - T0).total_seconds()


@MOVES
def test_a_silence_is_found_when_it_would_have_been(watch: Watch, by: timedelta) -> None:
    """Three intervals and the rule's 30 s after the last word; after a clock that was put forward, after that."""
    watch.read(60)
    watch.put(by)
    found_s = 120 if by > timedelta() else 110
    watch.silence(found_s - 0.1)
    assert watch.rules == []
    watch.silence(found_s)
    assert watch.rules == ["agent-silent"]
    (incident,) = watch.world.kept.open_incidents()
    assert true_time(watch, incident.onset_at) == pytest.approx(50)


@MOVES
def test_an_agent_that_goes_on_speaking_is_never_silent(watch: Watch, by: timedelta) -> None:
    for end in (60, 120, 180, 240):
        watch.read(end)
        watch.put(by)
    watch.read(600)
    assert watch.world.kept.incidents == {}
    assert watch.world.kept.health[PC].state is State.OK


@MOVES
def test_a_silence_that_was_timed_out_ends_with_the_next_word(watch: Watch, by: timedelta) -> None:
    watch.read(60)
    watch.silence(200)
    watch.put(by)
    watch.read(260)
    assert watch.rules == []
    assert watch.world.kept.health[PC].state is State.OK


@MOVES
def test_what_a_rule_waits_for_goes_on(watch: Watch, by: timedelta) -> None:
    watch.read(200, CPU, 1.0)
    watch.put(by)
    watch.read(299.9, CPU, 1.0)
    assert watch.rules == []
    watch.read(301, CPU, 1.0)
    (incident,) = watch.world.kept.open_incidents()
    assert (incident.rule, true_time(watch, incident.onset_at)) == ("cpu-saturated", 0)
    watch.read(500, CPU, 0.1)
    watch.put(by)
    watch.read(600.9, CPU, 0.1)
    assert watch.rules == ["cpu-saturated"]
    watch.read(612, CPU, 0.1)
    assert watch.rules == []
    (incident,) = watch.world.kept.incidents.values()
    assert incident.cleared_at is not None
    assert incident.cleared_at >= incident.onset_at


@MOVES
def test_a_death_opens_its_incident_in_time(watch: Watch, by: timedelta) -> None:
    watch.read(60)
    watch.world.happen(Died(device=PC, at=watch.world.now))
    watch.silence(70)
    watch.put(by)
    found_s = 100 if by > timedelta() else 90  # nothing counts while the machine may have slept
    watch.silence(found_s - 0.1)
    assert watch.rules == []
    watch.silence(found_s)
    assert watch.rules == ["agent-silent"]


@MOVES
def test_a_device_of_a_reborn_agent_has_its_minute_to_be_read(by: timedelta) -> None:
    camera = DeviceId("s:pc:cam")
    watch = Watch(World(campus=Campus(), rules=default_rules(), now=T0))
    watch.world.happen(Born(device=camera, at=T0, properties={"role": "camera", "room": "r"}))
    watch.read(20)
    watch.world.happen(Died(device=PC, at=watch.world.now))
    watch.silence(25)
    watch.world.happen(Born(device=PC, at=watch.world.now, properties={"room": "r"}, interval=STEP))
    watch.put(by)
    watch.read(75)
    watch.world.happen(Born(device=camera, at=watch.world.now, properties={"role": "camera", "room": "r"}))
    watch.read(200)
    assert watch.world.kept.incidents == {}


@MOVES
def test_what_is_missing_is_found_in_time(by: timedelta) -> None:
    pack = rules_that("{missing: {metric: x}, for: 60 s}", metric="x")
    watch = Watch(World(campus=Campus(), rules=pack, now=T0))
    watch.read(60, "x", 1.0)
    watch.put(by)
    watch.read(135, "y", 1.0)
    assert watch.rules == []
    watch.read(160, "y", 1.0)
    assert len(watch.rules) == 1


@MOVES
def test_a_trend_goes_on(by: timedelta) -> None:
    pack = rules_that("{trend: {over: 10 min, reaches: 1, within: 1 h}, for: 60 s}")
    watch = Watch(World(campus=Campus(), rules=pack, now=T0))
    for number in range(60):
        if number == 30:
            watch.put(by)
        watch.read(10 * number + 10, "m", number / 200)
    assert len(watch.rules) == 1
    (incident,) = watch.world.kept.open_incidents()
    assert true_time(watch, incident.detected_at) == pytest.approx(470, abs=20)


@MOVES
def test_what_is_counted_goes_on(by: timedelta) -> None:
    pack = rules_that("{count: {of: {equals: 0}, within: 10 min, at_least: 3}}")
    watch = Watch(World(campus=Campus(), rules=pack, now=T0))
    for number in range(3):
        watch.read(20 * number + 10, "m", 1)
        watch.read(20 * number + 20, "m", 0)
        watch.put(by)
        assert len(watch.rules) == (number == 2)


@MOVES
@pytest.mark.parametrize("told", [True, False], ids=["told", "over a restart"])
def test_the_clock_moves_while_the_collector_is_away_or_is_told(by: timedelta, told: bool) -> None:
    """A restart knows nothing of the clock: what is on record of a time to come was now."""
    watch = Watch(World(campus=Campus(), rules=default_rules(), now=T0))
    watch.read(60, CPU, 1.0)
    if told:
        watch.put(by)
        watch.world.restart()
    else:
        watch.moved += by
        watch.world.restart(down=by)
    watch.read(100, CPU, 1.0)
    watch.silence(200)
    assert watch.rules == ["agent-silent"]


def test_a_lesson_begins_by_the_clock_as_it_is_now() -> None:
    lesson = Lesson(start=T0 - timedelta(hours=2), end=T0 - timedelta(hours=1), title="", recorded=True)
    site = Site(id=SiteId("s"), name="S", time_zone=ZoneInfo("Asia/Shanghai"))
    room = Room(id=RoomId("s/r"), site=SiteId("s"), name="R", has_timetable=True, lessons=(lesson,))
    place = Campus(sites={site.id: site}, rooms={room.id: room})
    watch = Watch(World(campus=place, rules=default_rules(), now=T0))
    watch.read(400, CPU, 1.0)
    assert [int(incident.level) for incident in watch.world.kept.open_incidents()] == [3]
    watch.put(timedelta(hours=-2))
    assert [int(incident.level) for incident in watch.world.kept.open_incidents()] == [2]


def test_what_arrived_before_the_clock_was_put_back_is_of_now(watch: Watch) -> None:
    """An intake may hold what came before the clock was moved."""
    watch.read(60)
    before = watch.world.now
    watch.put(timedelta(hours=-3))
    watch.world.take(events=[Born(device=OTHER, at=before, properties={}, interval=STEP)], heard={PC: before})
    watch.silence(130)
    assert watch.rules == ["agent-silent", "agent-silent"]
    assert {health.state for health in watch.world.kept.health.values()} == {State.FAILED}
