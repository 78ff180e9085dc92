"""The connection to the broker: one thread of its own that connects, receives, publishes, and comes back when it broke.

The host application's STATE, by Eclipse Sparkplug 3.0.0, chapter 5.5: a will `online: false`, then the subscriptions,
then the birth `online: true` with the will's timestamp, retained; said again when somebody says the opposite.
"""

import contextlib
import hashlib
import json
import random
import re
import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion

from collector.broker import BrokerAddress
from collector.ingest.buffered import Client
from collector.ingest.gathering import Command
from collector.ingest.message import Message
from collector.ingest.nodes import CERTIFICATES, CONNECTED
from collector.ingest.refusal import Reason, Refusals
from collector.now import monotonic_s, now
from wire.topics import NAMESPACE, state_topic

log = structlog.get_logger()

KEEPALIVE_S: Final = 10
_CONNECT_S: Final = 5.0
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 15.0
# A connection that lasted so long was a good one: the next pause is short again.
_GOOD_AFTER_S: Final = 10.0
_FAREWELL_S: Final = 2.0
_FILTERS_AT_ONCE: Final = 200
_MAX_OUTGOING: Final = 100_000
_TICK_S: Final = 0.5


class BrokerLink:
    """Keeps one MQTT connection to the broker and hands every message to `receive`."""

    def __init__(
        self, *, broker: BrokerAddress, host_id: str, receive: Callable[[Message], None], refusals: Refusals
    ) -> None:
        parts = urlsplit(broker.url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or (8883 if parts.scheme == "mqtts" else 1883))
        self._is_tls = parts.scheme == "mqtts"
        self._broker = broker
        self._host_id = host_id
        self._state_topic = state_topic(host_id)
        self._receive = receive
        self._refusals = refusals
        self._outgoing: deque[Command] = deque()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="broker link", daemon=True)
        self._since_ms = 0
        self._said_at_s = float("-inf")
        self._subscription: int | None = None
        self._wanted: tuple[str, ...] = ()
        self._subscribed: frozenset[str] = frozenset()
        self._foreign_subscriptions: dict[int | None, list[str]] = {}
        self.connected = False
        self.connections = 0
        self.dropped_commands = 0

    # ------------------------------------------------------------ for others

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Say that the host goes offline, and disconnect."""
        self._stopping.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(_CONNECT_S + _FAREWELL_S + 1)
        self._wake_out.close()
        self._wake_in.close()

    def send(self, commands: list[Command]) -> None:
        """Publish commands at QoS 0; what cannot go out is dropped, as agents ask again."""
        if not commands or not self.connected:
            self.dropped_commands += len(commands)
            return
        room = _MAX_OUTGOING - len(self._outgoing)
        self.dropped_commands += max(0, len(commands) - room)
        self._outgoing.extend(commands[:room])
        self._wake()

    def also_read(self, filters: tuple[str, ...]) -> None:
        """Subscribe to these filters beside Sparkplug's, and to no others. From any thread."""
        if filters != self._wanted:
            self._wanted = filters
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake_out.send(b"x")

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        was_reached = True
        while not self._stopping.is_set():
            begun_s = monotonic_s()
            reason = "the connection ended"
            try:
                self._stay_connected()
            except (OSError, ValueError) as error:
                reason = str(error) or type(error).__name__
            except Exception:
                log.exception("the connection to the broker failed")
            was_connected, self.connected = self.connected, False
            self._outgoing.clear()
            if self._stopping.is_set():
                return
            if was_connected or was_reached:
                log.warning("no connection to the broker", url=self._broker.url, reason=reason)
            was_reached = was_connected
            if was_connected and monotonic_s() - begun_s > _GOOD_AFTER_S:
                pause_s = _FIRST_PAUSE_S
            self._stopping.wait(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  jitter, no secret
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _stay_connected(self) -> None:
        client = self._make_client()
        client.connect(*self._address, keepalive=KEEPALIVE_S)
        try:
            while not self._stopping.is_set() and self._turn(client, _TICK_S):
                pass
            if self._stopping.is_set():
                self._say_farewell(client)
                client.disconnect()
        finally:
            # Without a DISCONNECT, unless we are going: the broker shall send our will.
            if client.buffered is not None:
                client.buffered.close()

    def _turn(self, client: Client, timeout_s: float) -> bool:
        """Receive and publish what there is; False when the connection is gone."""
        if client.buffered is None or client.socket() is None:
            return False
        poller = select.poll()
        poller.register(client.buffered.fileno(), select.POLLIN | (select.POLLOUT if client.want_write() else 0))
        poller.register(self._wake_in.fileno(), select.POLLIN)
        for descriptor, event in poller.poll(timeout_s * 1000):
            if descriptor == self._wake_in.fileno():
                with contextlib.suppress(BlockingIOError):
                    self._wake_in.recv(4096)
            elif event & ~select.POLLOUT and not self._read(client):
                return False
        while self._outgoing:
            command = self._outgoing.popleft()
            client.publish(command.topic, command.payload, qos=0)
        if self.connected:
            self._follow_wanted(client)
        if client.want_write() and client.loop_write() != mqtt.MQTT_ERR_SUCCESS:
            return False
        return client.loop_misc() == mqtt.MQTT_ERR_SUCCESS

    def _follow_wanted(self, client: Client) -> None:
        wanted = frozenset(self._wanted)
        if wanted == self._subscribed:
            return
        gone, new = sorted(self._subscribed - wanted), sorted(wanted - self._subscribed)
        if gone:
            client.unsubscribe(gone)
        for start in range(0, len(new), _FILTERS_AT_ONCE):
            some = new[start : start + _FILTERS_AT_ONCE]
            _, number = client.subscribe([(one, 0) for one in some])
            self._foreign_subscriptions[number] = some
        self._subscribed = wanted

    def _read(self, client: Client) -> bool:
        if client.loop_read() != mqtt.MQTT_ERR_SUCCESS:
            return False
        while client.buffered is not None and client.buffered.has_more:
            if client.loop_read() != mqtt.MQTT_ERR_SUCCESS:
                return False
        return True

    # ------------------------------------------------------------ the conversation

    def _make_client(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=client_id(self._host_id), reconnect_on_failure=False)
        client.connect_timeout = _CONNECT_S
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password)
        if self._is_tls:
            client.tls_set()
        self._since_ms = int(now().timestamp() * 1000)
        client.will_set(self._state_topic, self._state(is_online=False), qos=1, retain=True)
        client.on_connect = self._guarded(self._on_connect)
        client.on_subscribe = self._guarded(self._on_subscribe)
        client.on_message = self._guarded(self._on_message)
        return client

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Return the callback such that a fault in it costs one message, not the connection."""

        def guarded(*arguments: Any) -> None:
            try:
                callback(*arguments)
            except Exception:
                log.exception("a message of the broker could not be taken")

        return guarded

    def _on_connect(self, client: Client, _user: object, _flags: object, reason: Any, _properties: object) -> None:
        if reason.is_failure:
            log.warning("the broker does not let the collector in", url=self._broker.url, reason=str(reason))
            return
        self._receive(Message(CONNECTED, b"", now(), monotonic_s()))
        self._subscribed, self._foreign_subscriptions = frozenset(), {}
        _, self._subscription = client.subscribe([(f"{NAMESPACE}/#", 0), (f"{CERTIFICATES}#", 0)])

    def _on_subscribe(self, client: Client, _user: object, mid: int, reasons: list[Any], _properties: object) -> None:
        if mid != self._subscription:
            filters = self._foreign_subscriptions.pop(mid, [])
            refused = [one for one, reason in zip(filters, reasons, strict=False) if reason.is_failure]
            if refused:
                log.error(
                    "the broker forbids the collector to read plain MQTT devices; give its account the right to",
                    url=self._broker.url,
                    topics=refused,
                )
            return
        if reasons[0].is_failure:
            log.error("the broker forbids the collector to subscribe", url=self._broker.url, topic=f"{NAMESPACE}/#")
            client.disconnect()
            return
        self._say_online(client)
        self.connected = True
        self.connections += 1
        log.info("connected to the broker", url=self._broker.url)

    def _on_message(self, client: Client, _user: object, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            self._refusals.count(Reason.BAD_TOPIC)
            return
        if topic.startswith(f"{NAMESPACE}/STATE/"):
            if topic == self._state_topic and not message.retain and self.connected:
                self._check_state(client, bytes(message.payload))
            return
        self._receive(Message(topic, bytes(message.payload), now(), monotonic_s(), message.retain))

    def _check_state(self, client: Client, payload: bytes) -> None:
        try:
            is_online = json.loads(payload)["online"]
        except (ValueError, KeyError, TypeError, RecursionError):
            is_online = False
        # At most once a second: two collectors with one name would else shout each other down.
        if is_online is False and monotonic_s() - self._said_at_s > 1.0:
            self._say_online(client)

    def _say_online(self, client: Client) -> None:
        self._said_at_s = monotonic_s()
        client.publish(self._state_topic, self._state(is_online=True), qos=1, retain=True)

    def _say_farewell(self, client: Client) -> None:
        if not self.connected:
            return
        said = client.publish(self._state_topic, self._state(is_online=False), qos=1, retain=True)
        deadline_s = monotonic_s() + _FAREWELL_S
        while not said.is_published() and monotonic_s() < deadline_s and self._turn(client, 0.05):
            pass

    def _state(self, *, is_online: bool) -> bytes:
        return json.dumps({"online": is_online, "timestamp": self._since_ms}).encode()


def client_id(host_id: str) -> str:
    """Return the MQTT client id of a host: of [A-Za-z0-9_-], the same each time and different for different hosts."""
    plain = f"roomtone-host-{host_id}"
    if re.fullmatch(r"[A-Za-z0-9_-]+", plain):
        return plain
    digest = hashlib.blake2b(host_id.encode(), digest_size=4).hexdigest()
    return re.sub(r"[^A-Za-z0-9_-]", "_", plain) + "-" + digest
