"""What every kind of test may ask for."""

import gc
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests import ports

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

# How long one example takes is the machine's affair; a test that hangs is ended by its timeout. New examples are looked
# for at desks; what integrates a change tries the same ones each time.
settings.register_profile("roomtone", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("roomtone")

# Debian hides servers from ordinary users' PATH.
PEER_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


# Each takes minutes, so whoever begins it last is waited for.
LONGEST = frozenset({"test_storm.py", "test_stream.py"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def find_peer(name: str) -> Path | None:
    """Return where a peer's program is, None where this machine has none."""
    found = shutil.which(name, path=PEER_PATH)
    return Path(found) if found else None


def need_peer(name: str) -> Path:
    """Return where a peer's program is; skip the test where there is none, fail it in CI."""
    found = find_peer(name)
    if found is None:
        reason = f"{name} is not installed; script/bootstrap installs it where it may"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
def peer() -> Callable[[str], Path]:
    """Find a real peer by the name of its program, or skip (in CI: fail)."""
    return need_peer


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Return a loopback TCP port that nobody listens on."""

    return ports.free_port


@pytest.fixture
def shared() -> Path:
    """The folder of documents and recordings beside the checkout; skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared is not beside this checkout")
    return SHARED


def pytest_collection_finish() -> None:
    """Spare what all tests have loaded from the searches for garbage: a tenth of their time goes into those."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()
