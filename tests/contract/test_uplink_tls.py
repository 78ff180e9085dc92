"""The agent speaks TLS to a broker whose authority it was given, and to no other."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import make_authority
from tests.conftest import ROOT, need_peer
from tests.ports import free_ports
from tests.waiting import until


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A Mosquitto that speaks TLS only: its URL and its authority."""
    program = need_peer("mosquitto")
    authority = make_authority(tmp_path / "tls")
    (port,) = free_ports(1)
    config = tmp_path / "mosquitto.conf"
    config.write_text(
        f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\n"
        f"certfile {authority}\nkeyfile {authority.with_name('key.pem')}\nlog_dest stderr\n"
    )
    with (tmp_path / "mosquitto.log").open("wb") as log:
        process = subprocess.Popen([str(program), "-c", str(config)], stdout=log, stderr=log)
    try:
        yield f"mqtts://127.0.0.1:{port}", authority
    finally:
        process.terminate()
        process.wait(10)


def check(folder: Path, url: str, authority: Path) -> str:
    """Return what `roomtone agent check` says once the broker answers at all."""
    config = folder / "agent.toml"
    config.write_text(
        f'[agent]\nsite = "east"\ndata_dir = "data"\n[host]\nenabled = false\n'
        f'[broker]\nurl = "{url}"\nca_file = "{authority}"\nhost_id = ""\n'
    )

    def said() -> str:
        words = [sys.executable, "-m", "roomtone", "agent", "check", "--config", str(config)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        return "" if "refused" in done.stdout else done.stdout

    return until(said, what="a broker that answers")


def test_a_broker_of_the_given_authority_is_believed(broker: tuple[str, Path], tmp_path: Path) -> None:
    url, authority = broker
    assert f"good     broker {url}: accepts us" in check(tmp_path, url, authority)
    log = tmp_path / "agent.log"
    words = [sys.executable, "-OO", "-m", "roomtone", "agent", "run", "--config", str(tmp_path / "agent.toml")]
    with log.open("wb") as output:
        agent = subprocess.Popen(words, cwd=ROOT, stdout=output, stderr=output)
    try:
        until(lambda: f"connected to {url}" in log.read_text(), what="the agent's connection")
    finally:
        agent.terminate()
        assert agent.wait(10) == 0


def test_a_broker_of_another_authority_is_not(broker: tuple[str, Path], tmp_path: Path) -> None:
    url, _ = broker
    other = make_authority(tmp_path / "other")
    assert "certificate verify failed" in check(tmp_path, url, other)
