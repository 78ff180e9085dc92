"""Readings of simulated rooms: of the catalogue, believable, and changed by a fault as it says."""

from datetime import timedelta

import pytest

from agent.reading import Reading
from agent.sample import sample_of
from simulate.campus import make_campus
from simulate.chance import chance
from simulate.device import MODELS, read_device
from simulate.fault import KINDS, Act, Fault
from simulate.lessons import Lesson, Running
from simulate.place import Room
from simulate.recorder import DATA_BYTES, hours_left, read_gateway, read_recorder
from simulate.scene import Scene
from wire.catalogue import CATALOGUE, Role, UpsSource

INTERVAL_S = 5.0
LESSON = Lesson(number=1, title="Algebra", starts=timedelta(hours=8), days=(0,), recorded=True)
CAMPUS = make_campus(40, seed=7)
ROOMS = list(CAMPUS.rooms())
CABINET = next(site.cabinet for site in CAMPUS.sites if site.cabinet)
BIG_ROOM = next(room for room in ROOMS if room.thing(Role.SWITCH))


def scene(*, gone_s: float | None = 600.0, steps: int = 1) -> Scene:
    made = Scene(random=chance("test"), interval_s=INTERVAL_S)
    for _ in range(steps):
        made.step(day_share=0.4, lesson=None if gone_s is None else Running(lesson=LESSON, gone_s=gone_s))
    return made


def all_readings(at: Scene, room: Room = BIG_ROOM) -> list[Reading]:
    found = list(read_recorder(at, ["camera-1"]) if room.id else read_gateway(at))
    for thing in room.things:
        found += read_device(at, thing)
    return found


def value_of(readings: list[Reading], metric: str, instance: str = "", device: str = "") -> float:
    (found,) = [r for r in readings if (r.metric, r.instance, r.device) == (metric, instance, device)]
    return found.value


def fault(kind: str, *, device: str = "", component: str = "", **options: float) -> Fault:
    return Fault(
        kind=KINDS[kind], at_s=0, for_s=60, site="s", room="s/r", device=device, component=component, options=options
    )


@pytest.mark.parametrize("room", [BIG_ROOM, CABINET], ids=["a room", "a cabinet"])
def test_every_reading_can_travel_and_is_of_the_catalogue(room: Room) -> None:
    at = scene()
    for _ in range(20):
        at.step(day_share=0.4, lesson=Running(lesson=LESSON, gone_s=600))
        for reading in all_readings(at, room):
            sample_of(reading)
            assert reading.metric in CATALOGUE
            if CATALOGUE[reading.metric].unit == "1" and reading.metric.endswith((".utilization", ".charge", ".load")):
                assert 0 <= reading.value <= 1


def test_no_two_readings_of_a_step_are_of_one_series() -> None:
    found = [(r.metric, r.instance, r.device) for r in all_readings(scene())]
    assert len(set(found)) == len(found)


def test_every_role_of_a_campus_has_a_model_and_no_other() -> None:
    assert {thing.role for room in CAMPUS.nodes() for thing in room.things} == set(MODELS)


def test_a_recorder_records_in_a_lesson_and_rests_between() -> None:
    busy, idle = all_readings(scene()), all_readings(scene(gone_s=None))
    assert value_of(busy, "classroom.recording.active") == 1
    assert value_of(busy, "classroom.recording.growth") > 0
    assert value_of(idle, "classroom.recording.active") == 0
    assert value_of(idle, "classroom.recording.growth") == 0
    assert value_of(busy, "system.cpu.utilization") > value_of(idle, "system.cpu.utilization")


def test_a_healthy_room_breaks_no_rule() -> None:
    at = scene()
    for step in range(300):
        at.step(day_share=step / 300, lesson=Running(lesson=LESSON, gone_s=600) if step % 3 else None)
        found = all_readings(at)
        assert value_of(found, "system.cpu.utilization") < 0.85
        assert value_of(found, "system.memory.utilization") < 0.85
        assert value_of(found, "system.filesystem.utilization", "D:") < 0.87
        assert value_of(found, "hw.ups.load", device="ups") < 0.75
        assert value_of(found, "classroom.recording.frame.dropped", "camera-1") < 0.01
        assert {r.value for r in found if r.metric == "hw.status"} == {0}
        assert max(r.value for r in found if r.metric == "hw.temperature") < 68


@pytest.mark.parametrize(
    ("kind", "metric", "instance", "base", "elapsed_s", "becomes"),
    [
        ("disk-filling", "system.filesystem.utilization", "D:", 0.5, 15, 0.5 + (0.965 - 0.5) / 2),
        ("disk-filling", "system.filesystem.utilization", "D:", 0.5, 300, 0.965),
        ("disk-filling", "system.filesystem.utilization", "C:", 0.5, 300, 0.5),
        ("disk-filling", "system.filesystem.usage", "D:", 0, 300, 0.965 * DATA_BYTES),
        ("disk-filling", "classroom.recording.hours_left", "", 400.0, 300, hours_left(0.965)),
        ("cpu-saturated", "system.cpu.utilization", "", 0.1, 60, 0.985),
        ("memory-short", "system.memory.utilization", "", 0.1, 60, 0.97),
        ("program-gone", "process.count", "recorder", 1, 60, 0),
        ("frames-stalled", "classroom.recording.frame.age", "camera-1", 0.05, 42, 42),
        ("no-sound", "classroom.recording.audio.level", "main", -24, 1, -90),
        ("ups-on-battery", "hw.ups.source", "", UpsSource.MAINS, 1, UpsSource.BATTERY),
        ("ups-on-battery", "hw.battery.time_left", "", 5000, 600, 1800),
        ("ups-on-battery", "hw.battery.time_left", "", 5000, 9999, 0),
        ("ups-on-battery", "hw.battery.charge", "", 1.0, 1200, 0.5),
        ("component-failed", "hw.status", "fan:1", 0, 1, 2),
        ("lamp-worn", "classroom.projector.lamp.time", "1", 300.0, 1, 3400),
        ("cpu-saturated", "system.memory.utilization", "", 0.1, 60, 0.1),
    ],
)
def test_a_fault_changes_what_it_says(
    kind: str, metric: str, instance: str, base: float, elapsed_s: float, becomes: float
) -> None:
    changed = fault(kind).changed(Reading(metric, base, instance), elapsed_s)
    assert changed.value == pytest.approx(becomes)
    assert isinstance(changed.value, int) or isinstance(base, float)


def test_options_of_a_fault_count() -> None:
    on = fault("ups-on-battery", minutes_left=10, drain=2)
    assert on.changed(Reading("hw.battery.time_left", 5000), 60).value == 480


def test_only_the_named_component_fails() -> None:
    broken = fault("component-failed", component="fan:1")
    assert broken.changed(Reading("hw.status", 0, "fan:1"), 1).value == 2
    assert broken.changed(Reading("hw.status", 0, "lamp:1"), 1).value == 0


def test_every_kind_that_changes_readings_changes_some_that_there_are() -> None:
    there = {reading.metric for reading in all_readings(scene())}
    for kind in KINDS.values():
        if kind.act is Act.READ and kind.name != "reading":
            assert {effect.metric for effect in kind.effects} <= there, kind.name
