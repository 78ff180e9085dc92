from collections.abc import Iterator

import pytest

from agent.snmp.engine import WALK_LONGEST_S, WALK_MOST_OCTETS, Value, bounded
from agent.snmp.errors import NoAnswer, NotReachable
from agent.snmp.session import ABSENCE_HOLDS_S, LIMITS_HOLD_S, LONGEST_READ_S, SYS_UP_TIME, Session
from tests.unit.agent_snmp.fake_engine import FakeClock, FakeEngine

MANY = {f"1.3.6.1.9.{number}.0": number for number in range(60)} | {SYS_UP_TIME: 1}


def test_many_oids_are_asked_in_portions() -> None:
    engine = FakeEngine(MANY)
    assert Session(engine).get(list(MANY)) == MANY
    assert max(len(asked) for asked in engine.gets) <= 24


def test_a_device_that_falls_silent_at_large_requests_gets_smaller_ones_from_then_on() -> None:
    engine = FakeEngine(MANY, largest=5)
    session = Session(engine)
    assert session.get(list(MANY)) == MANY
    engine.gets.clear()
    session.get(list(MANY))
    assert max(len(asked) for asked in engine.gets) <= 5


def test_one_oid_at_which_the_device_falls_silent_spoils_nothing_but_itself() -> None:
    engine = FakeEngine(MANY, deaf=lambda oid: oid == "1.3.6.1.9.7.0")
    session = Session(engine)
    assert set(MANY) - set(session.get(list(MANY))) == {"1.3.6.1.9.7.0"}
    engine.gets.clear()
    session.get(list(MANY))
    assert len(engine.gets) == 3, "it is not asked for again, and requests stay large"


def test_one_missing_oid_spoils_nothing_but_itself() -> None:
    engine = FakeEngine(MANY, noisy=True)
    assert Session(engine).get([*MANY, "1.3.6.1.9.99.0"]) == MANY


def test_what_spoils_a_request_is_left_out_of_the_next_ones_for_a_while() -> None:
    clock, missing = FakeClock(), "1.3.6.1.9.99.0"
    engine = FakeEngine(MANY, noisy=True)
    session = Session(engine, clock)
    session.begin()
    session.get([*MANY, missing])
    engine.gets.clear()
    session.begin()
    assert session.get([*MANY, missing]) == MANY
    assert [len(asked) for asked in engine.gets] == [24, 24, 13]
    engine.values[missing] = 7
    clock.now_s += ABSENCE_HOLDS_S
    session.begin()
    assert session.get([*MANY, missing]) == {**MANY, missing: 7}


def test_a_device_that_refuses_large_requests_gets_smaller_ones_from_then_on() -> None:
    engine = FakeEngine(MANY, most_at_once=5)
    session = Session(engine)
    assert session.get(list(MANY)) == MANY
    engine.gets.clear()
    assert session.get(list(MANY)) == MANY
    assert max(len(asked) for asked in engine.gets) <= 5


def test_limits_are_learnt_anew_after_a_while_and_when_they_are_to_be_forgotten() -> None:
    clock = FakeClock()
    engine = FakeEngine(MANY, most_at_once=5)
    session = Session(engine, clock)
    session.begin()
    session.get(list(MANY))
    engine.most_at_once = 1000
    for pass_time in (lambda: setattr(clock, "now_s", clock.now_s + LIMITS_HOLD_S), session.forget):
        engine.gets.clear()
        pass_time()
        session.begin()
        assert session.get(list(MANY)) == MANY
        assert len(engine.gets[0]) == 24


def test_a_silent_device_is_told() -> None:
    engine = FakeEngine(MANY)
    engine.down = True
    with pytest.raises(NoAnswer):
        Session(engine).get(list(MANY))


def test_a_walk_is_repeated_with_fewer_repetitions() -> None:
    engine = FakeEngine(MANY, most_repetitions=8)
    assert len(Session(engine).column("1.3.6.1.9")) == 60


def test_a_walk_in_circles_ends_and_is_counted() -> None:
    rows = [("1.1", 1), ("1.2", 2), ("1.1", 1)]
    walk = bounded(iter(rows), "1", 100)
    assert (walk.rows, walk.fault) == ({"1": 1, "2": 2}, "loops")


def test_a_walk_without_end_ends_and_is_counted() -> None:
    walk = bounded(((f"1.{number}", number) for number in range(10**9)), "1", 100)
    assert (len(walk.rows), walk.fault) == (100, "endless")


def test_a_walk_that_leaves_its_tree_is_over() -> None:
    assert bounded(iter([("1.1", 1), ("2.1", 1), ("1.2", 1)]), "1", 100).rows == {"1": 1}


def test_a_walk_that_takes_too_long_or_brings_too_much_ends() -> None:
    """A device that answers each request just in time, or with texts as long as a datagram."""
    clock = FakeClock()

    def rows(value: Value, pause_s: float) -> Iterator[tuple[str, Value]]:
        for number in range(20_000):
            clock.now_s += pause_s
            yield f"1.3.6.{number}", value

    slow = bounded(rows(1, 2.0), "1.3.6", 20_000, clock)
    assert (len(slow.rows), slow.fault) == (WALK_LONGEST_S // 2 + 1, "slow")
    heavy = bounded(rows(b"x" * 60_000, 0.0), "1.3.6", 20_000, clock)
    assert (len(heavy.rows), heavy.fault) == (WALK_MOST_OCTETS // 60_000, "heavy")


def test_a_reading_that_takes_too_long_ends() -> None:
    clock = FakeClock()
    values: dict[str, Value] = {f"1.3.{number}": number for number in range(100)}
    session = Session(FakeEngine(values), clock)
    session.begin()
    assert len(session.get(list(values))) == 100
    clock.now_s += LONGEST_READ_S + 1
    for ask in (lambda: session.get(list(values)), lambda: session.column("1.3")):
        with pytest.raises(NotReachable, match="too slowly"):
            ask()
    session.begin()
    assert session.get(["1.3.5"]) == {"1.3.5": 5}
