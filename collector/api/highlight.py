"""The one metric that matters for a role: what a list of devices shows beside a name."""

from collections.abc import Mapping
from typing import Final

from collector.api.schemas.device import Metric
from collector.core.model import DeviceId, Series
from collector.desk.board import LastValues, instant

_HOST: Final = ("system.cpu.utilization", "system.memory.utilization")
METRICS: Final[Mapping[str, tuple[str, ...]]] = {
    "recorder-pc": _HOST,
    "recorder": ("classroom.recording.frame.rate", *_HOST),
    "camera": ("classroom.recording.frame.rate", "hw.temperature"),
    "projector": ("classroom.projector.lamp.time", "hw.temperature"),
    "display": ("classroom.projector.power", "hw.temperature"),
    "microphone": ("classroom.recording.audio.level", "classroom.microphone.battery"),
    "mixer": ("classroom.recording.audio.level", "hw.temperature"),
    "capture-card": ("classroom.signal.lock", "hw.temperature"),
    "storage": ("hw.logical_disk.utilization", "system.filesystem.utilization"),
    "switch": ("hw.network.io", "system.cpu.utilization"),
    "access-point": ("hw.network.io", "system.cpu.utilization"),
    "ups": ("hw.battery.time_left", "hw.battery.charge", "hw.ups.load"),
    "pdu": ("hw.power", "hw.current"),
    "sensor": ("hw.temperature", "hw.humidity"),
    "gateway": _HOST,
    "other": _HOST,
}
"""Role → metrics, the first that the device reports is taken. Roles that are not listed show what `other` shows."""


def highlight(values: LastValues, device: DeviceId, role: str) -> Metric | None:
    """Return the last value of the metric that matters for a role; None where the device reports none of them."""
    wanted = METRICS.get(role, METRICS["other"])
    candidates = [series for series in values.series_of(device) if series.metric in wanted]
    for series in sorted(candidates, key=lambda series: (wanted.index(series.metric), series.instance)):
        metric = last_metric(values, series)
        if metric is not None:
            return metric
    return None


def last_metric(values: LastValues, series: Series) -> Metric | None:
    """Return the last value of a series; None before the first."""
    last = values.last_value(series.id)
    if last is None:
        return None
    return Metric(metric=series.metric, instance=series.instance, value=last[0], unit=series.unit, at=instant(last[1]))
