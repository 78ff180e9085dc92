"""Traps and informs of net-snmp's own tools reach the device that sent them, and a storm harms nobody."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.snmp.check import trouble
from agent.snmp.configure import TrapSettings
from agent.snmp.known import KnownEngines
from agent.snmp.poll import SnmpDevice
from agent.snmp.target import AuthProto, PrivProto, SnmpTarget, SnmpUser
from agent.snmp.trap import AUTHENTICATION_FAILURE, TrapReceiver
from tests.conftest import need_peer
from tests.snmp_peers import UPS_DIRECTORY, V3_ENGINE_ID, Snmpsim, free_udp_port
from tests.snmp_users import U256, U512, USHA
from tests.waiting import until

ON_BATTERY = "1.3.6.1.2.1.33.2.3"  # upsTrapOnBattery
MINUTES_LEFT = "1.3.6.1.2.1.33.1.2.3.0"
ENGINE = "80001f8804aabbccddeeff"
AS_U256 = ["-u", "u256", "-l", "authPriv", "-a", "SHA-256", "-A", "authpass1", "-x", "AES", "-X", "privpass1"]
AS_U512 = ["-u", "u512", "-l", "authPriv", "-a", "SHA-512", "-A", "authpass2", "-x", "AES-256", "-X", "privpass2"]
AS_USHA = ["-u", "usha", "-l", "authNoPriv", "-a", "SHA", "-A", "authpass3"]


class Bench:
    """A receiver, two devices behind it, and who was said to have news."""

    def __init__(
        self, folder: Path, *, most_per_s: int = 200, users: tuple[SnmpUser, ...] = (U256, U512, USHA)
    ) -> None:
        self.news: list[str] = []
        self.engines = KnownEngines(folder / "engines.json")
        v3 = [SnmpDevice(SnmpTarget(id=user.name, host="192.0.2.1", version="3", user=user)) for user in users]
        self.ups = SnmpDevice(SnmpTarget(id="ups-1", host="127.0.0.1", port=free_udp_port(), community="campus"))
        settings = TrapSettings(bind="127.0.0.1", port=free_udp_port(), most_per_s=most_per_s, community="others")
        self.receiver = TrapReceiver(settings, [self.ups, *v3], self.engines, folder)
        self.receiver.listen(self.news.append)

    def send(self, program: str, *words: str, expect: int = 0) -> None:
        environment = os.environ | {"MIBS": "", "SNMP_PERSISTENT_DIR": "/nonexistent"}
        command = [str(need_peer(program)), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode == 0) == (expect == 0), done.stderr

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.receiver.port}"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.receiver.close()


TOLD = ["", ON_BATTERY, MINUTES_LEFT, "i", "7"]
WAYS: list[tuple[str, list[str], str]] = [
    (
        "snmptrap",
        ["-v1", "-c", "campus", "{}", "1.3.6.1.2.1.33.2", "", "6", "3", "100", MINUTES_LEFT, "i", "7"],
        "ups-1",
    ),
    ("snmptrap", ["-v2c", "-c", "campus", "{}", *TOLD], "ups-1"),
    ("snmptrap", ["-v3", "-e", f"0x{ENGINE}", *AS_U256, "{}", *TOLD], "u256"),
    ("snmptrap", ["-v3", "-e", f"0x{ENGINE}", *AS_U512, "{}", *TOLD], "u512"),
    ("snmptrap", ["-v3", "-e", f"0x{ENGINE}", *AS_USHA, "{}", *TOLD], "usha"),
    ("snmpinform", ["-v2c", "-c", "campus", "{}", *TOLD], "ups-1"),
    ("snmpinform", ["-v3", *AS_U256, "{}", *TOLD], "ups-1"),
    ("snmpinform", ["-v3", *AS_U512, "{}", *TOLD], "ups-1"),
]
IDS = [
    "v1 trap",
    "v2c trap",
    "v3 trap SHA-256 AES-128",
    "v3 trap SHA-512 AES-256",
    "v3 trap SHA without privacy",
    "v2c inform",
    "v3 inform SHA-256 AES-128",
    "v3 inform SHA-512 AES-256",
]


@pytest.mark.parametrize(("program", "words", "device"), WAYS, ids=IDS)
def test_a_notification_makes_its_sender_be_polled(bench: Bench, program: str, words: list[str], device: str) -> None:
    # Of a v3 trap the engine says who sent it, of the others the address: an inform is made for our own engine.
    bench.engines.learn(device, bytes.fromhex(ENGINE))
    bench.send(program, *(bench.address if word == "{}" else word for word in words))
    assert until(lambda: bench.news) == [device]
    assert (bench.receiver.received, bench.receiver.refused) == (1, {})


WRONG: list[tuple[str, list[str], str]] = [
    ("snmptrap", ["-v2c", "-c", "guess", "{}", *TOLD], "community"),
    ("snmptrap", ["-v3", "-e", f"0x{ENGINE}", *AS_USHA[:6], "-A", "another-key", "{}", *TOLD], "wrong key"),
    ("snmptrap", ["-v3", "-e", f"0x{ENGINE}", *AS_U256[:-1], "another-key", "{}", *TOLD], "wrong key"),
    ("snmptrap", ["-v3", "-e", f"0x{ENGINE}", "-u", "nobody", "-l", "noAuthNoPriv", "{}", *TOLD], "unknown user"),
    ("snmptrap", ["-v3", "-e", f"0x{ENGINE}", "-u", "u256", "-l", "noAuthNoPriv", "{}", *TOLD], "security level"),
    ("snmpget", ["-v2c", "-c", "campus", "-r0", "-t1", "{}", MINUTES_LEFT], "no trap"),
]


@pytest.mark.parametrize(
    ("program", "words", "reason"),
    WRONG,
    ids=[
        "wrong community",
        "wrong authentication key",
        "wrong privacy key",
        "unknown user",
        "less security",
        "a request",
    ],
)
def test_what_is_not_to_be_believed_is_refused_and_counted(
    bench: Bench, program: str, words: list[str], reason: str
) -> None:
    said = [bench.address if word == "{}" else word for word in words]
    bench.send(program, *said, expect=int(program == "snmpget"))
    until(lambda: bench.receiver.refused)
    assert dict(bench.receiver.refused) == {reason: 1}
    assert bench.news == []


def test_a_trap_of_nobody_we_know_is_refused_and_counted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    senders = bench.receiver._senders
    until(lambda: senders._devices)  # its thread has looked them up
    senders._devices = {}  # our devices are elsewhere
    bench.send("snmptrap", "-v2c", "-c", "others", bench.address, *TOLD)
    until(lambda: bench.receiver.refused["unknown sender"])
    bench.receiver.close()


def test_that_somebody_used_a_wrong_community_starts_no_poll(bench: Bench) -> None:
    bench.send("snmptrap", "-v2c", "-c", "campus", bench.address, "", AUTHENTICATION_FAILURE)
    bench.send("snmptrap", "-v2c", "-c", "campus", bench.address, *TOLD)
    until(lambda: bench.receiver.received == 2)
    assert bench.news == ["ups-1"]


def test_an_inform_that_comes_again_is_one(bench: Bench) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as relay:
        relay.bind(("127.0.0.1", 0))
        relay.settimeout(10)
        port = relay.getsockname()[1]
        environment = os.environ | {"MIBS": ""}
        words = ["-v2c", "-c", "campus", "-r3", "-t1", f"127.0.0.1:{port}", *TOLD]
        sender = subprocess.Popen([str(need_peer("snmpinform")), *words], env=environment)
        data, peer = relay.recvfrom(65535)
        for _ in range(3):
            relay.sendto(data, ("127.0.0.1", bench.receiver.port))
        answers = [relay.recvfrom(65535)[0] for _ in range(3)]
        relay.sendto(answers[0], peer)
        assert sender.wait(10) == 0
    assert bench.receiver.received == 1
    assert bench.news == ["ups-1"]


def test_a_storm_of_one_sender_is_bounded_and_counted_and_the_others_are_heard(tmp_path: Path) -> None:
    bench = Bench(tmp_path, most_per_s=40)
    bench.engines.learn("u256", bytes.fromhex(ENGINE))
    storm = 3000
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flooder:
        for _ in range(storm):
            flooder.sendto(b"\x30\x03garbage", ("127.0.0.1", bench.receiver.port))
    # Another sender: the loopback has many addresses.
    with_address = ["-v2c", "-c", "campus", "--clientaddr=127.0.0.2", bench.address, *TOLD]
    bench.receiver._senders._devices["127.0.0.2"] = ["ups-1"]
    receiver = bench.receiver
    until(lambda: receiver.dropped + receiver.refused["garbage"] == storm, what="every message counted")
    assert receiver.refused["garbage"] < 40
    bench.send("snmptrap", *with_address)
    assert until(lambda: bench.news) == ["ups-1"]
    receiver.close()


def test_a_device_s_trap_goes_with_its_next_poll_and_the_poll_counts_more() -> None:
    with Snmpsim(UPS_DIRECTORY) as simulator:
        target = SnmpTarget(id="ups-1", host="127.0.0.1", port=simulator.port, community="ups", timeout_s=1)
        device = SnmpDevice(target)
        minutes = read(device)
        device.heard({MINUTES_LEFT: 1})
        assert read(device) == minutes
    # It has no time to answer any more: what it told is all there is.
    device.heard({MINUTES_LEFT: 1})
    assert read(device) == 60
    device.close()


def read(device: SnmpDevice) -> float:
    from datetime import UTC, datetime

    readings = device.read(datetime(2026, 11, 28, tzinfo=UTC))
    return next(float(reading.value) for reading in readings if reading.metric == "hw.battery.time_left")


def test_the_first_v3_poll_learns_who_sends_the_traps(tmp_path: Path) -> None:
    simulator_user = SnmpUser(
        name="simulator",
        auth_proto=AuthProto.SHA256,
        auth_key="auctoritas",
        priv_proto=PrivProto.AES128,
        priv_key="privatus",
        context="ups",
    )
    with Snmpsim(UPS_DIRECTORY) as simulator:
        target = SnmpTarget(id="ups-1", host="127.0.0.1", port=simulator.port, version="3", user=simulator_user)
        engines = KnownEngines(tmp_path / "engines.json")
        device = SnmpDevice(target, engines=engines)
        read(device)
        assert trouble(target, engines.engine_of("ups-1")) == ""
        device.close()
    news: list[str] = []
    settings = TrapSettings(bind="127.0.0.1", port=free_udp_port())
    receiver = TrapReceiver(settings, [device], KnownEngines(tmp_path / "engines.json"), tmp_path)
    receiver._senders._resolve = lambda host: []  # only the engine can tell
    receiver.listen(news.append)
    words = ["-v3", "-e", f"0x{V3_ENGINE_ID}", "-u", "simulator", "-l", "authPriv", "-a", "SHA-256", "-A", "auctoritas"]
    words += ["-x", "AES", "-X", "privatus", f"127.0.0.1:{receiver.port}", *TOLD]
    subprocess.run([str(need_peer("snmptrap")), *words], env=os.environ | {"MIBS": ""}, check=True)
    assert until(lambda: news) == ["ups-1"]
    receiver.close()
