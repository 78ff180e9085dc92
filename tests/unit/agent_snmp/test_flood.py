from agent.snmp.flood import Flood
from agent.snmp.known import KnownEngines
from agent.snmp.senders import RESOLVE_EVERY_S, Senders, plain_address
from agent.snmp.target import SnmpTarget


def test_a_storm_gets_a_quarter_and_leaves_the_others_theirs() -> None:
    flood = Flood(100, 0.0)
    assert sum(flood.allows("mad", 0.0) for _ in range(1000)) == 25
    assert sum(flood.allows("calm", 0.0) for _ in range(20)) == 20
    assert sum(flood.allows("mad", second / 10) for second in range(1, 21) for _ in range(100)) in (49, 50)


def test_all_together_are_bounded_too() -> None:
    flood = Flood(100, 0.0)
    assert sum(flood.allows(f"sender {number}", 0.0) for number in range(1000)) == 100


def test_senders_without_end_take_no_memory_without_end() -> None:
    flood = Flood(10_000, 0.0)
    for number in range(10_000):
        flood.allows(str(number), 0.0)
    assert len(flood._each) == 4096


def test_a_sender_is_known_by_its_engine_before_its_address() -> None:
    engines = KnownEngines()
    engines.learn("b", b"engine")
    targets = [
        SnmpTarget(id="a", host="ups.example"),
        SnmpTarget(id="b", host="gateway"),
        SnmpTarget(id="c", host="gateway"),
    ]
    book = {"ups.example": ["192.0.2.1", "2001:db8::1"], "gateway": ["192.0.2.9"]}
    senders = Senders(targets, engines, lambda host: book[host])
    senders.refresh(0.0)
    assert senders.of(["192.0.2.1"], b"engine") == ["b"]
    assert senders.of([plain_address("::ffff:192.0.2.1")]) == ["a"]
    assert senders.of([plain_address("2001:db8::1%eth0")]) == ["a"]
    assert senders.of(["192.0.2.9"]) == ["b", "c"]
    assert senders.of(["192.0.2.77", "192.0.2.1"]) == ["a"]
    assert senders.of(["192.0.2.77"], b"other") == []
    book["ups.example"] = ["192.0.2.2"]
    senders.refresh(1.0)
    assert senders.of(["192.0.2.2"]) == []
    senders.refresh(RESOLVE_EVERY_S)
    assert senders.of(["192.0.2.2"]) == ["a"]
