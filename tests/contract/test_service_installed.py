"""The agent is installed for good, runs under the unit's own settings on a read-only system, and leaves no trace."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import Broker
from tests.conftest import ROOT
from tests.contract.edge import WireHost
from tests.plain_host import PlainHost


def require_namespaces() -> None:
    """Skip where this user may not make a mount namespace with an overlay in it."""
    options = "lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w"
    script = f"mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w && mount -t overlay o -o {options} /etc"
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True).returncode:
        pytest.skip("needs root, and the right to mount")


def test_an_installed_agent_needs_no_more_than_its_unit_gives_it_and_leaves_no_trace(
    nats: Broker, tmp_path: Path
) -> None:
    require_namespaces()
    config = tmp_path / "agent.toml"
    (tmp_path / "mqtt.password").write_text(nats.password)
    config.write_text(
        '[agent]\nid = "pc1"\nsite = "east"\ninterval_s = 0.5\n'
        f'[broker]\nurl = "{nats.url}"\nusername = "{nats.username}"\npassword_file = "mqtt.password"\n'
    )
    host = WireHost(nats, PlainHost("east", "pc1"))
    host.go_online()
    there = subprocess.Popen(
        ["unshare", "-m", sys.executable, "-m", "tests.installed_service", str(config)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert there.stdin is not None
    assert there.stdout is not None

    def step(name: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(there.stdout.readline())  # type: ignore[union-attr]
        assert told["step"] == name, told
        return told

    try:
        assert "the agent is installed" in step("install")["said"]
        installed = step("installed")
        assert installed["shell"].endswith("nologin")
        assert installed["calls"] == [
            "daemon-reload",
            "enable roomtone-agent.service",
            "restart roomtone-agent.service",
        ]
        warmed = step("warmed")
        assert warmed["status"] == 0, warmed
        pid = step("runs")["pid"]
        host.see(lambda n: len(n.stored) > 20, "readings")
        status = dict(
            line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
        )
        assert status["Uid"].split()[0] != "0"
        assert int(status["CapBnd"], 16) == 1 << 13, "CAP_NET_RAW alone"
        assert status["NoNewPrivs"] == "1"
        there.stdin.write("\n")
        there.stdin.flush()
        ended = step("ended")
        assert ended["status"] == 0, ended
        assert "rror" not in ended["said"], ended["said"]
        assert any(name.endswith("outbox.db") for name in ended["kept"]), ended["kept"]
        assert any(name.endswith(".opt-2.pyc") for name in ended["kept"])
        host.see(lambda n: n.told == "service", "the goodbye")
        assert step("uninstall")["status"] == 0
        removed = step("removed")
        assert (removed["left"], removed["user"]) == ([], [])
        assert removed["config"] == ["agent.toml", "mqtt.password"]
    finally:
        there.stdin.close()
        there.kill()
        there.wait(20)
        host.go_offline()
