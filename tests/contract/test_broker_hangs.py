"""A broker that hangs for a while: whoever tried to reach it meanwhile is back soon after it goes on.

What an agent sent to it waits there, and is taken for the agent itself when it goes on: the broker then throws the
living connection out, as it would with two clients of one id.
"""

import logging
import time

import pytest

from agent.now import moment
from agent.outbox import Outbox
from agent.sample import Sample
from agent.uplink.address import BrokerAddress
from agent.uplink.birth import NodeIdentity
from agent.uplink.client import BrokerClient
from agent.uplink.mqtt import MqttUplink
from agent.uplink.session import EdgeSession
from tests.brokers import Broker
from tests.waiting import until
from wire.payload import Datatype

# Of the rule for silent agents: half a minute after the broker's return it would be a fault.
SOON_S = 5.0


class Edge:
    """An edge node that nobody waits for."""

    def __init__(self, broker: Broker) -> None:
        self.address = BrokerAddress(
            host=broker.host, port=broker.port, username=broker.username, password=broker.password, keepalive_s=1
        )
        self.session = EdgeSession(NodeIdentity(site="east", agent="pc1", interval_s=1), Outbox.open(None))
        self.uplink = MqttUplink(self.address, "pc1", self.session, wake=lambda: None)
        self.session.report(moment().at_ms, {"": [Sample("system.uptime", 1.0, Datatype.DOUBLE, "s")]}, moment())

    @property
    def is_trying(self) -> bool:
        """Whether there is a connection."""
        return len(self.uplink.sockets()[0]) > len(self.uplink.route.sockets)

    def is_born(self) -> bool:
        self.uplink.step(moment())
        return self.session.is_born


def test_what_was_tried_meanwhile_keeps_nobody_away_when_the_broker_goes_on(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "agent.uplink")
    edge = Edge(broker)
    until(edge.is_born, what="the birth")
    broker.freeze()
    try:
        until(lambda: not edge.is_born(), what="it notices")
        tries = 0

        def has_tried_often() -> bool:
            """Thrice without an answer, and it waits for the answer to a fourth."""
            nonlocal tries
            was_trying = edge.is_trying
            edge.uplink.step(moment())
            tries += edge.is_trying and not was_trying
            return tries >= 4 and edge.is_trying

        until(has_tried_often, what="it has tried often", timeout_s=60)
        # One more of the same, as it would have sent had it given up once more.
        stale = BrokerClient(edge.address, "pc1", timeout_s=5)
        stale.open()
        sock = stale.socket()
        assert sock is not None
        sock.close()
        caplog.clear()
    finally:
        broker.thaw()
    thawed_s = time.monotonic()
    until(edge.is_born, what="the birth", timeout_s=SOON_S)

    def is_left_alone() -> bool:
        return edge.is_born() and time.monotonic() - thawed_s > SOON_S

    until(is_left_alone, what="it stays", timeout_s=2 * SOON_S)
    births = caplog.text.count("connected to")
    assert births <= 3, caplog.text
    edge.uplink.farewell("service", moment())
