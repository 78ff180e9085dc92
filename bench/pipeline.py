"""From a real broker to committed and classified: readings a CPU-second, beside bare receiving and decoding.

A feeder process plays NODES agents that send messages of 50 readings with outbox numbers through nats-server. First a
bare client only receives and decodes them; then the collector's line takes, stores, acknowledges and classifies them.
CPU is that of the measuring process alone, all its threads. Usage: bench/pipeline.py [MESSAGES], 20,000 by default.
"""

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
from collector.packs.rules import load_rules  # noqa: E402
from collector.store.series.hot import HotStore  # noqa: E402
from tests.brokers import Broker  # noqa: E402
from tests.conftest import need_peer  # noqa: E402
from wire import control  # noqa: E402
from wire.payload import Datatype, Metric, encode  # noqa: E402
from wire.sparkplug_pb2 import Payload  # noqa: E402

NODES = 200
READINGS = 50
MESSAGES_PER_S = 4_000
STEP_MS = 10_000


# ------------------------------------------------------------ the feeder, a process of its own


def metric_names() -> list[tuple[str, Datatype]]:
    names = [("system.cpu.utilization", Datatype.DOUBLE), ("system.memory.utilization", Datatype.DOUBLE)]
    names += [(f"system.filesystem.utilization[/disk{n}]", Datatype.DOUBLE) for n in range(6)]
    names += [(f"system.network.io[eth{n}:receive]", Datatype.DOUBLE) for n in range(20)]
    names += [(f"process.count[program{n}]", Datatype.INT32) for n in range(6)]
    names += [(f"hw.status[fan:{n}]", Datatype.INT32) for n in range(4)]
    names += [(f"hw.temperature[sensor{n}]", Datatype.DOUBLE) for n in range(READINGS - len(names))]
    return names


def birth(at_ms: int) -> bytes:
    metrics = [
        Metric(name=control.BDSEQ, datatype=Datatype.INT64, value=0),
        Metric(name=control.OUTBOX_EPOCH, datatype=Datatype.STRING, value="bench"),
        Metric(name=control.OUTBOX_FIRST, datatype=Datatype.UINT64, value=1),
        Metric(name=control.OUTBOX_ID, alias=1, datatype=Datatype.UINT64),
        Metric(name=control.STORED_UP_TO, datatype=Datatype.UINT64, value=0),
        Metric(name=control.INTERVAL, datatype=Datatype.INT32, value=10),
        Metric(name="Properties/Role", datatype=Datatype.STRING, value="recorder-pc"),
    ]
    for alias, (name, datatype) in enumerate(metric_names(), 10):
        metrics.append(Metric(name=name, alias=alias, datatype=datatype, value=0))
    return encode(at_ms=at_ms, seq=0, metrics=metrics)


def data(step: int, at_ms: int) -> bytes:
    payload = Payload(timestamp=at_ms, seq=(step + 1) % 256)
    for alias, (name, datatype) in enumerate(metric_names(), 10):
        metric = payload.metrics.add(alias=alias, timestamp=at_ms)
        if datatype is Datatype.INT32:
            metric.int_value = 1 if name.startswith("process") else 0
        else:
            metric.double_value = 0.3 + (step * 7 + alias) % 40 / 100
    payload.metrics.add(alias=1, long_value=step + 1, timestamp=at_ms)
    return payload.SerializeToString()


def feed(port: int, username: str, password: str, messages: int) -> None:
    """Send births, wait for a line on stdin, send the data."""
    steps = messages // NODES
    begin_ms = int(time.time() * 1000) - steps * STEP_MS
    with connected(port, username, password) as broker:
        for node in range(NODES):
            broker.sendall(publish(f"spBv1.0/bench/NBIRTH/pc{node}", birth(begin_ms)))
        contents = (data(step, begin_ms + step * STEP_MS) for step in range(steps))
        send_paced(
            broker,
            (b"".join(publish(f"spBv1.0/bench/NDATA/pc{node}", one) for node in range(NODES)) for one in contents),
            every_s=NODES / MESSAGES_PER_S,
        )


# ------------------------------------------------------------ the bare limit


def bare(broker: Broker, messages: int) -> float:
    """Return readings a CPU-second of a client that only receives and decodes to tuples."""
    seen = 0
    rows: list[tuple[int, int, float]] = []

    def on_message(_client: object, _user: object, message: mqtt.MQTTMessage) -> None:
        nonlocal seen
        if "NDATA" not in message.topic:
            return
        seen += 1
        payload = Payload.FromString(bytes(message.payload))
        rows.extend([(metric.alias, metric.timestamp, metric.double_value) for metric in payload.metrics])
        if len(rows) > 100_000:
            rows.clear()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bare")
    client.username_pw_set(broker.username, broker.password)
    client.on_message = on_message
    client.connect(broker.host, broker.port)
    client.subscribe("spBv1.0/#", 0)
    with feeder(__file__, broker, messages) as process:
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline:
            client.loop(0.05)
        go(process)
        begun = cpu_s()
        while seen < messages and client.loop(1.0) == mqtt.MQTT_ERR_SUCCESS:
            pass
        used = cpu_s() - begun
    client.disconnect()
    return messages * READINGS / used


# ------------------------------------------------------------ the line


def line(broker: Broker, directory: Path, messages: int) -> dict[str, float]:
    """Return CPU-seconds of the whole line and of its parts."""
    store = HotStore.open(directory)
    rules = load_rules([ROOT / "rules"])
    classifier = Classifier(campus=Campus(), rules=rules, now=now())
    classifier.restore(devices=(), incidents=(), phases=(), series=(), latest=no_readings(), now=now())
    address = BrokerAddress(url=broker.url, username=broker.username, password=broker.password)
    host = SparkplugHost(broker=address, host_id="bench", store=store)
    host.start()
    spent = dict.fromkeys(("take", "commit", "answer", "classify"), 0.0)
    stored = opened = 0

    def turn() -> None:
        nonlocal stored, opened
        begun = time.thread_time()
        intake = host.take(0.2)
        taken = time.thread_time()
        if not (intake.has_something_to_store or intake.heard):
            return
        at = now()
        commit = store.commit(
            readings=intake.readings,
            series=intake.series,
            watermarks=intake.watermarks,
            events=intake.events,
            at=at,
        )
        committed = time.thread_time()
        host.acknowledge(intake)
        answered = time.thread_time()
        batch = Batch(
            commit=commit,
            at=at,
            readings=intake.readings,
            events=intake.events,
            heard=intake.heard,
            series=intake.series,
        )
        opened += sum(type(decision).__name__ == "Opened" for decision in classifier.take(batch))
        classified = time.thread_time()
        stored += len(intake.readings)
        moments = (begun, taken, committed, answered, classified)
        for name, start, end in zip(spent, moments, moments[1:], strict=False):
            spent[name] += end - start

    while not host.connected:
        turn()
    with feeder(__file__, broker, messages) as process:
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline:
            turn()
        spent.update(dict.fromkeys(spent, 0.0))
        begun = cpu_s()
        go(process)
        while stored < messages * READINGS:
            turn()
        spent["all"] = cpu_s() - begun
    refused = {reason: count for reason, count in host.refused.items() if count}
    host.stop()
    store.close()
    assert stored == messages * READINGS, f"{stored} of {messages * READINGS} readings, refused {refused}"
    assert not refused, refused
    assert not opened, f"{opened} incidents where nothing is wrong"
    return spent


def main(messages: int) -> None:
    set_up_logs()
    messages -= messages % NODES
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = Broker("nats", need_peer("nats-server"), home / "broker")
        broker.start()
        stack.callback(broker.stop)
        limits, runs = [], []
        for number in range(3):
            limits.append(bare(broker, messages))
            runs.append(line(broker, home / f"data{number}", messages))
    limit = sorted(limits)[1]
    spent = sorted(runs, key=lambda run: run["all"])[1]
    readings = messages * READINGS
    for name in ("take", "commit", "answer", "classify"):
        figure(f"{name}_us_per_reading", spent[name] / readings * 1e6, "us")
    figure("bare_readings_per_core_second", limit, "1/s")
    speed = readings / spent["all"]
    figure("readings_per_core_second", speed, "1/s", ratio=speed / limit, against="bare receive+decode")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--feed"]:
        feed(int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
