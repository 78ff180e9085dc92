"""Rules that look back: trends, rates of change, counts, restarts, and what is missing."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.campus import Campus, Link, Site
from collector.core.model import Device, DeviceId, Readings, RoomId, Shutdown, SiteId
from collector.core.rule import RulePack
from collector.core.series import to_us
from collector.core.uptime import has_restarted
from collector.core.window import POINTS, Window
from collector.packs.document import parse_document
from collector.packs.rules import PackReader
from tests.unit.core.classify_scene import PC, T0, Scene, campus, default_rules, room, seconds

DISK = "system.filesystem.utilization"
UPTIME = "system.uptime"
MINUTE = seconds(60)
WORDS = "words: {en: {title: t, symptom: s, advice: a}, zh-CN: {title: t, symptom: s, advice: a}}"


def rules(condition: str, more: str = "level: 3", metric: str = "m") -> RulePack:
    text = f"rules:\n  - {{id: a, metric: {metric}, instance: '*', raise: {condition}, {more}, {WORDS}}}"
    root = parse_document(text, "a.yaml")
    found = PackReader().read(root)
    root.document.check()
    return RulePack(rules=tuple(rule for rule, _ in found))


# ---------------------------------------------------------------- slopes


def filled(values: Callable[[float], float], over: timedelta = timedelta(hours=3), share: float = 1.0) -> Window:
    window = Window(over)
    for second in range(0, int(over.total_seconds() * share) + 1, 60):
        window.add(to_us(T0 + seconds(second)), values(second))
    return window


def test_the_slope_is_that_of_the_line() -> None:
    assert filled(lambda s: 0.5 + s / 100_000).slope_per_s == pytest.approx(1e-5)


def test_a_quarter_of_wild_readings_does_not_move_the_slope() -> None:
    wild = filled(lambda s: 9.0 if s // 300 % 4 == 0 else s / 100_000)
    assert wild.slope_per_s == pytest.approx(1e-5, rel=0.3)


def test_too_short_a_past_has_no_slope() -> None:
    assert filled(lambda s: s, share=0.6).slope_per_s is None
    assert filled(lambda s: s, share=0.7).slope_per_s is not None


@settings(max_examples=30, deadline=None)
@given(gaps=st.lists(st.integers(1, 4000), min_size=1, max_size=300))
def test_a_window_never_holds_more_than_its_points(gaps: list[int]) -> None:
    window, second = Window(timedelta(hours=3)), 0
    for gap in gaps:
        second += gap
        window.add(to_us(T0 + seconds(second)), float(second))
        assert len(window._at) <= POINTS + 1
        assert window._at[-1] - window._at[0] <= 3 * 3600 * 10**6


# ---------------------------------------------------------------- a volume that will be full


def fill(scene: Scene, per_hour: float, hours: float, start: float = 0.5) -> None:
    began = scene.now

    def say() -> None:
        scene.read(DISK, start + per_hour * (scene.now - began).total_seconds() / 3600, instance="/data")

    scene.during(hours * 3600, say, every=MINUTE)


@pytest.mark.parametrize(
    ("per_hour", "found"),
    [(0.021, [("volume-full-in-a-day", 3)]), (0.015, []), (0.0, []), (-0.05, [])],
    ids=["full in 21 hours", "full in 30 hours", "flat", "emptying"],
)
def test_a_volume_that_is_full_within_a_day_is_told(per_hour: float, found: list[tuple[str, int]]) -> None:
    scene = Scene()
    scene.born(interval=60)
    fill(scene, per_hour, 3, start=0.5 - min(per_hour, 0))
    assert scene.verdicts == found


def test_a_trend_needs_two_thirds_of_its_time_and_then_its_for() -> None:
    scene = Scene()
    scene.born(interval=60)
    fill(scene, 0.05, 2.2)
    assert scene.verdicts == []
    fill(scene, 0.05, 0.3, start=0.5 + 2.2 * 0.05)
    assert scene.verdicts == [("volume-full-in-a-day", 3)]


def test_a_volume_that_stops_filling_is_well_again_once_the_trend_is_flat() -> None:
    scene = Scene()
    scene.born(interval=60)
    fill(scene, 0.05, 3)
    assert scene.verdicts == [("volume-full-in-a-day", 3)]
    fill(scene, 0.0, 3, start=0.65)
    assert scene.verdicts == []


def test_a_restarted_collector_remembers_trends_from_what_is_stored() -> None:
    scene = Scene()
    scene.born(interval=60)
    fill(scene, 0.05, 1.9)
    scene.restart()
    looks_back = scene.classifier.looks_back()
    number = scene.series[PC, DISK, "/data"].id
    assert looks_back == {number: timedelta(hours=3)}
    minutes = np.arange(0, 114, 5)
    scene.classifier.remember(
        Readings(
            np.full(len(minutes), number, np.int32),
            np.array([to_us(T0 + seconds(60 * float(minute))) for minute in minutes], np.int64),
            0.5 + 0.05 * minutes / 60,
            np.zeros(len(minutes), np.bool_),
        )
    )
    fill(scene, 0.05, 0.5, start=0.595)
    assert scene.verdicts == [("volume-full-in-a-day", 3)]


def test_readings_within_their_band_are_looked_at_only_when_a_trend_wants_a_point() -> None:
    scene = Scene()
    scene.born(interval=60)
    fill(scene, 0.0, 1)
    table = scene.classifier._sieve.table
    number = scene.series[PC, DISK, "/data"].id
    assert table.low[number] <= 0.5 <= table.high[number]
    assert table.look_us[number] >= to_us(scene.now)


# ---------------------------------------------------------------- rates


@pytest.mark.parametrize(
    ("rate", "per_minute", "found"),
    [
        ("{over: 10 min, per: min, above: 5}", 6, 1),
        ("{over: 10 min, per: min, above: 5}", 4, 0),
        ("{over: 10 min, per: min, above: 5}", -6, 0),
        ("{over: 10 min, per: h, at_most: -300}", -6, 1),
        ("{over: 10 min, per: min, abs: true, above: 5}", -6, 1),
    ],
    ids=["fast", "slow", "fast the other way", "falling by the hour", "without the sign"],
)
def test_a_rate_of_change_is_compared(rate: str, per_minute: float, found: int) -> None:
    scene = Scene(rules=rules(f"{{rate: {rate}}}"))
    scene.born(interval=10)
    began = scene.now
    scene.during(900, lambda: scene.read("m", per_minute * (scene.now - began).total_seconds() / 60))
    assert len(scene.verdicts) == found


@pytest.mark.parametrize("reset_s", [110, 300, 450, 800], ids=lambda at: f"anew after {at} s")
@pytest.mark.parametrize(
    ("rate", "found"),
    [
        ("{over: 10 min, per: min, counter: true, above: 5.5}", 1),
        ("{over: 10 min, per: min, counter: true, above: 6.5}", 0),
        ("{over: 10 min, per: min, counter: true, below: 5.5}", 0),
    ],
    ids=["fast enough", "too slow", "never falling"],
)
def test_a_counter_that_begins_anew_has_gone_on_growing(rate: str, found: int, reset_s: float) -> None:
    """Six a minute throughout."""
    scene = Scene(rules=rules(f"{{rate: {rate}}}"))
    scene.born(interval=10)
    began = scene.now

    def say() -> None:
        since_s = (scene.now - began).total_seconds()
        scene.read("m", 1000 + since_s / 10 if since_s < reset_s else (since_s - reset_s) / 10)

    scene.during(900, say)
    assert len(scene.verdicts) == found


def test_without_being_told_a_reading_is_a_gauge_and_falls() -> None:
    scene = Scene(rules=rules("{rate: {over: 10 min, per: min, below: -5}}"))
    scene.born(interval=10)
    for number in range(90):
        scene.read("m", 1000.0 + number if number < 60 else number - 60.0)
        scene.wait(10)
    assert len(scene.verdicts) == 1


# ---------------------------------------------------------------- counts


COUNT = "{count: {of: {equals: 0}, within: 1 h, at_least: 3}}"


def test_what_begins_three_times_in_the_window_is_counted_once_each_time() -> None:
    scene = Scene(rules=rules(COUNT))
    scene.born()
    for _ in range(2):
        scene.holds("m", 0, 300)
        scene.holds("m", 1, 300)
    assert scene.verdicts == []
    scene.read("m", 0)
    assert scene.verdicts == [("a", 3)]
    scene.holds("m", 1, 3600 - 1200)
    assert scene.verdicts == [("a", 3)]
    scene.holds("m", 1, 600)
    assert scene.verdicts == []


def test_a_count_outlives_a_restart_of_the_collector() -> None:
    scene = Scene(rules=rules(COUNT))
    scene.born()
    for _ in range(2):
        scene.holds("m", 0, 60)
        scene.holds("m", 1, 60)
        scene.restart()
    scene.read("m", 0)
    assert scene.verdicts == [("a", 3)]


# ---------------------------------------------------------------- restarts


def run(scene: Scene, by: float, up: float, device: DeviceId = PC) -> None:
    began = scene.now
    scene.during(by, lambda: scene.read(UPTIME, up + (scene.now - began).total_seconds(), device=device))


def test_an_uptime_that_is_set_back_is_a_restart_until_half_an_hour_without_another() -> None:
    scene = Scene()
    scene.born()
    run(scene, 300, 5000)
    run(scene, 1790, 2)
    assert scene.verdicts == [("restarted", 3)]
    run(scene, 20, 1792)
    assert scene.verdicts == []


def test_the_third_restart_within_a_day_is_level_2() -> None:
    scene = Scene()
    scene.born(interval=60)
    for found in ([], [("restarted", 3)], [("restarted", 3)], [("restarted", 2)]):
        began = scene.now
        scene.during(
            3 * 3600 if found else 600,
            lambda began=began: scene.read(UPTIME, 2 + (scene.now - began).total_seconds()),  # type: ignore[misc]
            every=MINUTE,
        )
        restarted = [incident for incident in scene.incidents.values() if incident.rule == "restarted"]
        assert [("restarted", int(incident.level)) for incident in restarted[-1:]] == found


def test_a_restart_after_a_told_shutdown_is_none() -> None:
    scene = Scene()
    scene.born()
    run(scene, 300, 5000)
    scene.died(told=Shutdown.OS)
    scene.wait(120)
    scene.born()
    run(scene, 120, 20)
    assert "restarted" not in {rule for rule, _ in scene.verdicts}


def test_a_projector_that_was_off_while_the_room_was_closed_has_not_restarted() -> None:
    site = Site(id=SiteId("s"), name="S", time_zone=ZoneInfo("UTC"), opening_hours={})
    scene = Scene(campus(room(), site=site))
    projector = DeviceId("s:pc:p")
    scene.born(room="s/r")
    scene.born(projector, role="projector")
    run(scene, 120, 5000, projector)
    scene.died(projector)
    scene.wait(120)
    scene.born(projector, role="projector")
    run(scene, 120, 20, projector)
    assert scene.verdicts == []


NAN = float("nan")


@pytest.mark.parametrize(
    ("before", "uptime", "gap", "restarted"),
    [
        (5000, 5010, 10, False),
        (5000, 4, 10, True),
        (100, 300, 36_000, True),
        (5000, 4960, 10, False),
        (2**32 / 100 - 5, 5, 10, False),
        (2**32 / 100 - 500_000, 5, 10, True),
        (5000, 5000, 600, False),
        (NAN, 5, 10, False),
    ],
    ids=["goes on", "began anew", "began anew long ago", "jitter", "ran over", "began anew before it ran over",
         "stands still", "never read before"],
)  # fmt: skip
def test_a_restart_is_told_from_an_uptime_that_only_looks_like_one(
    before: float, uptime: float, gap: float, restarted: bool
) -> None:
    found = has_restarted(np.array([before]), np.array([uptime]), np.array([gap]))
    assert found.tolist() == [restarted]


# ---------------------------------------------------------------- missing, ports


def test_a_metric_that_should_be_there_and_is_not_is_missing() -> None:
    scene = Scene(rules=rules("{missing: {metric: x}, for: 60 s}"))
    scene.born()
    scene.holds("m", 1, 70)
    assert scene.verdicts == [("a", 3)]
    scene.read("x", 5)
    scene.read("m", 1)
    assert scene.verdicts == []
    scene.holds("m", 1, 30)
    assert scene.verdicts == []
    scene.holds("m", 1, 120)
    assert scene.verdicts == [("a", 3)]


MISSING = "{missing: {metric: x}, for: 60 s}"


def test_what_never_comes_is_missing_once_it_had_three_intervals() -> None:
    scene = Scene(rules=rules(MISSING, metric="x"))
    scene.born()
    scene.holds("other", 1, 80)
    assert (scene.verdicts, scene.state()) == ([], "ok pending")
    scene.holds("other", 1, 20)
    assert scene.verdicts == [("a", 3)]
    assert (scene.incident().metric, scene.incident().value) == ("x", None)
    scene.read("x", 5)
    scene.holds("other", 1, 10)
    assert (scene.verdicts, scene.phases) == ([], {})


def test_what_stops_while_its_device_lives_is_missing() -> None:
    scene = Scene(rules=rules(MISSING, metric="x"))
    scene.born()
    scene.holds("x", 5, 100)  # the last at 90: missing from 120 on
    scene.holds("other", 1, 70)
    assert scene.verdicts == []
    scene.holds("other", 1, 20)
    assert scene.verdicts == [("a", 3)]
    scene.holds("x", 5, 20)
    assert scene.verdicts == []


def test_nothing_is_missing_of_what_is_gone_or_out_of_sight() -> None:
    scene = Scene(rules=rules(MISSING, metric="x"))
    scene.born()
    scene.died()
    scene.wait(500)
    assert scene.phases == {}
    scene.born()
    scene.keep(scene.classifier.see(connected=False, now=scene.now))
    scene.wait(500)
    assert scene.verdicts == []
    scene.keep(scene.classifier.see(connected=True, now=scene.now))
    scene.holds("other", 1, 100)
    assert scene.verdicts == [("a", 3)]


@pytest.mark.parametrize("at", [10, 40, 70, 100], ids=["unasked", "being timed", "being timed still", "missing"])
def test_what_is_missing_is_so_after_a_restart(at: float) -> None:
    scene = Scene(rules=rules(MISSING, metric="x"))
    scene.born()
    scene.holds("other", 1, at)
    scene.restart()
    scene.holds("other", 1, 30 + 100 - at)
    assert scene.verdicts == [("a", 3)]
    assert scene.incident().onset_at <= T0 + seconds(31 + (at if at < 30 else 0))
    scene.holds("x", 5, 20)
    scene.holds("other", 1, 10)
    assert (scene.verdicts, scene.phases) == ([], {})


def test_a_port_counts_where_it_feeds_a_device_of_the_campus_file() -> None:
    switch = DeviceId("s:gw:sw")
    place = Campus(
        devices={switch: Device(id=switch, role="switch", in_campus=True, room=RoomId("s/r"))},
        links=(Link(feeder=switch, port="3", device=DeviceId("s:pc")),),
    )
    scene = Scene(place, rules=rules("{equals: 0, while: {feeds: device}}"))
    scene.born("s:gw")
    scene.born(switch, role="switch")
    scene.read("m", 0, device=switch, instance="4")
    assert scene.verdicts == []
    scene.read("m", 0, device=switch, instance="3")
    assert scene.verdicts == [("a", 3)]


# ---------------------------------------------------------------- the catalogue

CATALOGUE_ROWS = {
    "presence": "agent-silent device-silent device-silent-redundant device-silent-minor monitoring-ill site-silent",
    "hardware": "component-failed component-degraded needs-cleaning lamp-wearing too-hot room-hot",
    "storage": "volume-full volume-nearly-full volume-filling volume-full-in-a-day recording-hours-short upload-behind",
    "host": "cpu-saturated memory-short recorder-program-gone clock-off restarted lost-packets outbox-behind",
    "recording": "not-recording recording-not-growing frames-stalled frames-dropping picture-black picture-frozen",
    "sound": "no-sound sound-low",
    "power and network": "ups-on-battery ups-overload ups-charge-low port-down port-errors port-busy",
    "the watch itself": "agent-cloned",
}


def test_the_default_pack_has_every_rule_with_words_and_causes_in_both_languages() -> None:
    rules = default_rules().rules
    assert sorted(rule.id for rule in rules) == sorted(" ".join(CATALOGUE_ROWS.values()).split())
    for rule in rules:
        for language in ("en", "zh-CN"):
            said = rule.words[language]
            assert all(said[part] for part in ("title", "symptom", "causes", "advice")), (rule.id, language)
