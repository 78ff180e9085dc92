"""Waiting for something to become true, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], *, timeout_s: float = 15.0, what: str = "the condition") -> T:
    """Return what `condition` answers as soon as it is truthy; fail the test when `timeout_s` has passed first."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {timeout_s} s; last answer: {answer!r}")
        time.sleep(0.01)
