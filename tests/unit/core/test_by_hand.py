"""The rule language on series whose verdicts are worked out by hand, in the comment of each row.

Readings come each ten seconds from 0 s on. A row says at which seconds an incident opens (+) and is over (-).
"""

from dataclasses import dataclass

import pytest

from collector.core.campus import Campus
from collector.core.model import Born, Device, DeviceId, RoomId
from collector.core.rule import Names, Override, Place, Rule, RulePack
from collector.trial.world import World
from tests.unit.core.classify_scene import PC, T0, campus, room, seconds
from tests.unit.core.test_looking_back import rules

NOTHING = None


@dataclass(frozen=True)
class Row:
    name: str
    condition: str
    values: dict[str, list[float | None]]  # by metric, a value each ten seconds; None: not read
    wanted: list[str]
    more: str = "level: 3"


def line(start: float, step: float, count: int) -> list[float | None]:
    return [start + step * number for number in range(count)]


def but(values: list[float | None], number: int, value: float) -> list[float | None]:
    return [*values[:number], value, *values[number + 1 :]]


HOUR = "{trend: {over: 10 min, reaches: 1, within: 305 s}}"
ROWS = [
    # Above 10 raises, below 5 clears: 7 and 5 lie in the band and do neither; 10 is not above 10.
    Row(
        "a band", "{above: 10}", {"m": [10, 10.1, 7, 5, 4.9, 5, 10, 10.1]},
        ["+10", "-40", "+70"], "clear: {below: 5}, level: 3",
    ),
    # `for` 20 s: bad at 0, 10 and 20 is served at 20. Bad at 40 and 50, good at 60: not served, the good one counts.
    Row("a for", "{above: 10, for: 20 s}", {"m": [11, 11, 11, 1, 11, 11, 1, 1]}, ["+20", "-30"]),
    # Good at 30 and 40, in the band at 50: clearing begins anew at 60 and is over at 80. The end is the first good one.
    Row(
        "a for to clear", "{above: 10}", {"m": [11, 11, 11, 1, 1, 7, 1, 1, 1]},
        ["+0", "-60"], "clear: {below: 5, for: 20 s}, level: 3",
    ),
    # v = 0.5 + 0.0005 t a second reaches 1 in (1 - v) / 0.0005 s: 310 s at 690 s, 300 s at 700 s. Points lie 20 s
    # apart (600 s / 36 on a grid of 10 s), so 690 s is none, and 700 s is. Nothing before two thirds of the window.
    Row("a trend", HOUR, {"m": line(0.5, 0.005, 72)}, ["+700"]),
    # One reading of 9 among the 31 points of the window: it is in 30 of 465 pairs and moves the median of none. The
    # line of least squares would rise by 8.17 * 260 / 992,000 = 0.002 a second more, five times as fast.
    Row("a trend with an outlier", HOUR, {"m": but(line(0.5, 0.005, 72), 66, 9.0)}, ["+700"]),
    # It falls by 0.0005 a second, away from the limit above it: never.
    Row("a trend away from its limit", HOUR, {"m": line(0.99, -0.005, 72)}, []),
    # 0.9 a step of 10 s is 5.4 a minute. Two thirds of 10 min, 400 s, are between the points of 0 s and 400 s.
    Row("a rate", "{rate: {over: 10 min, per: min, above: 5.3}}", {"m": line(0, 0.9, 60)}, ["+400"]),
    Row("a rate that is not reached", "{rate: {over: 10 min, per: min, above: 5.5}}", {"m": line(0, 0.9, 60)}, []),
    # 0 begins at 10 and 60 s: both lie within the 60 s up to 60. At 70 s, the one at 10 s is 60 s ago: no longer.
    Row(
        "a count", "{count: {of: {equals: 0}, within: 60 s, at_least: 2}}", {"m": [1, 0, 0, 1, 1, 1, 0, 0, 1]},
        ["+60", "-70"],
    ),
    # 0 begins at 10 and 70 s: 60 s apart is too far.
    Row(
        "a count at its edge", "{count: {of: {equals: 0}, within: 60 s, at_least: 2}}",
        {"m": [1, 0, 1, 1, 1, 1, 1, 0, 1]}, [],
    ),
    # g is 1 as read at 0 s, and counts for three intervals, up to 30 s. Without it the condition is false.
    Row(
        "a guard that goes stale", "{all: [{above: 10}, {metric: g, equals: 1}]}",
        {"g": [1, *[NOTHING] * 6], "m": [1, 1, 11, 11, 11, 11, 11]}, ["+20", "-40"],
    ),
    # x was read at 10 s last and is missing after 40 s, asked a millisecond later; and there again at 80 s.
    Row(
        "missing", "{missing: {metric: x}}", {"m": line(1, 0, 10), "x": [1, 1, *[NOTHING] * 6, 1, 1]},
        ["+40.001", "-80"],
    ),
]  # fmt: skip


def story(row: Row) -> list[str]:
    world = World(campus=Campus(), rules=rules(row.condition, row.more), now=T0)
    world.happen(Born(device=PC, at=T0, properties={}, interval=seconds(10)))
    for number in range(max(map(len, row.values.values()))):
        world.approach(T0 + seconds(10 * number))
        read = [(PC, metric, "", values[number]) for metric, values in row.values.items()]
        world.read([(device, metric, instance, value) for device, metric, instance, value in read if value is not None])
    moments = []
    for incident in world.kept.incidents.values():
        moments.append((incident.detected_at, "+"))
        moments += [(incident.cleared_at, "-")] if incident.cleared_at is not None else []
    return [f"{sign}{(at - T0).total_seconds():g}" for at, sign in sorted(moments)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_worked_out_by_hand(row: Row) -> None:
    assert story(row) == row.wanted


# ---------------------------------------------------------------- overrides


def place(where: str) -> Place:
    """A place such as "site room", which names that much of s:pc in room s/r."""
    given = {"site": "s", "room": "s/r", "device": "s:pc"}
    named = {name: given[name] for name in where.split() if name in given}
    return Place(instances=Names(like=("x*",)) if "instance" in where else None, **named)


@pytest.mark.parametrize(
    ("places", "holds"),
    [
        # The closest: device before room, room before site, an instance before none of the same; of equals the last.
        (("site", "room"), 1),
        (("room", "site"), 0),
        (("device", "room"), 0),
        (("room", "device"), 1),
        (("device", "site room"), 0),
        (("room instance", "room"), 0),
        (("site instance", "room"), 1),
        (("instance", "site"), 1),
        (("room", "site room"), 1),
        (("room", "room"), 1),
        (("device instance", "device", "room instance"), 0),
        ((), None),
    ],
    ids=str,
)
def test_of_several_overrides_the_closest_holds(places: tuple[str, ...], holds: int | None) -> None:
    made = tuple(
        Override(place=place(each), rungs=(), changes=(), why=str(number), at="") for number, each in enumerate(places)
    )
    rule = Rule(id="a", family="a", rungs=(), overrides=made)
    device = campus_device()
    found = rule.override_at(device, "x1")
    assert (int(found.why) if found is not None else None) == holds
    elsewhere = rule.override_at(device, "y")
    assert elsewhere is None or "instance" not in places[int(elsewhere.why)]


def campus_device() -> Device:
    return Device(id=PC, room=RoomId("s/r"), role="recorder-pc")


# ---------------------------------------------------------------- levels


BY_CONTEXT = (
    "level: [{when: {context: lesson, sole: true}, then: 1}, {when: {every: true, sole: false}, then: 1},"
    " {when: {context: lesson}, then: 2}, {then: 3}]"
)


@pytest.mark.parametrize(
    ("is_lesson", "cameras", "bad", "wanted"),
    [
        (True, 1, 1, [1]),  # the only camera, in a lesson: line 1
        (False, 1, 1, [3]),  # the only one, and no lesson; line 2 asks for several: the last line
        (True, 2, 1, [2]),  # one of two, in a lesson: line 3
        (False, 2, 1, [3]),  # one of two, and no lesson
        (False, 2, 2, [1, 1]),  # both: line 2, whatever the room is for
    ],
    ids=["the only one", "the only one, unneeded", "one of two", "one of two, unneeded", "both"],
)
def test_levels_by_context_and_redundancy(is_lesson: bool, cameras: int, bad: int, wanted: list[int]) -> None:
    pack: RulePack = rules("{above: 10}", BY_CONTEXT)
    lessons = ((-20, 60, True),) if is_lesson else ((300, 360, True),)
    world = World(campus=campus(room(*lessons)), rules=pack, now=T0)
    world.happen(Born(device=PC, at=T0, properties={"room": "r"}, interval=seconds(10)))
    names = [DeviceId(f"{PC}:cam{number}") for number in range(cameras)]
    for name in names:
        world.happen(Born(device=name, at=T0, properties={"role": "camera", "room": "r"}))
    world.read([(name, "m", "", 11.0 if number < bad else 1.0) for number, name in enumerate(names)])
    assert [int(incident.level) for incident in world.kept.open_incidents()] == wanted
