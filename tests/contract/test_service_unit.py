"""systemd itself reads the unit that we write, and says how far it is hardened."""

import subprocess
import sys
from pathlib import Path

from agent.service import systemd
from tests.conftest import ROOT, need_peer


def test_systemd_finds_no_mistake_in_the_unit(tmp_path: Path) -> None:
    analyze = need_peer("systemd-analyze")
    unit = tmp_path / systemd.UNIT.name
    unit.write_text(systemd.unit(tmp_path / "agent.toml", python=sys.executable))
    done = subprocess.run([str(analyze), "verify", str(unit)], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if systemd.NAME in line and "man" not in line]
    assert ours == [], done.stderr


def test_systemd_calls_the_unit_well_protected(tmp_path: Path) -> None:
    analyze = need_peer("systemd-analyze")
    folder = tmp_path / "etc" / "systemd" / "system"
    folder.mkdir(parents=True)
    (folder / systemd.UNIT.name).write_text(systemd.unit(tmp_path / "agent.toml"))
    words = [str(analyze), "security", "--offline=yes", f"--root={tmp_path}", "--threshold=35", systemd.UNIT.name]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_a_dry_run_at_the_command_line_needs_no_rights_and_writes_nothing(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "roomtone",
        "agent",
        "install",
        "--dry-run",
        "--config",
        str(tmp_path / "agent.toml"),
    ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--- " in done.stdout
    assert list(tmp_path.iterdir()) == []
