"""Thresholds, `for`, keep-firing and staleness beside Prometheus, by `promtool test rules` on the same series.

Hundreds of series are made by a seed. promtool says at each evaluation which alerts fire; the classifier must say the
same. Where Roomtone differs on purpose (docs/decisions/006-beside-prometheus.md), the difference itself is held.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from collector.core.campus import Campus
from collector.core.model import Born, DeviceId, Level
from collector.core.rule import Bound, Case, Names, Operator, Rule, RulePack, Rung, Test
from collector.trial.world import World
from tests.conftest import need_peer

INTERVAL = timedelta(seconds=100)  # so that three of them are the 300 s for which Prometheus looks back
T0 = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DEVICE = DeviceId("s:pc")
STALE = "stale"
Sample = float | None | str  # None: missing; STALE: the series is marked as gone
PROMQL = {Operator.ABOVE: ">", Operator.AT_LEAST: ">=", Operator.BELOW: "<", Operator.AT_MOST: "<="}


@dataclass(frozen=True, kw_only=True)
class Series:
    """A series and the rule that it is held against; `hold` and `keep` in intervals."""

    name: str
    operator: Operator
    bound: float
    hold: int
    keep: int
    samples: tuple[Sample, ...]
    clear: float | None = None  # Roomtone's clear bound, where there is a band

    def raises(self, value: float) -> bool:
        over = value > self.bound or (value == self.bound and self.operator in (Operator.AT_LEAST, Operator.AT_MOST))
        under = value < self.bound or (value == self.bound and self.operator in (Operator.AT_LEAST, Operator.AT_MOST))
        return over if self.operator in (Operator.ABOVE, Operator.AT_LEAST) else under


def make(source: Random, name: str, *, gaps: float = 0.0, stale: float = 0.0, band: bool = False) -> Series:
    operator = Operator.ABOVE if band else source.choice(list(PROMQL))
    bound = source.choice([0.0, 0.5, 0.9, 50.0, -20.0])
    near = [bound - 1, bound - 0.001, bound, bound + 0.001, bound + 1]
    samples: list[Sample] = []
    value: float = source.choice(near)
    while len(samples) < 40:
        if source.random() < 0.35:
            value = source.choice(near)
        luck = source.random()
        if samples and luck < gaps and isinstance(samples[-1], float):
            samples.extend([None] * source.choice([1, 2]))
        elif samples and luck < gaps + stale and isinstance(samples[-1], float):
            samples.extend([STALE, *[None] * source.randrange(4, 8)])
        samples.append(value)
    return Series(
        name=name,
        operator=operator,
        bound=bound,
        hold=source.choice([0, 0, 1, 2, 3, 5]),
        keep=source.choice([0, 0, 1, 2, 4]),
        samples=tuple(samples),
        clear=bound - 0.5 if band else None,
    )


def roomtone(series: Series) -> list[bool]:
    """Return at each evaluation whether the classifier holds an incident open."""
    end = Test(operator=Operator.BELOW, bounds=(Bound(plus=series.clear),)) if series.clear is not None else None
    rung = Rung(
        key="r",
        rule="r",
        metrics=("m",),
        instances=Names(),
        raises=Test(operator=series.operator, bounds=(Bound(plus=series.bound),)),
        raise_for=series.hold * INTERVAL,
        clears=end,
        clear_for=series.keep * INTERVAL,
        cases=(Case(level=Level.SEVERE),),
    )
    world = World(campus=Campus(), rules=RulePack(rules=(Rule(id="r", family="r", rungs=(rung,)),)), now=T0)
    world.happen(Born(device=DEVICE, at=T0, interval=INTERVAL))
    fires: list[bool] = []
    for number, sample in enumerate(series.samples):
        world.approach(T0 + number * INTERVAL)
        if isinstance(sample, float):
            world.read([(DEVICE, "m", "", sample)])
        else:
            world.hear(DEVICE)
        world.advance(T0 + number * INTERVAL)
        fires.append(bool(world.kept.open_incidents()))
    return fires


def prometheus(series: Series) -> list[bool]:
    """Return at each evaluation whether Prometheus fires: a model of it, which promtool must agree with."""
    fires: list[bool] = []
    active: int | None = None
    firing, keeping = False, None
    last: tuple[int, float] | None = None
    for now, sample in enumerate(series.samples):
        if isinstance(sample, float):
            last = now, sample
        elif sample == STALE or (last is not None and now - last[0] > 3):
            last = None
        if last is not None and series.raises(last[1]):
            active = now if active is None else active
            keeping = None
            firing = firing or now - active >= series.hold
        elif firing:
            keeping = now if keeping is None else keeping
            if now - keeping >= series.keep:
                active, firing, keeping = None, False, None
        else:
            active = None
        fires.append(firing)
    return fires


def promtool(folder: Path, all_series: Sequence[Series], fires: Sequence[Sequence[bool]]) -> str:
    """Return what promtool finds wrong with alerts firing exactly so; empty: nothing."""
    step = int(INTERVAL.total_seconds())
    rules = [
        {
            "alert": series.name,
            "expr": f"{series.name} {PROMQL[series.operator]} {series.bound!r}",
            **({"for": f"{series.hold * step}s"} if series.hold else {}),
            **({"keep_firing_for": f"{series.keep * step}s"} if series.keep else {}),
        }
        for series in all_series
    ]
    lines = [
        {
            "series": series.name,
            "values": " ".join("_" if sample is None else str(sample) for sample in series.samples),
        }
        for series in all_series
    ]
    expected = [
        {
            "eval_time": f"{number * step}s",
            "alertname": series.name,
            "exp_alerts": [{"exp_labels": {}}] if fires[index][number] else [],
        }
        for number in range(len(all_series[0].samples))
        for index, series in enumerate(all_series)
    ]
    groups = [{"name": "g", "interval": f"{step}s", "rules": rules}]
    tests = [{"interval": f"{step}s", "input_series": lines, "alert_rule_test": expected}]
    (folder / "rules.yml").write_text(json.dumps({"groups": groups}), encoding="utf-8")
    (folder / "test.yml").write_text(
        json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": f"{step}s", "tests": tests}), encoding="utf-8"
    )
    run = subprocess.run(
        [need_peer("promtool"), "test", "rules", "test.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if run.returncode == 0 else (run.stdout + run.stderr)[-4000:]


def cut(series: Sequence[Series]) -> list[Series]:
    length = min(len(each.samples) for each in series)
    return [Series(**{**each.__dict__, "samples": each.samples[:length]}) for each in series]


def test_the_classifier_fires_when_prometheus_does(tmp_path: Path) -> None:
    source = Random(20261123)
    whole = [make(source, f"whole_{number}") for number in range(150)]
    missing = [make(source, f"missing_{number}", gaps=0.15) for number in range(150)]
    series = cut([*whole, *missing])
    fires = [roomtone(each) for each in series]
    assert promtool(tmp_path, series, fires) == ""
    assert sum(any(row) and not all(row) for row in fires) > 150  # most of them rise and fall
    assert fires == [prometheus(each) for each in series]


def test_promtool_can_tell_a_difference(tmp_path: Path) -> None:
    series = cut([make(Random(7), "one")])
    wrong = [[not fired for fired in roomtone(series[0])]]
    assert "got:" in promtool(tmp_path, series, wrong)


def test_where_a_series_goes_stale_prometheus_forgets_and_roomtone_holds(tmp_path: Path) -> None:
    """What was not seen to be well stays open; what had been counted stays counted."""
    source = Random(20261124)
    series = cut([make(source, f"stale_{number}", stale=0.12) for number in range(100)])
    theirs = [prometheus(each) for each in series]
    assert promtool(tmp_path, series, theirs) == ""
    differ = 0
    for each, fires in zip(series, theirs, strict=True):
        ours = roomtone(each)
        assert all(mine or not other for mine, other in zip(ours, fires, strict=True))
        for number, (mine, other) in enumerate(zip(ours, fires, strict=True)):
            if mine and not other:
                differ += 1
                gone = [at for at in range(number + 1) if each.samples[at] == STALE]
                back = next((at for at in range(gone[-1], number) if isinstance(each.samples[at], float)), number)
                assert number - back <= max(each.hold, each.keep)
    assert differ > 20


def test_inside_its_band_an_incident_stays_open_where_an_alert_ends(tmp_path: Path) -> None:
    source = Random(20261125)
    series = cut([make(source, f"band_{number}", band=True) for number in range(100)])
    theirs = [prometheus(each) for each in series]
    assert promtool(tmp_path, series, theirs) == ""
    differ = 0
    for each, fires in zip(series, theirs, strict=True):
        assert each.clear is not None
        inside = False  # since the last reading beyond the band
        settled = 0
        for number, (mine, other) in enumerate(zip(roomtone(each), fires, strict=True)):
            value = each.samples[number]
            assert isinstance(value, float)
            inside = inside and each.clear <= value
            settled = settled + 1 if value < each.clear else 0
            inside = inside or (other and each.clear <= value)
            assert mine or not other
            if mine and not other:
                differ += 1
                assert settled <= each.keep
    assert differ > 20
