"""Faults that come by themselves, and those that a script tells."""

from collections.abc import Callable
from itertools import islice, pairwise
from pathlib import Path

import pytest

from agent.reading import Reading
from simulate.campus import make_campus
from simulate.fault import KINDS, Fault, Scope
from simulate.program import HABITS, OPENING, Program
from simulate.script import Script, ScriptError, load_script

CAMPUS = make_campus(24, seed=7)
Load = Callable[[str], Script]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(text: str) -> Script:
        file = tmp_path / "faults.yaml"
        file.write_text(text, "utf-8")
        return load_script(file, CAMPUS)

    return load


def mistakes(load: Load, text: str) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        load(text)
    return [str(one).partition("faults.yaml:")[2] for one in caught.value.mistakes]


# ------------------------------------------------------------ by themselves


def play(rooms: int, count: int, seed: int = 7) -> list[Fault]:
    return list(islice(Program(make_campus(rooms, seed=seed)).play(), count))


def test_the_same_seed_gives_the_same_faults() -> None:
    assert play(24, 60) == play(24, 60)
    assert play(24, 60) != play(24, 60, seed=8)


def test_a_newcomer_sees_every_level_and_a_recovery_within_two_minutes() -> None:
    first = {fault.kind.name: fault for fault in play(24, len(OPENING))}
    killed = first["machine-killed"]
    assert killed.at_s + 30 < 60  # agent-silent, level 1
    assert killed.at_s + (killed.for_s or 0) + 60 < 125  # born again and restored
    assert first["component-failed"].at_s + 30 < 60  # level 2
    assert first["ups-on-battery"].at_s + 10 < 40  # level 3


@pytest.mark.parametrize("rooms", [1, 5, 24, 200])
def test_faults_come_in_order_and_one_at_a_time_in_a_room(rooms: int) -> None:
    faults = play(rooms, 200)
    campus = make_campus(rooms, seed=7)
    assert all(before.at_s <= after.at_s for before, after in pairwise(faults))
    until: dict[str, float] = {}
    for fault in faults:
        for room in (room.key for room in campus.rooms() if fault.hits(room)):
            assert until.get(room, 0) <= fault.at_s
            until[room] = fault.at_s + (fault.for_s or 0)


@pytest.mark.parametrize("rooms", [5, 24, 200])
def test_a_switch_is_lost_in_the_opening_and_again_later(rooms: int) -> None:
    campus = make_campus(rooms, seed=7)
    lost = [fault for fault in play(rooms, 400) if fault.kind.name == "switch-lost"]
    assert lost[0].at_s < 80
    assert len(lost) > 1
    for fault in lost:
        hit = [room for room in campus.nodes() if fault.hits(room)]
        assert len(hit) >= 3  # two rooms or more, and the cabinet that reads the switch
        assert [room.id for room in hit if room.switch != fault.device] == [""]


def test_a_few_rooms_are_in_trouble_and_most_are_not() -> None:
    faults = [fault for fault in play(200, 400) if fault.room]
    for at_s in range(600, int(faults[-1].at_s), 300):
        on = [fault for fault in faults if fault.at_s <= at_s < fault.at_s + (fault.for_s or 0)]
        assert len(on) < 30


def test_the_first_battery_is_long_at_first_and_short_at_the_end() -> None:
    battery = next(fault for fault in play(24, len(OPENING)) if fault.kind.name == "ups-on-battery")
    left_s = [
        battery.changed(Reading("hw.battery.time_left", 3000), at_s).value for at_s in (0, 20, battery.for_s or 0)
    ]
    assert left_s[1] > 45 * 60  # longer than any lesson: level 3
    assert 2 * 60 < left_s[2] < 10 * 60  # level 2


def test_only_one_part_of_a_device_breaks_at_a_time() -> None:
    broken = [fault for fault in play(24, 300) if fault.kind.has_parts]
    assert broken
    assert all(fault.component for fault in broken)


def test_habits_name_kinds_and_options_that_there_are() -> None:
    for one in (*HABITS, *OPENING):
        kind = KINDS[one.kind]
        assert set(one.options) <= set(kind.options)
        assert (kind.scope is not Scope.DEVICE) or one.role is not None


# ------------------------------------------------------------ by a script


def test_a_script_is_read(load: Load) -> None:
    script = load(
        """
faults:
  - {at: 1m30s, for: 45s, kind: machine-killed, room: mingde/m101}
  - {at: 10, kind: ups-on-battery, room: m102, minutes_left: 12, drain: 6}
  - {at: 2m, for: 1h, kind: device-gone, device: "mingde:pc-m103:camera-1"}
  - {at: 3m, kind: link-down, site: mingde, for: 90 s}
  - {at: 4m, kind: reading, device: "mingde:pc-m104", metric: system.cpu.utilization, value: 0.99}
  - {at: 5m, kind: component-failed, device: "mingde:pc-m104:projector", component: "fan:1"}
"""
    )
    found = [(f.at_s, f.for_s, f.kind.name, f.place) for f in script.faults]
    assert found == [
        (10, None, "ups-on-battery", "mingde:pc-m102:ups"),
        (90, 45, "machine-killed", "mingde/m101"),
        (120, 3600, "device-gone", "mingde:pc-m103:camera-1"),
        (180, 90, "link-down", "mingde"),
        (240, None, "reading", "mingde/m104"),
        (300, None, "component-failed", "mingde:pc-m104:projector"),
    ]
    assert script.faults[0].options == {"minutes_left": 12, "drain": 6}
    assert list(script.play()) == list(script.faults)


def test_a_script_may_repeat(load: Load) -> None:
    script = load("repeat: 10m\nfaults:\n  - {at: 1m, for: 5s, kind: machine-killed, room: m101}\n")
    assert [fault.at_s for fault in islice(script.play(), 3)] == [60, 660, 1260]


def test_every_mistake_is_told_at_once_with_its_place(load: Load) -> None:
    told = mistakes(
        load,
        """faults:
  - {at: soon, for: 45s, kind: machine-killed, room: mingde/m101}
  - {at: 1m, kind: machine-kiled, room: mingde/m101}
  - {at: 1m, kind: machine-killed, room: mingde/m199}
  - {at: 1m, kind: machine-killed}
  - {at: 1m, kind: cpu-saturated, room: m101, peek: 0.9}
  - just a text
""",
    )
    assert [line.split(":")[:2] for line in told] == [
        ["2", "10"],
        ["3", "20"],
        ["4", "42"],
        ["5", "5"],
        ["6", "47"],
        ["7", "5"],
    ]
    assert "do you mean machine-killed?" in told[1]
    assert "there is no room 'mingde/m199'" in told[2]
    assert "needs `room`" in told[3]
    assert "'peek' does not belong here" in told[4]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must be a mapping"),
        ("- 1", "must be a mapping"),
        ("{}", "has no `faults`"),
        ("faults: 3", "must be a list"),
        ("faults: [", "is no YAML"),
        ("faults: []\nrepeat: never", "must be a duration"),
        ("faults: []\nrepeat: 0s", "longer than nothing"),
        ("repeat: 5s\nfaults: [{at: 9s, kind: machine-killed, room: m101}]", "must be longer than 9s"),
        ("faults: [{kind: device-gone, device: 'mingde:pc-m101:organ'}]", "there is no device"),
        ("faults: [{kind: switch-lost, device: 'mingde:cabinet:nas'}]", "no room hangs on 'mingde:cabinet:nas'"),
        ("faults: [{kind: reading, device: 'mingde:pc-m101'}]", "reading needs `metric`"),
        ("faults: [{kind: cpu-saturated, room: m101, peak: high}]", "must be a number"),
        ("faults: [{kind: cpu-saturated, room: m101, peak: .nan}]", "must be a number"),
        ("faults: [{kind: link-down, site: a, room: b}]", "needs one of"),
        ("faults: [{kind: machine-killed, room: a106, room: a107}]", "is here twice"),
        ("faults: [{kind: machine-killed, room: a106, for: 9999h}]", "longer than a year"),
        ("faults: [{kind: machine-killed, room: hall-1}]", "sites; write"),
    ],
)
def test_a_wrong_script_is_refused(load: Load, text: str, says: str) -> None:
    assert says in "\n".join(mistakes(load, text))


def test_a_script_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="cannot be read"):
        load_script(tmp_path / "none.yaml", CAMPUS)
