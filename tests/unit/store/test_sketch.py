"""The sketch that estimates quantiles: near the truth, and the same however it was added up."""

from functools import cache

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from collector.store.series.sketch import RELATIVE_ERROR, key_of, quantiles, values_of

# The rounding of the doubles themselves.
_SLACK = 1e-12
_numbers = st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) >= 1e-9)


@cache
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def keys(values: NDArray[np.float64] | list[float]) -> NDArray[np.int64]:
    database().register("given", {"value": np.asarray(values, np.float64)})
    found = database().execute(f"SELECT {key_of('value')} AS key FROM given").fetchnumpy()["key"]
    return np.asarray(found, np.int64)


def quantile(values: list[float], share: float) -> float:
    found, counts = np.unique(keys(values), return_counts=True)
    _, (answer,) = quantiles(np.zeros(len(found), np.int64), found, counts, share)
    return float(answer)


@given(st.lists(_numbers, min_size=1, max_size=50))
def test_every_value_is_near_its_grid_value(values: list[float]) -> None:
    near = values_of(keys(values))
    assert np.all(np.abs(near - values) <= (RELATIVE_ERROR + _SLACK) * np.abs(values))


@given(st.lists(_numbers, min_size=1, max_size=50))
def test_keys_are_in_the_order_of_their_values(values: list[float]) -> None:
    ordered = keys(sorted(values))
    assert np.all(np.diff(ordered) >= 0)
    assert np.all(np.diff(values_of(ordered)) >= 0)


@given(st.lists(_numbers, min_size=1, max_size=200), st.floats(0, 1))
def test_a_quantile_is_near_the_true_one(values: list[float], share: float) -> None:
    ordered = np.sort(np.asarray(values))
    rank = share * (len(ordered) - 1)
    around = np.abs(ordered[[int(np.floor(rank)), int(np.ceil(rank))]]).max()
    assert abs(quantile(values, share) - np.quantile(ordered, share)) <= (RELATIVE_ERROR + 1e-9) * around


def test_every_grid_value_has_a_key_of_its_own() -> None:
    every = np.arange(-5000, 5001)
    assert keys(values_of(every)).tolist() == every.tolist()


@pytest.mark.parametrize(
    "value", [0.0, 1.0, 2.0, 3.0, 7.0, 23.0, 37.0, 64.0, 99.0, 100.0, -1.0, -40.0, 0.95, 0.5, 0.07, 0.011, 1e6, 1e-9]
)
def test_states_shares_and_small_whole_numbers_are_exact(value: float) -> None:
    assert quantile([value] * 20, 0.95) == value


@pytest.mark.parametrize("value", [1e-10, -1e-300, 5e-324, -0.0])
def test_what_is_next_to_nothing_is_zero(value: float) -> None:
    assert values_of(keys([value])).tolist() == [0.0]


@pytest.mark.parametrize("value", [1.7e308, -1.7e308, 999999.9999999999, 9.999999999999999, 0.09999999999999999])
def test_the_ends_of_decades_and_of_doubles_have_a_place(value: float) -> None:
    (near,) = values_of(keys([value]))
    assert near == pytest.approx(value, rel=RELATIVE_ERROR)


def test_quantiles_of_many_series_are_found_in_one_pass() -> None:
    series = np.array([3, 3, 3, 8, 9, 9])
    grid = keys([10.0, 20.0, 30.0, 5.0, -1.0, 1.0])
    found, answers = quantiles(series, grid, np.array([1, 1, 1, 4, 1, 1]), 0.5)
    assert found.tolist() == [3, 8, 9]
    assert answers.tolist() == [20.0, 5.0, 0.0]


def test_no_readings_have_no_quantiles() -> None:
    empty = np.empty(0, np.int64)
    found, answers = quantiles(empty, empty, empty, 0.95)
    assert len(found) == len(answers) == 0
