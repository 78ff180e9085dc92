"""A Sparkplug B edge node of somebody else: protobuf written by hand, no line shared with `wire`.

Field numbers are those of the standard, chapter 6.4. Values are Doubles, Int32s, Booleans and Strings.
"""

import struct
import threading
from collections.abc import Sequence

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.brokers import Broker
from tests.waiting import until

FieldValue = float | int | bool | str | None


def varint(number: int) -> bytes:
    out = bytearray()
    number &= (1 << 64) - 1
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def tagged(field: int, wire_type: int, content: bytes) -> bytes:
    return varint(field << 3 | wire_type) + content


def integer(field: int, number: int) -> bytes:
    return tagged(field, 0, varint(number))


def block(field: int, content: bytes) -> bytes:
    return tagged(field, 2, varint(len(content)) + content)


def value_field(value: FieldValue) -> tuple[int, bytes]:
    """Return (datatype, encoded value field)."""
    if value is None:
        return 10, integer(7, 1)
    if isinstance(value, bool):
        return 11, integer(14, value)
    if isinstance(value, int):
        return 3, integer(10, value & 0xFFFFFFFF)
    if isinstance(value, float):
        return 10, tagged(13, 1, struct.pack("<d", value))
    return 12, block(15, value.encode())


def metric(
    value: FieldValue,
    *,
    name: str = "",
    alias: int | None = None,
    at_ms: int = 0,
    historical: bool = False,
    unit: str = "",
) -> bytes:
    datatype, encoded = value_field(value)
    parts = [block(1, name.encode())] if name else []
    parts += [integer(2, alias)] if alias is not None else []
    parts += [integer(3, at_ms)] if at_ms else []
    parts += [integer(4, datatype)] if name else []
    parts += [integer(5, 1)] if historical else []
    if unit:
        text = integer(1, 12) + block(8, unit.encode())
        parts.append(block(9, block(1, b"unit") + block(2, text)))
    return b"".join([*parts, encoded])


def payload(metrics: Sequence[bytes], *, at_ms: int, seq: int | None = None) -> bytes:
    parts = [integer(1, at_ms), *(block(2, one) for one in metrics)]
    parts += [integer(3, seq)] if seq is not None else []
    return b"".join(parts)


class ForeignEdge:
    """One edge node on a real broker; commands that reach it are in `commands`."""

    def __init__(self, broker: Broker, site: str, node: str) -> None:
        self._base = f"spBv1.0/{site}/%s/{node}"
        self.bdseq = 0
        self.seq = 0
        self.commands: list[bytes] = []
        self._broker = broker
        self._client_id = f"foreign-{node.replace('.', '_')}"
        self._client: mqtt.Client | None = None

    def connect(self, at_ms: int) -> None:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self._client_id)
        client.username_pw_set(self._broker.username, self._broker.password)
        client.will_set(self._base % "NDEATH", payload([self._bdseq_metric()], at_ms=at_ms), qos=1)
        client.on_message = lambda _c, _u, message: self.commands.append(message.payload)
        client.connect(self._broker.host, self._broker.port, keepalive=10)
        client.loop_start()
        until(client.is_connected)
        client.subscribe(self._base % "NCMD", qos=0)
        self._client = client

    def _bdseq_metric(self) -> bytes:
        return block(1, b"bdSeq") + integer(4, 4) + integer(11, self.bdseq)

    def birth(self, metrics: Sequence[bytes], at_ms: int) -> None:
        self.seq = 0
        rebirth = block(1, b"Node Control/Rebirth") + integer(4, 11) + integer(14, 0)
        self._publish("NBIRTH", payload([self._bdseq_metric(), rebirth, *metrics], at_ms=at_ms, seq=0))

    def send(self, kind: str, metrics: Sequence[bytes], at_ms: int, device: str = "") -> None:
        self.seq = (self.seq + 1) % 256
        self._publish(kind, payload(metrics, at_ms=at_ms, seq=self.seq), device)

    def _publish(self, kind: str, content: bytes, device: str = "") -> None:
        if self._client is None:
            raise RuntimeError("not connected")
        topic = self._base % kind + (f"/{device}" if device else "")
        self._client.publish(topic, content, qos=0).wait_for_publish(5)

    def certificates(self) -> set[str]:
        """Return which births of this node the broker has kept, by their topics."""
        kept: set[str] = set()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"{self._client_id}-certificates")
        client.username_pw_set(self._broker.username, self._broker.password)
        client.on_message = lambda _c, _u, message: kept.add(message.topic) if message.retain else None
        client.on_subscribe = lambda *_: answered.set()
        answered = threading.Event()
        client.connect(self._broker.host, self._broker.port)
        client.subscribe("$sparkplug/certificates/#", qos=0)
        client.loop_start()
        answered.wait(5)
        client.disconnect()
        client.loop_stop()
        return kept

    def asked_for_rebirth(self) -> bool:
        return any(b"Node Control/Rebirth" in command for command in self.commands)

    def vanish(self) -> None:
        """Break the connection without a word, so that the broker sends the will."""
        client, self._client = self._client, None
        if client is not None:
            inner = client.socket()
            client.on_disconnect = None
            if inner is not None:
                inner.close()
            client.loop_stop()

    def leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()
