"""Pages and their cursors."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.api.paging import page_of, read_cursor, write_cursor
from collector.api.problems import ProblemError


@given(st.lists(st.text(), unique=True, max_size=40), st.integers(1, 10))
def test_pages_hold_every_item_once_and_in_order(items: list[str], limit: int) -> None:
    found: list[str] = []
    cursor = None
    while True:
        page, cursor = page_of(items, id_of=str, limit=limit, cursor=cursor)
        found += page
        if cursor is None:
            break
    assert found == items


@given(st.integers(-(1 << 61), 1 << 61), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_cursor_is_read_as_it_was_written(number: int, text: str) -> None:
    assert read_cursor(write_cursor(number, text), int, str) == (number, text)


def coded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["", "!", "abc", "é", coded("[1]"), coded('{"a":1}'), coded("[true,1]"), coded(f"[{1 << 70}]"), coded("[" * 700)],
    ids=["empty", "no base64", "no JSON", "not ASCII", "too short", "no list", "no number", "too large", "too deep"],
)
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read_cursor(cursor, int, int)
    assert refused.value.status == 400


@given(st.text())
def test_no_cursor_does_more_than_be_refused(cursor: str) -> None:
    with pytest.raises(ProblemError):
        read_cursor(cursor, int, int)
