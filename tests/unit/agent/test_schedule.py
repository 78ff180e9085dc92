"""The time grid."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from agent.schedule import Grid

moments = st.integers(min_value=0, max_value=4_000_000_000_000)


@given(owner=st.text(), interval_s=st.floats(min_value=0.1, max_value=86400), at_ms=moments)
def test_steps_are_exactly_one_interval_apart(owner: str, interval_s: float, at_ms: int) -> None:
    grid = Grid.of(owner, interval_s)
    step = grid.step_at(at_ms)
    assert step <= at_ms < step + grid.interval_ms
    assert grid.step_after(at_ms) == step + grid.interval_ms
    assert grid.step_at(step) == step
    assert grid.interval_ms == round(interval_s * 1000)


def test_the_grid_of_an_agent_is_the_same_after_a_restart() -> None:
    assert Grid.of("east:pc1", 10) == Grid.of("east:pc1", 10)
    assert Grid.of("east:pc1", 10) == Grid(interval_ms=10_000, phase_ms=Grid.of("east:pc1", 10).phase_ms)


def test_ten_thousand_agents_do_not_speak_in_one_instant() -> None:
    phases = [Grid.of(f"east:pc{n}", 10).phase_ms // 100 for n in range(10_000)]
    busiest = max(phases.count(slot) for slot in set(phases))
    assert len(set(phases)) == 100
    assert busiest < 160


def test_many_devices_are_spread_over_the_seconds_of_their_interval() -> None:
    grid = Grid.of("east:poller", 30)
    spread = [grid.spread(f"east:poller:device-{number}") for number in range(1000)]
    seconds = Counter((other.phase_ms - grid.phase_ms) % 30_000 for other in spread)
    assert set(seconds) == {second * 1000 for second in range(30)}
    assert max(seconds.values()) < 2 * 1000 / 30
    assert grid.spread("a") == grid.spread("a")
    assert {Grid.of("pc", 1).spread(str(number)) for number in range(9)} == {Grid.of("pc", 1)}
