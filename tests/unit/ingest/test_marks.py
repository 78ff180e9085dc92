"""Ranges of entry numbers behave as the set of numbers would."""

from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.watermark import Marks

NUMBERS = st.integers(0, 40)
RANGES = st.tuples(NUMBERS, NUMBERS).map(sorted).map(tuple)


@given(st.lists(st.one_of(NUMBERS, RANGES), max_size=40))
def test_marks_are_a_set(steps: list[int | tuple[int, int]]) -> None:
    marks, done = Marks(), set[int]()
    for step in steps:
        if isinstance(step, int):
            marks.add(step)
            done.add(step)
        else:
            fresh = set(range(step[0], step[1] + 1)) - done
            assert marks.add_range(*step) == len(fresh)
            done |= fresh
        assert [marks.has(number) for number in range(-1, 43)] == [number in done for number in range(-1, 43)]
        contiguous = 0
        while contiguous + 1 in done:
            contiguous += 1
        assert marks.stored_up_to == contiguous
        gaps = sum(1 for number in done if number - 1 not in done)
        assert marks.ranges == gaps


def test_millions_of_entries_in_a_row_are_one_range() -> None:
    marks = Marks()
    for number in range(1, 100_001):
        marks.add(number)
    assert (marks.ranges, marks.stored_up_to) == (1, 100_000)
