"""The command line: what it prints, and with which status it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import roomtone
from agent.cli import main
from agent.start import plain_run

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two readings that rates need may be close together here."""
    monkeypatch.setattr("agent.once.APART_S", 0.05)


def test_once_prints_every_reading_of_this_computer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "once"]) == 0
    said = capsys.readouterr().out
    assert "system.memory.utilization  0." in said


def test_once_prints_json_one_object_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(
        '[agent]\nsite = "east"\n[host]\nenabled = false\n[process]\nwatch = ["录播"]\n', encoding="utf-8"
    )
    assert main(["agent", "once", "--json", "--config", str(tmp_path / "agent.toml")]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"device": "", "metric": "process.count", "instance": "录播", "value": 0, "unit": "{process}"}
    ]


def test_once_tells_what_went_wrong_and_ends_with_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(
        '[agent]\nsite = "east"\n[host]\nenabled = false\n[[ping]]\ntarget = "no-such-host.invalid"\nport = 80\n'
    )
    assert main(["agent", "once", "--config", str(tmp_path / "agent.toml")]) == 1
    assert "ping:no-such-host.invalid:80: no-such-host.invalid cannot be found" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["run", "once", "check"])
def test_a_bad_file_is_told_with_every_mistake_and_ends_with_2(
    verb: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "agent.toml"
    file.write_text("[agent]\nid = 5\nroll = 1\n")
    assert main(["agent", verb, "--config", str(file)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 3
    assert f"{file}:2:1: agent.id: must be a text in quotes, not 5" in said.err


@pytest.mark.parametrize("words", [[], ["agent"], ["agent", "fly"], ["agent", "run"], ["agent", "once", "--colour"]])
def test_wrong_usage_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "usage: roomtone" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["agent", "--help"], ["agent", "run", "--help"], ["agent", "check", "--help"]])
def test_help_has_examples(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert "roomtone agent run --config agent.toml" in capsys.readouterr().out


def test_check_says_what_is_reachable_and_what_is_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, free_port: object
) -> None:
    port = free_port() if callable(free_port) else 0
    (tmp_path / "agent.toml").write_text(
        f'[agent]\nsite = "east"\ndata_dir = "data"\n[host]\nenabled = false\n[process]\nwatch = ["x"]\n'
        f'[broker]\nurl = "mqtt://127.0.0.1:{port}"\n'
    )
    assert main(["agent", "check", "--config", str(tmp_path / "agent.toml")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["good", str(tmp_path / "agent.toml")],
        ["good", "outbox:"],
        ["PROBLEM", "broker"],
        ["good", "process:"],
    ]
    assert "cannot be reached" in lines[2]


def test_an_agent_without_snmp_or_tls_loads_nothing_heavy() -> None:
    heavy = ["asyncio", "yaml", "pysnmp", "gufo", "pydantic", "cryptography", "numpy", "agent.snmp.poll"]
    heavy += ["ssl", "_hashlib", "urllib.request", "email", "shutil", "google.protobuf.internal.python_message"]
    ours = "agent.cli, agent.loop, agent.probes.host, agent.probes.process"
    code = f"import sys, {ours}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-OO", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "is_plain"),
    [
        (["agent", "run", "--config", "agent.toml"], True),
        (["agent", "run", "--verbose", "--config=agent.toml"], True),
        (["agent", "run", "--help"], False),
        (["agent", "run"], False),
        (["agent", "run", "--config"], False),
        (["agent", "run", "--config", "a", "--config", "b"], False),
        (["agent", "run", "--config", "a", "b"], False),
        (["agent", "check", "--config", "agent.toml"], False),
    ],
    ids=["plain", "verbose", "help", "no file", "no name", "two files", "one word too many", "another verb"],
)
def test_a_service_starts_without_argparse_and_whatever_needs_it_gets_it(words: list[str], is_plain: bool) -> None:
    assert (plain_run(words) is not None) is is_plain


def test_a_service_is_told_all_mistakes_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "agent.toml"
    file.write_text('[agent]\nsite = "East"\ninterval_s = "x"\n')
    assert roomtone.main(["agent", "run", "--config", str(file)]) == 2
    said = capsys.readouterr().err
    assert "agent.toml:2:1: agent.site" in said
    assert "agent.toml:3:1: agent.interval_s" in said
