"""The outbox protocol, message by message: nothing is forgotten before the host has stored it."""

from pathlib import Path

import pytest

from agent.entry import Bounds
from agent.outbox import Outbox
from tests.plain_host import PlainHost
from tests.unit.agent.line import CPU, Line, cpu, ids


@pytest.fixture
def line() -> Line:
    return Line()


# ---------------------------------------------------------------- the outbox


def test_nothing_is_trimmed_until_the_collector_says_that_it_is_stored(line: Line) -> None:
    line.connect()
    for _ in range(5):
        line.step()
    assert line.outbox.depth == 5
    line.acknowledge(3)
    assert line.outbox.depth == 2
    line.acknowledge(5)
    assert line.outbox.depth == 0


def test_what_was_read_apart_follows_as_history_behind_live_data(line: Line) -> None:
    line.connect()
    line.step()
    line.session.disconnected()
    for value in (0.1, 0.2, 0.3):
        line.step(cpu(value))
    line.connect()
    assert [(s.value, s.is_historical) for s in line.host.stored] == [
        (0.5, False),
        (0.1, True),
        (0.2, True),
        (0.3, True),
    ]
    line.step(cpu(0.4))
    assert line.host.stored[-1].is_historical is False
    assert ids(line) == 5
    assert line.host.faults == []


def test_the_first_unacknowledged_entry_is_sent_again_in_a_new_session(line: Line) -> None:
    line.connect()
    line.host.lose(2)
    line.step()
    line.step()
    line.step()
    line.acknowledge(0)
    line.session.disconnected()
    line.connect()
    assert ids(line) == 3
    assert line.host.duplicates == 1
    assert line.host.faults == []


def test_backlog_is_paced_and_live_data_goes_before_it(line: Line) -> None:
    for _ in range(200):
        line.step()
    line.connect()
    before = len(line.host.stored)
    assert before <= 10
    line.session.report(line.ms, {"": [cpu(0.9)]}, line.now)
    line.deliver()
    assert line.host.stored[before].value == 0.9
    assert line.host.stored[before].is_historical is False
    line.wait(1.0)
    assert 40 <= len(line.host.stored) - before <= 70
    line.wait(5.0)
    assert ids(line) == 201
    assert line.host.duplicates == 0


def test_what_is_not_acknowledged_is_repeated_after_the_rewind_timer(line: Line) -> None:
    line.connect()
    line.host.lose(1)
    line.step(cpu(0.1))
    line.step(cpu(0.2))
    line.acknowledge(0)
    assert line.host.values(CPU) == [0.2]
    line.wait(20)
    assert line.host.values(CPU) == [0.2, 0.1]
    assert line.host.stored[-1].is_historical
    assert ids(line) == 2
    line.acknowledge(2)
    said = len(line.host.kinds)
    line.wait(1000)
    assert len(line.host.kinds) == said


def test_a_rewind_waits_while_acknowledgements_keep_coming(line: Line) -> None:
    line.connect()
    for _ in range(100):
        line.step()
        line.acknowledge()
    assert line.host.duplicates == 0


def test_a_host_that_never_acknowledges_is_not_sent_the_same_for_ever(line: Line) -> None:
    line.connect()
    for _ in range(3):
        line.step()
    line.wait(100_000)
    assert line.host.duplicates <= 3 * 3


def test_rewinds_lose_patience_only_slowly(line: Line) -> None:
    line.connect()
    line.step()
    line.acknowledge(0)
    line.wait(3600)
    assert 20 <= line.host.duplicates <= 45


def test_a_collector_restored_from_backup_gets_its_entries_again_from_the_grace_tail(line: Line) -> None:
    line.connect()
    for value in (0.1, 0.2, 0.3):
        line.step(cpu(value))
        line.acknowledge()
    assert line.outbox.depth == 0
    host = PlainHost("east", "pc1")
    line.host = host
    line.session.disconnected()
    line.connect()
    assert host.stored == []
    host.epochs[line.outbox.epoch].up_to = 1
    line.acknowledge(1)
    line.wait(1)
    assert host.values(CPU) == [0.2, 0.3]
    assert all(s.is_historical for s in host.stored)
    assert line.outbox.depth == 2


def test_leftovers_of_an_earlier_run_are_sent_under_its_epoch_with_the_first_of_its_numbers(tmp_path: Path) -> None:
    before = Line(Outbox.open(tmp_path))
    for value in (0.1, 0.2):
        before.step(cpu(value))
    old = before.outbox.epoch
    before.outbox.close()
    after = Line(Outbox.open(tmp_path))
    after.connect()
    after.step(cpu(0.3))
    after.wait(1)
    assert after.host.epochs[old].up_to == 2
    assert after.host.epochs[after.outbox.epoch].up_to == 1
    firsts = [(p.value("Outbox/Epoch"), p.value("Outbox/First")) for _, _, p in after.host.payloads]
    assert firsts == [(after.outbox.epoch, 1), (None, None), (old, 1), (old, None)]
    after.acknowledge(2, epoch=old)
    assert after.outbox.depth == 1
    after.outbox.close()


def test_an_earlier_run_that_is_all_acknowledged_is_told_so_that_a_restored_collector_can_ask(tmp_path: Path) -> None:
    before = Line(Outbox.open(tmp_path))
    before.connect()
    before.step(cpu(0.1))
    before.step(cpu(0.2))
    before.acknowledge()
    old = before.outbox.epoch
    before.outbox.close()
    after = Line(Outbox.open(tmp_path))
    after.connect()
    after.step(cpu(0.3))
    after.wait(1)
    _, _, told = after.host.payloads[-1]
    assert [told.value(n) for n in ("Outbox/Epoch", "Outbox/First", "Node Control/Stored Up To")] == [old, 1, 2]
    after.acknowledge(1, epoch=old)
    after.wait(1)
    assert after.host.values(CPU) == [0.3, 0.2]
    after.outbox.close()


def test_a_late_word_on_an_old_epoch_trims_no_entry_of_another(line: Line) -> None:
    line.connect()
    line.step()
    line.command(line.host.acknowledgement(epoch=line.outbox.epoch, up_to=0))
    line.host.epochs["gone"] = line.host.epochs[line.outbox.epoch]
    line.acknowledge(1, epoch="gone")
    assert line.outbox.depth == 1


def test_a_word_beyond_what_was_given_out_is_void(line: Line) -> None:
    line.connect()
    line.step()
    line.acknowledge(99)
    assert line.outbox.depth == 1


# ---------------------------------------------------------------- bounds


def small() -> Outbox:
    return Outbox.open(None, Bounds(max_bytes=1500))


def test_a_full_outbox_drops_its_oldest_counts_them_and_the_birth_says_from_where_it_goes_on() -> None:
    line = Line(small())
    for _ in range(50):
        line.step()
    dropped = line.outbox.dropped
    assert dropped > 30
    assert line.session.untold_dropped == dropped
    line.connect()
    line.wait(5)
    assert line.host.born[""].value("Outbox/First") == dropped + 1
    assert line.host.epochs[line.outbox.epoch].skipped == dropped
    assert ids(line) == 50
    line.acknowledge()
    assert line.outbox.depth == 0
    assert line.host.faults == []


def test_a_bound_that_moves_within_a_session_is_told_and_the_outbox_trims_again() -> None:
    line = Line(small())
    line.connect()
    line.step()
    line.acknowledge()
    line.host.lose(10_000)
    for _ in range(50):
        line.step()
    line.host.lose(-10_000)
    line.wait(300)
    line.step()
    assert ids(line) == 52
    assert line.host.epochs[line.outbox.epoch].skipped > 0
    line.acknowledge()
    assert line.outbox.depth == 0
    assert line.host.faults == []


def test_dropped_entries_are_told_until_a_live_entry_that_says_so_is_stored() -> None:
    line = Line(small())
    for _ in range(50):
        line.step()
    assert line.session.untold_dropped > 0
    line.connect()
    line.wait(5)
    line.acknowledge()
    assert line.session.untold_dropped > 0, "only history has told of it"
    line.step()
    line.acknowledge()
    assert line.session.untold_dropped == 0
