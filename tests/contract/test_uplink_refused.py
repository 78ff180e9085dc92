"""A broker that is down, says no, or throws us out costs one line in the log and next to no CPU."""

from pathlib import Path

from tests.brokers import Broker
from tests.contract.edge import AgentProcess, WireHost, agent_at
from tests.plain_host import PlainHost
from tests.waiting import until


def said(agent: AgentProcess) -> list[str]:
    """Return the lines of an agent's log, those of its probes aside: a busy machine makes them late."""
    return [line for line in agent.log.splitlines() if " agent.probes: " not in line]


def test_a_broker_that_is_down_is_said_once(broker: Broker, tmp_path: Path) -> None:
    broker.stop()
    with agent_at(broker, tmp_path / "pc1") as agent:
        until(lambda: "cannot be reached" in agent.log, what="the line")
        assert agent.cpu_share() < 0.1
        assert agent.log.count("cannot be reached") == 1
        assert len(said(agent)) == 1


def test_a_wrong_password_is_said_once_with_what_to_do(broker: Broker, tmp_path: Path) -> None:
    with agent_at(broker, tmp_path / "pc1", password="wrong") as agent:
        until(lambda: "refuses us as 'roomtone'" in agent.log, what="the line")
        assert "check username and password_file" in agent.log
        assert agent.cpu_share() < 0.1
        assert len(said(agent)) == 1


def test_two_agents_with_one_id_do_not_chase_each_other(broker: Broker, tmp_path: Path) -> None:
    host = WireHost(broker, PlainHost("east", "pc1"))
    host.go_online()
    try:
        with agent_at(broker, tmp_path / "one") as one, agent_at(broker, tmp_path / "two") as two:
            until(
                lambda: any("another agent has the same site and id" in a.log for a in (one, two)),
                timeout_s=30,
                what="the line",
            )
            assert one.cpu_share() + two.cpu_share() < 0.2
            assert len(said(one)) + len(said(two)) < 20
    finally:
        host.go_offline()


def test_a_host_that_is_not_there_is_waited_for(broker: Broker, tmp_path: Path) -> None:
    with agent_at(broker, tmp_path / "pc1") as agent:
        until(lambda: "the host roomtone is not there" in agent.log, what="the line")
        assert agent.cpu_share() < 0.1
        assert len(said(agent)) == 2
        assert agent.stop() == 0
