"""An agent that reports over SNMP: net-snmp's own tools and both engines read it, a poller agent makes a room of it."""

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from agent.config import Config
from agent.errors import DeviceLeft
from agent.now import Moment, moment
from agent.reading import Reading
from agent.sample import sample_of
from agent.sampler import Batch
from agent.snmp.configure import ResponderSettings, TrapSettings
from agent.snmp.engine import Engine
from agent.snmp.errors import NoAnswer, NotReachable
from agent.snmp.gufo_engine import GufoEngine
from agent.snmp.known import KnownEngines
from agent.snmp.poll import SnmpDevice
from agent.snmp.pysnmp_engine import PysnmpEngine
from agent.snmp.target import ROOMTONE_BASE, AuthProto, PrivProto, SnmpTarget, SnmpUser
from agent.snmp.trap import TrapReceiver
from agent.tables import AgentTable
from agent.uplink.birth import NodeIdentity
from agent.uplink.informer import MOST_WAITING
from agent.uplink.snmp import SnmpUplink
from agent.wake import Waker
from tests.conftest import ROOT, need_peer
from tests.snmp_peers import free_udp_port
from tests.waiting import until

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
POLLER = SnmpUser(
    name="poller", auth_proto=AuthProto.SHA256, auth_key="authpass1", priv_proto=PrivProto.AES128, priv_key="privpass1"
)
STRONG = SnmpUser(
    name="poller", auth_proto=AuthProto.SHA512, auth_key="authpass1", priv_proto=PrivProto.AES256, priv_key="privpass1"
)
AS_POLLER = [
    "-v3",
    "-u",
    "poller",
    "-l",
    "authPriv",
    "-a",
    "SHA-256",
    "-A",
    "authpass1",
    "-x",
    "AES",
    "-X",
    "privpass1",
]
READINGS = [
    Reading("system.cpu.utilization", 0.4375),
    Reading("system.filesystem.utilization", 0.000012, "/data 卷"),
    Reading("classroom.recording.active", 1),
    Reading("room.lux", -12.5, "窗边", unit="lx"),
    Reading("hw.ups.source", 0, device="ups-1"),
    Reading("hw.battery.time_left", 1800.0, device="ups-1"),
]


class Ups:
    device = "ups-1"
    role = "ups"
    properties: Mapping[str, str] = MappingProxyType({"vendor": "Example", "model": "E 1500"})
    interval_s = 30.0


class Room:
    """A reporting agent: its uplink in a thread of its own, as the agent's loop drives it."""

    def __init__(
        self, folder: Path, *, user: SnmpUser = POLLER, base: str = ROOMTONE_BASE, receivers: Sequence[int] = ()
    ) -> None:
        self.port = free_udp_port()
        settings = ResponderSettings(
            user=user, bind="127.0.0.1", port=self.port, base=base, receivers=tuple(("127.0.0.1", r) for r in receivers)
        )
        config = Config(agent=AgentTable(site="east", id="pc1", data_dir=folder), responder=settings, has_broker=False)
        said = {"room": "a101", "role": "recorder-pc", "name": "讲台电脑", "os": "Debian 12"}
        self.uplink = SnmpUplink(config, NodeIdentity(site="east", agent="pc1", interval_s=10, properties=said))
        self._jobs: list[Callable[[Moment], None]] = []
        self._waker = Waker()
        self._is_stopping = False
        self.goodbye = ""  # why it goes, in the end; without it, as in a power cut
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Room":
        self._thread.start()
        self.report(*READINGS)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopping = True
        self._waker.wake()
        self._thread.join(10)

    def report(self, *readings: Reading, gone: bool = False) -> None:
        """Have the agent report one step, with or without its UPS."""
        batch = Batch(0, up=[] if gone else [Ups()], down=["ups-1"] if gone else [])
        for reading in readings:
            batch.samples.setdefault(reading.device, []).append(sample_of(reading))
        done = threading.Event()
        self._jobs.append(lambda now: (self.uplink.report(batch, now), done.set())[0])
        self._waker.wake()
        assert done.wait(10)

    def _run(self) -> None:
        while not self._is_stopping:
            now = moment()
            while self._jobs:
                self._jobs.pop(0)(now)
            self.uplink.step(now)
            readable, writable = self.uplink.sockets()
            self._waker.wait(readable, writable, min(5.0, self.uplink.next_due() - now.mono_s))
        if self.goodbye:
            self.uplink.farewell(self.goodbye, moment())
        self.uplink.close()


def target(port: int, user: SnmpUser = POLLER, base: str = "") -> SnmpTarget:
    return SnmpTarget(id="pc1", host="127.0.0.1", port=port, version="3", user=user, timeout_s=1, base=base)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with Room(tmp_path) as room:
        yield room


def snmp(program: str, port: int, *words: str, user: Sequence[str] = AS_POLLER) -> subprocess.CompletedProcess[str]:
    command = [str(need_peer(program)), *user, "-On", "-r1", "-t1", f"127.0.0.1:{port}", *words]
    environment = os.environ | {"MIBS": ""}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("program", ["snmpwalk", "snmpbulkwalk"])
def test_net_snmp_walks_all_of_it_in_order(room: Room, program: str) -> None:
    done = snmp(program, room.port, ROOMTONE_BASE)
    lines = done.stdout.splitlines()
    names = [tuple(map(int, line.partition(" ")[0].strip(".").split("."))) for line in lines]
    assert names == sorted(names)
    # Five scalars of the agent, twelve columns of two devices, five columns of six readings.
    assert len(names) == 5 + 2 * 12 + 5 * len(READINGS)
    assert f'.{ROOMTONE_BASE}.1.3.1.5.1.1 = STRING: "0.4375"' in lines
    assert f'.{ROOMTONE_BASE}.1.3.1.5.1.2 = STRING: "0.000012"' in lines
    assert f'.{ROOMTONE_BASE}.1.2.1.4.1 = STRING: "east/a101"' in lines
    assert f".{ROOMTONE_BASE}.1.2.1.13.2 = INTEGER: 1" in lines


def test_net_snmp_gets_and_bulk_gets(room: Room) -> None:
    assert "pc1" in snmp("snmpget", room.port, f"{ROOMTONE_BASE}.1.1.2.0").stdout
    assert "No Such Instance" in snmp("snmpget", room.port, f"{ROOMTONE_BASE}.1.1.99.0").stdout
    assert ".1.3.6.1.2.1.1.1.0" in snmp("snmpgetnext", room.port, ".1").stdout
    found = snmp("snmpbulkget", room.port, "-Cn1", "-Cr3", "1.3.6.1.2.1.1.2", f"{ROOMTONE_BASE}.1.3.1.5").stdout
    assert [line.partition(" ")[0] for line in found.splitlines()] == [
        ".1.3.6.1.2.1.1.2.0",
        *(f".{ROOMTONE_BASE}.1.3.1.5.1.{n}" for n in (1, 2, 3)),
    ]


def test_nothing_can_be_set(room: Room) -> None:
    done = snmp("snmpset", room.port, f"{ROOMTONE_BASE}.1.1.2.0", "s", "pc2")
    assert "notWritable" in done.stdout + done.stderr
    assert "pc1" in snmp("snmpget", room.port, f"{ROOMTONE_BASE}.1.1.2.0").stdout


REFUSED = {
    "version 2c": (["-v2c", "-c", "public"], "version"),
    "unknown user": ([*AS_POLLER[:2], "other", *AS_POLLER[3:]], "unknown user"),
    "wrong authentication key": ([*AS_POLLER[:8], "another-key", *AS_POLLER[9:]], "wrong key"),
    "wrong privacy key": ([*AS_POLLER[:-1], "another-key"], "wrong key"),
    "without privacy": ([*AS_POLLER[:4], "authNoPriv", *AS_POLLER[5:9]], "security level"),
    "without anything": (["-v3", "-u", "poller", "-l", "noAuthNoPriv"], "security level"),
    "in a context": ([*AS_POLLER, "-n", "other"], "context"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_only_the_user_with_both_keys_is_answered(room: Room, name: str) -> None:
    user, reason = REFUSED[name]
    done = snmp("snmpget", room.port, f"{ROOMTONE_BASE}.1.1.2.0", user=user)
    assert done.returncode != 0 or "authorizationError" in done.stdout + done.stderr
    assert "pc1" not in done.stdout
    assert set(room.uplink.responder.refused) == {reason}


@pytest.mark.parametrize("make", [GufoEngine, PysnmpEngine], ids=["gufo", "pysnmp"])
@pytest.mark.parametrize("user", [POLLER, STRONG], ids=["SHA-256 AES-128", "SHA-512 AES-256"])
@pytest.mark.parametrize("base", ["", "1.3.6.1.4.1.55555.7"], ids=["our base", "another base"])
def test_a_poller_reads_the_room_as_it_is(
    tmp_path: Path, make: Callable[[SnmpTarget], Engine], user: SnmpUser, base: str
) -> None:
    with Room(tmp_path, user=user, base=base or ROOMTONE_BASE) as room:
        where = target(room.port, user, base)
        device = SnmpDevice(where, engine=make(where))
        found = device.read(NOW)
        device.close()
    assert {(r.device, r.metric, r.instance, r.value, r.unit) for r in found} == {
        (
            "pc1.ups-1" if sent.device else "pc1",
            sent.metric,
            sent.instance,
            sent.value,
            sample_of(sent).unit,
        )
        for sent in READINGS
    }
    assert device.role == "recorder-pc"
    assert device.properties["room"] == "east/a101"
    assert device.properties["name"] == "讲台电脑"
    assert device.properties["os"] == "Debian 12"
    of_ups = {"vendor": "Example", "model": "E 1500", "room": "east/a101", "behind": "pc1", "name": "pc1:ups-1"}
    assert [(m.device, m.role, dict(m.properties), m.is_here) for m in device.members] == [
        ("pc1.ups-1", "ups", of_ups, True)
    ]


def test_a_poller_sees_what_comes_what_goes_and_what_is_too_old(room: Room) -> None:
    device = SnmpDevice(target(room.port))
    before = len(device.read(NOW))
    room.report(Reading("hw.temperature", 31.5, "cpu"), gone=True)
    found = device.read(NOW)
    assert len(found) == before + 1
    assert [member.is_here for member in device.members] == [False]
    # Of the UPS nothing came for longer than three of its intervals: it is no reading any more.
    for row in room.uplink.latest.device("ups-1").readings.values():
        row.read_s -= 91
    assert {r.device for r in device.read(NOW)} == {"pc1"}
    device.close()


def test_a_change_of_status_is_told_at_once(tmp_path: Path) -> None:
    news: list[str] = []
    settings = TrapSettings(bind="127.0.0.1", port=free_udp_port())
    with Room(tmp_path / "room", receivers=[settings.port]) as room:
        device = SnmpDevice(target(room.port))
        receiver = TrapReceiver(settings, [device], KnownEngines(), tmp_path)
        device.read(NOW)
        # Nobody listens yet: it waits, and comes when somebody does.
        room.report(Reading("hw.ups.source", 1, device="ups-1"))
        receiver.listen(news.append)
        assert until(lambda: news, timeout_s=30) == ["pc1"]
        found = {(r.device, r.metric): r.value for r in device.read(NOW)}
        assert found["pc1.ups-1", "hw.ups.source"] == 1
        room.report(Reading("system.cpu.utilization", 0.9))  # an amount, no state
        room.report(gone=True)
        until(lambda: receiver.received == 2)
        assert receiver.refused == {}
        receiver.close()
        device.close()


def test_what_an_inform_told_counts_where_the_room_is_gone(tmp_path: Path) -> None:
    settings = TrapSettings(bind="127.0.0.1", port=free_udp_port())
    news: list[str] = []
    with Room(tmp_path / "room", receivers=[settings.port]) as room:
        device = SnmpDevice(target(room.port))
        receiver = TrapReceiver(settings, [device], KnownEngines(), tmp_path)
        receiver.listen(news.append)
        device.read(NOW)
        room.report(Reading("hw.ups.source", 1, device="ups-1"))
        until(lambda: news)
    assert [(r.device, r.metric, r.value) for r in device.read(NOW)] == [("pc1.ups-1", "hw.ups.source", 1)]
    receiver.close()
    device.close()


@pytest.mark.parametrize("base", ["", "1.3.6.1.4.1.55555.7"], ids=["our base", "another base"])
@pytest.mark.parametrize("why", ["os", "service", "sleep"])
def test_a_room_that_goes_says_why_and_is_down_at_once(tmp_path: Path, why: str, base: str) -> None:
    settings = TrapSettings(bind="127.0.0.1", port=free_udp_port())
    news: list[str] = []
    with Room(tmp_path / "room", receivers=[settings.port], base=base or ROOMTONE_BASE) as room:
        device = SnmpDevice(target(room.port, base=base))
        receiver = TrapReceiver(settings, [device], KnownEngines(), tmp_path)
        receiver.listen(news.append)
        device.read(NOW)
        room.goodbye = why
    assert until(lambda: news) == ["pc1"]
    with pytest.raises(DeviceLeft) as left:
        device.read(NOW)
    assert left.value.told == why
    with pytest.raises((NoAnswer, NotReachable)):
        device.read(NOW)
    assert [member.device for member in device.members] == ["pc1.ups-1"]
    receiver.close()
    device.close()


def test_informs_that_nobody_takes_are_bounded_and_counted(tmp_path: Path) -> None:
    with Room(tmp_path, receivers=[free_udp_port()]) as room:
        for number in range(300):
            room.report(Reading("classroom.recording.active", number % 2))
        # Every one is a change, since the room began with a recording; the last ones wait.
        until(lambda: room.uplink.mib.informs_lost == 300 - MOST_WAITING)
        done = snmp("snmpget", room.port, f"{ROOMTONE_BASE}.1.1.5.0")
        assert "Counter32: 100" in done.stdout


def test_net_snmp_s_own_receiver_takes_the_informs(tmp_path: Path) -> None:
    port = free_udp_port()
    configuration = tmp_path / "snmptrapd.conf"
    configuration.write_text(
        "createUser poller SHA-256 authpass1 AES privpass1\nauthUser log poller priv\n", encoding="utf-8"
    )
    log = tmp_path / "log"
    (tmp_path / "state").mkdir()
    environment = os.environ | {"MIBS": "", "SNMP_PERSISTENT_DIR": str(tmp_path / "state")}
    words = ["-f", "-On", "-C", "-c", str(configuration), "-Lf", str(log), f"udp:127.0.0.1:{port}"]
    listener = subprocess.Popen([str(need_peer("snmptrapd")), *words], env=environment)
    try:
        with Room(tmp_path / "room", receivers=[port]) as room:
            room.report(Reading("hw.ups.source", 1, device="ups-1"))
            told = until(lambda: log.exists() and log.read_text("utf-8").count(f"{ROOMTONE_BASE}.0.1"), timeout_s=40)
        assert told == 1
        assert f'.{ROOMTONE_BASE}.1.3.1.5.2.1 = STRING: "1"' in log.read_text("utf-8")
    finally:
        listener.terminate()
        listener.wait(10)


def test_the_mib_compiles() -> None:
    from pysmi.codegen import PySnmpCodeGen
    from pysmi.compiler import MibCompiler
    from pysmi.parser import SmiV2Parser
    from pysmi.reader import FileReader
    from pysmi.searcher import StubSearcher
    from pysmi.writer import CallbackWriter

    written: dict[str, str] = {}
    compiler = MibCompiler(
        SmiV2Parser(), PySnmpCodeGen(), CallbackWriter(lambda name, text, _: written.__setitem__(name, text))
    )
    compiler.add_sources(FileReader(str(ROOT / "docs")), FileReader(str(ROOT / "tests" / "data" / "mibs")))
    compiler.add_searchers(StubSearcher(*PySnmpCodeGen.baseMibs))
    assert str(compiler.compile("ROOMTONE-MIB")["ROOMTONE-MIB"]) == "compiled"
    assert "rtStatusChanged" in written["ROOMTONE-MIB"]


def test_the_mib_passes_smilint_without_a_word() -> None:
    folder = ROOT / "tests" / "data" / "mibs"
    loaded = [word for name in ("SNMPv2-SMI", "SNMPv2-TC", "SNMPv2-CONF") for word in ("-p", str(folder / name))]
    mib = ROOT / "docs" / "ROOMTONE-MIB.txt"
    words = [str(need_peer("smilint")), "-s", "-l", "6", "-c", "/dev/null", *loaded, str(mib)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    # The short modules that it imports from are spoken of, too; they are not ours to promise.
    said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(str(folder))]
    assert (done.returncode, said) == (0, [])


def test_every_object_that_is_served_is_in_the_mib(room: Room) -> None:
    text = (ROOT / "docs" / "ROOMTONE-MIB.txt").read_text("utf-8")
    columns = {
        (table, int(number))
        for table, number in re.findall(r"::= \{ (rtAgent|rtDeviceEntry|rtReadingEntry) (\d+) \}", text)
    }
    places = {"rtAgent": "1.1", "rtDeviceEntry": "1.2.1", "rtReadingEntry": "1.3.1"}
    served = snmp("snmpbulkwalk", room.port, f"{ROOMTONE_BASE}.1").stdout
    found = {
        (table, int(number))
        for table, place in places.items()
        for number in re.findall(rf"^\.{ROOMTONE_BASE}\.{place}\.(\d+)\.", served, re.MULTILINE)
    }
    # The indexes are not accessible, and why the agent goes is for notifications alone.
    assert columns - found == {("rtAgent", 6), ("rtDeviceEntry", 1), ("rtReadingEntry", 1)}
    assert found <= columns
