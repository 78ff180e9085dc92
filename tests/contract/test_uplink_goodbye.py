"""What becomes of an agent's last words when the connection breaks under them."""

import contextlib
import socket
import struct
from collections.abc import Iterator

import pytest

from agent.now import moment
from agent.outbox import Outbox
from agent.sample import Sample
from agent.uplink.address import BrokerAddress
from agent.uplink.birth import NodeIdentity
from agent.uplink.mqtt import MqttUplink
from agent.uplink.session import EdgeSession
from tests.waiting import until
from wire.payload import Datatype

CONNACK = b"\x20\x02\x00\x00"
# SO_LINGER of no time at all: close sends a reset.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class RudeBroker:
    """Accepts one client, says CONNACK, reads what comes, and resets the connection when told to."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._peer: socket.socket | None = None

    def greet(self) -> None:
        self._peer, _ = self._listener.accept()
        self._peer.settimeout(5)
        assert self._peer.recv(4096)[0] >> 4 == 1, "not a CONNECT"
        self._peer.sendall(CONNACK)

    def reset(self) -> None:
        assert self._peer is not None
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._peer.close()

    def close(self) -> None:
        self._listener.close()
        if self._peer is not None:
            self._peer.close()


@pytest.fixture
def rude_broker() -> Iterator[RudeBroker]:
    with contextlib.closing(RudeBroker()) as broker:
        yield broker


def test_a_connection_that_breaks_during_the_goodbye_is_taken_for_gone(rude_broker: RudeBroker) -> None:
    outbox = Outbox.open(None)
    session = EdgeSession(NodeIdentity(site="east", agent="pc1", interval_s=10), outbox)
    address = BrokerAddress(host="127.0.0.1", port=rude_broker.port)
    uplink = MqttUplink(address, "pc1", session, wake=lambda: None)
    sample = Sample("system.uptime", 1.0, Datatype.DOUBLE, "s")
    session.report(moment().at_ms, {"": [sample]}, moment())
    uplink.step(moment())
    rude_broker.greet()

    def is_born() -> bool:
        uplink.step(moment())
        return session.is_born

    until(is_born, what="the birth")
    rude_broker.reset()
    uplink.farewell("service", moment())
    assert not uplink.is_connected
    assert outbox.depth == 1, "what nobody has stored waits for the next run"
