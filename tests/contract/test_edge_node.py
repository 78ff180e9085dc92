"""The agent as an edge node, over both brokers, judged by a host that shares no code with it."""

import itertools
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Broker
from tests.contract.edge import AgentProcess, WireHost, agent_at
from tests.plain_host import PlainHost
from tests.waiting import until

CPU = "system.cpu.utilization"
MEMORY = "system.memory.utilization"
AWAY_S = 1.2


@pytest.fixture
def host(broker: Broker) -> Iterator[WireHost]:
    made = WireHost(broker, PlainHost("east", "pc1"))
    made.go_online()
    yield made
    made.go_offline()


def gaps(node: PlainHost) -> set[int]:
    """Steps between readings of one metric, in ms."""
    stamps = sorted(s.at_ms for s in node.stored if s.name == MEMORY)
    return {b - a for a, b in itertools.pairwise(stamps)}


def test_an_agent_is_born_reports_on_its_grid_and_says_goodbye(host: WireHost, broker: Broker, tmp_path: Path) -> None:
    with agent_at(broker, tmp_path / "pc1") as agent:
        host.see(lambda n: len(n.values(CPU)) >= 5, "five readings of the processor")
        assert agent.stop() == 0
    host.see(lambda n: n.kinds[-1] == "NDEATH", "the death")
    node = host.node
    assert node.faults == []
    assert node.kinds[0] == "NBIRTH"
    assert node.born[""].value("Properties/Room") == "a101"
    assert node.born[""].value("Properties/Agent Version")
    assert node.told == "service"
    assert all(gap % 200 == 0 for gap in gaps(node))
    assert min(gaps(node)) > 0
    # One death of the agent's own word; the broker adds none after a clean disconnect.
    assert node.kinds.count("NDEATH") == 1


def test_rebirths_acknowledgements_and_repeats(host: WireHost, broker: Broker, tmp_path: Path) -> None:
    with agent_at(broker, tmp_path / "pc1"):
        host.see(lambda n: len(n.values(CPU)) >= 2, "readings")
        births = host.node.kinds.count("NBIRTH")
        host.ask(host.node.rebirth())
        host.see(lambda n: n.kinds.count("NBIRTH") > births, "another birth")
        with host.lock:
            host.node.lose(3)
        epoch = host.node.epochs[host.node.epoch]
        # The gap shows with the first entry after it, so a host that has just lost the last of three sees none yet.
        host.see(lambda n: any(s.is_historical for s in n.stored), "what was lost comes again")
        host.see(lambda n: not epoch.above, "no gap is left")
        host.acknowledges = False
        up_to = epoch.up_to
        host.ask(host.node.acknowledgement(up_to=1))
        host.see(lambda n: n.duplicates >= up_to - 1, "a collector restored from backup gets its entries again")
    assert host.node.faults == []


def test_nothing_read_while_host_or_broker_is_away_is_lost(host: WireHost, broker: Broker, tmp_path: Path) -> None:
    with agent_at(broker, tmp_path / "pc1") as agent:
        host.see(lambda n: len(n.values(MEMORY)) >= 2, "readings")
        host.go_offline()
        host.go_online()
        host.see(lambda n: n.alive and n.bdseq != 0 and n.epochs[n.epoch].up_to > 5, "a birth after the host's return")
        with host.lock:
            before = host.node.bdseq
        broker.kill()
        until(lambda: "was lost" in agent.log, what="the agent has noticed")
        down_since = time.monotonic()
        until(lambda: time.monotonic() > down_since + AWAY_S)
        broker.start()
        # Each try has a number of its own, also one that found the broker down.
        host.see(lambda n: n.alive and n.bdseq != before, "a birth after the broker's return", 30)
        end = len(host.node.payloads)
        host.see(lambda n: len(n.payloads) > end + 5 and not n.epochs[n.epoch].above, "the rest", 30)
        with host.lock:
            assert host.node.epochs[host.node.epoch].skipped == 0
            # A busy machine may miss a step of the grid, and nothing makes up for it; five in a row were not lost so.
            assert all(gap % 200 == 0 for gap in gaps(host.node))
            assert max(gaps(host.node)) < 1000 * AWAY_S
    # The host's own connection came back later than the agent's, so it missed a message or two.
    assert [f for f in host.node.faults if "before NBIRTH" not in f and "has seq" not in f] == []


def test_a_killed_agent_sends_what_it_left_under_its_old_epoch(host: WireHost, broker: Broker, tmp_path: Path) -> None:
    with agent_at(broker, tmp_path / "pc1") as agent:
        host.see(lambda n: len(n.values(MEMORY)) >= 3, "readings")
        host.acknowledges = False
        with host.lock:
            first = host.node.epoch
            host.node.lose(10_000)
            seen = host.node.epochs[first].up_to
        until(lambda: len(host.node.payloads) > seen + 10, what="unheard data")
        agent.kill()
        host.see(lambda n: not n.alive, "the broker's word on the death")
        with host.lock:
            host.node.lose(-10_000)
        host.acknowledges = True
        agent.start()
        host.see(lambda n: n.epoch != first, "a birth under another epoch")
        host.see(lambda n: n.epochs[first].up_to > seen + 5 and not n.epochs[first].above, "the leftovers")
        assert any(s.is_historical for s in host.node.stored)
    assert host.node.faults == []


def test_a_frozen_disk_reuses_no_number(host: WireHost, broker: Broker, tmp_path: Path) -> None:
    home = tmp_path / "pc1"
    agent = AgentProcess(broker, home).start()
    try:
        host.see(lambda n: len(n.values(MEMORY)) >= 3, "readings")
        agent.kill()
        shutil.copytree(home / "data", tmp_path / "frozen")
        for _ in range(2):
            shutil.rmtree(home / "data")
            shutil.copytree(tmp_path / "frozen", home / "data")
            before = host.node.epoch
            agent.start()
            host.see(lambda n, b=before: n.epoch != b and n.epochs[n.epoch].up_to >= 5, "a new epoch")  # type: ignore[misc]
            agent.kill()
    finally:
        agent.stop()
    with host.lock:
        assert len(host.node.epochs) == 3
        assert all(epoch.skipped == 0 for epoch in host.node.epochs.values())
        stamps = [s.at_ms for s in host.node.stored if s.name == MEMORY]
    assert len(stamps) >= 3 + 5 + 5
    assert host.node.faults == []


def test_a_frozen_agent_is_noticed_and_goes_on_when_it_thaws(host: WireHost, broker: Broker, tmp_path: Path) -> None:
    with agent_at(broker, tmp_path / "pc1") as agent:
        host.see(lambda n: len(n.values(MEMORY)) >= 3, "readings")
        agent.signal(signal.SIGSTOP)
        host.see(lambda n: not n.alive, "the death of a silent agent")
        said = len(host.node.stored)
        agent.signal(signal.SIGCONT)
        host.see(lambda n: n.alive and len(n.stored) > said, "its return")
    assert host.node.faults == []
