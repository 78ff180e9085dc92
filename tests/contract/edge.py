"""A real agent process beside a host made by hand, over a real broker."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import paho.mqtt.client as mqtt
import psutil
from paho.mqtt.enums import CallbackAPIVersion

from tests.brokers import Broker
from tests.plain_host import PlainHost
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
STATE = "spBv1.0/STATE/roomtone"


class WireHost:
    """Puts a `PlainHost` on a broker: STATE with its will, subscription, acknowledgements when `acknowledges`."""

    def __init__(self, broker: Broker, node: PlainHost, *, acknowledges: bool = True) -> None:
        self.node = node
        self.acknowledges = acknowledges
        self.lock = threading.Lock()
        self._broker = broker
        self._client: mqtt.Client | None = None
        self._stamp = 0

    def go_online(self) -> None:
        """Connect, subscribe, and say so."""
        # A host's birth and death carry the time of its CONNECT; two of a host are never the same instant.
        stamp = self._stamp = max(self._stamp + 1, time.time_ns() // 1_000_000)
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="testhost")
        client.username_pw_set(self._broker.username, self._broker.password)
        client.will_set(STATE, json.dumps({"online": False, "timestamp": stamp}), qos=1, retain=True)
        ready = threading.Event()

        def subscribed(*_: object) -> None:
            # Also after the broker's return, which may have lost what it retained, and us a birth.
            ready.set()
            client.publish(STATE, json.dumps({"online": True, "timestamp": stamp}), qos=1, retain=True)
            if self.node.kinds:
                client.publish(self.node.command_topic, self.node.rebirth(), qos=0)

        client.on_connect = lambda c, *_: c.subscribe(f"spBv1.0/{self.node.site}/#", 0)
        client.on_subscribe = subscribed
        client.on_message = self._take
        client.connect(self._broker.host, self._broker.port, keepalive=10)
        client.loop_start()
        assert ready.wait(10)
        self._client = client

    def go_offline(self) -> None:
        """Say so and leave."""
        client, self._client = self._client, None
        if client is not None:
            said = json.dumps({"online": False, "timestamp": self._stamp})
            client.publish(STATE, said, qos=1, retain=True).wait_for_publish(5)
            client.disconnect()
            client.loop_stop()

    def ask(self, payload: bytes) -> None:
        """Send an NCMD."""
        if self._client is not None:
            self._client.publish(self.node.command_topic, payload, qos=0)

    def see(self, condition: Callable[[PlainHost], object], what: str, timeout_s: float = 15.0) -> None:
        """Wait until something is true of what the node said."""

        def seen() -> object:
            with self.lock:
                return condition(self.node)

        try:
            until(seen, timeout_s=timeout_s, what=what)
        except AssertionError as error:
            raise AssertionError(f"{error}; said: {self.node.kinds[-30:]}, faults: {self.node.faults}") from None

    def _take(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if "/NCMD/" in message.topic:
            return
        with self.lock:
            self.node.take(message.topic, message.payload)
            if self.acknowledges and message.topic.split("/")[2].endswith("DATA"):
                for epoch in self.node.epochs:
                    client.publish(self.node.command_topic, self.node.acknowledgement(epoch), qos=0)


class Door(Protocol):
    """Where a broker is, and an account there."""

    @property
    def url(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...


class AgentProcess:
    """`roomtone agent run` with a generated agent.toml; `extra` begins in its [broker] table."""

    def __init__(
        self, broker: Door, directory: Path, *, agent: str = "pc1", extra: str = "", password: str = ""
    ) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "password").write_text(password or broker.password)
        self.config = directory / "agent.toml"
        self.config.write_text(
            f'[agent]\nid = "{agent}"\nsite = "east"\nroom = "a101"\ninterval_s = 0.2\ndata_dir = "data"\n'
            f'[broker]\nurl = "{broker.url}"\nusername = "{broker.username}"\npassword_file = "password"\n'
            f"keepalive_s = 2\n{extra}"
        )
        self.popen: subprocess.Popen[bytes] | None = None

    def start(self) -> "AgentProcess":
        with (self.directory / "agent.log").open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-OO", "-m", "roomtone", "agent", "run", "--config", str(self.config)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    @property
    def log(self) -> str:
        return (self.directory / "agent.log").read_text()

    def signal(self, number: int) -> None:
        assert self.popen is not None
        self.popen.send_signal(number)

    def cpu_share(self, seconds: float = 2.0) -> float:
        """Return the share of a core that it takes, its start aside."""
        assert self.popen is not None
        process = psutil.Process(self.popen.pid)

        def used() -> float:
            times = process.cpu_times()
            return times.user + times.system

        before, start = used(), time.monotonic()
        until(lambda: time.monotonic() - start > seconds, timeout_s=seconds + 5)
        return (used() - before) / (time.monotonic() - start)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.popen is not None
        self.popen.wait(10)

    def stop(self) -> int:
        assert self.popen is not None
        with contextlib.suppress(ProcessLookupError):
            self.popen.send_signal(signal.SIGCONT)
            self.popen.terminate()
        return self.popen.wait(10)


@contextlib.contextmanager
def agent_at(broker: Door, directory: Path, **options: str) -> Iterator[AgentProcess]:
    """An agent that runs while the block does."""
    process = AgentProcess(broker, directory, **options).start()
    try:
        yield process
    finally:
        process.stop()
