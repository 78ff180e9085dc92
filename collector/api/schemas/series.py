"""Readings over time, as columns of equal length."""

from datetime import datetime

from collector.api.schemas.base import Shown


class Buckets(Shown):
    """Readings of one series: one place a bucket, or a reading (`points=raw`; `value` is then given, too).

    `at` is the start of a bucket. null where a bucket has no reading (`n` is 0 there). `complete` false: there are
    more readings after the last one; ask again from there.
    """

    device: str
    metric: str
    instance: str
    unit: str
    at: list[datetime]
    n: list[int]
    min: list[float | None]
    mean: list[float | None]
    max: list[float | None]
    value: list[float] | None = None
    complete: bool = True
