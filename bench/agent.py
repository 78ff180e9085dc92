"""What the agent costs beside its peers: RSS, USS and CPU seconds an hour, in one run on one work list.

All report cpu, memory, filesystems, disk and network I/O, three process counts and uptime every 10 s: the agent to a
real broker, zabbix_agent2 to a server in active mode, node_exporter to a scraper. A peer that is not installed is left
out. Usage: bench/agent.py [SECONDS], 300 by default; Debian: zabbix-agent2, prometheus-node-exporter.
"""

import shutil
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
from tests.house import free_port  # noqa: E402

WARM_UP_S = 25.0
STEP_S = 10.0
WATCHED = ["cron", "sshd", "python3"]


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
    command = [sys.executable, "-OO", "-m", "roomtone", "agent", "run", "--config", str(home / "agent.toml")]
    return spawn(command, home / "agent.log", stack)


def start_zabbix(home: Path, server: ZabbixServer, stack: ExitStack) -> psutil.Process | None:
    program = shutil.which("zabbix_agent2", path="/usr/sbin:/usr/bin")
    if program is None:
        return None
    config = home / "zabbix.conf"
    config.write_text(
        f"Hostname=bench\nServerActive=127.0.0.1:{server.port}\nServer=\nListenPort={free_port()}\n"
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


def spawn(command: list[str], log: Path, stack: ExitStack) -> psutil.Process:
    output = stack.enter_context(log.open("ab"))
    popen = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT)
    stack.callback(popen.wait, 20)
    stack.callback(popen.terminate)
    return psutil.Process(popen.pid)


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = Broker("mosquitto", need_peer("mosquitto"), home / "broker")
        broker.start()
        stack.callback(broker.stop)
        server = stack.enter_context(ZabbixServer(zabbix_items()))
        peers = {"roomtone": start_roomtone(home, broker, stack)}
        if (zabbix := start_zabbix(home, server, stack)) is not None:
            peers["zabbix_agent2"] = zabbix
        scrape = None
        if (node := start_node_exporter(home, stack)) is not None:
            peers["node_exporter"], scrape = node
        started = time.monotonic()
        before: dict[str, float] = {}
        at = started
        while at - started < WARM_UP_S + seconds:
            time.sleep(STEP_S - (time.monotonic() - started) % STEP_S)
            if scrape is not None:
                urllib.request.urlopen(scrape, timeout=5).read()
            at = time.monotonic()
            if not before and at - started >= WARM_UP_S:
                before = {name: cpu_s(process) for name, process in peers.items()}
                began = at
        hours = (time.monotonic() - began) / 3600
        rows = {}
        for name, process in peers.items():
            memory = process.memory_full_info()
            rows[name] = (memory.rss / 1e6, memory.uss / 1e6, (cpu_s(process) - before[name]) / hours)
        against = next((name for name in ("zabbix_agent2", "node_exporter") if name in rows), "")
        for name, row in rows.items():
            for (what, unit), value, base in zip(
                (("rss", "MB"), ("uss", "MB"), ("cpu", "s/h")), row, rows.get(against, row), strict=True
            ):
                ratio = value / base if against and base else None
                figure(f"{name}_{what}", value, unit, ratio=ratio, against=against)
        figure("zabbix_values_received", server.values, "{value}")


if __name__ == "__main__":
    main()
