"""Plain MQTT devices, from a real broker to committed and classified: messages a CPU-second, beside bare json.loads.

A feeder process plays PLUGS Tasmota plugs through nats-server, read by the mapping that comes with Roomtone.
First a bare client only receives and parses the JSON; then the collector's line takes, maps, stores and classifies
the messages. CPU is that of the measuring process alone, all its threads; the median of three runs.
Usage: bench/plain.py [MESSAGES], 20,000 by default.
"""

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import paho.mqtt.client as mqtt  # noqa: E402
from paho.mqtt.enums import CallbackAPIVersion  # noqa: E402

from bench.feeder import connected, cpu_s, feeder, go, publish, send_paced  # noqa: E402
from bench.figures import figure  # noqa: E402
from collector.broker import BrokerAddress  # noqa: E402
from collector.core.campus import Campus  # noqa: E402
from collector.core.classify import Classifier  # noqa: E402
from collector.core.model import Batch, no_readings  # noqa: E402
from collector.ingest.host import SparkplugHost  # noqa: E402
from collector.logs import set_up_logs  # noqa: E402
from collector.now import now  # noqa: E402
from collector.packs.mapping import load_mapping  # noqa: E402
from collector.packs.rules import load_rules  # noqa: E402
from collector.store.series.hot import HotStore  # noqa: E402
from tests.brokers import Broker  # noqa: E402
from tests.conftest import need_peer  # noqa: E402

PLUGS = 500
MESSAGES_PER_S = 4_000
MAPPING = ROOT / "rules" / "mappings" / "tasmota.yaml"
READINGS = 5  # that the mapping finds in each message


def sensor(step: int) -> bytes:
    return json.dumps(
        {
            "Time": "2026-11-28T08:00:00",
            "ENERGY": {"Total": 12.5, "Yesterday": 0.4, "Power": 40 + step % 7, "Voltage": 230, "Current": 0.18},
            "SI7021": {"Temperature": 21 + step % 3, "Humidity": 40 + step % 5, "DewPoint": 7.4},
            "TempUnit": "C",
        }
    ).encode()


def feed(port: int, username: str, password: str, messages: int) -> None:
    """Wait for a line on stdin, send the messages, and stay."""
    contents = (sensor(step) for step in range(messages // PLUGS))
    with connected(port, username, password) as broker:
        send_paced(
            broker,
            (b"".join(publish(f"tele/plug{plug}/SENSOR", one) for plug in range(PLUGS)) for one in contents),
            every_s=PLUGS / MESSAGES_PER_S,
        )


def bare(broker: Broker, messages: int) -> float:
    """Return messages a CPU-second of a client that only receives and parses."""
    seen = 0

    def on_message(_client: object, _user: object, message: mqtt.MQTTMessage) -> None:
        nonlocal seen
        seen += bool(json.loads(message.payload))

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bare")
    client.username_pw_set(broker.username, broker.password)
    client.on_message = on_message
    client.on_subscribe = lambda *_: granted.append(True)
    granted: list[bool] = []
    client.on_connect = lambda c, *_: c.subscribe("tele/#", 0)
    client.connect(broker.host, broker.port)
    while not granted:
        client.loop(0.05)
    with feeder(__file__, broker, messages) as process:
        begun = cpu_s()
        go(process)
        while seen < messages and client.loop(1.0) == mqtt.MQTT_ERR_SUCCESS:
            pass
        used = cpu_s() - begun
    client.disconnect()
    return messages / used


def line(broker: Broker, directory: Path, messages: int) -> float:
    """Return messages a CPU-second of the whole line."""
    store = HotStore.open(directory)
    classifier = Classifier(campus=Campus(), rules=load_rules([ROOT / "rules"]), now=now())
    classifier.restore(devices=(), incidents=(), phases=(), series=(), latest=no_readings(), now=now())
    address = BrokerAddress(url=broker.url, username=broker.username, password=broker.password)
    host = SparkplugHost(broker=address, host_id="bench", store=store)
    host.use_mapping(load_mapping(MAPPING))
    host.start()
    stored = 0

    def turn() -> None:
        nonlocal stored
        intake = host.take(0.2)
        if not (intake.has_something_to_store or intake.heard):
            return
        at = now()
        commit = store.commit(
            readings=intake.readings, series=intake.series, watermarks=intake.watermarks, events=intake.events, at=at
        )
        host.acknowledge(intake)
        classifier.take(
            Batch(
                commit=commit, at=at, readings=intake.readings, events=intake.events, heard=intake.heard,
                series=intake.series,
            )
        )  # fmt: skip
        stored += len(intake.readings)

    ready_at = time.monotonic() + 2.0
    while not host.connected or time.monotonic() < ready_at:  # and subscribed to what the mapping names
        turn()
    with feeder(__file__, broker, messages) as process:
        begun = cpu_s()
        go(process)
        deadline = time.monotonic() + 300
        while stored < messages * READINGS:
            turn()
            if time.monotonic() > deadline:
                raise SystemExit(f"{stored} of {messages * READINGS} readings; refused: {dict(host.refused)}")
        used = cpu_s() - begun
    host.stop()
    store.close()
    return messages / used


def main(messages: int) -> None:
    set_up_logs()
    messages -= messages % PLUGS
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = Broker("nats", need_peer("nats-server"), home / "broker")
        broker.start()
        stack.callback(broker.stop)
        limits, speeds = [], []
        for number in range(3):
            limits.append(bare(broker, messages))
            speeds.append(line(broker, home / f"data{number}", messages))
    limit, speed = sorted(limits)[1], sorted(speeds)[1]
    figure("bare_plain_messages_per_core_second", limit, "1/s")
    figure("plain_messages_per_core_second", speed, "1/s", ratio=speed / limit, against="bare receive+json.loads")
    figure("plain_readings_per_core_second", speed * READINGS, "1/s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--feed"]:
        feed(int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
