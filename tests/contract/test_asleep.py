"""A computer that slept reports again within seconds, long before its dead connection would be noticed."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from agent import now as agent_now
from agent.config import Config
from agent.loop import Agent
from agent.service import windows
from agent.steward import GOODBYE_S
from agent.tables import AgentTable
from agent.uplink.address import BrokerAddress
from tests.brokers import Broker
from tests.contract.edge import WireHost
from tests.fake_win32 import win32
from tests.plain_host import PlainHost
from tests.relay import Relay
from tests.ticker import Ticker
from tests.waiting import until

# Nobody here waits so long: what is back within seconds was not found by the silence of the broker.
KEEPALIVE_S = 600


class Desk:
    """An agent that runs, the network between it and its broker, and the host that hears of it."""

    def __init__(self, broker: Broker, relay: Relay, folder: Path) -> None:
        self.host = WireHost(broker, PlainHost("east", "pc1"))
        self.relay = relay
        self.agent = Agent(
            Config(
                agent=AgentTable(site="east", id="pc1", data_dir=folder / "agent", interval_s=0.2),
                broker=BrokerAddress(
                    host="127.0.0.1",
                    port=relay.port,
                    username=broker.username,
                    password=broker.password,
                    keepalive_s=KEEPALIVE_S,
                ),
            ),
            probes=[Ticker()],
        )

    def births(self) -> int:
        with self.host.lock:
            return self.host.node.kinds.count("NBIRTH")

    def is_back(self, births: int) -> None:
        """Wait until it is born again, and all that it read meanwhile has come."""
        self.host.see(lambda n: n.kinds.count("NBIRTH") > births, "a birth", timeout_s=10)
        with self.host.lock:
            stored = len(self.host.node.stored)
        self.host.see(lambda n: len(n.stored) > stored + 3, "readings")

        def all_of_them() -> bool:
            with self.host.lock:
                ticks = [int(float(str(s.value))) for s in self.host.node.stored if s.name == "test.ticks"]
            return sorted(ticks) == list(range(1, max(ticks) + 1))

        until(all_of_them, what="each reading, once", timeout_s=30)


@pytest.fixture
def desk(nats: Broker, tmp_path: Path) -> Iterator[Desk]:
    with closing(Relay(nats.port)) as relay:
        made = Desk(nats, relay, tmp_path)
        made.host.go_online()
        try:
            yield made
        finally:
            made.host.go_offline()


@contextmanager
def running(desk: Desk) -> Iterator[None]:
    thread = threading.Thread(target=desk.agent.run)
    thread.start()
    try:
        desk.host.see(lambda n: n.alive and len(n.stored) > 3, "readings")
        yield
    finally:
        desk.agent.stop()
        thread.join(10)


@pytest.mark.skipif(agent_now._SINCE_BOOT is None, reason="no clock here goes on while the computer sleeps")
def test_sleep_that_the_clocks_tell_of_is_followed_by_a_new_connection(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    slept_s, since_boot, day_ns = [0.0], time.clock_gettime, time.time_ns
    monkeypatch.setattr(agent_now.time, "clock_gettime", lambda clock: since_boot(clock) + slept_s[0])
    monkeypatch.setattr(agent_now.time, "time_ns", lambda: day_ns() + round(slept_s[0] * 1e9))
    with running(desk):
        births = desk.births()
        desk.relay.strand()
        slept_s[0] = 8 * 3600.0
        desk.is_back(births)
    assert "the computer slept for 28800 s, and nobody had told" in caplog.text
    assert "connecting to" in caplog.text
    assert desk.relay.connections == 2, "one connection was enough"


def test_sleep_of_which_only_its_end_is_told_is_followed_by_a_new_connection(desk: Desk) -> None:
    """As on Windows with modern standby, where no clock tells of a short sleep either."""
    with running(desk):
        births = desk.births()
        desk.relay.strand()
        desk.agent.sleep.end()
        desk.is_back(births)


class Service:
    """What the service class runs: our agent, as a steward does."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def run(self) -> None:
        self._agent.run()

    def stop(self, reason: str = "") -> None:
        self._agent.stop(reason)

    def asleep(self) -> bool:
        return self._agent.sleep.begin(GOODBYE_S)

    def awake(self) -> None:
        self._agent.sleep.end()


def test_a_windows_service_says_goodbye_before_sleep_and_is_back_after_it(desk: Desk) -> None:
    service = windows.service_class(win32(), lambda: Service(desk.agent))(["RoomtoneAgent"])
    thread = threading.Thread(target=service.SvcDoRun)
    thread.start()
    try:
        desk.host.see(lambda n: n.alive and len(n.stored) > 3, "readings")
        service.SvcOtherEx(0x0D, 0x04, None)
        desk.host.see(lambda n: n.told == "sleep" and not n.alive, "the goodbye")
        births = desk.births()
        service.SvcOtherEx(0x0D, 0x12, None)
        service.SvcOtherEx(0x0D, 0x07, None)
        desk.is_back(births)
        assert desk.relay.connections == 2, "that a person is there makes no third"
    finally:
        service.SvcStop()
        thread.join(10)
    desk.host.see(lambda n: n.told == "service", "the end of the service")
