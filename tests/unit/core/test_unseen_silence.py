"""A device that was gone and back while nobody could hear of it: what its readings, which come late, say of that."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.core.campus import Campus, Site
from collector.core.model import Attribution, DeviceId, Incident, Shutdown, SiteId, State
from tests.unit.core.classify_scene import PC, T0, campus, room, seconds
from tests.unit.core.late_scene import CAMERA, UPTIME, CutOff

SENSOR = DeviceId("s:pc:air")
LENS = (CAMERA, "hw.status", "lens")
DROPPED = (PC, "classroom.agent.outbox.dropped", "")


def at(number: float) -> datetime:
    return T0 + seconds(number)


def open_room(place: Campus | None = None, now: datetime = T0) -> CutOff:
    """A computer with a camera, in a room that is open, read for twenty minutes."""
    scene = CutOff(place=place, now=now)
    scene.values[PC, UPTIME, ""] = 0.0
    scene.born(CAMERA, role="camera")
    scene.values[LENS] = 0.0
    scene.run(1200)
    return scene


def off_for(scene: CutOff, by: float, *, restarts: bool = True) -> None:
    scene.is_off = True
    scene.run(by)
    scene.is_off = False
    if restarts:
        scene.started = scene.now - seconds(20)


def silences(scene: CutOff, device: DeviceId = PC) -> list[tuple[str, int, datetime, datetime | None]]:
    return [
        (one.rule, int(one.level), one.onset_at, one.cleared_at)
        for one in scene.faults("silence")
        if one.device == device
    ]


def was(scene: CutOff, device: DeviceId, moment: datetime) -> State:
    """What a device was by the last word on that moment."""
    said = [one.state for one in scene.healed if one.device == device and one.start <= moment < one.end]
    return said[-1] if said else scene.health[device].state


def unseen(what: Callable[[CutOff], None], scene: CutOff | None = None) -> CutOff:
    """Let nobody listen for ten minutes, something happen, and ten minutes more pass before it is heard of."""
    scene = scene or open_room()
    scene.ignore()
    scene.run(600)
    what(scene)
    scene.run(600)
    scene.listen()
    scene.settle(2400)
    return scene


def test_a_computer_that_was_gone_and_back_unseen_is_on_record_and_calls_nobody() -> None:
    scene = unseen(lambda room: off_for(room, 1200))
    (one,) = [one for one in scene.faults("silence") if one.device == PC]
    assert (one.onset_at, one.cleared_at, one.late) == (at(1790), at(3000), True)
    assert one.detected_at > at(3600)
    assert int(one.level) == 3, "whether it was switched off or crashed cannot be told"
    assert scene.verdicts == []
    assert was(scene, PC, at(1780)) is State.OK
    assert was(scene, PC, at(2400)) is State.FAILED
    assert was(scene, CAMERA, at(2400)) is State.UNKNOWN
    assert was(scene, PC, at(3010)) is State.OK
    assert [one for one in scene.faults("silence") if one.device == CAMERA] == []


def test_readings_of_one_round_need_not_have_one_stamp() -> None:
    """What no rule watches is read a little after the rest, the last time before it was gone, too."""

    class Staggered(CutOff):
        def _sample(self) -> None:
            super()._sample()
            if self.is_cut:
                self.kept.append((self.now - T0 + seconds(0.3), {(PC, "hw.model.age", ""): 1.0}))

    scene = Staggered()
    scene.read("hw.model.age", 1.0)
    scene.run(1200)
    unseen(lambda room: off_for(room, 1200), scene)
    assert silences(scene) == [("agent-silent", 3, at(1790), at(3000))]


def test_during_a_lesson_it_is_severe_and_no_outage() -> None:
    place = campus(room((25, 120, False)))
    scene = CutOff(place=place)
    scene.born(room="r")
    scene.run(1200)
    unseen(lambda room: off_for(room, 1200, restarts=False), scene)
    assert silences(scene) == [("agent-silent", 2, at(1790), at(3000))]


def test_a_computer_that_ran_on_meanwhile_was_out_of_sight_only() -> None:
    scene = unseen(lambda room: off_for(room, 1200, restarts=False))
    assert silences(scene) == [("agent-silent", 3, at(1790), at(3000))]
    assert was(scene, PC, at(2400)) is State.UNKNOWN


def test_a_camera_that_was_dead_unseen_is_on_record_at_its_level() -> None:
    def dies(scene: CutOff) -> None:
        del scene.values[LENS]
        scene.run(1200)
        scene.values[LENS] = 0.0

    scene = unseen(dies)
    assert silences(scene, CAMERA) == [("device-silent-redundant", 1, at(1790), at(3000))]
    assert silences(scene) == []
    assert (was(scene, CAMERA, at(2400)), was(scene, PC, at(2400))) == (State.FAILED, State.OK)
    assert scene.verdicts == []


def test_a_camera_that_the_computer_took_with_it_is_not_to_blame_and_one_that_stayed_away_is() -> None:
    def dies(scene: CutOff) -> None:
        off_for(scene, 600)
        del scene.values[LENS]
        scene.run(600)
        scene.values[LENS] = 0.0

    scene = unseen(dies)
    assert silences(scene) == [("agent-silent", 3, at(1790), at(2400))]
    ((rule, level, _, cleared),) = silences(scene, CAMERA)
    assert (rule, level, cleared) == ("device-silent-redundant", 1, at(3000))
    assert (was(scene, CAMERA, at(2100)), was(scene, CAMERA, at(2800))) == (State.UNKNOWN, State.FAILED)


def test_what_was_gone_for_less_than_its_for_is_not_on_record() -> None:
    scene = unseen(lambda room: off_for(room, 40))
    assert scene.faults("silence") == []


def dropped(scene: CutOff) -> None:
    scene.values[DROPPED] = 0.0
    scene.run(100)
    kept = len(scene.kept)
    scene.run(600)
    del scene.kept[kept:]
    scene.values[DROPPED] = 60.0
    scene.run(100)


def slow(scene: CutOff) -> None:
    """A sensor that is read each five minutes, and a sensor's metric that is no longer read."""
    for step in range(6):
        scene.values[SENSOR, "hw.temperature", "air"] = 20.0
        scene.run(10)
        del scene.values[SENSOR, "hw.temperature", "air"]
        scene.run(290 if step < 5 else 10)


def one_metric_stops(scene: CutOff) -> None:
    """Something that no rule watches is read on."""
    scene.values[CAMERA, "hw.model.age", ""] = 1.0
    del scene.values[LENS]
    scene.run(1200)
    scene.values[LENS] = 0.0


@pytest.mark.parametrize(
    "what", [dropped, slow, one_metric_stops], ids=["entries dropped", "read rarely", "one metric"]
)
def test_what_only_looks_like_a_silence_is_none(what: Callable[[CutOff], None]) -> None:
    scene = open_room()
    scene.born(SENSOR, role="sensor")
    unseen(what, scene)
    assert scene.faults("silence") == []


def test_a_clock_that_was_set_is_no_silence() -> None:
    scene = open_room()
    scene.ignore()
    scene.run(600)
    kept = len(scene.kept)
    scene.run(1800)
    late = scene.kept[kept:]
    scene.kept[kept:] = [(when + seconds(1200), values) for when, values in late[: len(late) // 3]]
    scene.listen()
    scene.settle(600)
    assert scene.faults("silence") == []


def test_a_room_that_was_switched_off_at_night_unseen_was_off() -> None:
    evening = T0 + timedelta(hours=11, minutes=40)  # 21:40 in Shanghai
    closes = Site(
        id=SiteId("s"),
        name="S",
        time_zone=ZoneInfo("Asia/Shanghai"),
        opening_hours={day: ((time(7), time(22)),) for day in range(7)},
    )
    scene = CutOff(place=campus(room((-60, -30, False)), site=closes), now=evening)
    scene.born(room="r")
    scene.values[PC, UPTIME, ""] = 0.0
    scene.run(1200)
    scene.ignore()
    scene.run(1200)
    off_for(scene, 7200)
    scene.run(600)
    scene.listen()
    scene.settle(600)
    assert scene.faults("silence") == []
    assert was(scene, PC, evening + seconds(6000)) is State.OFF


def test_a_goodbye_that_was_heard_is_not_put_on_record_again() -> None:
    scene = open_room()
    scene.died(told=Shutdown.OS)
    scene.is_off = True
    scene.run(1200)
    scene.is_off, scene.is_cut = False, True
    scene.run(600)
    scene.back()
    scene.settle(600)
    assert len([one for one in scene.faults("silence") if one.device == PC]) == 1


def test_looking_again_says_nothing_more_and_what_comes_later_corrects_it() -> None:
    scene = open_room()
    scene.ignore()
    scene.run(600)
    scene.run(600)
    later, scene.kept = scene.kept[60:], scene.kept[:60]
    off_for(scene, 600)
    scene.run(600)
    scene.listen()
    scene.settle(60)
    (before,) = [one for one in scene.faults("silence") if one.device == PC]
    assert (before.onset_at, before.cleared_at) == (at(1790), at(3000))
    scene.kept = later
    scene.deliver()
    scene.settle(600)
    after: list[Incident] = [one for one in scene.faults("silence") if one.device == PC]
    assert [(one.onset_at, one.cleared_at) for one in after] == [(at(2390), at(3000))]
    assert (was(scene, PC, at(2000)), was(scene, PC, at(2700))) == (State.OK, State.FAILED)


class School(CutOff):
    """A room and three others of its site, of which nothing is heard while it is cut off."""

    OTHERS = tuple(DeviceId(f"s:other{number}") for number in range(3))

    def __init__(self) -> None:
        super().__init__()
        self.born(CAMERA, role="camera")
        self.values[LENS] = 0.0
        self.values[PC, UPTIME, ""] = 0.0
        for other in self.OTHERS:
            self.born(other)
        self.run(1260)

    def _sample(self) -> None:
        super()._sample()
        if not self.is_cut:
            self.read_all([(other, "system.cpu.utilization", "", 0.1) for other in self.OTHERS])

    def lose_its_link(self) -> None:
        for other in self.OTHERS:
            self.died(other)
        self.cut()

    def find_it_again(self) -> None:
        for other in self.OTHERS:
            self.born(other)
        self.back()
        self.settle(600)


def test_behind_a_lost_site_link_it_is_a_fault_of_its_own() -> None:
    scene = School()
    scene.lose_its_link()
    scene.run(600)
    assert scene.faults("silence")[-1].cause is not None
    off_for(scene, 1200)
    scene.run(600)
    scene.find_it_again()
    caused, own = [one for one in scene.faults("silence") if one.device == PC]
    assert (caused.attribution, caused.onset_at, caused.cleared_at) == (Attribution.ENVIRONMENT, at(1250), at(3660))
    assert (own.cause, own.late, own.onset_at, own.cleared_at) == (None, True, at(1850), at(3060))
    assert scene.verdicts == []
    assert (was(scene, PC, at(1500)), was(scene, PC, at(2400))) == (State.OK, State.FAILED)


def test_what_went_with_the_power_of_the_site_was_gone_with_it() -> None:
    """What was read last reached nobody, and what is read first waits for the way to us: both come late."""
    scene = School()
    scene.lose_its_link()
    scene.run(20)
    off_for(scene, 1200)
    scene.run(20)
    scene.find_it_again()
    (caused,) = [one for one in scene.faults("silence") if one.device == PC]
    assert caused.cause is not None
    assert (caused.onset_at, caused.cleared_at) == (at(1270), at(2480))


# ---------------------------------------------------------------- whatever was there

ALL, BLIND, NOBODY = "all is there", "the camera is gone", "the computer is off"
DAYS = st.lists(st.tuples(st.sampled_from([ALL, BLIND, NOBODY]), st.integers(14, 60)), max_size=6)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stretches=DAYS)
def test_what_was_gone_unheard_is_on_record_as_if_each_death_had_been_heard(stretches: list[tuple[str, int]]) -> None:
    """But for its level: what may have been switched off is no outage."""
    told = []
    for is_heard in (True, False):
        scene = open_room()
        if not is_heard:
            scene.ignore()
        before = ALL
        for what, steps in [(ALL, 30), *stretches, (ALL, 30)]:
            change(scene, before, what, is_heard=is_heard)
            scene.run(10 * steps)
            before = what
        if not is_heard:
            scene.listen()
        scene.settle(200)
        gone = [(one.device, one.onset_at, one.cleared_at) for one in scene.faults("silence")]
        told.append(sorted(gone, key=str))
        assert is_heard or all(one.late for one in scene.faults("silence"))
        assert is_heard or all(one.level > 1 for one in scene.faults("silence") if one.device == PC)
    assert told[1] == told[0]


def change(scene: CutOff, before: str, after: str, *, is_heard: bool) -> None:
    """Let the room go over from one state to another."""
    if before == after:
        return
    scene.is_off = after == NOBODY
    if after == ALL:
        scene.values[LENS] = 0.0
    elif after == BLIND:
        scene.values.pop(LENS, None)
    if before == NOBODY:
        scene.started = scene.now - seconds(20)
    if not is_heard:
        return
    if after == NOBODY:
        scene.died()
    elif before == NOBODY:
        scene.born()
    if after == ALL:
        scene.born(CAMERA)
    elif after == BLIND:
        scene.died(CAMERA)
