"""What grading costs: CPU of a reading inside its band, memory of a device, and whether either grows with the campus.

A campus of DEVICES devices (a recorder PC and five devices a room, 20 series each) under the default rules; batches of
4,000 readings, as the engine hands them on every 0.2 s at 10,000 devices. The limit to be judged by is 1 us a reading.
Usage: bench/classify.py [DEVICES...], 1000 10000 100000 by default; medians of five rounds.
"""

import gc
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.figures import figure  # noqa: E402
from collector.core.campus import Campus  # noqa: E402
from collector.core.classify import Classifier  # noqa: E402
from collector.core.model import Batch, Born, DeviceId, Died, Readings, Series, SeriesId, is_node, no_readings  # noqa: E402
from collector.core.series import to_us  # noqa: E402
from collector.core.timer import Timers  # noqa: E402
from collector.packs.rules import load_rules  # noqa: E402

T0 = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
INTERVAL = timedelta(seconds=10)
BATCH = 4_000
ROUNDS = 5
SERIES = 20
Metrics = list[tuple[str, str, float]]

PC: Metrics = [
    ("system.cpu.utilization", "", 0.3),
    ("system.memory.utilization", "", 0.5),
    ("system.memory.usage", "", 8e9),
    ("system.uptime", "", 1e5),
    ("system.filesystem.utilization", "/", 0.4),
    ("system.filesystem.utilization", "/data", 0.6),
    ("system.disk.io", "sda:write", 1e6),
    ("system.network.io", "eth0:receive", 1e6),
    ("process.count", "recorder", 1),
    ("process.cpu.utilization", "recorder", 0.2),
    ("hw.temperature", "cpu", 60),
    ("hw.temperature.limit", "cpu:high", 90),
    ("classroom.clock.offset", "", 0.01),
    ("classroom.recording.active", "", 1),
    ("classroom.recording.growth", "", 1.4e6),
    ("classroom.recording.frame.age", "left", 0.04),
    ("classroom.recording.frame.dropped", "left", 0.0),
    ("classroom.recording.audio.level", "left", -20),
    ("classroom.recording.upload.oldest", "", 900),
    ("classroom.agent.outbox.oldest", "", 1),
]
DEVICE: Metrics = [("hw.status", f"fan:{n}", 0) for n in range(6)]
DEVICE += [("hw.temperature", f"t{n}", 35) for n in range(4)]
DEVICE += [("hw.network.io", f"{n}:in", 1e5) for n in range(6)]
DEVICE += [
    ("system.cpu.utilization", "", 0.1),
    ("system.uptime", "", 1e6),
    ("hw.ups.source", "", 0),
    ("hw.power", "", 9),
]
ROLES = ("camera", "projector", "switch", "ups", "microphone")


def people(devices: int) -> list[tuple[DeviceId, str, Metrics]]:
    found: list[tuple[DeviceId, str, Metrics]] = []
    for room in count():
        node = DeviceId(f"site{room % 50}:pc-{room}")
        found.append((node, "recorder-pc", PC))
        found += [(DeviceId(f"{node}:{role}"), role, DEVICE) for role in ROLES]
        if len(found) >= devices:
            return found[:devices]
    return found


class Bench:
    """A classifier with so many devices, all well, and their readings in batches."""

    def __init__(self, devices: int) -> None:
        rules = load_rules([ROOT / "rules"])
        gc.collect()
        before = psutil.Process().memory_info().rss
        self.now = T0
        self.classifier = Classifier(campus=Campus(), rules=rules, now=T0)
        everyone = people(devices)
        numbers = count(1)
        values: list[float] = []
        for device, role, metrics in everyone:
            born = Born(
                device=device,
                at=T0,
                properties={"role": role, "room": device.split(":")[1]},
                interval=INTERVAL if is_node(device) else None,
            )
            series = tuple(
                Series(id=SeriesId(next(numbers)), device=device, metric=metric, instance=instance)
                for metric, instance, _ in metrics
            )
            values += [value for *_, value in metrics]
            self.classifier.take(Batch(commit=1, at=T0, readings=no_readings(), events=(born,), series=series))
        gc.collect()
        self.bytes_per_device = (psutil.Process().memory_info().rss - before) / devices
        self.series = np.arange(1, len(values) + 1, dtype=np.int32)
        self.values = np.array(values)
        self.heard = {device: T0 for device, *_ in everyone if device.count(":") == 1}

    def round(self) -> float:
        """Let every series report once; return CPU seconds a reading."""
        self.now += INTERVAL
        at = np.full(BATCH, to_us(self.now))
        live = np.zeros(BATCH, np.bool_)
        batches = []
        nodes = list(self.heard)
        share = -(-len(nodes) * BATCH // len(self.series))
        for number, start in enumerate(range(0, len(self.series), BATCH)):
            part = slice(start, start + BATCH)
            size = len(self.series[part])
            readings = Readings(self.series[part], at[:size], self.values[part], live[:size])
            heard = dict.fromkeys(nodes[number * share : (number + 1) * share], self.now)
            batches.append(Batch(commit=2, at=self.now, readings=readings, heard=heard))
        started = time.process_time()
        decided = sum(len(self.classifier.take(batch)) for batch in batches)
        spent = time.process_time() - started
        self.decided = decided
        return spent / len(self.series)

    def outside(self) -> float:
        """Let a twentieth of all series be bad for two rounds; return CPU seconds a bad reading, the second time."""
        bad = np.arange(0, len(self.series), SERIES)
        self.values[bad] = 2.0  # a processor at 200 %, a fan that failed
        self.round()  # all of it begins to be timed
        return self.round() * SERIES


def measure(devices: int) -> float:
    bench = Bench(devices)
    bench.round()
    inside = statistics.median(bench.round() for _ in range(ROUNDS)) * 1e6
    assert bench.decided == 0, "a healthy campus decides nothing"
    figure(f"inside_band_us_{devices}_devices", inside, "us", ratio=inside / 1.0, against="1 us a reading")
    figure(f"memory_{devices}_devices", bench.bytes_per_device, "By/device")
    outside = bench.outside() * 1e6
    figure(f"outside_band_us_{devices}_devices", outside, "us", ratio=outside / inside, against="a reading inside")
    victims = list(bench.heard)[:200]
    started = time.process_time()
    for device in victims:
        bench.classifier.take(
            Batch(commit=3, at=bench.now, readings=no_readings(), events=(Died(device=device, at=bench.now),))
        )
    figure(f"death_us_{devices}_devices", (time.process_time() - started) / len(victims) * 1e6, "us")
    return inside


def timers(size: int) -> float:
    """Return CPU microseconds of moving one of `size` timers."""
    running: Timers[int] = Timers()
    for key in range(size):
        running.set(key, T0 + timedelta(seconds=key % 977))
    started = time.process_time()
    for key in range(20_000):
        running.set(key % size, T0 + timedelta(seconds=1000 + key % 977))
    return (time.process_time() - started) / 20_000 * 1e6


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [1_000, 10_000, 100_000]
    costs = [measure(size) for size in sizes]
    if len(costs) > 1:
        ratio = costs[-1] / costs[0]
        figure("inside_band_growth", ratio, "1", ratio=ratio, against=f"{sizes[0]} devices")
    small, large = timers(1_000), timers(100_000)
    figure("timer_move_us_100000", large, "us", ratio=large / small, against="1,000 timers")


if __name__ == "__main__":
    main()
