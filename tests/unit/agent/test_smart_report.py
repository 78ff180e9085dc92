"""Reports of smartctl and what they mean."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.probes.smart_report import readings_of
from agent.sample import sample_of
from wire.catalogue import CATALOGUE

DATA = Path(__file__).resolve().parents[2] / "data" / "smartctl"


def document(name: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    return said


def told(said: dict[str, Any], disk: str = "sda") -> dict[str, float]:
    return {sample_of(r).name: float(r.value) for r in readings_of(disk, said)}


def with_attribute(number: int, raw: int, **more: object) -> dict[str, Any]:
    said = document("hard-disk")
    for row in said["ata_smart_attributes"]["table"]:
        if row["id"] == number:
            row["raw"]["value"] = raw
            row |= more
    return said


def test_an_nvme_disk_tells_its_health_wear_and_limits() -> None:
    assert told(document("nvme"), "nvme0") == {
        "hw.status[physical_disk:nvme0]": 0,
        "hw.physical_disk.smart[nvme0:available_spare]": 100,
        "hw.physical_disk.smart[nvme0:media_errors]": 0,
        "hw.physical_disk.smart[nvme0:unsafe_shutdowns]": 17,
        "hw.physical_disk.smart[nvme0:error_log_entries]": 0,
        "hw.physical_disk.smart[nvme0:power_on_hours]": 7420,
        "hw.physical_disk.smart[nvme0:power_cycles]": 51,
        "hw.physical_disk.endurance_utilization[nvme0]": 0.07,
        "hw.temperature[disk nvme0]": 54,
        "hw.temperature.limit[disk nvme0:high]": 100,
        "hw.temperature.limit[disk nvme0:critical]": 110,
    }


def test_a_hard_disk_tells_its_bad_sectors() -> None:
    assert told(document("hard-disk")) == {
        "hw.status[physical_disk:sda]": 0,
        "hw.physical_disk.smart[sda:reallocated]": 8,
        "hw.physical_disk.smart[sda:reported_uncorrectable]": 0,
        "hw.physical_disk.smart[sda:pending]": 0,
        "hw.physical_disk.smart[sda:offline_uncorrectable]": 0,
        "hw.physical_disk.smart[sda:crc_errors]": 3,
        "hw.physical_disk.smart[sda:power_on_hours]": 21034,
        "hw.physical_disk.smart[sda:power_cycles]": 1480,
        "hw.temperature[disk sda]": 37,
    }


def test_wear_comes_from_the_best_source_there_is() -> None:
    said = document("solid-state-disk")
    wear = "hw.physical_disk.endurance_utilization[sda]"
    assert told(said)[wear] == pytest.approx(0.07)
    row = {"name": "Percentage Used Endurance Indicator", "value": 9}
    said["ata_device_statistics"] = {"pages": [{"number": 7, "table": [row]}]}
    assert told(said)[wear] == pytest.approx(0.09)
    said["endurance_used"] = {"current_percent": 11}
    assert told(said)[wear] == pytest.approx(0.11)
    assert "hw.physical_disk.endurance_utilization[sda]" not in told(document("hard-disk"))


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"smart_status": {"passed": False}}, 4),
        ({"smart_status": {}}, None),
        ({"smart_status": {"passed": "yes"}}, None),
    ],
)
def test_a_disk_that_judges_itself_is_believed(change: dict[str, Any], state: int | None) -> None:
    assert told(document("hard-disk") | change).get("hw.status[physical_disk:sda]") == state


@pytest.mark.parametrize(("number", "raw", "state"), [(197, 1, 1), (198, 4, 1), (5, 500, 0), (199, 900, 0)])
def test_sectors_that_cannot_be_read_degrade_a_disk_and_a_bad_cable_does_not(number: int, raw: int, state: int) -> None:
    assert told(with_attribute(number, raw))["hw.status[physical_disk:sda]"] == state


def test_an_attribute_below_its_threshold_predicts_a_failure() -> None:
    assert told(with_attribute(5, 5000, when_failed="now"))["hw.status[physical_disk:sda]"] == 4
    assert told(with_attribute(5, 5000, when_failed="past"))["hw.status[physical_disk:sda]"] == 0


@pytest.mark.parametrize(
    ("warning", "state"), [(0, 0), (1, 4), (2, 1), (4, 4), (8, 2), (16, 1), (3, 4), (12, 2), (32, 0)]
)
def test_the_critical_warning_of_nvme_is_understood(warning: int, state: int) -> None:
    said = document("nvme")
    said["nvme_smart_health_information_log"]["critical_warning"] = warning
    said["smart_status"] = {"passed": state == 0}
    assert told(said)["hw.status[physical_disk:sda]"] == state


def test_what_vendors_pack_into_a_count_is_left_out() -> None:
    assert told(with_attribute(187, 0x0003_0002_0001))["hw.physical_disk.smart[sda:reported_uncorrectable]"] == 1


@pytest.mark.parametrize("current", [0, 200, -100, "37", None, True])
def test_a_temperature_that_cannot_be_is_none(current: object) -> None:
    assert "hw.temperature[disk sda]" not in told(document("hard-disk") | {"temperature": {"current": current}})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(key=st.sampled_from(sorted(document("nvme") | document("hard-disk"))), value=JSON)
def test_no_shape_of_a_report_crashes(key: str, value: Any) -> None:
    for name in ("nvme", "hard-disk"):
        for reading in readings_of("sda", document(name) | {key: value}):
            assert reading.metric in CATALOGUE
