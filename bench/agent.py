"""What the agent costs beside its peers: RSS, USS and CPU seconds an hour, in one run on one work list.

All report cpu, memory, filesystems, disk and network I/O, three process counts and uptime every 10 s: the agent to a
real broker and a host that acknowledges, zabbix_agent2 to a server in active mode, node_exporter to a scraper, collectd
to a UDP listener. Each has a configuration of its own on free ports. script/peers installs those that are missing where
it may; else one is named and left out.
Usage: bench/agent.py [SECONDS], 300 by default. CPU is what the kernel counted for the process and its children, so
other work on the machine matters little; memory is the median of what was seen each 10 s.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.figures import figure  # noqa: E402
from bench.zabbix_server import ZabbixServer  # noqa: E402
from tests.brokers import Broker  # noqa: E402
from tests.conftest import need_peer  # noqa: E402
from tests.contract.edge import WireHost  # noqa: E402
from tests.plain_host import PlainHost  # noqa: E402
from tests.ports import free_port  # noqa: E402

WARM_UP_S = 25.0
LIMIT_RSS_MB = 28
STEP_S = 10.0
WATCHED = ["cron", "sshd", "python3"]
PEERS = {
    "zabbix_agent2": "zabbix-agent2",
    "node_exporter": "prometheus-node-exporter",
    "collectd": "collectd-core",
}


def zabbix_items() -> list[str]:
    disk = next((d.device.removeprefix("/dev/") for d in psutil.disk_partitions()), "sda")
    nic = next((name for name in psutil.net_io_counters(pernic=True) if name != "lo"), "lo")
    keys = ["system.cpu.util", "vm.memory.size[pavailable]", "vm.memory.size[used]", "system.swap.size[,pused]"]
    keys += ["system.uptime", "vfs.fs.size[/,pused]", "vfs.fs.size[/,used]", "vfs.fs.size[/,total]"]
    keys += [f"vfs.dev.{way}[{disk},sps]" for way in ("read", "write")]
    for name in ("lo", nic):
        keys += [f"net.if.{way}[{name},{what}]" for way in ("in", "out") for what in ("bytes", "errors", "dropped")]
    return keys + [f"proc.num[{name}]" for name in WATCHED]


def start_roomtone(home: Path, broker: Broker, stack: ExitStack) -> psutil.Process:
    secret = home / "password"
    secret.touch(mode=0o600)
    secret.write_text(broker.password)
    (home / "agent.toml").write_text(
        f'[agent]\nid = "bench"\nsite = "bench"\nroom = "r1"\ninterval_s = 10\ndata_dir = "{home / "data"}"\n'
        f'[broker]\nurl = "{broker.url}"\nusername = "{broker.username}"\npassword_file = "{secret}"\n'
        f"[process]\nwatch = {WATCHED}\n"
    )
    # As the service does it: the byte code of -OO is there beforehand, else the agent keeps the compiler's memory.
    there = {**os.environ, "PYTHONPYCACHEPREFIX": str(home / "pycache"), "MALLOC_ARENA_MAX": "2"}
    there.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(
        [sys.executable, "-OO", "-m", "agent.warm", str(home / "agent.toml")], cwd=ROOT, env=there, check=True
    )
    command = [sys.executable, "-OO", "-m", "roomtone", "agent", "run", "--config", str(home / "agent.toml")]
    return spawn(command, home / "agent.log", stack, there)


def low_port() -> int:
    """Return a free port that zabbix_agent2 takes: it refuses those above 32767."""
    for port in range(20_000, 32_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise SystemExit("no port below 32767 is free")


def start_zabbix(home: Path, server: ZabbixServer, stack: ExitStack) -> psutil.Process | None:
    program = shutil.which("zabbix_agent2", path="/usr/sbin:/usr/bin")
    if program is None:
        return None
    config = home / "zabbix.conf"
    config.write_text(
        f"Hostname=bench\nServerActive=127.0.0.1:{server.port}\nServer=\nListenPort={low_port()}\n"
        f"LogType=console\nPidFile={home / 'zabbix.pid'}\nControlSocket={home / 'zabbix.sock'}\n"
        f"PluginSocket={home / 'plugin.sock'}\nBufferSend=10\n"
    )
    return spawn([program, "-c", str(config)], home / "zabbix.log", stack)


def start_node_exporter(home: Path, stack: ExitStack) -> tuple[psutil.Process, str] | None:
    program = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")
    if program is None:
        return None
    port = free_port()
    collectors = ["cpu", "meminfo", "filesystem", "diskstats", "netdev", "uname", "stat"]
    words = ["--collector.disable-defaults", *(f"--collector.{name}" for name in collectors)]
    process = spawn([program, f"--web.listen-address=127.0.0.1:{port}", *words], home / "node.log", stack)
    return process, f"http://127.0.0.1:{port}/metrics"


def start_collectd(home: Path, sink: socket.socket, stack: ExitStack) -> psutil.Process | None:
    program = shutil.which("collectd", path="/usr/sbin:/usr/bin")
    if program is None:
        return None
    config = home / "collectd.conf"
    plugins = ["cpu", "memory", "swap", "df", "disk", "interface", "uptime", "processes", "network"]
    config.write_text(
        f'Hostname "bench"\nFQDNLookup false\nInterval 10\nBaseDir "{home}"\nPIDFile "{home / "collectd.pid"}"\n'
        + "".join(f"LoadPlugin {name}\n" for name in plugins)
        + "<Plugin processes>\n" + "".join(f'  Process "{name}"\n' for name in WATCHED) + "</Plugin>\n"
        + '<Plugin df>\n  MountPoint "/"\n</Plugin>\n'
        + f'<Plugin network>\n  Server "127.0.0.1" "{sink.getsockname()[1]}"\n</Plugin>\n'
    )  # fmt: skip
    return spawn([program, "-f", "-C", str(config)], home / "collectd.log", stack)


def spawn(command: list[str], log: Path, stack: ExitStack, environment: dict[str, str] | None = None) -> psutil.Process:
    output = stack.enter_context(log.open("ab"))
    popen = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT, env=environment)
    stack.callback(popen.wait, 20)
    stack.callback(popen.terminate)
    return psutil.Process(popen.pid)


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def require_running(name: str, process: psutil.Process, home: Path) -> None:
    if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
        logs = [*home.glob(f"{name[:4]}*.log"), home / "agent.log"]
        raise SystemExit(f"{name} has ended:\n{logs[0].read_text(errors='replace')[-2000:]}")


def main() -> None:
    subprocess.run([str(ROOT / "script" / "peers"), "agents"], check=True)
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = Broker("mosquitto", need_peer("mosquitto"), home / "broker")
        broker.start()
        stack.callback(broker.stop)
        server = stack.enter_context(ZabbixServer(zabbix_items()))
        host = WireHost(broker, PlainHost("bench", "bench"))
        host.go_online()
        stack.callback(host.go_offline)
        peers = {"roomtone": start_roomtone(home, broker, stack)}
        if (zabbix := start_zabbix(home, server, stack)) is not None:
            peers["zabbix_agent2"] = zabbix
        scrape = None
        if (node := start_node_exporter(home, stack)) is not None:
            peers["node_exporter"], scrape = node
        sink = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sink.bind(("127.0.0.1", 0))
        if (collectd := start_collectd(home, sink, stack)) is not None:
            peers["collectd"] = collectd
        for name in PEERS.keys() - peers.keys():
            print(f"{name} is not installed and left out; Debian: {PEERS[name]}", file=sys.stderr)
        started = time.monotonic()
        before: dict[str, float] = {}
        memory: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
        at = started
        while at - started < WARM_UP_S + seconds:
            time.sleep(STEP_S - (time.monotonic() - started) % STEP_S)
            if scrape is not None:
                urllib.request.urlopen(scrape, timeout=5).read()
            at = time.monotonic()
            for name, process in peers.items():
                require_running(name, process, home)
                if before:
                    seen = process.memory_full_info()
                    memory[name].append((seen.rss / 1e6, seen.uss / 1e6))
            if not before and at - started >= WARM_UP_S:
                before = {name: cpu_s(process) for name, process in peers.items()}
                began = at
        hours = (time.monotonic() - began) / 3600
        rows = {}
        for name, process in peers.items():
            rss, uss = (statistics.median(column) for column in zip(*memory[name], strict=True))
            rows[name] = (rss, uss, (cpu_s(process) - before[name]) / hours)
        against = next((name for name in ("zabbix_agent2", "node_exporter") if name in rows), "")
        for name, row in rows.items():
            for (what, unit), value, base in zip(
                (("rss", "MB"), ("uss", "MB"), ("cpu", "s/h")), row, rows.get(against, row), strict=True
            ):
                ratio = value / base if against and base else None
                figure(f"{name}_{what}", value, unit, ratio=ratio, against=against)
        rss, _, cpu = rows["roomtone"]
        figure("roomtone_rss_of_limit", rss, "MB", ratio=rss / LIMIT_RSS_MB, against=f"{LIMIT_RSS_MB} MB")
        if "collectd" in rows:
            figure("roomtone_cpu_beside_collectd", cpu, "s/h", ratio=cpu / rows["collectd"][2], against="collectd")
        figure("zabbix_values_received", server.values, "{value}")
        figure("roomtone_readings_stored", len(host.node.stored), "{value}")


if __name__ == "__main__":
    main()
