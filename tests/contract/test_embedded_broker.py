"""The embedded broker as `roomtone up` starts it."""

import asyncio
import threading
from contextlib import ExitStack
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from collector.broker import EmbeddedBroker
from tests.ports import free_port

# nats-server keeps a consumer for each subscription at QoS 1: 1,000 in all unless told otherwise, 63 of a client.
CLIENTS, EACH = 18, 62


def test_more_than_a_thousand_agents_can_wait_for_the_host(tmp_path: Path) -> None:
    asyncio.run(_subscribe_often(tmp_path))


async def _subscribe_often(directory: Path) -> None:
    broker = EmbeddedBroker(directory=directory, host="127.0.0.1", port=free_port())
    await broker.start()
    try:
        assert await asyncio.to_thread(_granted, broker) == CLIENTS * EACH
    finally:
        await broker.stop()


def _granted(broker: EmbeddedBroker) -> int:
    """Ask for a topic at QoS 1 as often as that many agents do; return how often the broker agreed."""
    with ExitStack() as stack:
        return sum(_subscribed(broker, f"client{number}", stack) for number in range(CLIENTS))


def _subscribed(broker: EmbeddedBroker, name: str, stack: ExitStack) -> int:
    address, (host, port) = broker.address("collector"), broker.listens_at()
    codes: list[ReasonCode] = []
    answered = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name)
    client.username_pw_set(address.username, address.password)

    def subscribed(_client: object, _data: object, _number: int, reasons: list[ReasonCode], _: object) -> None:
        codes.extend(reasons)
        answered.set()

    client.on_connect = lambda client, *_: client.subscribe([(f"spBv1.0/{name}/NDATA/pc{n}", 1) for n in range(EACH)])
    client.on_subscribe = subscribed
    client.connect(host, port)
    client.loop_start()
    stack.callback(client.loop_stop)
    stack.callback(client.disconnect)
    assert answered.wait(30)
    return sum(not code.is_failure for code in codes)
