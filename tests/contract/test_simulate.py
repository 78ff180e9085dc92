"""A simulated campus on real brokers: its rooms are born, its faults are seen by whoever listens."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from agent.uplink.address import BrokerAddress
from collector.packs.campus import load_campus
from simulate.campus import make_campus
from simulate.cli import main
from simulate.edge import World
from simulate.lessons import Hours
from simulate.place import Campus
from simulate.script import load_script
from simulate.simulation import Simulation
from tests.brokers import Broker
from tests.waiting import until
from wire.payload import decode, value_of

CAMPUS = make_campus(3, site_count=1, seed=7)
WORDS = ["--rooms", "3", "--site-count", "1", "--seed", "7"]
STEP_S = 0.5


class Listener:
    """Hears everything that is published."""

    def __init__(self, broker: Broker) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="listener")
        self._client.username_pw_set(broker.username, broker.password)
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        self._client.subscribe("spBv1.0/#")
        assert self._subscribed.wait(10)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.messages.append((message.topic, message.payload))

    def topics(self, kind: str) -> list[str]:
        return [topic for topic, _ in list(self.messages) if topic.split("/")[2] == kind]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    made = Listener(broker)
    yield made
    made.close()


Run = Callable[..., Simulation]


@pytest.fixture
def simulate(broker: Broker, tmp_path: Path) -> Iterator[Run]:
    """Let a campus live, with these faults, until the test is over."""
    running: list[tuple[Simulation, threading.Thread]] = []

    def run(*faults: str, campus: Campus = CAMPUS) -> Simulation:
        script = tmp_path / "faults.yaml"
        script.write_text("".join(["faults:\n", *(f"  - {fault}\n" for fault in faults)]) if faults else "faults: []\n")
        address = BrokerAddress(
            host=broker.host, port=broker.port, username=broker.username, password=broker.password, keepalive_s=2
        )
        world = World(
            broker=address, host_id="", interval_s=STEP_S, seed=7, zone=ZoneInfo(campus.time_zone), hours=Hours.ALWAYS
        )
        made = Simulation(campus, load_script(script, campus).play(), world, tell=lambda *_: None)
        thread = threading.Thread(target=made.run)
        thread.start()
        running.append((made, thread))
        return made

    yield run
    for made, thread in running:
        made.stop()
        thread.join(20)
        assert not thread.is_alive()


def test_rooms_are_born_report_and_say_goodbye(listener: Listener, simulate: Run) -> None:
    campus = simulate()
    until(lambda: len(listener.topics("NDATA")) >= 3 * 4, what="every room reports")
    campus.stop()
    until(lambda: len(listener.topics("NDEATH")) == 3, what="every room says goodbye")
    assert sorted(set(listener.topics("NBIRTH"))) == [
        f"spBv1.0/jiangzhou-east/NBIRTH/pc-{room}" for room in ("a101", "a102", "a103")
    ]
    born = {topic.split("/")[-1] for topic in listener.topics("DBIRTH")}
    assert born >= {"camera-1", "projector", "mixer", "ups"}
    births = [decode(payload) for topic, payload in listener.messages if "/NBIRTH/" in topic]
    said = {metric.name: value_of(metric) for metric in births[0].metrics}
    assert said["Properties/Role"] == "recorder-pc"
    assert said["Properties/Interval"] == 1
    last = [decode(payload) for topic, payload in listener.messages if "/NDATA/" in topic][-1]
    assert any(metric.name == "Node Info/Shutdown" and value_of(metric) == "service" for metric in last.metrics)


def test_a_killed_machine_dies_by_its_will_and_comes_back(listener: Listener, simulate: Run) -> None:
    simulate("{at: 2s, for: 2s, kind: machine-killed, room: a102}")
    node = "pc-a102"
    until(
        lambda: [t for t in listener.topics("NDEATH") if t.endswith(node)],
        timeout_s=10,
        what="the broker tells of the death",
    )
    until(lambda: sum(t.endswith(node) for t in listener.topics("NBIRTH")) == 2, timeout_s=15, what="it is born again")
    assert set(listener.topics("NDEATH")) == {f"spBv1.0/jiangzhou-east/NDEATH/{node}"}


def test_a_frozen_machine_dies_by_its_keepalive(listener: Listener, simulate: Run) -> None:
    simulate("{at: 1s, kind: machine-frozen, room: a101}")
    until(
        lambda: [t for t in listener.topics("NDEATH") if t.endswith("pc-a101")],
        timeout_s=12,
        what="the broker misses it",
    )


def test_a_device_that_is_gone_dies_alone_and_is_born_again(listener: Listener, simulate: Run) -> None:
    simulate("{at: 2s, for: 2s, kind: device-gone, device: 'jiangzhou-east:pc-a103:projector'}")
    device = "pc-a103/projector"
    until(lambda: [t for t in listener.topics("DDEATH") if t.endswith(device)], timeout_s=10, what="the device dies")
    until(
        lambda: sum(t.endswith(device) for t in listener.topics("DBIRTH")) == 2, timeout_s=10, what="it is born again"
    )
    assert listener.topics("NDEATH") == []


def test_a_link_that_was_down_loses_no_reading(listener: Listener, simulate: Run) -> None:
    simulate("{at: 1s, for: 8s, kind: link-down, site: jiangzhou-east}")
    until(lambda: len(listener.topics("NDEATH")) == 3, what="the broker misses all of them")
    until(lambda: len(listener.topics("NBIRTH")) == 6, what="they are back")
    born_ms = next(payload for topic, payload in reversed(listener.messages) if topic.endswith("NBIRTH/pc-a101"))
    back_ms = decode(born_ms).timestamp
    until(lambda: (found := steps(listener, "pc-a101")) and found[-1] > back_ms + 1000, what="it reports again")
    until(lambda: gaps(steps(listener, "pc-a101")) == {STEP_S * 1000}, what="what it kept is sent behind")


def test_a_lost_switch_dies_at_its_gateway_and_takes_its_rooms_alone(listener: Listener, simulate: Run) -> None:
    campus = make_campus(4, site_count=1, seed=7)
    lost, spared = ("pc-a101", "pc-a102"), {"pc-a103", "pc-a104", "cabinet"}
    simulate("{at: 2s, for: 6s, kind: switch-lost, device: 'jiangzhou-east:cabinet:switch-1'}", campus=campus)
    switch = "cabinet/switch-1"
    until(lambda: [t for t in listener.topics("DDEATH") if t.endswith(switch)], timeout_s=10, what="the switch dies")
    until(lambda: len(listener.topics("NDEATH")) == len(lost), what="the broker misses its rooms")
    for name in (switch, *lost):
        until(lambda name=name: _births(listener, name) == 2, what=f"{name} is back")  # type: ignore[misc]
    assert {_births(listener, name) for name in spared} == {1}
    assert len(listener.topics("DDEATH")) == 1


def _births(listener: Listener, name: str) -> int:
    return sum(topic.endswith(f"/{name}") for kind in ("NBIRTH", "DBIRTH") for topic in listener.topics(kind))


def steps(listener: Listener, agent: str) -> list[int]:
    """Return the stamps of the processor's readings, sorted."""
    aliases = {
        metric.alias
        for topic, payload in list(listener.messages)
        if topic.endswith(f"NBIRTH/{agent}")
        for metric in decode(payload).metrics
        if metric.name == "system.cpu.utilization"
    }
    return sorted(
        metric.timestamp
        for topic, payload in list(listener.messages)
        if topic.endswith(f"NDATA/{agent}")
        for metric in decode(payload).metrics
        if metric.HasField("alias") and metric.alias in aliases
    )


def gaps(stamps: list[int]) -> set[float]:
    """Return how far apart stamps are; one that came twice counts once."""
    return {float(after - before) for before, after in pairwise(sorted(set(stamps)))}


def test_a_wrong_account_is_told(broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "--account", str(tmp_path / "mqtt.json")]) == 2
    assert "roomtone up" in capsys.readouterr().err
    assert main([*WORDS, "--broker", "http://localhost"]) == 2
    assert "mqtt://" in capsys.readouterr().err


def test_the_campus_that_is_written_is_one_the_collector_reads(tmp_path: Path) -> None:
    file = tmp_path / "demo" / "campus.yaml"
    assert main([*WORDS, "--write-campus", str(file), "--only-campus"]) == 0
    campus = load_campus(file, datetime.now(UTC))
    assert [room.name for room in campus.rooms.values()] == ["A101", "A102", "A103"]
    assert all(room.lessons for room in campus.rooms.values())
    assert {"jiangzhou-east:pc-a101", "jiangzhou-east:pc-a101:ups"} <= set(campus.devices)
    assert {str(d.role) for d in campus.devices.values()} >= {"recorder-pc", "camera", "projector", "ups"}
