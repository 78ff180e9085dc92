"""How many hours still fit on the recorder's disks? In: what recordings took so far. Out: hours."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import psutil

from agent.probes.recording_take import Take

_LATEST: Final = 20
# Shorter ones say little about what an hour takes.
_LEAST_S: Final = 120.0


def byte_rate(takes: Iterable[Take], now_s: float) -> float | None:
    """Return the bytes a second that the latest recordings took, all files of a time together; None: not known yet."""
    spans: list[tuple[float, float, int]] = []
    for take in takes:
        if take.started_at_s is not None:
            end_s = take.ended_at_s if take.ended_at_s is not None else now_s
            if end_s - take.started_at_s >= _LEAST_S:
                spans.append((take.started_at_s, end_s, take.size))
    spans = sorted(spans, key=lambda span: span[1])[-_LATEST:]
    seconds = covered_s([(start, end) for start, end, _ in spans])
    return sum(size for _, _, size in spans) / seconds if seconds else None


def covered_s(spans: Sequence[tuple[float, float]]) -> float:
    """Return the seconds that spans cover together."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def hours_left(folders: Iterable[Path], takes: Sequence[Take], now_s: float, known_rate: float | None) -> float | None:
    """Return the hours on the volume that is full first; `known_rate` counts where nothing has been recorded yet."""
    hours = []
    for volume, folder in {os.stat(f).st_dev: f for f in folders if f.is_dir()}.items():  # noqa: PTH116
        rate = byte_rate([take for take in takes if take.file_id[0] == volume], now_s) or known_rate
        if rate:
            hours.append(psutil.disk_usage(str(folder)).free / rate / 3600)
    return min(hours, default=None)
