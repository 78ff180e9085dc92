"""A computer of a test's own: Linux namespaces with disks and networks that a test may fill, unplug and renumber."""

import functools
import subprocess
import sys

import pytest

from tests.conftest import ROOT

_APART = ["unshare", "--user", "--map-root-user", "--mount", "--net"]


@functools.cache
def _why_not() -> str:
    """Return why there is none here, "" where there is."""
    try:
        tried = subprocess.run(
            [*_APART, "sh", "-c", "mount -t tmpfs none /mnt && ip link add v0 type veth peer name v1"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return tried.stderr.strip() or "it may not be made" if tried.returncode else ""


def run_apart(script: str, *words: str) -> str:
    """Run a Python script on such a computer and return what it printed; skip the test where there can be none."""
    if _why_not():
        pytest.skip(f"no namespaces here: {_why_not()}")
    done = subprocess.run(
        [*_APART, sys.executable, "-c", script, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
