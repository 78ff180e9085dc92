"""Every probe of the dictionary, and what each makes of its source."""

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from agent.config import load_config
from agent.errors import ProbeError
from agent.probes import icmp
from agent.probes.host import Host
from agent.probes.ping import Ping
from agent.probes.process import Process
from agent.probes.rates import Rates
from agent.probes.registry import PROBES, configured, load
from agent.reading import Reading
from agent.sample import sample_of
from wire.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
EXAMPLES = {
    "host": Host,
    "process": lambda: Process(["python3"]),
    "ping": lambda: Ping("127.0.0.1", ask=lambda *_: 0.1),
}


@pytest.mark.parametrize("name", PROBES)
def test_every_probe_loads(name: str) -> None:
    assert callable(load(name).read)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_probe_reads_and_uses_the_names_of_the_catalogue(name: str) -> None:
    probe: Any = EXAMPLES[name]()
    readings = [*probe.read(NOW), *probe.read(NOW)]
    assert readings
    for reading in readings:
        assert reading.metric in CATALOGUE
        assert reading.unit in ("", CATALOGUE[reading.metric].unit)
        sample_of(reading)


@pytest.mark.parametrize("name", PROBES)
def test_every_probe_has_a_section_or_a_page_in_the_documents(name: str) -> None:
    written = (ROOT / "docs" / "probes.md").read_text("utf-8")
    page = ROOT / "docs" / "probes" / f"{name}.md"
    if page.exists():
        assert page.read_text("utf-8").startswith(f"# {name}\n")
        assert f"](probes/{name}.md)" in written
    else:
        assert f"\n## {name}\n" in written


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "probes").glob("*.md")), ids=lambda page: page.stem)
def test_the_examples_of_a_page_are_right(page: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert blocks
    for name in re.findall(r'(?:_file|timetable) = "(.+?)"', "".join(blocks)):
        (tmp_path / name).write_text("secret\n")
    file = tmp_path / "agent.toml"
    file.write_text('[agent]\nsite = "east"\n' + "".join(blocks), encoding="utf-8")
    assert page.stem in {probe.name.partition(":")[0] for probe in configured(load_config(file, {}))}


def test_probes_that_are_not_asked_for_are_not_loaded() -> None:
    code = (
        "import sys; from agent.probes.registry import configured; from agent.config import default_config;"
        "configured(default_config()); print(sorted(m for m in sys.modules if m.startswith('agent.probes.')),"
        " [m for m in ('http.client', 'ssl', 'email', 'statistics', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['agent.probes.host', 'agent.probes.rates', 'agent.probes.registry'] []"


def test_a_configuration_gets_the_probes_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(
        '[agent]\nsite = "east"\nid = "pc1"\n[process]\nwatch = ["obs"]\n[[ping]]\ntarget = "h"\ndevice = "cam"\n'
        '[[ping]]\ntarget = "h"\nport = 80\ndevice = "west:pc2"\n[[snmp]]\nid = "ups"\nhost = "127.0.0.1"\n'
    )
    probes = configured(load_config(file, {}))
    assert [p.name for p in probes] == ["host", "process", "ping:h", "ping:h:80", "snmp:ups"]
    assert [p._instance for p in probes if isinstance(p, Ping)] == ["east:pc1:cam", "west:pc2"]


# ---------------------------------------------------------------- rates


def test_a_rate_needs_two_values() -> None:
    rates = Rates()
    assert rates.rate("a", 100, 10.0) is None
    assert rates.rate("a", 150, 20.0) == 5.0
    assert rates.rate("b", 150, 20.0) is None


def test_a_counter_that_goes_back_has_no_rate() -> None:
    rates = Rates()
    rates.rate("a", 4_294_967_290, 10.0)
    assert rates.rate("a", 4, 20.0) is None
    assert rates.rate("a", 14, 30.0) == 1.0


def test_no_time_has_no_rate() -> None:
    rates = Rates()
    rates.rate("a", 1, 10.0)
    assert rates.rate("a", 2, 10.0) is None
    assert rates.rate("a", 3, 9.0) is None


# ---------------------------------------------------------------- host


def named(readings: Iterator[Reading]) -> dict[str, float]:
    return {f"{r.metric}[{r.instance}]" if r.instance else r.metric: float(r.value) for r in readings}


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A computer whose counters the test sets."""
    times = SimpleNamespace
    at = SimpleNamespace(
        s=1000.0,
        cpu=[10.0, 5.0, 85.0, 0.0],
        disks={"sda": (1000, 2000, 10, 20)},
        ports={"eth0": (1, 2, 0, 0, 0, 0), "lo": (9, 9, 9, 9, 9, 9)},
        partitions=[
            times(device="/dev/sda1", mountpoint="/", fstype="ext4", opts="rw"),
            times(device="/dev/sda1", mountpoint="/etc", fstype="ext4", opts="rw"),
            times(device="/dev/loop1", mountpoint="/usr", fstype="squashfs", opts="ro"),
        ],
    )

    class Times(tuple):  # type: ignore[type-arg]
        @property
        def idle(self) -> float:
            return float(self[2])

        @property
        def iowait(self) -> float:
            return float(self[3])

    monkeypatch.setattr("agent.probes.host.monotonic_s", lambda: at.s)
    monkeypatch.setattr("agent.probes.host._SYS_BLOCK", Path("/nowhere"))
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu=False: [Times(at.cpu)] if percpu else Times(at.cpu))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: times(total=1000, available=250))
    monkeypatch.setattr(psutil, "swap_memory", lambda: times(total=0, used=0))
    monkeypatch.setattr(psutil, "boot_time", lambda: NOW.timestamp() - 3600)
    monkeypatch.setattr(psutil, "disk_partitions", lambda all=False: at.partitions)
    monkeypatch.setattr(psutil, "disk_usage", lambda _mount: times(total=110, used=75, free=25))
    monkeypatch.setattr(
        psutil,
        "disk_io_counters",
        lambda **_: {
            k: times(read_bytes=a, write_bytes=b, read_time=c, write_time=d) for k, (a, b, c, d) in at.disks.items()
        },
    )
    monkeypatch.setattr(
        psutil,
        "net_io_counters",
        lambda **_: {
            k: times(bytes_recv=a, bytes_sent=b, errin=c, errout=d, dropin=e, dropout=f)
            for k, (a, b, c, d, e, f) in at.ports.items()
        },
    )
    return at


def test_a_host_first_says_what_needs_no_rate(computer: SimpleNamespace) -> None:
    assert named(Host().read(NOW)) == {
        "system.memory.utilization": 0.75,
        "system.memory.usage": 750,
        "system.uptime": 3600,
        "system.filesystem.utilization[/]": 0.75,
        "system.filesystem.usage[/]": 75,
        "system.filesystem.limit[/]": 100,
    }


def test_a_host_then_says_shares_and_rates(computer: SimpleNamespace) -> None:
    host = Host()
    list(host.read(NOW))
    computer.s += 10
    computer.cpu = [12.0, 6.0, 90.0, 2.0]
    computer.disks = {"sda": (1100, 2000, 1010, 20)}
    computer.ports = {"eth0": (101, 2, 5, 0, 0, 20), "lo": (99, 9, 9, 9, 9, 9)}
    said = named(host.read(NOW))
    assert said["system.cpu.utilization"] == pytest.approx(0.3)
    assert said["system.disk.io[sda:read]"] == 10
    assert said["system.disk.operation_time[sda:read]"] == pytest.approx(0.1)
    assert said["system.disk.io[sda:write]"] == 0
    assert said["system.network.io[eth0:receive]"] == 10
    assert said["system.network.errors[eth0:receive]"] == 0.5
    assert said["system.network.packet.dropped[eth0:transmit]"] == 2
    assert not any("lo:" in name for name in said)


def test_counters_that_were_reset_give_no_rate(computer: SimpleNamespace) -> None:
    host = Host()
    list(host.read(NOW))
    computer.s += 10
    computer.disks = {"sda": (0, 3000, 0, 0)}
    said = named(host.read(NOW))
    assert "system.disk.io[sda:read]" not in said
    assert said["system.disk.io[sda:write]"] == 100


def test_cores_are_told_where_asked(computer: SimpleNamespace) -> None:
    host = Host(per_core=True)
    list(host.read(NOW))
    computer.cpu = [20.0, 5.0, 95.0, 0.0]
    assert named(host.read(NOW))["system.cpu.utilization[0]"] == pytest.approx(0.5)


# ---------------------------------------------------------------- process


def test_a_program_that_does_not_run_is_counted_0() -> None:
    assert named(Process(["no-such-program-here"]).read(NOW)) == {"process.count[no-such-program-here]": 0}


def test_a_program_that_runs_is_counted_with_what_it_uses() -> None:
    me = psutil.Process().name()
    probe = Process([me.upper() + ".EXE"])
    said = named(probe.read(datetime.now(UTC)))
    name = me.upper() + ".EXE"
    assert said[f"process.count[{name}]"] >= 1
    assert said[f"process.memory.usage[{name}]"] > 1_000_000
    assert said[f"process.cpu.utilization[{name}]"] == 0
    assert said[f"process.uptime[{name}]"] > 0


# ---------------------------------------------------------------- ping


def test_reachability_is_the_share_of_the_last_tries() -> None:
    answers: list[float | None] = [0.2, 0.1, 0.3] + [None] * 9 + [0.5] * 3
    probe = Ping("10.0.0.5", ask=lambda *_: answers.pop(0))
    said = [named(probe.read(NOW)) for _ in range(5)]
    reachability = [s["classroom.reachability[10.0.0.5]"] for s in said]
    assert reachability == [1.0, 0.5, pytest.approx(1 / 3), 0.0, pytest.approx(1 / 3)]
    assert [s.get("classroom.round_trip[10.0.0.5]") for s in said] == [0.1, None, None, None, 0.5]


def test_a_device_names_the_readings_of_its_ping() -> None:
    said = named(Ping("10.0.0.5", device="east:pc2", ask=lambda *_: 0.1).read(NOW))
    assert set(said) == {"classroom.reachability[east:pc2]", "classroom.round_trip[east:pc2]"}


def test_a_tcp_port_is_reached_or_not(free_port: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = named(Ping("127.0.0.1", port=port).read(NOW))
        assert said[f"classroom.reachability[127.0.0.1:{port}]"] == 1.0
        assert 0 < said[f"classroom.round_trip[127.0.0.1:{port}]"] < 1
    port = free_port()
    assert named(Ping("127.0.0.1", port=port).read(NOW)) == {f"classroom.reachability[127.0.0.1:{port}]": 0.0}


def test_a_name_that_nobody_knows_is_a_failure_of_the_probe() -> None:
    with pytest.raises(ProbeError, match="cannot be found"):
        list(Ping("no-such-host.invalid", port=80).read(NOW))
    with pytest.raises(ProbeError, match="cannot be found"):
        icmp.echo("no-such-host.invalid", 0.1)


def test_an_echo_request_is_answered_by_this_computer() -> None:
    try:
        trip = icmp.echo("127.0.0.1", 2.0)
    except ProbeError as error:
        pytest.skip(str(error))
    assert trip is not None
    assert 0 < trip < 2


def test_an_echo_is_told_from_others() -> None:
    request = icmp.request(is_6=False, ident=7, sequence=3)
    assert icmp.checksum(request) == 0
    reply = b"\0" + request[1:]
    assert icmp.is_reply(reply, False, 7, 3)
    assert icmp.is_reply(reply, False, None, 3)
    assert not icmp.is_reply(reply, False, 8, 3)
    assert not icmp.is_reply(reply, False, 7, 4)
    assert not icmp.is_reply(request, False, 7, 3)
    assert not icmp.is_reply(b"\0\0", False, 7, 3)


def test_pings_in_many_threads_do_not_take_each_others_answers() -> None:
    trips: list[float | None] = []

    def echo() -> None:
        try:
            trips.append(icmp.echo("127.0.0.1", 2.0))
        except ProbeError:
            trips.append(0.1)

    threads = [threading.Thread(target=echo) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(trips) == 20
    assert None not in trips
