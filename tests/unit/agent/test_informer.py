"""Informs to a receiver that is there, away, another one, or not to be believed. Time is the test's."""

from random import Random

import pytest

from agent.snmp.protocol import ber
from agent.snmp.protocol.authority import Accepted, Authority, Refused
from agent.snmp.protocol.message import Secured, read_message
from agent.snmp.protocol.own_engine import OwnEngine
from agent.snmp.protocol.pdu import Varbind, answer_to
from agent.snmp.target import AuthProto, PrivProto, SnmpUser
from agent.uplink.informer import ANSWER_S, FIRST_REST_S, MOST_WAITING, TRIES, Informer

USER = SnmpUser(
    name="poller", auth_proto=AuthProto.SHA256, auth_key="authpass1", priv_proto=PrivProto.AES128, priv_key="privpass1"
)
OTHER = SnmpUser(
    name="poller",
    auth_proto=AuthProto.SHA256,
    auth_key="another-key",
    priv_proto=PrivProto.AES128,
    priv_key="privpass1",
)


class Line:
    """An informer and its receiver, on a line that the test may cut."""

    def __init__(self, *users: SnmpUser) -> None:
        self.now_s = 1000.0
        self.is_cut = False
        self.sent: list[bytes] = []
        self.taken: list[int] = []
        self.informer = Informer("the receiver", USER, self.sent.append, Random(7))
        self.receiver = self.engine("8000000001", *users)

    def engine(self, engine_id: str, *users: SnmpUser) -> Authority:
        return Authority(OwnEngine(bytes.fromhex(engine_id), 5), users or (USER,), lambda: self.now_s)

    def tell(self, value: int) -> None:
        self.informer.put([Varbind("1.3.6.1.2.1.1.7.0", ber.INTEGER, value)])

    def run(self, seconds: float = 0.0) -> None:
        """Let time pass, and everything be said that is to be said."""
        end_s = self.now_s + seconds
        while True:
            self.informer.step(self.now_s)
            while self.sent:
                data = self.sent.pop(0)
                answer = None if self.is_cut else self.answer(data)
                if answer is not None:
                    self.informer.received(answer, self.now_s)
                    self.informer.step(self.now_s)
            due_s = self.informer.next_due()
            if due_s > end_s:
                self.now_s = end_s
                return
            self.now_s = max(self.now_s, due_s)

    def answer(self, data: bytes) -> bytes | None:
        message = read_message(data)
        assert isinstance(message, Secured)
        outcome = self.receiver.receive(message)
        if isinstance(outcome, Refused):
            return outcome.report
        assert isinstance(outcome, Accepted)
        self.taken += [int(str(bind.value)) for bind in outcome.scoped.pdu.varbinds]
        return self.receiver.answer(outcome, answer_to(outcome.scoped.pdu, outcome.scoped.pdu.varbinds))


def test_informs_arrive_in_order_and_once() -> None:
    line = Line()
    for value in (1, 2, 3):
        line.tell(value)
    line.run()
    assert line.taken == [1, 2, 3]
    assert (line.informer.sent, line.informer.depth, line.informer.lost) == (3, 0, 0)
    assert line.informer.next_due() == float("inf")


def test_a_receiver_that_was_away_gets_what_waited(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    line.is_cut = True
    line.tell(1)
    line.run(60)
    line.tell(2)
    line.is_cut = False
    line.run(300)
    assert line.taken == [1, 2]
    assert len(caplog.records) == 1


def test_a_receiver_that_is_away_is_left_alone_longer_and_longer() -> None:
    line = Line()
    line.is_cut = True
    line.tell(1)
    before = line.informer._message_id
    line.run(3600)
    requests = line.informer._message_id - before
    assert TRIES < requests < TRIES * 3600 / (TRIES * ANSWER_S + 100)
    assert FIRST_REST_S < 100


def test_a_receiver_that_began_anew_or_is_another_one_is_met_again() -> None:
    line = Line()
    line.tell(1)
    line.run()
    line.receiver = line.engine("8000000002")
    line.tell(2)
    line.run(60)
    assert line.taken == [1, 2]


def test_a_receiver_that_does_not_know_us_costs_little_and_loses_nothing() -> None:
    line = Line(OTHER)
    line.tell(1)
    line.run(600)
    assert (line.informer.sent, line.informer.depth) == (0, 1)


def test_what_waits_is_bounded_and_what_was_lost_is_counted() -> None:
    line = Line()
    for value in range(MOST_WAITING + 50):
        line.tell(value)
    line.run()
    assert line.taken == list(range(50, MOST_WAITING + 50))
    assert line.informer.lost == 50


@pytest.mark.parametrize("data", [b"", b"\x30\x03\x02\x01\x03", bytes(range(256))], ids=["nothing", "short", "noise"])
def test_what_is_no_answer_is_ignored(data: bytes) -> None:
    line = Line()
    line.is_cut = True
    line.tell(1)
    line.run()
    line.informer.received(data, line.now_s)
    line.is_cut = False
    line.run(60)
    assert line.taken == [1]
