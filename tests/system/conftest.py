"""One house for the tests that need no other."""

from collections.abc import Iterator

import pytest

from tests.house import House, house


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`roomtone up` without an agent of its own, shared by the tests of a module."""
    with house(tmp_path_factory.mktemp("house"), "--no-agent") as made:
        yield made
