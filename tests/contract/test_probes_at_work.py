"""`roomtone agent once` and `check` over the probes of devices and commands: what is read, what is not, and why."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.cli import main
from tests.pjlink_projector import Projector, at_work, class_2

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `roomtone agent VERB` with a configuration; return its status, what it printed and what it complained of."""
    monkeypatch.setattr("agent.once.APART_S", 0.01)

    def run(config: str, *words: str) -> tuple[int, str, str]:
        file = tmp_path / "agent.toml"
        file.write_text('[agent]\nsite = "east"\ndata_dir = "data"\n[host]\nenabled = false\n' + config, "utf-8")
        status = main(["agent", *words, "--config", str(file)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def pjlink(projector: Projector, name: str = "proj-1", **more: object) -> str:
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())
    return f'[[pjlink]]\nid = "{name}"\nhost = "127.0.0.1"\nport = {projector.port}\n{lines}'


def command(name: str, python: str, **more: object) -> str:
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())
    return f'[[command]]\nname = "{name}"\nrun = {json.dumps([sys.executable, "-c", python])}\n{lines}'


def test_once_reads_devices_and_commands(run: Run) -> None:
    with at_work(Projector(answers=class_2())) as projector:
        status, out, err = run(
            pjlink(projector) + command("rack", 'print(\'{"metric": "hw.temperature", "value": 31.5}\')'),
            *("once", "--json"),
        )
    rows = [json.loads(line) for line in out.splitlines()]
    assert (status, err) == (0, "")
    assert {"device": "proj-1", "metric": "classroom.projector.power", "instance": "", "value": 1, "unit": "1"} in rows
    assert {"device": "", "metric": "hw.temperature", "instance": "", "value": 31.5, "unit": "Cel"} in rows


def test_check_says_for_every_target_whether_it_is_reachable_and_why_not(
    run: Run, free_port: Callable[[], int]
) -> None:
    gone = Projector(port=free_port())
    with at_work(Projector(password="right")) as locked, at_work(Projector()) as good:
        status, out, _ = run(
            f'[broker]\nurl = "mqtt://127.0.0.1:{gone.port}"\n'
            + pjlink(good)
            + pjlink(locked, "proj-2")
            + pjlink(gone, "proj-3")
            + command("bad", "raise SystemExit(4)")
            + command("good", "print('OK')", format="nagios"),
            "check",
        )
    lines = {line.split(": ")[0]: line for line in out.splitlines()}
    assert status == 1
    assert "readings in" in lines["good     pjlink:proj-1"]
    assert "asks for a password: give password_file" in lines["PROBLEM  pjlink:proj-2"]
    assert "cannot be reached: Connection refused" in lines["PROBLEM  pjlink:proj-3"]
    assert "ended with 4" in lines["PROBLEM  command:bad"]
    assert "1 readings in" in lines["good     command:good"]


def test_what_a_probe_could_not_read_is_told_beside_its_readings(run: Run) -> None:
    with at_work(Projector(raw={"LAMP": b"%1LAMP=broken\r"})) as projector:
        status, out, err = run(pjlink(projector), "once")
    assert status == 1
    assert "proj-1  classroom.projector.power  1" in out
    assert err == "pjlink:proj-1: it answers LAMP with 'broken', which is no answer to it\n"


def test_a_look_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("[reboot]\n", "once")
    assert (status, len(out.splitlines())) == (0, 2)
    assert not (tmp_path / "data" / "boot.json").exists()


def test_every_probe_that_this_computer_has_nothing_for_says_so_in_a_sentence(run: Run) -> None:
    status, _, err = run('[smart]\n[raid]\n[sensors]\n[services]\nwatch = ["no-such"]\n[clock]\n', "once")
    assert status in (0, 1)
    assert "Traceback" not in err
    assert [line for line in err.splitlines() if "Error: " in line.partition(": ")[2][:40]] == []
