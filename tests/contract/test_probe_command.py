"""Commands of the user's own: what they print, how they end, and what becomes of those that fail or hang."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ProbeError
from agent.probe_tables import CommandTable, ValueTable
from agent.probes.command import Command
from tests.fake_programs import Programs

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path / "bin", monkeypatch)


def command(**settings: Any) -> Command:
    return Command(CommandTable(**({"name": "check", "run": ("check",)} | settings)))


def told(probe: Command) -> Mapping[str, float]:
    return {f"{r.metric}[{r.instance}]@{r.device}": float(r.value) for r in probe.read(NOW)}


def test_a_command_that_prints_json_is_mapped(programs: Programs) -> None:
    programs.records("check", 'print(\'{"rack": {"front": 315}}\')')
    table = ValueTable(path="rack.*", metric="hw.temperature", instance="rack {1}", scale=0.1)
    assert told(command(run=("check", "--all", "a b"), value=(table,))) == {"hw.temperature[rack front]@": 31.5}
    assert programs.asked("check") == [["--all", "a b"]]


def test_a_command_may_tell_of_a_device(programs: Programs) -> None:
    programs.prints("check", "hw.temperature,instance=amp value=41.5\n")
    probe = command(device="amp-1", role="mixer", format="influx")
    assert (probe.name, probe.device, probe.role) == ("command:check", "amp-1", "mixer")
    assert told(probe) == {"hw.temperature[amp]@amp-1": 41.5}


@pytest.mark.parametrize(("status", "state"), [(0, 0), (1, 1), (2, 2), (3, 5), (99, 5)])
def test_the_exit_status_of_a_plug_in_is_a_state(programs: Programs, status: int, state: int) -> None:
    programs.prints("check", "WARNING - 80 % | used=80%;70;90\n", status=status)
    probe = command(format="nagios")
    assert told(probe) == {"hw.status[check]@": state, "nagios.check[used]@": pytest.approx(0.8)}
    assert bool(probe.troubles) is (state == 5)


def test_an_exit_status_counts_for_any_format_that_asks_for_it(programs: Programs) -> None:
    programs.prints("check", "", status=2, error="the link is down\n")
    probe = command(status="network:link")
    assert told(probe) == {"hw.status[network:link]@": 2}
    assert probe.troubles == []


@pytest.mark.parametrize(
    ("out", "status", "what"),
    [
        ("", 1, "check ended with 1: it did not work"),
        ("", 0, "it prints nothing"),
        ("garbage", 0, "it prints no JSON: 'garbage'"),
        ('{"a": [1, 2', 0, "it prints no JSON"),
    ],
)
def test_a_command_that_fails_is_told(programs: Programs, out: str, status: int, what: str) -> None:
    programs.prints("check", out, status=status, error="it did not work\n" if status else "")
    with pytest.raises(ProbeError, match=what):
        told(command())


def test_a_command_that_is_killed_has_no_state(programs: Programs) -> None:
    programs.script("check", "os.kill(os.getpid(), 9)")
    with pytest.raises(ProbeError, match="check ended with -9"):
        told(command(format="nagios"))


def test_a_command_that_hangs_is_ended_at_its_deadline(programs: Programs) -> None:
    programs.script("check", "time.sleep(30)")
    with pytest.raises(ProbeError, match=r"check has not ended within 0\.5 s"):
        told(command(timeout_s=0.5))


def test_a_value_that_is_missing_costs_only_itself(programs: Programs) -> None:
    programs.prints("check", '{"a": 1}')
    probe = command(value=(ValueTable(path="a", metric="x.a"), ValueTable(path="b", metric="x.b")))
    assert told(probe) == {"x.a[]@": 1}
    assert probe.troubles == ["there is no 'b' in it"]
