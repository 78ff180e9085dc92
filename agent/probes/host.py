"""Reads the computer that the agent runs on. Out: `system.*` of processor, memory, file systems, disks and network."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final

import psutil

from agent.now import monotonic_s
from agent.probes.rates import Rates
from agent.reading import Reading

# Images that are full by nature, and media that come and go.
_NOT_VOLUMES: Final = frozenset({"squashfs", "iso9660", "udf", "cramfs", "erofs", "romfs", "fuse.snapfuse"})
# Interfaces that carry no traffic of the room: loopback, and those of containers and virtual machines.
_NOT_PORTS: Final = (
    *("lo", "Loopback", "veth", "docker", "br-", "virbr", "cali", "flannel", "cni", "ifb", "dummy", "sit", "tunl"),
    *("isatap", "Teredo"),
)
_MOUNTS_EVERY: Final = 6
_SYS_BLOCK: Final = Path("/sys/block")


class Host:
    """This computer. Rates and the processor's share come from the second reading on."""

    name = "host"
    gives: ClassVar[tuple[str, ...]] = (
        "system.cpu.utilization",
        "system.memory.utilization",
        "system.memory.usage",
        "system.paging.utilization",
        "system.uptime",
        "system.filesystem.utilization",
        "system.filesystem.usage",
        "system.filesystem.limit",
        "system.disk.io",
        "system.disk.operation_time",
        "system.network.io",
        "system.network.errors",
        "system.network.packet.dropped",
    )

    def __init__(self, *, per_core: bool = False) -> None:
        self._per_core = per_core
        self._rates = Rates()
        self._cpu: dict[str, tuple[float, float]] = {}
        self._mounts: list[str] = []
        self._whole_disks: dict[str, bool] = {}
        self._reads = 0

    def read(self, now: datetime) -> Iterator[Reading]:
        """Return everything the computer says of itself now."""
        if self._reads % _MOUNTS_EVERY == 0:
            self._mounts = list(_volumes())
        self._reads += 1
        at_s = monotonic_s()
        yield from self._processor()
        yield from self._memory()
        yield Reading("system.uptime", max(0.0, now.timestamp() - psutil.boot_time()))
        yield from self._file_systems()
        yield from self._disks(at_s)
        yield from self._network(at_s)

    def _processor(self) -> Iterator[Reading]:
        times = [("", psutil.cpu_times())]
        if self._per_core:
            times += [(str(n), core) for n, core in enumerate(psutil.cpu_times(percpu=True))]
        for instance, one in times:
            # Guest time is within user time already.
            total = sum(one) - getattr(one, "guest", 0.0) - getattr(one, "guest_nice", 0.0)
            idle = one.idle + getattr(one, "iowait", 0.0)
            before = self._cpu.get(instance)
            self._cpu[instance] = (total, idle)
            if before is not None and total > before[0] and idle >= before[1]:
                busy = 1 - (idle - before[1]) / (total - before[0])
                yield Reading("system.cpu.utilization", min(1.0, max(0.0, busy)), instance)

    def _memory(self) -> Iterator[Reading]:
        memory = psutil.virtual_memory()
        used = memory.total - memory.available
        yield Reading("system.memory.utilization", used / memory.total)
        yield Reading("system.memory.usage", float(used))
        paging = psutil.swap_memory()
        if paging.total:
            yield Reading("system.paging.utilization", paging.used / paging.total)

    def _file_systems(self) -> Iterator[Reading]:
        for mount in self._mounts:
            try:
                usage = psutil.disk_usage(mount)
            except OSError:
                continue
            # What users can fill: the share that the system keeps for itself counts as neither used nor free.
            limit = usage.used + usage.free
            if limit > 0:
                yield Reading("system.filesystem.utilization", usage.used / limit, mount)
                yield Reading("system.filesystem.usage", float(usage.used), mount)
                yield Reading("system.filesystem.limit", float(limit), mount)

    def _disks(self, at_s: float) -> Iterator[Reading]:
        for disk, io in (psutil.disk_io_counters(perdisk=True, nowrap=False) or {}).items():
            if not self._is_whole(disk):
                continue
            for direction, size, busy_ms in (
                ("read", io.read_bytes, io.read_time),
                ("write", io.write_bytes, io.write_time),
            ):
                instance = f"{disk}:{direction}"
                rate = self._rates.rate(f"io {instance}", size, at_s)
                if rate is not None:
                    yield Reading("system.disk.io", rate, instance)
                busy = self._rates.rate(f"busy {instance}", busy_ms / 1000, at_s)
                if busy is not None:
                    yield Reading("system.disk.operation_time", busy, instance)

    def _is_whole(self, disk: str) -> bool:
        """Tell a disk from its partitions and from loop and RAM devices."""
        known = self._whole_disks.get(disk)
        if known is None:
            is_virtual = disk.startswith(("loop", "ram", "zram", "fd", "sr"))
            known = not is_virtual and (not _SYS_BLOCK.is_dir() or (_SYS_BLOCK / disk.replace("/", "!")).exists())
            self._whole_disks[disk] = known
        return known

    def _network(self, at_s: float) -> Iterator[Reading]:
        for port, io in psutil.net_io_counters(pernic=True, nowrap=False).items():
            if port.startswith(_NOT_PORTS):
                continue
            for direction, size, errors, dropped in (
                ("receive", io.bytes_recv, io.errin, io.dropin),
                ("transmit", io.bytes_sent, io.errout, io.dropout),
            ):
                instance = f"{port}:{direction}"
                for metric, counter in (("io", size), ("errors", errors), ("packet.dropped", dropped)):
                    rate = self._rates.rate(f"{metric} {instance}", counter, at_s)
                    if rate is not None:
                        yield Reading(f"system.network.{metric}", rate, instance)


def _volumes() -> Iterator[str]:
    """Yield where local disks are mounted, each disk once; network file systems could hang us."""
    mount_of: dict[str, str] = {}
    for partition in psutil.disk_partitions(all=False):
        options = partition.opts.split(",")
        if partition.fstype in _NOT_VOLUMES or "cdrom" in options or not partition.fstype:
            continue
        known = mount_of.get(partition.device)
        if (known is None or len(partition.mountpoint) < len(known)) and Path(partition.mountpoint).is_dir():
            mount_of[partition.device] = partition.mountpoint
    if not mount_of and Path("/").is_dir():
        yield "/"
    yield from sorted(set(mount_of.values()))
