"""Counts the programs that are watched. Out: `process.*[name]`; one that does not run is counted 0."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import ClassVar, Final

import psutil

from agent.now import monotonic_s
from agent.probes.rates import Rates
from agent.reading import Reading

# A new process may still become another program (exec), so its name is read again a few times.
_NAME_SETTLES_AFTER: Final = 3


class Process:
    """Programs by name: as the system shows it, without regard to case and a trailing `.exe`."""

    name = "process"
    gives: ClassVar[tuple[str, ...]] = (
        "process.count",
        "process.cpu.utilization",
        "process.memory.usage",
        "process.uptime",
    )

    def __init__(self, watch: Iterable[str]) -> None:
        self._watch = {_plain(name): name for name in watch}
        self._seen: dict[psutil.Process, tuple[str, int]] = {}
        self._rates = Rates()

    def read(self, now: datetime) -> Iterator[Reading]:
        """Return the number of processes of each program, and what they use together."""
        at_s = monotonic_s()
        counters: set[str] = set()
        found = self._find()
        for plain, name in self._watch.items():
            count, cpu, memory, started = 0, 0.0, 0, now.timestamp()
            cpu_known = True
            for process in found.get(plain, ()):
                try:
                    with process.oneshot():
                        times = process.cpu_times()
                        resident = process.memory_info().rss
                        since = process.create_time()
                except psutil.NoSuchProcess:
                    continue
                except psutil.AccessDenied:
                    count += 1
                    cpu_known = False
                    continue
                count += 1
                memory += resident
                started = min(started, since)
                counter = f"{process.pid} {since}"
                counters.add(counter)
                cpu += self._rates.rate(counter, times.user + times.system, at_s) or 0.0
            yield Reading("process.count", count, name)
            if count and cpu_known:
                yield Reading("process.cpu.utilization", cpu / (psutil.cpu_count() or 1), name)
                yield Reading("process.memory.usage", float(memory), name)
                yield Reading("process.uptime", max(0.0, now.timestamp() - started), name)
        self._rates.keep_only(counters)

    def _find(self) -> dict[str, list[psutil.Process]]:
        found: dict[str, list[psutil.Process]] = {}
        seen: dict[psutil.Process, tuple[str, int]] = {}
        for process in psutil.process_iter():
            plain, times = self._seen.get(process, ("", 0))
            if times < _NAME_SETTLES_AFTER:
                try:
                    with process.oneshot():
                        if process.status() == psutil.STATUS_ZOMBIE:
                            continue
                        plain = _plain(process.name())
                except psutil.Error:
                    continue
            seen[process] = (plain, times + 1)
            if plain in self._watch:
                found.setdefault(plain, []).append(process)
        self._seen = seen
        return found


def _plain(name: str) -> str:
    return name.lower().removesuffix(".exe")
