"""The broker is down for an hour, in seconds: all of it arrives, in order, behind what is live, at a flat cost."""

import itertools
import time
from pathlib import Path

import psutil

from agent.now import Moment, moment
from agent.outbox import Outbox
from agent.ready import ready
from agent.sample import Sample
from agent.uplink.address import BrokerAddress
from agent.uplink.backlog import Timing
from agent.uplink.birth import NodeIdentity
from agent.uplink.mqtt import MqttUplink
from agent.uplink.session import EdgeSession
from tests.brokers import Broker
from tests.contract.edge import WireHost
from tests.plain_host import PlainHost
from tests.waiting import until
from wire.payload import Datatype

HOUR = 3600
DEVICES = ("", "cam", "ups")
METRIC = "test.count"


class FastAgent:
    """An agent that reads a step whenever the test says so; steps are a second apart on its grid."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.outbox = Outbox.open(folder)
        identity = NodeIdentity(site="east", agent="pc1", interval_s=1)
        timing = Timing(backlog_per_s=2000.0, burst=40, rewind_s=3.0, return_jitter_s=0.1)
        self.session = EdgeSession(identity, self.outbox, host_id="roomtone", timing=timing)
        address = BrokerAddress(
            host=broker.host, port=broker.port, username=broker.username, password=broker.password, keepalive_s=4
        )
        self.uplink = MqttUplink(address, "pc1", self.session, wake=lambda: None)
        self.start_ms = moment().at_ms - 2 * HOUR * 1000
        self.steps = 0

    def read(self) -> int:
        """Read the next step and return its stamp, ms."""
        self.steps += 1
        now = moment()
        at_ms = self.start_ms + self.steps * 1000
        sample = Sample(METRIC, float(self.steps), Datatype.DOUBLE, "1")
        for device in DEVICES[1:]:
            self.session.device_up(device, "other", {})
        self.session.report(at_ms, {device: [sample] for device in DEVICES}, Moment(at_ms, now.mono_s))
        self.uplink.step(now)
        return at_ms

    def work(self, seconds: float) -> None:
        """Do what a loop does, for so long."""
        until_s = time.monotonic() + seconds
        while (left := min(until_s, self.uplink.next_due()) - time.monotonic()) > 0 or time.monotonic() < until_s:
            ready(*self.uplink.sockets(), max(0.001, left))
            self.uplink.step(moment())

    def is_born(self) -> bool:
        self.uplink.step(moment())
        return self.session.is_born


def test_an_hour_without_a_broker_is_made_up_for(broker: Broker, tmp_path: Path) -> None:
    host = WireHost(broker, PlainHost("east", "pc1"))
    host.go_online()
    agent = FastAgent(broker, tmp_path / "agent")
    agent.read()
    until(agent.is_born, what="the birth")
    host.see(lambda n: n.stored, "the first step")
    host.go_offline()
    broker.kill()
    until(lambda: not agent.is_born(), what="the agent has noticed")

    process = psutil.Process()
    memory, cpu = [], []
    for _ in range(4):
        before = time.process_time()
        for _ in range(HOUR // 4):
            agent.read()
        cpu.append(time.process_time() - before)
        memory.append(process.memory_info().rss)
    assert agent.outbox.depth >= HOUR * len(DEVICES)
    assert memory[-1] - memory[0] < 4e6, "what waits is on disk"
    assert cpu[-1] < 2 * cpu[0] + 0.2, "a full outbox costs no more than an empty one"

    broker.start()
    host.go_online()
    until(agent.is_born, what="a birth", timeout_s=45)
    live: dict[int, int] = {}

    def all_is_stored() -> bool:
        with host.lock:
            behind = sum(1 for s in host.node.stored if s.is_historical)
        live[agent.read()] = behind
        agent.work(0.1)
        return agent.outbox.depth < 3 * len(DEVICES)

    until(all_is_stored, what="all is stored", timeout_s=60)
    host.go_offline()
    agent.uplink.farewell("service", moment())
    agent.outbox.close()

    node = host.node
    for device in DEVICES:
        steps = [int(str(s.value).partition(".")[0]) for s in node.stored if (s.device, s.name) == (device, METRIC)]
        assert set(range(1, agent.steps - 3)) <= set(steps), f"{device}: every step"
        assert len(steps) == len(set(steps)), f"{device}: once"
        old = [s.at_ms for s in node.stored if s.device == device and s.is_historical]
        assert all(a < b for a, b in itertools.pairwise(old)), f"{device}: in order"
    behind = 0
    waited = []
    for stored in node.stored:
        behind += stored.is_historical
        if stored.at_ms in live and not stored.device and not stored.is_historical:
            waited.append(behind - live[stored.at_ms])
    assert len(waited) > 10
    assert sorted(waited)[len(waited) // 2] < 0.1 * HOUR * len(DEVICES), "live data do not wait for the backlog"
