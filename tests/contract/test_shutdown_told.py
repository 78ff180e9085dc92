"""Why an agent goes is told: the computer shuts down, the service is stopped, the computer sleeps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Broker
from tests.contract.edge import AgentProcess, WireHost, agent_at
from tests.logind_bus import FakeLogind, logind
from tests.plain_host import PlainHost
from tests.waiting import until

ADDRESS = "DBUS_SYSTEM_BUS_ADDRESS"


@pytest.fixture
def host(nats: Broker) -> Iterator[WireHost]:
    made = WireHost(nats, PlainHost("east", "pc1"))
    made.go_online()
    yield made
    made.go_offline()


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLogind]:
    with logind(tmp_path) as (made, address):
        monkeypatch.setenv(ADDRESS, address)
        yield made


def reporting(agent: AgentProcess, host: WireHost, bus: FakeLogind) -> None:
    host.see(lambda n: n.alive and len(n.stored) > 3, "readings")
    until(lambda: bus.asked, what="the agent asks for a moment before sleep and shutdown")
    assert bus.asked[0][0] == "sleep:shutdown"
    assert bus.asked[0][3] == "delay"


def test_sleep_is_told_before_and_the_agent_is_back_after(
    host: WireHost, nats: Broker, bus: FakeLogind, tmp_path: Path
) -> None:
    with agent_at(nats, tmp_path / "pc1") as agent:
        reporting(agent, host, bus)
        bus.tell("PrepareForSleep", True)
        assert bus.is_released(), "the computer may sleep"
        host.see(lambda n: n.told == "sleep" and not n.alive, "the goodbye, before the computer may sleep")
        births = host.node.kinds.count("NBIRTH")
        bus.tell("PrepareForSleep", False)
        host.see(lambda n: n.alive and n.kinds.count("NBIRTH") > births, "the return")
        until(lambda: len(bus.asked) == 2, what="the next sleep is told, too")
        with host.lock:
            assert host.node.epochs[host.node.epoch].skipped == 0
    assert host.node.faults == []


@pytest.mark.parametrize(
    ("words", "says"), [([True], "os"), ([True, False], "service"), ([], "service")],
    ids=["the computer shuts down", "it was called off", "the service is stopped"],
)  # fmt: skip
def test_a_shutdown_is_told_from_a_stop_of_the_service(
    host: WireHost, nats: Broker, bus: FakeLogind, tmp_path: Path, words: list[bool], says: str
) -> None:
    with agent_at(nats, tmp_path / "pc1") as agent:
        reporting(agent, host, bus)
        for word in words:
            held = len(bus.asked)
            bus.tell("PrepareForShutdown", word)
            if word:
                assert bus.is_released(), "the shutdown may go on"
            else:
                until(lambda n=held: len(bus.asked) > n, what="it holds the next one")  # type: ignore[misc]
        assert agent.stop() == 0
    host.see(lambda n: n.told == says, f"told {says}")


def test_a_crash_is_told_by_nobody(host: WireHost, nats: Broker, bus: FakeLogind, tmp_path: Path) -> None:
    with agent_at(nats, tmp_path / "pc1") as agent:
        reporting(agent, host, bus)
        agent.kill()
        host.see(lambda n: not n.alive, "the broker's word")
        assert host.node.told is None


def test_a_computer_without_a_bus_reports_all_the_same(
    host: WireHost, nats: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADDRESS, f"unix:path={tmp_path / 'no-bus'}")
    with agent_at(nats, tmp_path / "pc1") as agent:
        host.see(lambda n: n.alive and len(n.stored) > 3, "readings")
        assert agent.stop() == 0
    host.see(lambda n: n.told == "service", "the goodbye")
