"""The SMART probe with a smartctl that prints what real ones print."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import ProbeError
from agent.probe_tables import SmartTable
from agent.probes.smart import Smart
from tests.fake_programs import Programs

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[1] / "data" / "smartctl"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path / "bin", monkeypatch)


def smartctl(programs: Programs, **disks: str | tuple[str, int]) -> None:
    """Put a smartctl there that tells of disks, by the last part of their path, and finds those of the scan."""
    answers = {"scan": ((DATA / "scan.json").read_text("utf-8"), 0)}
    for disk, said in disks.items():
        name, status = (said, 0) if isinstance(said, str) else said
        file = DATA / f"{name}.json"
        text = file.read_text("utf-8") if file.exists() else name
        try:
            status = status or json.loads(text)["smartctl"]["exit_status"]
        except (ValueError, KeyError, TypeError):
            pass
        answers[disk] = (text, status)
    programs.records(
        "smartctl",
        f"text, status = {answers!r}['scan' if '--scan' in args else args[-1].split('/')[-1]]\n"
        "sys.stdout.write(text)\nsys.exit(status)",
    )


def told(probe: Smart) -> dict[str, float]:
    return {f"{r.metric}[{r.instance}]": float(r.value) for r in probe.read(NOW)}


def test_every_disk_that_smartctl_finds_is_read_with_its_type(programs: Programs) -> None:
    smartctl(programs, sda="hard-disk", nvme0="nvme", **{"0": "solid-state-disk"})
    probe = Smart(SmartTable())
    said = told(probe)
    assert said["hw.status[physical_disk:sda]"] == 0
    assert said["hw.status[physical_disk:bus/0:megaraid,1]"] == 0
    assert said["hw.physical_disk.endurance_utilization[nvme0]"] == 0.07
    assert probe.troubles == []
    asked = programs.asked("smartctl")
    assert asked[2][-2:] == ["--device=megaraid,1", "/dev/bus/0"]
    assert all("--nocheck=standby" in words for words in asked[1:])


def test_only_the_disks_that_are_named_are_read(programs: Programs) -> None:
    smartctl(programs, sdb="solid-state-disk")
    assert "hw.temperature[disk sdb]" in told(Smart(SmartTable(disks=("sdb",))))
    assert [words[-1] for words in programs.asked("smartctl")] == ["/dev/sdb"]


def test_a_disk_that_sleeps_is_not_woken_and_is_no_trouble(programs: Programs) -> None:
    smartctl(programs, sda="asleep")
    probe = Smart(SmartTable(disks=("/dev/sda",)))
    assert told(probe) == {}
    assert probe.troubles == []


def test_a_failing_disk_is_read_though_smartctl_ends_with_its_bits(programs: Programs) -> None:
    smartctl(programs, sda=(json.dumps({"smart_status": {"passed": False}, "smartctl": {}}), 8))
    assert told(Smart(SmartTable(disks=("/dev/sda",)))) == {"hw.status[physical_disk:sda]": 4}


def test_rights_that_are_missing_are_told_once_for_all_disks(programs: Programs) -> None:
    smartctl(programs, sda="refused", sdb="refused")
    with pytest.raises(ProbeError, match="no right to read sda, sdb: run the agent as administrator, or see docs/"):
        told(Smart(SmartTable(disks=("/dev/sdb", "/dev/sda"))))


def test_one_disk_that_is_refused_costs_only_itself(programs: Programs) -> None:
    smartctl(programs, sda="refused", nvme0="nvme")
    probe = Smart(SmartTable(disks=("/dev/sda", "/dev/nvme0")))
    assert told(probe)["hw.status[physical_disk:nvme0]"] == 0
    assert probe.troubles == ["no right to read sda: run the agent as administrator, or see docs/probes/smart.md"]


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (
            "smartctl 6.6 2017-11-05 r4594\n",
            "sda: smartctl gives no JSON (version 7 does): smartctl 6.6 2017-11-05 r4594",
        ),
        ('{"smart_status": ', "sda: smartctl gives no JSON"),
        ("[1]", "sda: smartctl gives JSON that says nothing"),
        ("{}", "sda says nothing of its health: it gives no reason"),
        ("\x00\x01", "sda: smartctl gives no JSON"),
    ],
)
def test_garbage_costs_only_its_disk(programs: Programs, said: str, what: str) -> None:
    smartctl(programs, sda=said, nvme0="nvme")
    probe = Smart(SmartTable(disks=("/dev/sda", "/dev/nvme0")))
    assert told(probe)["hw.status[physical_disk:nvme0]"] == 0
    assert len(probe.troubles) == 1
    assert probe.troubles[0].startswith(what)


def test_a_disk_that_hangs_costs_only_itself(programs: Programs) -> None:
    nvme = (DATA / "nvme.json").read_text("utf-8")
    programs.script("smartctl", f"time.sleep(20 if args[-1] == '/dev/sda' else 0)\nprint({nvme!r})")
    probe = Smart(SmartTable(disks=("/dev/sda", "/dev/nvme0"), timeout_s=1))
    assert told(probe)["hw.status[physical_disk:nvme0]"] == 0
    assert probe.troubles == ["sda: smartctl has not ended within 1 s"]


def test_no_smartctl_and_no_disk_are_told(programs: Programs) -> None:
    with pytest.raises(ProbeError, match="smartctl is not on this computer: install smartmontools"):
        told(Smart(SmartTable()))
    programs.prints("smartctl", '{"devices": []}')
    with pytest.raises(ProbeError, match=r"smartctl finds no disk: name them in \[smart\] disks"):
        told(Smart(SmartTable()))
    programs.prints("smartctl", '{"devices": [3, {"name": 4}, {"name": "x"}]}')
    with pytest.raises(ProbeError, match="finds no disk"):
        told(Smart(SmartTable()))
