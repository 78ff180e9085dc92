"""Software RAID, from what /proc/mdstat shows and mdadm prints."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ProbeError
from agent.probe_tables import RaidTable
from agent.probes.raid import Raid, state_of, volumes_of
from tests.fake_programs import Programs

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WHOLE = """\
Personalities : [raid1] [raid6] [raid5] [raid4] [raid10]
md0 : active raid1 sdb1[1] sda1[0]
      976630464 blocks super 1.2 [2/2] [UU]
      bitmap: 2/8 pages [8KB], 65536KB chunk

md1 : active (auto-read-only) raid5 sdc1[0] sdd1[1] sde1[3] sdf1[4](S)
      1953260544 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/3] [UUU]
        resync=PENDING

unused devices: <none>
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path / "bin", monkeypatch)


@pytest.fixture
def mdstat(tmp_path: Path) -> Path:
    return tmp_path / "mdstat"


def told(probe: Raid) -> dict[str, float]:
    return {f"{r.metric}[{r.instance}]": float(r.value) for r in probe.read(NOW)}


def one(kind: str, members: str, line: str, activity: str = "active") -> str:
    volume = f"md0 : {activity} {kind} {members}\n      976630464 blocks {line}\n"
    return f"Personalities : [{kind}]\n{volume}\nunused devices: <none>\n"


def test_whole_volumes_are_whole(mdstat: Path) -> None:
    mdstat.write_text(WHOLE)
    assert told(Raid(RaidTable(), mdstat)) == {
        "hw.status[logical_disk:md0]": 0,
        "hw.logical_disk.rebuild.progress[md0]": 1,
        "hw.status[physical_disk:md0/sdb1]": 0,
        "hw.status[physical_disk:md0/sda1]": 0,
        "hw.status[logical_disk:md1]": 0,
        "hw.logical_disk.rebuild.progress[md1]": 0,
        "hw.status[physical_disk:md1/sdc1]": 0,
        "hw.status[physical_disk:md1/sdd1]": 0,
        "hw.status[physical_disk:md1/sde1]": 0,
        "hw.status[physical_disk:md1/sdf1]": 0,
    }


@pytest.mark.parametrize(
    ("text", "state", "progress"),
    [
        (one("raid1", "sdb1[1](F) sda1[0]", "super 1.2 [2/1] [U_]"), 1, 1.0),
        (one("raid1", "sdb1[2] sda1[0]", "[2/1] [U_]\n  [=>...]  recovery = 12.6% (123/976) finish=9min"), 1, 0.126),
        (one("raid1", "sdb1[1] sda1[0]", "[2/2] [UU]\n  [=>...]  check = 40.0% (4/10) finish=9min"), 0, 1.0),
        (one("raid1", "sdb1[1] sda1[0]", "[2/2] [UU]\n  [=>...]  resync = 40.0% (4/10) finish=9min"), 0, 0.4),
        (one("raid1", "sdb1[2] sda1[0]", "[2/1] [U_]\n        recovery=DELAYED"), 1, 0.0),
        (one("raid1", "sda1[0]", "[2/1] [U_]", "active (read-only)"), 1, 1.0),
        (one("raid5", "sda1[0] sdb1[1]", "level 5, 512k chunk, algorithm 2 [3/2] [UU_]"), 1, 1.0),
        (one("raid5", "sda1[0]", "level 5, 512k chunk, algorithm 2 [3/1] [U__]"), 2, 1.0),
        (one("raid6", "sda1[0] sdb1[1]", "level 6 [4/2] [UU__]"), 1, 1.0),
        (one("raid6", "sda1[0]", "level 6 [4/1] [U___]"), 2, 1.0),
        (one("raid0", "sda1[0] sdb1[1]", "super 1.2 512k chunks"), 0, 1.0),
        (one("raid0", "sda1[0](F) sdb1[1]", "super 1.2 512k chunks"), 2, 1.0),
        ("md0 : inactive sdb1[1](S)\n      976630464 blocks super 1.2\n", 2, 1.0),
        ("md0 : active raid1 sdb1[1](F) sda1[0](F)\n      976 blocks [2/0] [__]\n", 2, 1.0),
    ],
    ids=lambda value: value.splitlines()[1].strip() if isinstance(value, str) else str(value),
)
def test_what_is_missing_makes_a_volume_degraded_or_failed(
    mdstat: Path, text: str, state: int, progress: float
) -> None:
    mdstat.write_text(text)
    said = told(Raid(RaidTable(), mdstat))
    assert said["hw.status[logical_disk:md0]"] == state
    assert said["hw.logical_disk.rebuild.progress[md0]"] == pytest.approx(progress)


def test_a_failed_disk_is_named(mdstat: Path) -> None:
    mdstat.write_text(one("raid1", "sdb1[1](F) sda1[0]", "super 1.2 [2/1] [U_]"))
    said = told(Raid(RaidTable(), mdstat))
    assert said["hw.status[physical_disk:md0/sdb1]"] == 2
    assert said["hw.status[physical_disk:md0/sda1]"] == 0


@pytest.mark.parametrize(("words", "state"), [("clean, degraded", 1), ("active, FAILED", 2)])
def test_which_disks_of_a_raid10_are_missing_is_mdadms_to_say(
    programs: Programs, mdstat: Path, words: str, state: int
) -> None:
    programs.prints("mdadm", f"/dev/md0:\n           Version : 1.2\n             State : {words} \n")
    mdstat.write_text(one("raid10", "sda1[0] sdb1[1]", "512K chunks 2 near-copies [4/2] [UU__]"))
    probe = Raid(RaidTable(), mdstat)
    assert told(probe)["hw.status[logical_disk:md0]"] == state
    assert probe.troubles == []


def test_without_mdadm_a_raid10_that_runs_is_degraded_and_the_rest_is_told(programs: Programs, mdstat: Path) -> None:
    mdstat.write_text(one("raid10", "sda1[0] sdb1[1]", "512K chunks 2 near-copies [4/2] [UU__]"))
    probe = Raid(RaidTable(), mdstat)
    assert told(probe)["hw.status[logical_disk:md0]"] == 1
    assert probe.troubles == ["how bad md0 is cannot be told: mdadm is not on this computer"]
    programs.prints("mdadm", "", status=1, error="mdadm: must be super-user to perform this action\n")
    assert told(probe)["hw.status[logical_disk:md0]"] == 1
    assert "must be super-user" in probe.troubles[0]


def test_the_container_of_a_firmware_raid_is_no_volume(mdstat: Path) -> None:
    mdstat.write_text(
        "Personalities : [raid1]\n"
        "md126 : active raid1 sda[1] sdb[0]\n      488383488 blocks super external:/md127/0 [2/2] [UU]\n\n"
        "md127 : inactive sda[1](S) sdb[0](S)\n      5288 blocks super external:imsm\n\nunused devices: <none>\n"
    )
    said = told(Raid(RaidTable(), mdstat))
    assert {name for name in said if "logical_disk:" in name} == {"hw.status[logical_disk:md126]"}


def test_a_volume_that_goes_has_failed(mdstat: Path) -> None:
    mdstat.write_text(WHOLE)
    probe = Raid(RaidTable(), mdstat)
    told(probe)
    mdstat.write_text("Personalities : [raid1]\nunused devices: <none>\n")
    assert told(probe) == {"hw.status[logical_disk:md0]": 2, "hw.status[logical_disk:md1]": 2}


def test_a_computer_without_it_is_told(mdstat: Path) -> None:
    with pytest.raises(ProbeError, match="this computer has no software RAID"):
        told(Raid(RaidTable(), mdstat))
    mdstat.write_text("Personalities : \nunused devices: <none>\n")
    with pytest.raises(ProbeError, match="no volume of it"):
        told(Raid(RaidTable(), mdstat))


@given(cut=st.integers(0, len(WHOLE)), junk=st.text(max_size=20))
def test_no_text_crashes(cut: int, junk: str) -> None:
    for volume in volumes_of(WHOLE[:cut] + junk + WHOLE[cut:]):
        state_of(volume)
