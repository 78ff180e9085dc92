"""Carries an `EdgeSession` over MQTT 3.1.1 with paho, in the caller's thread. In: a broker's address. Out: messages.

The caller selects on `sockets()` and calls `step` after that, and at `next_due()`. Connecting can take seconds (names,
TLS), so it alone has a thread; `wake` is called from it. The traps: an exception in one of paho's callbacks is lost, so
they only take notes; its return codes must be looked at; and a refused client that does not wait spins.
"""

import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum, auto
from random import Random
from typing import Any, Final

from agent.now import Moment, monotonic_s
from agent.ready import ready
from agent.uplink.address import WHAT_TO_CHECK, BrokerAddress
from agent.uplink.backoff import STABLE_S, Backoff
from agent.uplink.client import BrokerClient
from agent.uplink.message import Message
from agent.uplink.paho import (
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTErrorCode,
    MQTTMessage,
    MQTTMessageInfo,
    Properties,
    ReasonCode,
)
from agent.uplink.route import Route
from agent.uplink.session import EdgeSession

log = logging.getLogger("agent.uplink")

CONNECT_S: Final = 5.0
REFUSED_WAIT_S: Final = 10.0
REPEAT_LOG_S: Final = 600.0
FAREWELL_S: Final = 2.0
_PACKETS_A_STEP: Final = 100
_TAKEOVERS_TO_SAY: Final = 3
_MOST_SAID: Final = 20
_PAHO_ERROR: Final = 0x08  # MQTT_LOG_ERR
# After a change of network, which may be that of many computers at once.
_SOON_S: Final = 1.0
# A host that is there has said so by then.
_PATIENT_S: Final = 5.0


class _State(Enum):
    IDLE = auto()  # waiting for `retry_at`
    CONNECTING = auto()  # the thread is at it
    GREETING = auto()  # CONNECT sent, no CONNACK yet
    CONNECTED = auto()


class MqttUplink:
    """One MQTT connection at a time, for as long as the agent lives."""

    def __init__(
        self,
        broker: BrokerAddress,
        client_id: str,
        session: EdgeSession,
        *,
        wake: Callable[[], None],
        random: Random | None = None,
        route: Route | None = None,
    ) -> None:
        self.route = route or Route()
        self._broker = broker
        self._client_id = client_id
        self._session = session
        self._wake = wake
        self._random = random or Random()  # noqa: S311  jitter, no secret
        self._backoff = Backoff(self._random)
        self._state = _State.IDLE
        self._client: Client | None = None
        self._outcome: deque[Exception | None] = deque()
        self._inbox: deque[tuple[str, bytes]] = deque(maxlen=10_000)
        self._greeting: ReasonCode | None = None
        self._subscribed: list[ReasonCode] | None = None
        self._complaint = ""  # what paho said of the connection, before the broker answered
        self._retry_at = 0.0
        self._since = 0.0
        self._connections = 0
        self._takeovers = 0
        self._trouble = ""
        self._said: dict[str, float] = {}  # since the last connection: what, and when it was said last
        self._has_said_waiting = False

    @property
    def is_connected(self) -> bool:
        """Whether the broker has accepted us."""
        return self._state is _State.CONNECTED

    @property
    def trouble(self) -> str:
        """What keeps us from reporting, "" while nothing is known to."""
        if self._state is _State.CONNECTED:
            is_there = self._session.host_online is True
            return "" if is_there else f"the host {self._session.host_id} is not there"
        return self._trouble or f"the broker {self._broker} does not answer"

    def sockets(self) -> tuple[list[socket.socket], list[socket.socket]]:
        """Return what to select on for reading and for writing."""
        client, others = self._client, self.route.sockets
        if client is None or self._state not in (_State.GREETING, _State.CONNECTED):
            return others, []
        sock: Any = client.socket()
        if sock is None:
            return others, []
        return [sock, *others], [sock] if client.want_write() else []

    def next_due(self) -> float:
        """Return the `mono_s` at which `step` wants to be called at the latest."""
        return min(self.route.next_due(), self._next_due())

    def _next_due(self) -> float:
        if self._state is _State.IDLE:
            return self._retry_at
        if self._state is _State.CONNECTING:
            return monotonic_s() + CONNECT_S
        keepalive = monotonic_s() + self._broker.keepalive_s / 2
        is_congested = self._client is not None and self._client.want_write()
        if self._state is not _State.CONNECTED or is_congested:
            return keepalive
        return min(keepalive, self._session.next_due())

    def step(self, now: Moment) -> None:
        """Do whatever can be done now without waiting."""
        self._mind_the_route(now)
        if self._state is _State.IDLE and now.mono_s >= self._retry_at:
            self._begin(now)
        if self._state is _State.CONNECTING and self._outcome:
            self._has_connected(self._outcome.popleft(), now)
        if self._state in (_State.GREETING, _State.CONNECTED):
            self._converse(now)

    def farewell(self, reason: str, now: Moment) -> None:
        """Say goodbye and disconnect, within `FAREWELL_S`."""
        client = self._client
        if self._state is _State.CONNECTED and client is not None:
            pending = [client.publish(m.topic, m.payload, m.qos) for m in self._session.goodbye(reason, now)]
            until = monotonic_s() + FAREWELL_S
            self._flush(client, until, lambda: not any(_is_under_way(info) for info in pending))
            client.disconnect()
            self._flush(client, until, lambda: client.socket() is None)
        self._drop()

    def begin_anew(self, why: str, now: Moment) -> None:
        """Give a connection up that cannot be alive any more, or end the wait for the next, and connect soon."""
        if self._state in (_State.GREETING, _State.CONNECTED):
            log.warning("%s; connecting to %s anew", why, self._broker)
            self._drop()
        if self._state is _State.IDLE:
            self._retry_at = min(self._retry_at, now.mono_s + self._random.uniform(0.0, _SOON_S))

    def close(self) -> None:
        """Give what was held beside a connection back."""
        self.route.close()

    def rest(self, until_s: float) -> None:
        """Stay away until then, a `mono_s`; to be called when there is no connection."""
        if self._state is _State.IDLE:
            self._retry_at = until_s

    def _mind_the_route(self, now: Moment) -> None:
        happened = self.route.step(now)
        if happened == "gone":
            log.warning("the network is gone: no way leads to %s", self._broker)
        elif happened == "changed" or (happened == "back" and self._state is _State.IDLE):
            # A connection outlives a cable that is plugged in again, but not another address.
            self.begin_anew(f"the network changed: our address is {self.route.address} now", now)

    # ------------------------------------------------------------ connecting

    def _begin(self, now: Moment) -> None:
        client = BrokerClient(self._broker, self._client_id, timeout_s=CONNECT_S)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_log = self._on_log
        will = self._session.will(now)
        client.will_set(will.topic, will.payload, will.qos)
        self._client = client
        self._greeting = self._subscribed = None
        self._complaint = ""
        self._inbox.clear()
        self._outcome.clear()
        self._state = _State.CONNECTING
        self._since = now.mono_s
        threading.Thread(target=self._connect, args=(client, self._outcome), name="connect", daemon=True).start()

    def _connect(self, client: BrokerClient, outcome: "deque[Exception | None]") -> None:
        try:
            client.open()
            outcome.append(None)
        except Exception as error:  # noqa: BLE001  whatever it is, it is why there is no connection
            outcome.append(error)
        self._wake()

    def _has_connected(self, error: Exception | None, now: Moment) -> None:
        if error is None:
            self._state = _State.GREETING
            self._since = now.mono_s
            return
        self._takeovers = 0
        self._failed(f"the broker {self._broker} cannot be reached: {error}", now)

    # ------------------------------------------------------------ connected

    def _converse(self, now: Moment) -> None:
        client = self._client
        if client is None:
            return
        gone = self._read(client) or client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS
        if self._state is _State.GREETING and self._greeting is not None:
            if self._greeting.is_failure:
                self._refused(self._greeting, now)
                return
            self._welcome(client, now)
        if self._subscribed is not None and any(code.is_failure for code in self._subscribed):
            topics = ", ".join(topic for topic, _ in self._session.subscriptions)
            text = f"the broker {self._broker} does not let us subscribe to {topics}; check our rights there"
            self._give_up(text, now, self._backoff.lost(now.mono_s - self._since, at_least_s=REFUSED_WAIT_S))
            return
        while self._inbox:
            topic, payload = self._inbox.popleft()
            self._session.received(topic, payload, now)
        if not gone and self._state is _State.CONNECTED:
            gone = not self._publish(client, self._session.collect(now, congested=client.want_write()))
            if self._session.wants_to_leave and not gone:
                self._leave(client, now)
                return
        if gone or client.socket() is None:
            self._lost(now)
        elif not self._has_said_waiting and now.mono_s - self._since > _PATIENT_S:
            self._has_said_waiting = True
            if self._session.host_online is not True:
                log.warning("the host %s is not there; readings wait in the outbox", self._session.host_id)

    def _read(self, client: Client) -> bool:
        """Take in and give out what the socket allows; return whether the connection is gone."""
        for _ in range(_PACKETS_A_STEP):
            sock: Any = client.socket()
            if sock is None:
                return True
            has_decrypted = bool(getattr(sock, "pending", int)())
            readable, writable = ready([sock], [sock] if client.want_write() else [], 0)
            if writable and client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return True
            if not readable and not has_decrypted:
                return False
            if client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return True
        return False

    def _welcome(self, client: Client, now: Moment) -> None:
        self._state = _State.CONNECTED
        self._backoff.accepted()
        client.on_log = None
        self._since = now.mono_s
        self._connections += 1
        client.subscribe(self._session.subscriptions)
        address, peer = _ends(client)
        self._session.say(address=address)
        if peer is not None:
            self.route.lead_to(peer)
        self._session.connected(now, again=self._connections > 1)
        self._has_said_waiting = False
        if self._takeovers < _TAKEOVERS_TO_SAY:
            self._trouble = ""
            self._said.clear()
            log.info("connected to %s", self._broker)

    def _publish(self, client: Client, messages: Iterable[Message]) -> bool:
        for message in messages:
            if client.publish(message.topic, message.payload, message.qos).rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return False
        return True

    # ------------------------------------------------------------ the end of a connection

    def _leave(self, client: Client, now: Moment) -> None:
        log.info("the host %s went offline; readings wait in the outbox", self._session.host_id)
        client.disconnect()
        self._flush(client, monotonic_s() + FAREWELL_S / 4, lambda: client.socket() is None)
        self._drop()
        self._retry_at = now.mono_s + self._random.uniform(0.1, 1.0) * min(3.0, self._session.timing.return_jitter_s)

    def _refused(self, code: ReasonCode, now: Moment) -> None:
        account = f"as {self._broker.username!r}" if self._broker.username else "without an account"
        self._takeovers = 0
        self._failed(
            f"the broker {self._broker} refuses us {account}: {code}; {WHAT_TO_CHECK}",
            now,
            at_least_s=REFUSED_WAIT_S,
        )

    def _lost(self, now: Moment) -> None:
        lasted_s = now.mono_s - self._since
        if self._state is _State.GREETING:
            doubt = "does it accept our certificate" if self._broker.cert_file else "is it an MQTT 3.1.1 broker"
            text = f"{self._broker} closed the connection before it answered; {doubt}?"
            self._failed(text, now, detail=self._complaint)
            return
        self._takeovers = self._takeovers + 1 if lasted_s < STABLE_S else 1
        if self._takeovers >= _TAKEOVERS_TO_SAY:
            text = (
                f"the broker {self._broker} keeps closing our connection; most likely another agent has the same site"
                f" and id (client id {self._client_id}), as on a cloned disk: give this one its own [agent] id"
            )
        else:
            text = f"the connection to {self._broker} was lost"
        self._give_up(text, now, self._backoff.lost(lasted_s))

    def _failed(self, text: str, now: Moment, *, detail: str = "", at_least_s: float = 0.0) -> None:
        self._give_up(text, now, self._backoff.failed(at_least_s=at_least_s), detail=detail)

    def _give_up(self, text: str, now: Moment, wait_s: float, *, detail: str = "") -> None:
        self._drop()
        self._retry_at = now.mono_s + wait_s
        self._say(text, detail, now)

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None and self._state is not _State.CONNECTING:
            client.on_message = client.on_connect = client.on_disconnect = client.on_subscribe = client.on_log = None
            sock: Any = client.socket()
            if sock is not None:
                sock.close()
        self._state = _State.IDLE
        self._session.disconnected()

    def _flush(self, client: Client, until: float, done: Callable[[], bool]) -> None:
        while not done():
            sock: Any = client.socket()
            left = until - monotonic_s()
            if sock is None or left <= 0:
                return
            readable, writable = ready([sock], [sock] if client.want_write() else [], left)
            if writable:
                client.loop_write()
            if readable and client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return

    def _say(self, trouble: str, detail: str, now: Moment) -> None:
        """Say what keeps us from reporting: each trouble rarely, also where two take turns; its detail may change."""
        self._trouble = f"{trouble} ({detail})" if detail else trouble
        if now.mono_s - self._said.get(trouble, -REPEAT_LOG_S) >= REPEAT_LOG_S:
            if len(self._said) >= _MOST_SAID:
                self._said.clear()
            self._said[trouble] = now.mono_s
            log.warning("%s; readings wait in the outbox", self._trouble)

    # ------------------------------------------------------------ paho's callbacks: they only take notes

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _props: Properties | None
    ) -> None:
        self._greeting = reason

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._inbox.append((message.topic, bytes(message.payload)))

    def _on_log(self, _client: Client, _data: object, level: int, text: str) -> None:
        if level == _PAHO_ERROR:
            self._complaint = text

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _props: Properties | None
    ) -> None:
        self._subscribed = reasons

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _props: Properties | None,
    ) -> None:
        self._wake()


def _is_under_way(info: MQTTMessageInfo) -> bool:
    """Tell whether a message may still reach the broker; paho's `is_published` raises for one that it refused."""
    return info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS and not info.is_published()


def _ends(client: Client) -> tuple[str, Any]:
    """Return the address by which the broker's network knows this computer, and the broker's as sockets name it."""
    sock: Any = client.socket()
    sock = getattr(sock, "_socket", sock)
    try:
        return str(sock.getsockname()[0]), sock.getpeername()
    except (OSError, AttributeError):
        return "", None
