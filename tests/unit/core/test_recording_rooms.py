"""Timetables lie: whatever they say, no outage of a room that is recording is hidden."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.campus import Site
from collector.core.model import DeviceId, Shutdown, SiteId
from tests.unit.core.classify_scene import PC, Scene, campus, room

RECORDER = DeviceId("s:pc:rec")
ROLES = ("camera", "projector", "display", "microphone", "mixer", "storage", "switch", "ups", "capture-card")
ACTIVE = "classroom.recording.active"
UTC = ZoneInfo("UTC")


def site(*, is_open: bool) -> Site:
    hours = {day: ((time(0, 0), time.max),) for day in range(7)} if is_open else {}
    return Site(id=SiteId("s"), name="S", time_zone=UTC, opening_hours=hours)


def scene_in(context: str) -> Scene:
    lessons = ((-600, 6000, True),) if context == "lesson" else ()
    return Scene(campus(room(*lessons), site=site(is_open=context == "open")))


def outages(
    context: str, role: str, others: int, told: Shutdown | None, faults: list[tuple[str, str, float]]
) -> set[str]:
    """Return the rules at level 1 after a room that is recording has met a fault."""
    scene = scene_in(context)
    scene.born(room="s/r")
    scene.born(RECORDER, role="recorder")
    device = DeviceId("s:pc:d")
    scene.born(device, role=role)
    for number in range(others):
        scene.born(f"s:pc:o{number}", role=role)

    def recording() -> None:
        scene.read(ACTIVE, 1, device=RECORDER)
        if faults:
            scene.read_all([(device, metric, instance, value) for metric, instance, value in faults])

    scene.during(60, recording)
    if not faults:
        scene.died(device, told=told)
    scene.during(400, recording)
    return {rule for rule, level in scene.verdicts if level == 1}


FAULTS = st.lists(
    st.sampled_from(
        [
            ("hw.status", "logical_disk:v", 2.0),
            ("hw.status", "fan:1", 2.0),
            ("classroom.recording.frame.age", "main", 60.0),
            ("classroom.recording.video.black.duration", "main", 90.0),
            ("classroom.recording.audio.level", "main", -95.0),
            ("hw.logical_disk.utilization", "v", 1.0),
            ("hw.ups.source", "", 1.0),
            ("hw.battery.time_left", "", 60.0),
        ]
    ),
    max_size=3,
    unique_by=lambda fault: fault[:2],
)


@settings(max_examples=25, deadline=None)
@given(
    context=st.sampled_from(["open", "closed"]),
    role=st.sampled_from(ROLES),
    others=st.integers(0, 1),
    told=st.none() | st.just(Shutdown.SLEEP),
    faults=FAULTS,
)
def test_context_never_hides_an_outage_of_a_room_that_is_recording(
    context: str, role: str, others: int, told: Shutdown | None, faults: list[tuple[str, str, float]]
) -> None:
    in_a_lesson = outages("lesson", role, others, told, faults)
    assert outages(context, role, others, told, faults) >= in_a_lesson


@pytest.mark.parametrize("planned", ["lesson", "open", "closed"])
def test_the_only_camera_of_a_recording_room_is_an_outage_at_any_time(planned: str) -> None:
    assert outages(planned, "camera", 0, None, []) == {"device-silent-redundant"}


def test_the_only_camera_of_a_closed_room_that_records_nothing_is_off() -> None:
    scene = scene_in("closed")
    scene.born(room="s/r")
    scene.born("s:pc:d", role="camera")
    scene.during(60, lambda: scene.read(ACTIVE, 0))
    scene.died("s:pc:d")
    scene.during(300, lambda: scene.read(ACTIVE, 0))
    assert scene.verdicts == []
    assert scene.state("s:pc:d") == "off"


def test_a_camera_that_is_off_becomes_an_outage_once_the_room_records() -> None:
    scene = scene_in("closed")
    scene.born(room="s/r")
    scene.born("s:pc:d", role="camera")
    scene.during(60, lambda: scene.read(ACTIVE, 0))
    scene.died("s:pc:d")
    scene.during(300, lambda: scene.read(ACTIVE, 0))
    scene.read(ACTIVE, 1)
    assert scene.verdicts == [("device-silent-redundant", 1)]
    scene.during(60, lambda: scene.read(ACTIVE, 0))
    assert scene.verdicts == [("device-silent-redundant", 1)]


def test_a_saturated_processor_of_a_closed_room_that_records_is_judged_as_in_a_lesson() -> None:
    scene = scene_in("closed")
    scene.born(room="s/r")
    scene.during(400, lambda: scene.read_all([(PC, ACTIVE, "", 1), (PC, "system.cpu.utilization", "", 0.99)]))
    assert scene.verdicts == [("cpu-saturated", 2)]
    scene.during(30, lambda: scene.read_all([(PC, ACTIVE, "", 0), (PC, "system.cpu.utilization", "", 0.99)]))
    assert scene.verdicts == [("cpu-saturated", 3)]
    assert scene.now - scene.incident().onset_at > timedelta(seconds=400)
