"""Columns of readings as JSON. Numbers are made into text in bulk: a day of readings is a few megabytes."""

import json

import numpy as np
from numpy.typing import NDArray

from collector.core.model import Series
from collector.store.series.read import Buckets, Raw


def buckets_json(series: Series, found: Buckets) -> bytes:
    """Return the answer to a question for buckets; null where one has no reading."""
    empty = found.n == 0
    return _answer(
        series,
        at=_instants(found.at_us),
        n=found.n.tolist(),
        min=_numbers(found.min, empty),
        mean=_numbers(found.mean, empty),
        max=_numbers(found.max, empty),
    )


def raw_json(series: Series, found: Raw, *, most: int) -> bytes:
    """Return the answer to a question for each reading, `most` of them; with more there, it says so."""
    values = found.value[:most].tolist()
    return _answer(
        series,
        at=_instants(found.at_us[:most]),
        n=[1] * len(values),
        min=values,
        mean=values,
        max=values,
        value=values,
        complete=len(found.value) <= most,
    )


def _answer(
    series: Series,
    *,
    at: list[str],
    n: list[int],
    min: list[float | None],
    mean: list[float | None],
    max: list[float | None],
    value: list[float | None] | None = None,
    complete: bool = True,
) -> bytes:
    answer = {
        "device": series.device,
        "metric": series.metric,
        "instance": series.instance,
        "unit": series.unit,
        "at": at,
        "n": n,
        "min": min,
        "mean": mean,
        "max": max,
        "value": value,
        "complete": complete,
    }
    return json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _instants(at_us: NDArray[np.int64]) -> list[str]:
    stamps = np.datetime_as_string(at_us.astype("datetime64[us]"), unit="ms" if _are_whole(at_us) else "us")
    return [f"{stamp}Z" for stamp in stamps.tolist()]


def _are_whole(at_us: NDArray[np.int64]) -> bool:
    return bool((at_us % 1000 == 0).all())


def _numbers(column: NDArray[np.float64], empty: NDArray[np.bool_]) -> list[float | None]:
    return [None if is_empty else value for value, is_empty in zip(column.tolist(), empty.tolist(), strict=True)]
