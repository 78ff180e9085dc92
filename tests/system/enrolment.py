"""Computers that are enrolled at a house, for tests."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.house import ROOT, House, Process

ROOM = {"site": "east", "room": "a101"}


def make_code(up: House, **bound: Any) -> str:
    answer = up.post("/enrolments", bound or ROOM)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["command"] == f"roomtone agent enrol {up.url} --code {made['code']}"
    return str(made["code"])


def enrol(up: House, config: Path, *options: str, code: str, hardware: str = "") -> "subprocess.CompletedProcess[str]":
    """Run `roomtone agent enrol` as a computer of the given hardware."""
    words = ["agent", "enrol", up.url, "--code", code, "--config", str(config), *options]
    return subprocess.run(
        [sys.executable, "-m", "roomtone", *words],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "ROOMTONE_HARDWARE": hardware or str(config.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


def enrolled(up: House, config: Path, *options: str, hardware: str = "", **bound: Any) -> str:
    """Enrol a computer and return its id."""
    done = enrol(up, config, *options, code=make_code(up, **bound), hardware=hardware)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split("this computer is ")[1].split(";")[0]


def run_agent(up: House, config: Path, *, hardware: str = "") -> Process:
    """Run the agent of a computer that was enrolled."""
    log = config.parent / "agent.log"
    there = {"STATE_DIRECTORY": str(config.parent / "state"), "ROOMTONE_HARDWARE": hardware or str(config.parent)}
    process = Process(["agent", "run", "--config", str(config)], log=log, environment=there)
    up.agents[str(config)] = process
    return process


def agent(up: House, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = up.get(f"/agents/{id_}")
    return found


def account(config: Path) -> tuple[str, str]:
    text = config.read_text()
    name = next(line for line in text.splitlines() if line.startswith("username"))
    return json.loads(name.partition("=")[2]), (config.parent / "mqtt.password").read_text().strip()
