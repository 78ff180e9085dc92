"""The outbox in memory: every sentence of "nothing is deleted before it is stored" that is about the agent's side."""

import contextlib
from itertools import count
from pathlib import Path

import pytest

from agent.entry import Bounds, Draft, EpochState
from agent.outbox import Outbox, random_epoch

NOW = 1_000_000_000
BODY = bytes(36)
COST = 100  # of an entry with that body


def names() -> "count[int]":
    return count(1)


def outbox(**bounds: float) -> Outbox:
    numbers = names()
    return Outbox.open(None, Bounds(**bounds), make_epoch=lambda: f"run{next(numbers)}")  # type: ignore[arg-type]


def put(box: Outbox, number: int, *, at_ms: int = NOW) -> None:
    for _ in range(number):
        box.append([Draft(device="", at_ms=at_ms, body=BODY)], at_ms)


def held(box: Outbox, epoch: str = "run1") -> list[int]:
    return [entry.id for entry in box.entries(epoch, 0, 10_000)]


def test_an_epoch_is_random_at_each_start() -> None:
    epochs = {random_epoch() for _ in range(1000)}
    assert len(epochs) == 1000
    assert Outbox.open(None).epoch != Outbox.open(None).epoch


def test_entries_are_numbered_from_one_without_holes() -> None:
    box = outbox()
    made = box.append([Draft(device="", at_ms=NOW, body=BODY), Draft(device="ups", at_ms=NOW, body=BODY)], NOW)
    assert [(e.epoch, e.id, e.device) for e in made] == [("run1", 1, ""), ("run1", 2, "ups")]
    put(box, 1)
    assert held(box) == [1, 2, 3]
    assert box.epochs() == [EpochState(epoch="run1", first=1, acked=0, last=3)]


def test_an_acknowledgement_covers_every_id_up_to_it() -> None:
    box = outbox()
    put(box, 5)
    assert box.acknowledge("run1", 3) == EpochState(epoch="run1", first=1, acked=3, last=5)
    assert box.depth == 2


@pytest.mark.parametrize(("epoch", "up_to"), [("another", 1), ("run1", 6), ("run1", -1), ("", 1)])
def test_a_word_on_an_epoch_not_held_or_an_id_never_given_is_void(epoch: str, up_to: int) -> None:
    box = outbox()
    put(box, 5)
    assert box.acknowledge(epoch, up_to) is None
    assert box.depth == 5


def test_a_grace_tail_is_kept_and_waits_again_when_the_word_goes_back() -> None:
    box = outbox()
    put(box, 5)
    box.acknowledge("run1", 5)
    put(box, 1)
    assert held(box) == [1, 2, 3, 4, 5, 6]
    assert box.depth == 1
    box.acknowledge("run1", 2)
    assert box.depth == 4


def test_the_grace_tail_is_bounded_in_bytes() -> None:
    box = outbox(grace_bytes=3 * COST)
    put(box, 10)
    box.acknowledge("run1", 8)
    put(box, 1)
    assert held(box) == [6, 7, 8, 9, 10, 11]
    assert box.dropped == 0


def test_the_grace_tail_is_bounded_in_age() -> None:
    box = outbox(grace_age_s=60)
    put(box, 3)
    box.acknowledge("run1", 3)
    put(box, 1, at_ms=NOW + 60_000)
    assert held(box) == [1, 2, 3, 4]
    put(box, 1, at_ms=NOW + 60_001)
    assert held(box) == [4, 5]
    assert box.dropped == 0


def test_a_word_that_goes_back_keeps_the_grace_bytes_right() -> None:
    box = outbox(grace_bytes=4 * COST)
    put(box, 10)
    box.acknowledge("run1", 4)
    put(box, 1)
    box.acknowledge("run1", 0)
    put(box, 1)
    box.acknowledge("run1", 4)
    put(box, 1)
    assert held(box)[0] == 1
    box.acknowledge("run1", 5)
    put(box, 1)
    assert held(box)[0] == 2


def test_a_full_outbox_drops_its_oldest_and_counts_them() -> None:
    box = outbox(max_bytes=5 * COST)
    put(box, 8)
    assert held(box) == [4, 5, 6, 7, 8]
    assert box.dropped == 3
    assert box.depth == 5
    assert box.current() == EpochState(epoch="run1", first=4, acked=0, last=8)


def test_a_full_outbox_gives_up_its_grace_tail_before_anything_that_waits() -> None:
    box = outbox(max_bytes=5 * COST)
    put(box, 5)
    box.acknowledge("run1", 2)
    put(box, 2)
    assert held(box) == [3, 4, 5, 6, 7]
    assert box.dropped == 0


def test_entries_that_wait_too_long_are_dropped_and_counted() -> None:
    box = outbox(max_age_s=3600)
    put(box, 3)
    put(box, 1, at_ms=NOW + 3_600_001)
    assert held(box) == [4]
    assert box.dropped == 3


def test_an_outbox_that_dropped_its_oldest_trims_again() -> None:
    box = outbox(max_bytes=5 * COST, grace_bytes=0)
    put(box, 8)
    box.acknowledge("run1", 8)
    assert box.depth == 0
    put(box, 1)
    assert held(box) == [9]


def test_the_newest_entry_stays_however_small_the_bound() -> None:
    box = outbox(max_bytes=1)
    put(box, 3)
    assert held(box) == [3]


def test_a_word_below_what_was_dropped_counts_only_what_is_there() -> None:
    box = outbox(max_bytes=5 * COST)
    put(box, 8)
    box.acknowledge("run1", 6)
    box.acknowledge("run1", 1)
    assert box.depth == 5


def test_the_oldest_that_waits_is_known() -> None:
    box = outbox()
    assert box.oldest_ms is None
    for n in range(3):
        put(box, 1, at_ms=NOW + n)
    assert box.oldest_ms == NOW
    box.acknowledge("run1", 1)
    assert box.oldest_ms == NOW + 1
    box.acknowledge("run1", 3)
    assert box.oldest_ms is None


def test_session_numbers_go_round_at_256() -> None:
    box = outbox()
    assert [box.next_bdseq() for _ in range(258)] == [*range(256), 0, 1]


def test_what_the_collector_was_told_of_is_remembered() -> None:
    box = outbox(max_bytes=5 * COST)
    put(box, 8)
    box.tell(2)
    box.tell(1)
    assert box.told == 2


def test_a_disk_that_fails_from_the_start_has_an_epoch_before_its_first_entry(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").mkdir()
    with contextlib.closing(Outbox.open(tmp_path)) as outbox:
        assert outbox.current().epoch == outbox.epoch
