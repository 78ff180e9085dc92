"""Which number a series has: every (device, metric, instance) gets one at its first reading, for good."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from collector.core.model import DeviceId, Series, SeriesId

MAX_SERIES: Final = 5_000_000


class Registry:
    """All series, and those that the intake in the making has added or described anew."""

    def __init__(self, known: Iterable[Series], *, max_series: int = MAX_SERIES) -> None:
        self._max_series = max_series
        self._series = {(one.device, one.metric, one.instance): one for one in known}
        self._next = max((one.id for one in self._series.values()), default=0) + 1
        self._new: dict[SeriesId, Series] = {}

    def number(self, device: DeviceId, metric: str, instance: str, unit: str) -> SeriesId | None:
        """Return a series' number, made where there was none; None where no more are taken.

        An empty unit says nothing; another one than before describes the series anew.
        """
        key = (device, metric, instance)
        known = self._series.get(key)
        if known is None:
            if len(self._series) >= self._max_series:
                return None
            known = Series(id=SeriesId(self._next), device=device, metric=metric, instance=instance, unit=unit)
            self._next += 1
        elif not unit or unit == known.unit:
            return known.id
        else:
            known = replace(known, unit=unit)
        self._series[key] = known
        self._new[known.id] = known
        return known.id

    def take_new(self) -> tuple[Series, ...]:
        """Return the series made or described anew since the last call."""
        new = tuple(self._new.values())
        self._new.clear()
        return new

    def put_back(self, lost: Iterable[Series]) -> None:
        """Let the next intake carry series whose own was not stored, before they are described anew."""
        self._new = {one.id: one for one in lost} | self._new
