"""What polling costs. `walks`: reading one device, per CPU-second, from the poll to the entry in the outbox on disk,
beside snmp_exporter on the same agent with the same columns, from its poll to its answer. `poller`: the share of a
core that one poller agent takes for 1,000 devices, each read every 30 s and reported to a real broker.

The agent is net-snmp's snmpd over SNMPv3, SHA-256 and AES-128. Where snmp_exporter is missing, bare pysnmp stands for
it, and the figure says so. Usage: bench/snmp.py [DEVICES] [SECONDS], 1000 and 60 by default; Debian:
prometheus-snmp-exporter.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psutil
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agent.outbox import Outbox  # noqa: E402
from agent.sample import sample_of  # noqa: E402
from agent.snmp.engine import engine_for  # noqa: E402
from agent.snmp.poll import SnmpDevice  # noqa: E402
from agent.snmp.pysnmp_engine import PysnmpEngine  # noqa: E402
from agent.snmp.target import AuthProto, PrivProto, SnmpTarget, SnmpUser  # noqa: E402
from agent.uplink.birth import NodeIdentity  # noqa: E402
from agent.uplink.session import EdgeSession  # noqa: E402
from bench.figures import figure  # noqa: E402
from tests.brokers import Broker  # noqa: E402
from tests.conftest import need_peer  # noqa: E402
from tests.ports import free_port  # noqa: E402
from tests.snmp_peers import Snmpd  # noqa: E402

NOW = datetime(2026, 11, 28, tzinfo=UTC)
RUNS = 3
POLLS = 200
SCRAPES = 60
INTERVAL_S = 30.0
PROMISED_SHARE = 0.30
USER = SnmpUser(
    name="u256", auth_proto=AuthProto.SHA256, auth_key="authpass1", priv_proto=PrivProto.AES128, priv_key="privpass1"
)


class Clock:
    """The device's clock, an interval further at each poll: tables are looked for as often as in real life."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def ours(port: int, home: Path) -> tuple[float, SnmpDevice]:
    """Return walks per CPU-second, from poll to outbox, and the device."""
    clock = Clock()
    device = SnmpDevice(SnmpTarget(id="d", host="127.0.0.1", port=port, version="3", user=USER), clock=clock)
    outbox = Outbox.open(home / "outbox")
    session = EdgeSession(NodeIdentity(site="bench", agent="bench", interval_s=INTERVAL_S), outbox)
    from agent.now import moment

    def poll() -> None:
        clock.now_s += INTERVAL_S
        samples = [sample_of(reading) for reading in device.read(NOW)]
        now = moment()
        session.report(now.at_ms, {"d": samples}, now)

    poll()
    rate = per_cpu_second(poll, POLLS, lambda: time.process_time())
    outbox.close()
    return rate, device


def per_cpu_second(work: Callable[[], None], times: int, cpu_s: Callable[[], float]) -> float:
    rates = []
    for _ in range(RUNS):
        before = cpu_s()
        for _ in range(times):
            work()
        rates.append(times / (cpu_s() - before))
    return median(rates)


def exporter_module(device: SnmpDevice) -> dict[str, object]:
    """Return a module of snmp_exporter that walks the columns which the device's readers read, and gets its scalars."""
    walk, get, metrics = [], [], []
    for reader in device._readers:
        live = {oid: column for oid, (_, column) in reader.cells.items()}
        if not live:
            continue
        names = {column.name for column in live.values()}
        for column in reader.group.columns:
            if not (column.name in names or column.is_static) or column.is_scalar:
                continue
            metric = {"name": f"m{len(metrics)}", "oid": column.oid, "type": "gauge", "help": column.name}
            if not reader.group.table:
                get.append(column.oid)
            elif column.oid not in walk:
                walk.append(column.oid)
                row = next((oid for oid, c in live.items() if c.oid == column.oid), "")
                parts = max(1, row.count(".") - column.oid.count("."))
                metric["indexes"] = [{"labelname": f"i{n}", "type": "gauge"} for n in range(parts)]
                if column.is_static:
                    metric["type"] = "DisplayString"
            else:
                continue
            metrics.append(metric)
    auth = {
        "username": USER.name,
        "security_level": "authPriv",
        "password": USER.auth_key,
        "auth_protocol": "SHA256",
        "priv_protocol": "AES",
        "priv_password": USER.priv_key,
    }
    return {"walk": walk, "get": get, "metrics": metrics, "version": 3, "max_repetitions": 25, "auth": auth}


def theirs(port: int, device: SnmpDevice, home: Path, stack: ExitStack) -> float | None:
    """Return snmp_exporter's walks per CPU-second, None where it is not installed."""
    program = shutil.which("prometheus-snmp-exporter") or shutil.which("snmp_exporter")
    if program is None:
        return None
    config = home / "snmp.yml"
    config.write_text(yaml.safe_dump({"bench": exporter_module(device)}), encoding="utf-8")
    http = free_port()
    words = [program, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{http}"]
    popen = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(popen.wait, 10)
    stack.callback(popen.terminate)
    url = f"http://127.0.0.1:{http}/snmp?module=bench&target=127.0.0.1:{port}"
    end = time.monotonic() + 20
    while True:
        try:
            answer = urllib.request.urlopen(url, timeout=30).read().decode()
            break
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    values = sum(line.startswith("m") for line in answer.splitlines())
    print(f"snmp_exporter reads {values} values in a walk", file=sys.stderr)
    process = psutil.Process(popen.pid)

    def cpu_s() -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    return per_cpu_second(lambda: urllib.request.urlopen(url, timeout=30).read() and None, SCRAPES, cpu_s)


def bare(port: int, device: SnmpDevice) -> float:
    """Return bare pysnmp's walks of the same columns per CPU-second."""
    target = SnmpTarget(id="d", host="127.0.0.1", port=port, version="3", user=USER)
    engine = PysnmpEngine(target)
    columns = exporter_module(device)["walk"]
    assert isinstance(columns, list)

    def walk() -> None:
        for oid in columns:
            engine.walk(oid)

    return per_cpu_second(walk, 5, lambda: time.process_time())


def poller_share(devices: int, seconds: float, port: int, home: Path, stack: ExitStack) -> tuple[float, int]:
    """Return the share of a core that a poller agent takes, and how many devices it reported meanwhile."""
    broker = Broker("mosquitto", need_peer("mosquitto"), home / "broker")
    broker.start()
    stack.callback(broker.stop)
    user = home / "user"
    user.write_text(
        'user = "u256"\nauth_proto = "SHA-256"\nauth_key = "authpass1"\n'
        'priv_proto = "AES-128"\npriv_key = "privpass1"\n'
    )
    secret = home / "password"
    secret.write_text(broker.password)
    table = f'host = "127.0.0.1"\nport = {port}\nversion = "3"\nuser_file = "{user}"\ninterval_s = {INTERVAL_S}\n'
    (home / "agent.toml").write_text(
        f'[agent]\nid = "poller"\nsite = "bench"\nrole = "gateway"\ninterval_s = {INTERVAL_S}\n'
        f'data_dir = "{home / "data"}"\n[host]\nenabled = false\n[broker]\nurl = "{broker.url}"\nhost_id = ""\n'
        f'username = "{broker.username}"\npassword_file = "{secret}"\n'
        + "".join(f'[[snmp]]\nid = "device-{number}"\n{table}' for number in range(devices))
    )
    listen = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-u", broker.username, "-P", broker.password]
    heard = home / "heard"
    with heard.open("wb") as output:
        ear = subprocess.Popen([*listen, "-t", "spBv1.0/bench/DDATA/#", "-F", "%t"], stdout=output)
    stack.callback(ear.wait, 10)
    stack.callback(ear.terminate)
    command = [sys.executable, "-OO", "-m", "roomtone", "agent", "run", "--config", str(home / "agent.toml")]
    log = stack.enter_context((home / "agent.log").open("wb"))
    popen = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    stack.callback(popen.wait, 30)
    stack.callback(popen.terminate)
    process = psutil.Process(popen.pid)
    # Every device is met first; then only what moves is read.
    end = time.monotonic() + 300
    while len(set(heard.read_bytes().split())) < devices:
        if time.monotonic() > end:
            raise SystemExit(f"of {devices} devices {len(set(heard.read_bytes().split()))} were met")
        time.sleep(0.5)
    time.sleep(INTERVAL_S)
    times = process.cpu_times()
    before, began, at = times.user + times.system, time.monotonic(), heard.stat().st_size
    time.sleep(seconds)
    times = process.cpu_times()
    share = (times.user + times.system - before) / (time.monotonic() - began)
    reports = len(set(heard.read_bytes()[at:].split()))
    print(
        json.dumps({"rss_mb": round(process.memory_info().rss / 1e6), "threads": process.num_threads()}),
        file=sys.stderr,
    )
    return float(share), reports


def main() -> None:
    devices = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        daemon = stack.enter_context(Snmpd())
        rate, device = ours(daemon.port, home)
        engine = type(engine_for(device.target)).__name__
        print(
            f"roomtone reads {sum(len(r.cells) for r in device._readers)} values in a poll, {engine}", file=sys.stderr
        )
        peer, name = theirs(daemon.port, device, home, stack), "snmp_exporter, same agent and columns"
        if peer is None:
            peer, name = bare(daemon.port, device), "bare pysnmp, same agent and columns (no snmp_exporter here)"
        share, reports = poller_share(devices, seconds, daemon.port, home, stack)
        figure("snmp_walks_per_cpu_second", rate, "1/s", ratio=rate / peer, against=name)
        figure("snmp_poller_devices_reported", reports, "{device}", ratio=reports / devices, against="devices")
        figure(
            "snmp_poller_core_share", share, "1", ratio=share / PROMISED_SHARE, against=f"{PROMISED_SHARE} of a core"
        )


if __name__ == "__main__":
    main()
