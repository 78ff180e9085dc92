"""Real back ends for the contract suites."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import KINDS, PROGRAMS, Broker
from tests.conftest import need_peer


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """A running broker of each kind."""
    kind = request.param
    started = Broker(kind, need_peer(PROGRAMS[kind]), tmp_path / "broker")
    started.start()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Broker]:
    """A running nats-server."""
    started = Broker("nats", need_peer(PROGRAMS["nats"]), tmp_path / "broker")
    started.start()
    try:
        yield started
    finally:
        started.stop()
