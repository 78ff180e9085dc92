"""The Sparkplug host on real brokers, with an edge node whose encoder shares no code with ours."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from collector.broker import BrokerAddress
from collector.core.model import DeviceId, Series
from collector.ingest.host import SparkplugHost
from collector.ingest.intake import Watermark
from collector.store.series.hot import HotStore
from tests.brokers import Broker
from tests.contract.line import Line, close_line, open_line
from tests.foreign_edge import ForeignEdge, block, integer, metric
from tests.waiting import until


@pytest.fixture
def line(broker: Broker, tmp_path: Path) -> Iterator[Line]:
    opened = open_line(broker, tmp_path / "data")
    opened.until(lambda: opened.host.connected)
    yield opened
    close_line(opened)


def ms() -> int:
    return int(time.time() * 1000)


class Watcher:
    """Somebody else on the broker who reads a topic."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self.seen: list[dict[str, object]] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="watcher")
        self._client.username_pw_set(broker.username, broker.password)
        self._client.on_message = lambda _c, _u, message: self.seen.append(json.loads(message.payload))
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        until(self._client.is_connected)
        self._client.subscribe(topic, qos=1)

    def publish(self, topic: str, content: bytes) -> None:
        self._client.publish(topic, content, qos=1, retain=True).wait_for_publish(5)

    def end(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_a_foreign_node_is_served(line: Line, broker: Broker) -> None:
    edge = ForeignEdge(broker, "school", "plc.7")
    edge.connect(ms())
    edge.birth([metric(21.5, name="Boiler/Temp", alias=1, at_ms=ms(), unit="Cel"), metric("x", name="Text")], ms())
    edge.send("DBIRTH", [metric(None, name="Valve", alias=9), metric(True, name="Open", alias=10)], ms(), "v1")
    edge.send("NDATA", [metric(22.5, alias=1)], ms())
    edge.send("DDATA", [metric(0.25, alias=9), metric(False, alias=10)], ms(), "v1")
    line.until(lambda: line.values("Open") == [1.0, 0.0], "readings")
    assert line.values("Boiler/Temp") == [21.5, 22.5]
    assert line.values("Valve") == [0.25]
    assert {series.metric: series.unit for series in line.store.all_series()} == {
        "Boiler/Temp": "Cel",
        "Valve": "",
        "Open": "",
    }
    assert line.born() == ["school:plc.7", "school:plc.7:v1"]
    assert line.heard == {"school:plc.7"}
    assert line.host.refused["not_a_number"] == 1
    assert not edge.commands
    edge.vanish()
    line.until(lambda: line.died() == ["school:plc.7"], "the death")


def test_data_of_an_unknown_node_asks_for_its_birth(line: Line, broker: Broker) -> None:
    edge = ForeignEdge(broker, "school", "plc")
    edge.connect(ms())
    edge.send("NDATA", [metric(22.5, alias=1)], ms())
    line.until(edge.asked_for_rebirth, "the request")
    assert line.host.refused["unborn"] == 1
    edge.leave()


def test_an_outbox_is_acknowledged_when_its_entry_is_stored(line: Line, broker: Broker) -> None:
    edge = ForeignEdge(broker, "school", "pc")
    edge.connect(ms())
    epoch = block(1, b"Outbox/Epoch") + integer(4, 12) + block(15, b"abc")
    first = block(1, b"Outbox/First") + integer(4, 8) + integer(11, 1)
    stored = block(1, b"Node Control/Stored Up To") + integer(4, 8) + integer(11, 0)
    entry = block(1, b"Outbox/Id") + integer(2, 1) + integer(4, 8) + integer(7, 1)
    edge.birth([epoch, first, stored, entry, metric(1.0, name="load", alias=2)], ms())
    edge.send("NDATA", [metric(5.0, alias=2), integer(2, 1) + integer(11, 1)], ms())
    line.until(lambda: edge.commands, "the answer")
    assert line.values("load") == [5.0]
    assert edge.commands[-1].endswith(integer(11, 1))
    assert b"abc" in edge.commands[-1]
    assert line.store.watermarks() == [Watermark(node=DeviceId("school:pc"), epoch="abc", first=1, id=1)]

    # Sent again, as if the answer had been lost: answered again, not stored again.
    edge.commands.clear()
    edge.send("NDATA", [metric(5.0, alias=2), integer(2, 1) + integer(11, 1)], ms())
    line.until(lambda: edge.commands, "the second answer")
    assert line.values("load") == [5.0]
    edge.leave()


def test_the_host_says_when_it_comes_and_goes(broker: Broker, tmp_path: Path) -> None:
    watcher = Watcher(broker, "spBv1.0/STATE/main")
    line = open_line(broker, tmp_path, host_id="main")
    line.until(lambda: watcher.seen, "the host's birth")
    birth = watcher.seen[-1]
    assert birth["online"] is True
    # Somebody says that it is offline: it says that it is not.
    watcher.publish("spBv1.0/STATE/main", json.dumps({"online": False, "timestamp": 1}).encode())
    watcher.seen.clear()
    time.sleep(1.1)  # it speaks at most once a second, and has just spoken
    watcher.publish("spBv1.0/STATE/main", json.dumps({"online": False, "timestamp": 2}).encode())
    line.until(lambda: watcher.seen and watcher.seen[-1]["online"] is True, "the host's second birth")
    assert watcher.seen[-1] == birth
    close_line(line)
    until(lambda: watcher.seen[-1]["online"] is False)
    assert watcher.seen[-1]["timestamp"] == birth["timestamp"]
    watcher.end()


def test_the_host_comes_back_when_the_broker_does(line: Line, broker: Broker) -> None:
    broker.kill()
    line.until(lambda: not line.host.connected, "the loss")
    broker.start()
    line.until(lambda: line.host.connected, "the return")
    edge = ForeignEdge(broker, "school", "plc")
    edge.connect(ms())
    edge.birth([metric(21.5, name="Temp", alias=1)], ms())
    line.until(lambda: line.values("Temp") == [21.5], "readings")
    edge.leave()


def test_a_collector_waits_for_a_broker_that_is_not_there_yet(broker: Broker, tmp_path: Path) -> None:
    broker.stop()
    line = open_line(broker, tmp_path)
    started = time.process_time()
    line.step()
    assert not line.host.connected
    broker.start()
    line.until(lambda: line.host.connected, "the connection")
    assert time.process_time() - started < 2.0
    close_line(line)


def test_a_wrong_password_keeps_the_collector_out_without_spinning(broker: Broker, tmp_path: Path) -> None:
    store = HotStore.open(tmp_path)
    address = BrokerAddress(url=broker.url, username=broker.username, password="wrong")
    host = SparkplugHost(broker=address, host_id="roomtone", store=store)
    started = time.process_time()
    host.start()
    for _ in range(20):
        host.take(0.05)
    assert not host.connected
    assert time.process_time() - started < 0.5
    host.stop()
    store.close()


def test_two_collectors_with_one_name_do_not_spin(line: Line, broker: Broker, tmp_path: Path) -> None:
    other = open_line(broker, tmp_path / "other")
    started = time.process_time()
    for _ in range(40):
        line.step()
        other.step()
    assert time.process_time() - started < 1.0
    assert line.host.connections + other.host.connections < 15
    close_line(other)


def test_births_that_the_broker_kept_serve_a_collector_that_starts_later(nats: Broker, tmp_path: Path) -> None:
    edge = ForeignEdge(nats, "school", "plc")
    edge.connect(ms())
    edge.birth([metric(21.5, name="Temp", alias=1)], ms())
    edge.send("DBIRTH", [metric(1.5, name="Flow", alias=2)], ms(), "valve")
    until(lambda: len(edge.certificates()) == 2, what="the broker keeps both births")
    line = open_line(nats, tmp_path / "data")
    line.until(lambda: line.host.connected and line.host.messages >= 2, "the certificates")
    assert line.born() == []
    edge.send("DDATA", [metric(2.5, alias=2)], ms(), "valve")
    line.until(lambda: line.values("Flow") == [2.5], "readings")
    assert line.born() == ["school:plc", "school:plc:valve"]
    assert not edge.asked_for_rebirth()
    close_line(line)
    edge.vanish()


def test_hostile_bytes_stop_nothing(line: Line, broker: Broker) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="hostile")
    client.username_pw_set(broker.username, broker.password)
    client.connect(broker.host, broker.port)
    client.loop_start()
    until(client.is_connected)
    hostile = [
        ("spBv1.0/school/NBIRTH/x", b"\xff" * 100),
        ("spBv1.0/school/NDATA/x", b""),
        ("spBv1.0/school/WHAT/x", b"1"),
        ("spBv1.0/a/b", b"1"),
        ("spBv1.0/school/NDATA/x/y/z", b"1"),
        ("spBv1.0/school/DDATA/x", b"1"),
        ("spBv1.0/STATE/roomtone", b"{"),
        ("spBv1.0/school/NBIRTH/big", b"\x12\x00" * 1_500_000),
        ("spBv1.0/school/NBIRTH/many", b"\x12\x00" * 600_000),
    ]
    for topic, content in hostile:
        client.publish(topic, content, qos=0).wait_for_publish(5)
    edge = ForeignEdge(broker, "school", "plc")
    edge.connect(ms())
    edge.birth([metric(21.5, name="Temp", alias=1)], ms())
    line.until(lambda: line.values("Temp") == [21.5], "readings")
    expected = {"malformed", "unborn", "bad_topic", "too_large"}
    line.until(lambda: {reason for reason, count in line.host.refused.items() if count} == expected, "the refusals")
    client.disconnect()
    client.loop_stop()
    edge.leave()


def test_series_keep_their_numbers_over_a_restart(broker: Broker, tmp_path: Path) -> None:
    edge = ForeignEdge(broker, "school", "plc")
    edge.connect(ms())
    for value in (1.5, 2.5):
        line = open_line(broker, tmp_path / "data")
        line.until(lambda line=line: line.host.connected)
        edge.birth([metric(value, name="Temp[top]", alias=1, unit="Cel")], ms())
        line.until(lambda line=line, value=value: value in line.values("Temp"), "readings")
        (series,) = line.store.all_series()
        assert series == Series(id=series.id, device=DeviceId("school:plc"), metric="Temp", instance="top", unit="Cel")
        close_line(line)
    edge.leave()
