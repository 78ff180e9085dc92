"""A Sparkplug node for the length of a drill: one device of the room whose component fails when it is told to.

Comes in: the broker, the room. Goes out: births, readings and at the end a death, as those of any node. A drill that is
broken off is ended by its will.
"""

import ssl
import threading
from typing import Any, Final
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector.broker import BrokerAddress
from collector.core.model import DRILL
from collector.drill.errors import DrillFailed
from collector.now import now
from wire import control
from wire.catalogue import HwState, Role
from wire.payload import Datatype, Metric, decode, encode
from wire.topics import Kind, Topic

METRIC: Final = "hw.status"
_CONNECT_S: Final = 10.0
_KEEPALIVE_S: Final = 10


class DrillNode:
    """Connects with `start`; `say` reads the component; `end` says goodbye. Calls from one thread."""

    def __init__(self, broker: BrokerAddress, *, site: str, room: str, component: str) -> None:
        self.agent = f"{DRILL}{room}"[:63]
        self.device = f"{site}:{self.agent}"
        self._site, self._room, self._component = site, room, component
        self._state = HwState.OK
        self._seq = 0
        self._lock = threading.Lock()
        self._connected = threading.Event()
        self._refused = ""
        parts = urlsplit(broker.url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or (8883 if parts.scheme == "mqtts" else 1883))
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"{site}-{self.agent}".replace(".", "_"), protocol=mqtt.MQTTv311
        )
        if parts.scheme == "mqtts":
            self._client.tls_set_context(ssl.create_default_context())
        if broker.username:
            self._client.username_pw_set(broker.username, broker.password)
        self._client.will_set(self._topic(Kind.NDEATH), self._death(), qos=1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def start(self) -> None:
        """Connect and be born. Raises DrillFailed."""
        try:
            self._client.connect(*self._address, keepalive=_KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise DrillFailed(f"the broker at {self._address[0]}:{self._address[1]} is not reached: {error}") from error
        self._client.loop_start()
        if not self._connected.wait(_CONNECT_S):
            raise DrillFailed(f"the broker does not let the drill in: {self._refused or 'no answer'}")

    def say(self, state: HwState) -> None:
        """Let the component be in a state, and say so."""
        with self._lock:
            self._state = state
            self._seq = (self._seq + 1) % 256
            self._publish(Kind.NDATA, encode(at_ms=_now_ms(), seq=self._seq, metrics=[self._reading()]))

    def end(self) -> None:
        """Die as a node does, and disconnect."""
        with self._lock:
            told = self._client.publish(self._topic(Kind.NDEATH), self._death(), qos=1)
        told.wait_for_publish(5.0)
        self._client.disconnect()
        self._client.loop_stop()

    # ------------------------------------------------------------ paho's thread

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refused = str(reason)
            return
        client.subscribe(self._topic(Kind.NCMD), qos=0)
        self._be_born()
        self._connected.set()

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            asked = {metric.name for metric in decode(bytes(message.payload)).metrics}
        except Exception:  # noqa: BLE001 - whatever was sent there, paho's thread goes on
            return
        if control.REBIRTH in asked:
            self._be_born()

    def _be_born(self) -> None:
        said = {"Properties/Room": self._room, "Properties/Role": Role.OTHER.value, "Properties/Name": "Drill 演练"}
        with self._lock:
            self._seq = 0
            metrics = [
                Metric(name=control.BDSEQ, datatype=Datatype.INT64, value=0),
                Metric(name=control.REBIRTH, datatype=Datatype.BOOLEAN, value=False),
                *(Metric(name=name, datatype=Datatype.STRING, value=value) for name, value in said.items()),
                self._reading(),
            ]
            self._publish(Kind.NBIRTH, encode(at_ms=_now_ms(), seq=0, metrics=metrics))

    # ------------------------------------------------------------

    def _reading(self) -> Metric:
        return Metric(
            name=f"{METRIC}[{self._component}]", datatype=Datatype.INT32, value=int(self._state), at_ms=_now_ms()
        )

    def _death(self) -> bytes:
        metrics = [Metric(name=control.BDSEQ, datatype=Datatype.INT64, value=0)]
        return encode(at_ms=_now_ms(), seq=None, metrics=metrics)

    def _topic(self, kind: Kind) -> str:
        return str(Topic(site=self._site, kind=kind, agent=self.agent))

    def _publish(self, kind: Kind, payload: bytes) -> None:
        self._client.publish(self._topic(kind), payload, qos=0)


def _now_ms() -> int:
    return int(now().timestamp() * 1000)
