"""Whatever happens in whatever order: one incident a family, cleared after raised, at the level the rules say."""

from datetime import timedelta
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.core.condition import Band, compile_condition, false_band
from collector.core.model import DeviceId, Level, Shutdown
from collector.core.rule import All, Bound, Case, Condition, Kind, Names, Operator, Rule, RulePack, Rung, Silent, Test
from collector.core.rule import Any as AnyOf
from collector.core.timer import Timers
from tests.unit.core.classify_scene import PC, T0, Scene, default_rules
from tests.unit.core.naive_rules import NaiveRung, NaiveWorld

METRIC = "m"
BOUNDS = ((9.0, 5.0), (7.0, 6.0))
TIMES = ((20, 15), (45, 25))
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def plain(operator: Operator, bound: float) -> Test:
    return Test(operator=operator, bounds=(Bound(plus=bound),))


def rung(rule: str, number: int) -> Rung:
    (high, low), (raise_for, clear_for) = BOUNDS[number], TIMES[number]
    return Rung(
        key=rule,
        rule=rule,
        metrics=(METRIC,),
        instances=Names(),
        raises=plain(Operator.AT_LEAST, high),
        raise_for=timedelta(seconds=raise_for),
        clears=plain(Operator.BELOW, low),
        clear_for=timedelta(seconds=clear_for),
        cases=(Case(level=Level(number + 1)),),
    )


SILENT = Rung(
    key="silent",
    rule="silent",
    metrics=(),
    instances=Names(),
    raises=Silent(),
    raise_for=timedelta(seconds=30),
    clear_for=timedelta(seconds=60),
    cases=(Case(level=Level.OUTAGE),),
)
PACK = RulePack(
    rules=(
        Rule(id="bad", family="f", rungs=(rung("bad", 0),)),
        Rule(id="poor", family="f", rungs=(rung("poor", 1),)),
        Rule(id="silent", family="silence", kind=Kind.AGENT, rungs=(SILENT,)),
    )
)
READINGS = st.sampled_from([0.0, 5.5, 6.5, 8.0, 9.0, 12.0])
STEPS = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.one_of(
            READINGS,
            READINGS,
            READINGS,
            st.sampled_from(["die", "birth", "wait"]),
        ),
    ),
    max_size=25,
)


@QUICK
@given(steps=STEPS)
def test_levels_are_those_of_the_naive_rules_at_every_second(steps: list[tuple[int, Any]]) -> None:
    scene = Scene(rules=PACK)
    scene.born()
    naive = NaiveWorld(
        bounds=BOUNDS,
        rungs=tuple(NaiveRung(*times, number + 1) for number, times in enumerate(TIMES)),
        silence=NaiveRung(30, 60, 1),
    )
    for wait, what in steps:
        for second in range(wait):
            speaks = isinstance(what, float) and second == wait - 1
            naive.pass_second(speaks=speaks)
            if speaks:
                scene.now += timedelta(seconds=1)
            else:
                scene.wait(1)
                assert levels(scene) == naive.levels()
        if isinstance(what, float):
            scene.read(METRIC, what)
            naive.read(what)
        elif what == "die":
            scene.died()
            naive.die()
        elif what == "birth":
            scene.born()
            naive.birth()
        assert levels(scene) == naive.levels()


def levels(scene: Scene) -> tuple[int | None, int | None]:
    found = {family: int(scene.incidents[number].level) for (_, family, _), number in scene.open.items()}
    return found.get("f"), found.get("silence")


DEVICES = [PC, DeviceId("s:pc:cam"), DeviceId("s:pc:cam2"), DeviceId("s:gw"), DeviceId("s:gw:ups")]
ROLES = {"s:pc": "recorder-pc", "s:pc:cam": "camera", "s:pc:cam2": "camera", "s:gw": "gateway", "s:gw:ups": "ups"}
METRICS = [
    ("hw.status", "fan:1", [0.0, 1.0, 2.0, 3.0]),
    ("system.filesystem.utilization", "/d", [0.1, 0.88, 0.92, 0.96, 1.0]),
    ("classroom.recording.active", "", [0.0, 1.0]),
    ("classroom.recording.frame.age", "main", [0.0, 5.0, 60.0]),
    ("hw.ups.source", "", [0.0, 1.0]),
    ("hw.battery.time_left", "", [60.0, 300.0, 9000.0]),
    ("hw.temperature", "t", [20.0, 72.0, 90.0]),
    ("hw.temperature.limit", "t:high", [50.0, 80.0]),
    ("classroom.reachability", "s:pc", [0.0, 0.6, 1.0]),
    ("classroom.agent.outbox.dropped", "", [0.0, 1.0, 2.0]),
    ("classroom.agent.outbox.oldest", "", [0.0, 700.0]),
]
EVENTS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 5.0, 10.0, 10.0, 31.0, 90.0, 700.0]),
        st.sampled_from(["read", "read", "read", "read", "born", "died", "told", "restart", "old", "blind", "see"]),
        st.integers(0, 4),
        st.integers(0, len(METRICS) - 1),
        st.integers(0, 4),
    ),
    max_size=40,
)


@QUICK
@given(events=EVENTS)
def test_no_sequence_breaks_the_books_and_all_ends_well(events: list[tuple[float, str, int, int, int]]) -> None:
    scene = Scene()  # its `keep` holds every decision against the books
    for wait, what, who, which, value in events:
        scene.wait(wait)
        device = DEVICES[who]
        metric, instance, values = METRICS[which]
        reading = values[value % len(values)]
        match what:
            case "born":
                scene.born(device, role=ROLES[device], room="r")
            case "died" | "told":
                scene.died(device, told=Shutdown.OS if what == "told" else None)
            case "restart":
                scene.restart(after=wait)
            case "blind" | "see":
                scene.keep(scene.classifier.see(connected=what == "see", now=scene.now))
            case "old":
                stamp = scene.now - timedelta(seconds=wait)
                scene.read(metric, reading, device=device, instance=instance, stamp=stamp, historical=True)
            case _:
                scene.read(metric, reading, device=device, instance=instance)
        scene.look_back()
        for health in scene.health.values():
            incidents = [scene.incidents[n] for (d, _, _), n in scene.open.items() if d == health.device.id]
            levels = [incident.level for incident in incidents if incident.cause is None]
            assert health.level == min(levels, default=None)
    scene.keep(scene.classifier.see(connected=True, now=scene.now))
    for device in DEVICES:
        scene.born(device, role=ROLES[device], room="r")

    def all_is_well() -> None:
        scene.read_all(
            [
                (
                    device,
                    metric,
                    instance,
                    {"hw.temperature.limit": 80.0, "classroom.reachability": 1.0}.get(metric, 0.0),
                )
                for device in DEVICES
                for metric, instance, _ in METRICS
                if (device, metric, instance) in scene.series or metric.endswith(("status", "oldest"))
            ]
        )

    scene.during(1300, all_is_well)
    for _ in range(40):
        scene.look_back()
        scene.during(60, all_is_well)
    assert scene.verdicts == []
    assert scene.phases == {}
    assert {str(health.state) for health in scene.health.values()} == {"ok"}


# ---------------------------------------------------------------- bands

NUMBERS = st.floats(-100, 100, allow_nan=False)
TESTS: st.SearchStrategy[Condition] = st.builds(
    lambda operator, bound, absolute: Test(operator=operator, bounds=(Bound(plus=bound),), absolute=absolute),
    st.sampled_from(Operator),
    NUMBERS | st.sampled_from([0.0, 1.0]),
    st.booleans(),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    TESTS,
    lambda inner: (
        st.builds(lambda of: All(of=tuple(of)), st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda of: AnyOf(of=tuple(of)), st.lists(inner, min_size=1, max_size=3))
    ),
    max_leaves=5,
)


@settings(max_examples=50, deadline=None)
@given(condition=CONDITIONS, readings=st.lists(NUMBERS | st.sampled_from([0.0, 1.0, -1.0]), min_size=1, max_size=8))
def test_inside_its_band_a_condition_is_false(condition: Condition, readings: list[float]) -> None:
    band: Band = false_band(condition)
    holds = compile_condition(condition)
    for reading in (*readings, *band):
        if band[0] <= reading <= band[1] and np.isfinite(reading):
            assert not holds(reading, None)  # type: ignore[arg-type]


# ---------------------------------------------------------------- timers


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.one_of(st.none(), st.integers(0, 50))), max_size=80), st.integers(0, 50)
)
def test_timers_ring_in_order_and_only_as_last_set(moves: list[tuple[int, int | None]], until: int) -> None:
    timers: Timers[int] = Timers()
    expected: dict[int, int] = {}
    for key, due in moves:
        if due is None:
            timers.cancel(key)
            expected.pop(key, None)
        else:
            timers.set(key, T0 + timedelta(seconds=due))
            expected[key] = due
    rung = [(int((due - T0).total_seconds()), key) for due, key in timers.pop_due(T0 + timedelta(seconds=until))]
    assert [due for due, _ in rung] == sorted(due for due in expected.values() if due <= until)
    assert {key: due for due, key in rung} == {key: due for key, due in expected.items() if due <= until}
    assert len(timers) == len(expected) - len(rung)


def test_the_default_rules_name_only_rungs_once() -> None:
    keys = [rung.key for rule in default_rules().rules for rung in rule.rungs]
    assert len(keys) == len(set(keys))
