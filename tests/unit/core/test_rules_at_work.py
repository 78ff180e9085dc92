"""The default rules, sentence by sentence: what raises, what clears, at which level."""

from dataclasses import dataclass

import pytest

from tests.unit.core.classify_scene import PC, Scene, campus, room, seconds


@dataclass(frozen=True)
class Row:
    """A metric that goes bad and good again. `raise_s` and `clear_s` are the rule's `for`."""

    rule: str
    role: str
    metric: str
    good: float
    bad: float
    raise_s: float
    clear_s: float
    level: int
    instance: str = ""
    beside: tuple[tuple[str, str, float], ...] = ()


VIDEO = "classroom.recording.video"
LIMIT = "hw.temperature.limit"
LAMP = "classroom.projector.lamp"
ACTIVE = (("classroom.recording.active", "", 1.0),)
ROWS = [
    Row("component-failed", "display", "hw.status", 0, 2, 30, 60, 2, "fan:1"),
    Row("component-failed", "other", "hw.status", 0, 2, 30, 60, 1, "logical_disk:v1"),
    Row("component-failed", "storage", "hw.status", 0, 2, 30, 60, 1, "volume1"),
    Row("component-failed", "storage", "hw.status", 0, 2, 30, 60, 2, "fan:1"),
    Row("component-failed", "camera", "hw.status", 0, 2, 30, 60, 1, "sensor"),
    Row("component-degraded", "projector", "hw.status", 0, 1, 120, 300, 3, "lamp"),
    Row("component-degraded", "storage", "hw.status", 0, 4, 120, 300, 3, "physical_disk:1"),
    Row("component-degraded", "storage", "hw.status", 0, 1, 120, 300, 2, "volume1"),
    Row("needs-cleaning", "projector", "hw.status", 0, 3, 600, 600, 3, "filter"),
    Row("volume-full", "recorder-pc", "system.filesystem.utilization", 0.5, 0.99, 60, 300, 1, "/data"),
    Row("volume-nearly-full", "storage", "hw.logical_disk.utilization", 0.5, 0.95, 120, 300, 2, "v1"),
    Row("volume-filling", "recorder", "system.filesystem.utilization", 0.5, 0.90, 600, 600, 3, "D:"),
    Row("upload-behind", "recorder", "classroom.recording.upload.oldest", 0, 90_000, 0, 0, 3),
    Row("cpu-saturated", "recorder-pc", "system.cpu.utilization", 0.2, 0.95, 300, 300, 3),
    Row("memory-short", "recorder-pc", "system.memory.utilization", 0.2, 0.97, 120, 300, 3),
    Row("recorder-program-gone", "recorder-pc", "process.count", 1, 0, 60, 30, 2, "recorder.exe"),
    Row("recording-not-growing", "recorder-pc", "classroom.recording.growth", 9, 0, 30, 30, 1, "", ACTIVE),
    Row("frames-stalled", "recorder-pc", "classroom.recording.frame.age", 0.1, 11, 20, 30, 1, "cam", ACTIVE),
    Row("frames-dropping", "recorder-pc", "classroom.recording.frame.dropped", 0, 0.05, 60, 300, 2, "cam"),
    Row("frames-dropping", "recorder-pc", "classroom.recording.frame.dropped", 0, 0.02, 300, 300, 3, "cam"),
    Row("picture-black", "camera", f"{VIDEO}.black.duration", 0, 60, 0, 30, 1, "main", ACTIVE),
    Row("picture-frozen", "camera", f"{VIDEO}.freeze.duration", 0, 120, 0, 30, 2, "main", ACTIVE),
    Row("no-sound", "microphone", "classroom.recording.audio.level", -20, -90, 60, 30, 1, "main", ACTIVE),
    Row("lamp-wearing", "projector", f"{LAMP}.time", 10, 1600, 0, 0, 3, "1", ((f"{LAMP}.limit", "1", 2000.0),)),
    Row("too-hot", "switch", "hw.temperature", 40, 71, 300, 600, 3, "inlet"),
    Row("too-hot", "switch", "hw.temperature", 40, 61, 300, 600, 3, "inlet", ((LIMIT, "inlet:high", 60.0),)),
    Row("too-hot", "recorder-pc", "hw.temperature", 40, 99, 300, 600, 2, "cpu", ((LIMIT, "cpu:critical", 98.0),)),
    Row("room-hot", "sensor", "hw.temperature", 22, 36, 600, 600, 3, "air"),
    Row("room-hot", "sensor", "hw.temperature", 22, 41, 600, 600, 2, "air"),
    Row("ups-on-battery", "ups", "hw.ups.source", 0, 1, 10, 60, 3),
    Row("ups-overload", "ups", "hw.ups.load", 0.3, 0.81, 300, 300, 3),
    Row("ups-charge-low", "ups", "hw.battery.charge", 1, 0.4, 300, 300, 3, "", (("hw.ups.source", "", 0.0),)),
    Row("port-errors", "switch", "hw.errors", 0, 2, 300, 300, 3, "1:in", (("hw.network.packets", "1:in", 100.0),)),
    Row("port-busy", "switch", "hw.network.bandwidth.utilization", 0.1, 0.9, 900, 300, 3, "1:in"),
    Row("clock-off", "recorder-pc", "classroom.clock.offset", 0, -3, 300, 300, 3),
    Row("clock-off", "recorder-pc", "classroom.clock.offset", 0, 31, 300, 300, 2),
    Row("lost-packets", "recorder-pc", "classroom.reachability", 1, 0.8, 300, 300, 3, "10.0.0.1"),
    Row("lost-packets", "recorder-pc", "classroom.reachability", 1, 0.4, 120, 300, 2, "10.0.0.1"),
    Row("outbox-behind", "recorder-pc", "classroom.agent.outbox.oldest", 1, 700, 60, 120, 3),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule}-{row.role}-{row.level}-{row.bad:g}")
def test_a_rule_raises_after_its_for_and_clears_after_its_for(row: Row) -> None:
    scene = Scene()
    device = PC if row.role == "recorder-pc" else f"{PC}:d"
    step = 60.0 if max(row.raise_s, row.clear_s) >= 300 else 10.0
    scene.born(room="r", interval=step)
    if device != PC:
        scene.born(device, role=row.role, interval=step)

    def say(value: float) -> None:
        beside = [(device, metric, instance, number) for metric, instance, number in row.beside]
        scene.read_all([*beside, (device, row.metric, row.instance, value)])  # type: ignore[list-item]

    scene.during(30, lambda: say(row.good), every=seconds(step))
    assert scene.verdicts == []
    onset = scene.now
    if row.raise_s:
        scene.during(row.raise_s - 1, lambda: say(row.bad), every=seconds(step))
        assert scene.verdicts == []
        assert scene.state(device) == "ok pending"
        scene.during(1, lambda: say(row.bad), every=seconds(step))
    else:
        say(row.bad)
    assert scene.verdicts == [(row.rule, row.level)]
    incident = scene.incident()
    assert (incident.metric, incident.instance) == (row.metric, row.instance)
    assert incident.onset_at == onset
    assert (incident.detected_at - onset).total_seconds() == row.raise_s
    assert scene.state(device) == ("failed 1" if row.level == 1 else f"degraded {row.level}")
    scene.during(30, lambda: say(row.bad), every=seconds(step))
    good = scene.now
    if row.clear_s:
        scene.during(row.clear_s - 1, lambda: say(row.good), every=seconds(step))
        assert scene.verdicts == [(row.rule, row.level)]
        scene.during(1, lambda: say(row.good), every=seconds(step))
    else:
        say(row.good)
    assert scene.verdicts == []
    assert scene.incidents[incident.id].cleared_at == good
    assert scene.state(device) == "ok"
    assert not scene.phases


@pytest.mark.parametrize(
    ("metric", "instance", "role", "value"),
    [
        ("hw.temperature", "CPU Package", "recorder-pc", 90),
        ("hw.temperature", "Disk 1", "recorder-pc", 90),
        ("system.cpu.utilization", "0", "recorder-pc", 1.0),
        ("system.cpu.utilization", "", "switch", 1.0),
        ("system.filesystem.utilization", "/boot/efi", "recorder-pc", 1.0),
        ("hw.status", "fan:1", "ups", 5),
        ("classroom.recording.frame.age", "cam", "recorder-pc", 99),
        ("x.foreign", "", "recorder-pc", 1e9),
    ],
    ids=["a hot processor", "a hot disk", "one core", "a switch's processor", "a boot volume", "an unknown state",
         "no frame while nothing is recorded", "a foreign metric"],
)  # fmt: skip
def test_what_is_no_fault_opens_nothing(metric: str, instance: str, role: str, value: float) -> None:
    scene = Scene()
    device = PC if role == "recorder-pc" else f"{PC}:d"
    scene.born(room="r")
    scene.born(device, role=role)
    scene.holds(metric, value, 1200, device=device, instance=instance)
    assert scene.verdicts == []
    assert scene.state(device) == "ok"


def test_a_reading_inside_the_band_starts_the_for_again() -> None:
    scene = Scene()
    scene.born()
    scene.holds("system.cpu.utilization", 0.99, 290)
    scene.holds("system.cpu.utilization", 0.90, 10)
    scene.holds("system.cpu.utilization", 0.99, 290)
    assert scene.verdicts == []
    scene.holds("system.cpu.utilization", 0.99, 20)
    assert scene.verdicts == [("cpu-saturated", 3)]
    scene.holds("system.cpu.utilization", 0.5, 290)
    scene.holds("system.cpu.utilization", 0.90, 10)
    scene.holds("system.cpu.utilization", 0.5, 290)
    assert scene.verdicts == [("cpu-saturated", 3)]
    scene.holds("system.cpu.utilization", 0.5, 20)
    assert scene.verdicts == []


def test_rungs_of_a_family_are_one_incident_at_the_worst() -> None:
    scene = Scene()
    scene.born()
    metric = "system.filesystem.utilization"
    scene.holds(metric, 0.92, 620, instance="/data")
    first = scene.incident()
    assert scene.verdicts == [("volume-filling", 3)]
    scene.holds(metric, 0.96, 130, instance="/data")
    assert scene.verdicts == [("volume-nearly-full", 2)]
    scene.holds(metric, 1.0, 70, instance="/data")
    assert scene.verdicts == [("volume-full", 1)]
    scene.holds(metric, 0.94, 310, instance="/data")
    assert scene.verdicts == [("volume-nearly-full", 2)]
    assert scene.incident().id == first.id
    assert scene.incident().onset_at == first.onset_at
    scene.holds(metric, 0.5, 610, instance="/data")
    assert scene.verdicts == []
    assert len(scene.incidents) == 1


def test_two_volumes_are_two_incidents() -> None:
    scene = Scene()
    scene.born()
    for instance in ("/a", "/b"):
        scene.read("system.filesystem.utilization", 1.0, instance=instance)
    for _ in range(7):
        scene.wait(10)
        for instance in ("/a", "/b"):
            scene.read("system.filesystem.utilization", 1.0, instance=instance)
    assert scene.verdicts == [("volume-full", 1), ("volume-full", 1)]


def test_a_ups_worsens_on_its_ticket_at_once() -> None:
    scene = Scene(campus(room((0, 60, True))))
    ups = f"{PC}:ups"
    scene.born(room="r")
    scene.born(ups, role="ups")
    for left, expected in [(7200, 3), (3000, 2), (500, 2), (100, 1), (7200, 3)]:
        scene.read("hw.battery.time_left", left, device=ups)
        scene.holds("hw.ups.source", 1, 11, device=ups)
        assert scene.verdicts == [("ups-on-battery", expected)]
    assert len(scene.incidents) == 1


def test_a_lesson_raises_the_level_of_what_is_open_and_its_end_lowers_it() -> None:
    scene = Scene(campus(room((30, 60, False))))
    scene.born(room="r")
    scene.holds("system.cpu.utilization", 1.0, 310)
    assert scene.verdicts == [("cpu-saturated", 3)]
    scene.holds("system.cpu.utilization", 1.0, 15 * 60 - 310 - 1)
    assert scene.verdicts == [("cpu-saturated", 3)]
    scene.holds("system.cpu.utilization", 1.0, 1)
    assert scene.verdicts == [("cpu-saturated", 2)]  # 15 minutes before the lesson
    scene.holds("system.cpu.utilization", 1.0, 45 * 60)
    assert scene.verdicts == [("cpu-saturated", 3)]


def test_a_booked_lesson_that_nobody_records_is_an_outage() -> None:
    scene = Scene(campus(room((30, 60, True), (70, 90, False))))
    scene.born(room="r")
    scene.holds("classroom.recording.active", 0, 30 * 60 + 50)
    assert scene.verdicts == []
    scene.holds("classroom.recording.active", 0, 20)
    assert scene.verdicts == [("not-recording", 1)]
    scene.holds("classroom.recording.active", 1, 40)
    assert scene.verdicts == []
    scene.holds("classroom.recording.active", 0, 3600)
    assert len(scene.incidents) == 2  # stopped before the end; the unrecorded lesson adds none


def test_a_room_that_another_recorder_records_is_recorded() -> None:
    scene = Scene(campus(room((0, 60, True))))
    scene.born(room="r")
    scene.born(f"{PC}:rec", role="recorder")
    for _ in range(20):
        scene.read("classroom.recording.active", 1, device=f"{PC}:rec")
        scene.read("classroom.recording.active", 0)
        scene.wait(10)
    assert scene.verdicts == []


def test_one_of_two_cameras_stalled_is_severe_and_both_are_an_outage() -> None:
    scene = Scene()
    scene.born(room="r")
    scene.read("classroom.recording.active", 1)

    def say(left: float, right: float) -> None:
        scene.read("classroom.recording.active", 1)
        scene.read("classroom.recording.frame.age", left, instance="left")
        scene.read("classroom.recording.frame.age", right, instance="right")

    scene.during(60, lambda: say(60, 0))
    assert scene.verdicts == [("frames-stalled", 2)]
    scene.during(60, lambda: say(60, 60))
    assert scene.verdicts == [("frames-stalled", 1), ("frames-stalled", 1)]
    scene.during(60, lambda: say(0, 60))
    assert scene.verdicts == [("frames-stalled", 2)]


def test_a_limit_that_moves_moves_the_rule() -> None:
    scene = Scene()
    scene.born()
    scene.read("hw.temperature", 75, instance="cpu")
    scene.read("hw.temperature.limit", 80, instance="cpu:high")
    scene.holds("hw.temperature", 75, 400, instance="cpu")
    assert scene.verdicts == []
    scene.read("hw.temperature.limit", 70, instance="cpu:high")
    scene.during(310, lambda: scene.read_all([
        (PC, "hw.temperature", "cpu", 75.0), (PC, "hw.temperature.limit", "cpu:high", 70.0)
    ]))  # fmt: skip
    assert scene.verdicts == [("too-hot", 3)]


def test_a_dropped_entry_raises_once_and_clears_when_the_outbox_is_empty_again() -> None:
    scene = Scene()
    scene.born()

    def say(dropped: float, oldest: float) -> None:
        scene.read("classroom.agent.outbox.oldest", oldest)
        scene.read("classroom.agent.outbox.dropped", dropped)

    scene.during(60, lambda: say(40, 5))
    assert scene.verdicts == []  # what was dropped before we came is no news
    say(41, 300)
    assert scene.verdicts == [("outbox-behind", 3)]
    scene.during(300, lambda: say(41, 300))
    assert scene.verdicts == [("outbox-behind", 3)]
    scene.during(130, lambda: say(41, 5))
    assert scene.verdicts == []


def test_fewer_hours_left_than_booked_is_severe() -> None:
    scene = Scene(campus(room((60, 180, True), (200, 260, False))))
    scene.born(room="r")
    scene.holds("classroom.recording.hours_left", 1.9, 310)
    assert scene.verdicts == [("recording-hours-short", 2)]
    scene.holds("classroom.recording.hours_left", 2.3, 700)
    assert scene.verdicts == [("recording-hours-short", 2)]
    scene.holds("classroom.recording.hours_left", 2.5, 610)
    assert scene.verdicts == []


@pytest.mark.parametrize("limit_first", [True, False], ids=["the limit first", "the reading first"])
def test_a_bound_that_comes_or_moves_with_its_reading_counts_for_it(limit_first: bool) -> None:
    scene = Scene()
    scene.born()

    def together(temperature: float, limit: float) -> None:
        rows = [(PC, LIMIT, "cpu:high", limit), (PC, "hw.temperature", "cpu", temperature)]
        scene.read_all(rows if limit_first else rows[::-1])

    together(85, 80)
    assert [phase.onset_at for phase in scene.phases.values()] == [scene.now]
    scene.wait(10)
    together(75, 80)
    assert scene.phases == {}
    scene.wait(10)
    together(75, 70)
    assert [phase.onset_at for phase in scene.phases.values()] == [scene.now]
