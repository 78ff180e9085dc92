"""The built wheel, installed the way users install it, works from any folder."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).parent / "uv"


def run(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(w) for w in words], cwd=cwd, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def environment(folder: Path, wheel: Path, lock: str) -> Path:
    """Return the scripts folder of a new environment with the wheel and what `lock` names."""
    run(UV, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
    python = folder / "venv/bin/python"
    run(UV, "pip", "sync", "--quiet", "--python", python, ROOT / f"requirements/{lock}.txt", cwd=folder)
    run(UV, "pip", "install", "--quiet", "--no-deps", "--python", python, wheel, cwd=folder)
    return folder / "venv/bin"


def test_the_wheel_carries_rules_dashboard_and_profiles(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "roomtone.py" in names
    assert "collector/data/rules/recording-classroom.yaml" in names
    assert "collector/data/rules/agreements/default.yaml" in names
    assert "collector/data/dashboard/index.html" in names
    assert "agent/profiles/ups-mib.yaml" in names
    assert not any("snmprec" in name or name.startswith(("tests/", "bench/")) for name in names)


def test_the_base_install_is_an_agent_that_reads_this_machine(wheel: Path, tmp_path: Path) -> None:
    scripts = environment(tmp_path, wheel, "agent")
    rows = [
        json.loads(line) for line in run(scripts / "roomtone", "agent", "once", "--json", cwd=tmp_path).splitlines()
    ]
    assert {"system.cpu.utilization", "system.memory.utilization"} <= {row["metric"] for row in rows}
    answer = subprocess.run(
        [str(scripts / "roomtone"), "up"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 2
    assert "roomtone[collector]" in answer.stderr


def test_the_full_install_checks_its_own_rules(wheel: Path, tmp_path: Path) -> None:
    scripts = environment(tmp_path, wheel, "collector")
    assert "roomtone" in run(scripts / "roomtone", "--version", cwd=tmp_path)
    assert "--demo" in run(scripts / "roomtone", "up", "--help", cwd=tmp_path)
    run(scripts / "roomtone", "rules", "check", cwd=tmp_path)
