"""RAID volumes over SNMP: stations and servers with a degraded one, invented numbers, served by snmpsim."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from agent.snmp.poll import SnmpDevice
from agent.snmp.target import SnmpTarget
from tests.snmp_peers import Snmpsim
from wire.catalogue import HwState

NOW: Final = datetime(2026, 11, 28, 8, tzinfo=UTC)
TEBI: Final = 1 << 40
LINUX: Final = ["1.3.6.1.2.1.1.1.0|4|Linux host", "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10"]
Status = tuple[str, HwState]
SYNOLOGY: Final = "1.3.6.1.4.1.6574"
QNAP: Final = "1.3.6.1.4.1.24681.1"


def synology() -> list[str]:
    lines = [f"{SYNOLOGY}.1.1.0|2|1", f"{SYNOLOGY}.1.5.1.0|4|RS1221+"]
    for row, (name, state, free) in enumerate([("Volume 1", 11, TEBI), ("Volume 2", 1, 3 * TEBI)]):
        columns = {1: f"2|{row}", 2: f"4|{name}", 3: f"2|{state}", 4: f"70|{free}", 5: f"70|{4 * TEBI}"}
        lines += [f"{SYNOLOGY}.3.1.1.{column}.{row}|{value}" for column, value in columns.items()]
    return lines


def qnap() -> list[str]:
    volumes = f"{QNAP}.4.1.1.1.2.3.2.1"
    lines = [f"{QNAP}.4.1.1.1.1.4.1.0|2|12"]
    for row, (name, state, free) in enumerate([("DataVol1", "In degraded mode", 1), ("Rec", "Ready", 3)], 1):
        columns = {1: f"2|{row}", 2: f"2|{row}", 3: "70|4000", 4: f"70|{free}000", 5: f"4|{state}", 8: f"4|{name}"}
        lines += [f"{volumes}.{column}.{row}|{value}" for column, value in columns.items()]
    return lines


def qnap_of_old() -> list[str]:
    volumes = f"{QNAP}.2.17.1"
    columns = {1: "2|1", 2: "4|[RAID5 Disk Volume: Drive 1 2 3]", 4: "4|4.00 TB", 5: "4|1000.00 GB", 6: "4|Ready"}
    return [f"{QNAP}.2.1.0|4|5.00 %", *(f"{volumes}.{column}.1|{value}" for column, value in columns.items())]


DEVICES: Final[dict[str, tuple[list[str], set[Status], dict[str, float]]]] = {
    "synology": (
        synology(),
        {("logical_disk:Volume 1", HwState.DEGRADED), ("logical_disk:Volume 2", HwState.OK)},
        {"Volume 1": 0.75, "Volume 2": 0.25},
    ),
    "qnap": (
        qnap(),
        {("logical_disk:DataVol1", HwState.DEGRADED), ("logical_disk:Rec", HwState.OK)},
        {"DataVol1": 0.75, "Rec": 0.25},
    ),
    "qnap-of-old": (
        qnap_of_old(),
        {("logical_disk:RAID5 Disk Volume: Drive 1 2 3", HwState.OK)},
        {"RAID5 Disk Volume: Drive 1 2 3": 0.75},
    ),
    "server": (
        [f"1.3.6.1.4.1.3582.4.1.4.3.1.2.1.5.{row}|2|{state}" for row, state in ((0, 3), (1, 2), (2, 0))],
        {
            ("logical_disk:MegaRAID 0", HwState.OK),
            ("logical_disk:MegaRAID 1", HwState.DEGRADED),
            ("logical_disk:MegaRAID 2", HwState.FAILED),
        },
        {},
    ),
}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpsim]:
    folder = tmp_path_factory.mktemp("raid")
    for name, (lines, _, _) in DEVICES.items():
        ordered = sorted([*LINUX, *lines], key=lambda line: [int(part) for part in line.split("|")[0].split(".")])
        Path(folder, f"{name}.snmprec").write_text("\n".join(ordered) + "\n", encoding="utf-8")
    with Snmpsim(folder) as simulator:
        yield simulator


@pytest.mark.parametrize("name", DEVICES)
def test_a_volume_has_its_state_and_how_full_it_is(simulator: Snmpsim, name: str) -> None:
    _, states, full = DEVICES[name]
    device = SnmpDevice(SnmpTarget(id="nas", host="127.0.0.1", port=simulator.port, community=name))
    found = device.read(NOW)
    device.close()
    assert {
        (reading.instance, HwState(int(reading.value)))
        for reading in found
        if reading.metric == "hw.status" and reading.instance.startswith("logical_disk:")
    } == states
    used = {r.instance: r.value for r in found if r.metric == "hw.logical_disk.utilization"}
    assert used == pytest.approx(full, abs=0.03)
