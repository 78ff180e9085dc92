"""Servers, controllers and cameras over SNMP: rows as their MIBs define them, invented numbers, served by snmpsim."""

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
LINUX: Final = "1.3.6.1.4.1.8072.3.2.10"
Wanted = dict[tuple[str, str], float]


def system(descr: str, object_id: str) -> list[str]:
    return [f"1.3.6.1.2.1.1.1.0|4|{descr}", f"1.3.6.1.2.1.1.2.0|6|{object_id}", "1.3.6.1.2.1.1.3.0|67|100000"]


def rows(table: str, columns: dict[int, list[int | str]], index: str = "") -> list[str]:
    """Return a table's lines: each column's values for the rows 1, 2, ...; texts as octet strings."""
    return [
        f"{table}.1.{column}.{index}{row}|{'2' if isinstance(value, int) else '4'}|{value}"
        for column, values in columns.items()
        for row, value in enumerate(values, 1)
    ]


def dell(base: str) -> list[str]:
    """IDRAC-MIB and MIB-Dell-10892 have the same tables; all are indexed by chassis and number."""
    return [
        *rows(f"{base}.700.20", {5: [3, 4], 6: [230, 810], 8: ["Inlet Temp", "CPU1 Temp"], 10: [470, 900]}, "1."),
        *rows(f"{base}.700.12", {5: [3, 10], 6: [5280, 0], 8: ["Fan1A", "Fan1B"]}, "1."),
        *rows(f"{base}.600.12", {5: [3, 5], 8: ["PS1 Status", "PS2 Status"], 16: [230, 0]}, "1."),
        *rows(f"{base}.600.20", {5: [3], 6: [12_100], 8: ["12V"]}, "1."),
        *rows(
            f"{base}.600.30",
            {5: [3, 3], 6: [8, 196], 7: [23, 26], 8: ["PS1 Current 1", "System Board Pwr Consumption"]},
            "1.",
        ),
    ]


DELL: Final[Wanted] = {
    ("hw.temperature", "Inlet Temp"): 23.0,
    ("hw.temperature", "CPU1 Temp"): 81.0,
    ("hw.temperature.limit", "CPU1 Temp:critical"): 90.0,
    ("hw.status", "temperature:CPU1 Temp"): HwState.DEGRADED,
    ("hw.fan.speed", "Fan1A"): 5280,
    ("hw.status", "fan:Fan1B"): HwState.FAILED,
    ("hw.status", "power_supply:PS2 Status"): HwState.FAILED,
    ("hw.voltage", "PS1 Status input"): 230,
    ("hw.voltage", "12V"): 12.1,
    ("hw.current", "PS1 Current 1"): 0.8,
    ("hw.power", "System Board Pwr Consumption"): 196,
}
PROLIANT: Final = [
    "1.3.6.1.4.1.232.6.1.3.0|2|3",
    "1.3.6.1.4.1.232.6.2.15.3.0|2|144",
    *rows("1.3.6.1.4.1.232.6.2.6.8", {3: [11, 6, 7], 4: [21, 40, 0], 5: [42, 70, 0], 6: [2, 2, 1]}, "0."),
    *rows("1.3.6.1.4.1.232.6.2.6.7", {3: [3, 3], 4: [3, 2], 9: [4, 1], 12: [2400, 0]}, "0."),
    *rows("1.3.6.1.4.1.232.6.2.9.3", {3: [3], 4: [2], 6: [229], 7: [110]}, "0."),
]
HPE: Final[Wanted] = {
    ("hw.status", "system"): HwState.DEGRADED,
    ("hw.power", "System"): 144,
    ("hw.temperature", "ambient 1"): 21,
    ("hw.temperature.limit", "CPU 2:critical"): 70,
    ("hw.fan.speed", "system 1"): 2400,
    ("hw.status", "fan:system 1"): HwState.FAILED,
    ("hw.status", "power_supply:1"): HwState.OK,
    ("hw.voltage", "Power supply 1"): 229,
    ("hw.power", "Power supply 1"): 110,
}
IBMC: Final = "1.3.6.1.4.1.2011.2.235.1.1"
RACK: Final = "1.3.6.1.4.1.232.22.2"
DAHUA: Final = "1.3.6.1.4.1.1004849.2"
RUIJIE: Final = "1.3.6.1.4.1.4881.1.1.10.2"

DEVICES: Final[dict[str, tuple[str, list[str], Wanted]]] = {
    "idrac": (
        "dell-idrac",
        [
            *system("iDRAC", "1.3.6.1.4.1.674.10892.5"),
            "1.3.6.1.4.1.674.10892.5.2.1.0|2|4",
            *dell("1.3.6.1.4.1.674.10892.5.4"),
            *rows("1.3.6.1.4.1.674.10892.5.5.1.20.140.1", {2: ["Recordings"], 4: [4]}),
            *rows("1.3.6.1.4.1.674.10892.5.5.1.20.130.4", {2: ["Disk 0"], 24: [3], 31: [1]}),
        ],
        {
            **DELL,
            ("hw.status", "system"): HwState.DEGRADED,
            ("hw.status", "logical_disk:Recordings"): HwState.DEGRADED,
            ("hw.status", "physical_disk:Disk 0"): HwState.OK,
            ("hw.status", "physical_disk:Disk 0 SMART"): HwState.PREDICTED_FAILURE,
        },
    ),
    "idrac-without-an-oid": (
        "dell-idrac",
        ["1.3.6.1.2.1.1.1.0|4|Dell Out-of-band SNMP Agent for Remote Access Controller", "1.3.6.1.2.1.1.3.0|67|100"],
        {},
    ),
    "openmanage": ("linux", [*system("Linux r740", LINUX), *dell("1.3.6.1.4.1.674.10892.1")], DELL),
    "ilo": ("hpe-ilo", [*system("Integrated Lights-Out 5 2.44", "1.3.6.1.4.1.232.9.4.11"), *PROLIANT], HPE),
    "proliant": ("linux", [*system("Linux dl380", LINUX), *PROLIANT], HPE),
    "enclosure": (
        "hpe-enclosure",
        [
            *system("HP Onboard Administrator", "1.3.6.1.4.1.11.5.7.1.2"),
            *rows(f"{RACK}.3.1.1", {4: ["Rack 1"], 16: [3]}),
            *rows(f"{RACK}.3.1.2", {5: ["Chassis", "Bay"], 6: [23, -1], 8: [2, 1]}),
            *rows(f"{RACK}.3.1.3", {8: [3, 2], 11: [2, 1]}),
            *rows(f"{RACK}.5.1.1", {10: [332], 16: [3], 17: [2]}),
        ],
        {
            ("hw.status", "enclosure:Rack 1"): HwState.DEGRADED,
            ("hw.temperature", "Chassis 1"): 23,
            ("hw.status", "fan:1"): HwState.OK,
            ("hw.status", "power_supply:1"): HwState.OK,
            ("hw.power", "Power supply 1"): 332,
        },
    ),
    "ibmc": (
        "huawei-ibmc",
        [
            *system("Hardware management system", "1.3.6.1.4.1.2011.2.235"),
            f"{IBMC}.1.1.0|2|1",
            *rows(f"{IBMC}.26.50", {2: ["Inlet Temp"], 3: [240]}),
            *rows(f"{IBMC}.8.50", {2: [3965, 0], 3: [2, 1], 4: [1, 5], 7: ["Fan1 Front", "Fan2 Front"]}),
            *rows(f"{IBMC}.6.50", {7: [4], 8: [246], 9: [2], 13: ["PS1"]}),
        ],
        {
            ("hw.status", "system"): HwState.OK,
            ("hw.temperature", "Inlet Temp"): 24,
            ("hw.fan.speed", "Fan1 Front"): 3965,
            ("hw.status", "power_supply:PS1"): HwState.FAILED,
            ("hw.power", "PS1"): 246,
        },
    ),
    "superdoctor": (
        "linux",
        [
            *system("Linux sm1", LINUX),
            *rows(
                "1.3.6.1.4.1.10876.2.1.1.1",
                {
                    2: ["FAN1", "12V", "CPU Temp", "Chassis Intrusion"],
                    3: [0, 1, 2, 3],
                    4: [1200, 12_096, 47, 1],
                    10: [1, 1, 1, 1],
                },
            ),
        ],
        {
            ("hw.fan.speed", "FAN1"): 1200,
            ("hw.voltage", "12V"): 12.096,
            ("hw.temperature", "CPU Temp"): 47,
            ("hw.status", "sensor:Chassis Intrusion"): HwState.FAILED,
        },
    ),
    "supermicro-bmc": (
        "supermicro-bmc",
        [
            *system("Supermicro BMC", "1.3.6.1.4.1.21317.1"),
            *rows(
                "1.3.6.1.4.1.21317.1.3",
                {
                    1: [1, 65, 48, 51, 0],
                    2: ["37.000", "2100.000", "12.064", "3.040", "0.000"],
                    13: ["CPU Temp", "FAN1", "12V", "VBAT", ""],
                },
            ),
        ],
        {
            ("hw.temperature", "CPU Temp"): 37,
            ("hw.fan.speed", "FAN1"): 2100,
            ("hw.voltage", "12V"): 12.064,
            ("hw.voltage", "VBAT"): 3.04,
        },
    ),
    "dahua": (
        "dahua",
        [
            *system("Linux (none)", LINUX),
            f"{DAHUA}.1.1.1.0|4|4.001",
            f"{DAHUA}.1.3.0|2|31",
            f"{DAHUA}.1.9.2.0|2|62",
            *rows(f"{DAHUA}.4.1", {4: ["sda", "sdb"], 5: ["Running", "Error"]}),
        ],
        {
            ("system.cpu.utilization", ""): 0.31,
            ("system.memory.utilization", ""): 0.62,
            ("hw.status", "physical_disk:sda"): HwState.OK,
            ("hw.status", "physical_disk:sdb"): HwState.FAILED,
        },
    ),
    "hikvision-recorder": (
        "hikvision",
        [
            *system("Hikvision company products", "1.3.6.1.4.1.50001"),
            "1.3.6.1.4.1.50001.1.221.0|2|18",
            *rows("1.3.6.1.4.1.50001.1.241", {3: [0, 3], 4: [1000, 0], 5: [4000, 4000]}),
        ],
        {
            ("system.memory.utilization", ""): 0.18,
            ("hw.status", "physical_disk:1"): HwState.OK,
            ("hw.status", "physical_disk:2"): HwState.PREDICTED_FAILURE,
            ("hw.logical_disk.utilization", "disk 1"): 0.75,
        },
    ),
    "wireless-controller": (
        "cisco",
        [
            *system("Cisco Controller", "1.3.6.1.4.1.9.1.1069"),
            *(f"1.3.6.1.4.1.14179.1.1.5.{n}.0|2|{value}" for n, value in ((1, 7), (2, 1000), (3, 460))),
        ],
        {("system.cpu.utilization", ""): 0.07, ("system.memory.utilization", ""): 0.54},
    ),
    "chassis-of-boards": (
        "ruijie",
        [
            *system("Ruijie Wireless Switch Module(M18000-WS-ED)", "1.3.6.1.4.1.4881.1.3.1.1.73"),
            *rows(f"{RUIJIE}.35.1.1", {2: ["memory"], 3: [50]}),
            *rows(f"{RUIJIE}.35.1.2", {2: ["Slot 1/0", "Slot 2/0"], 3: [47, 46]}),
        ],
        {
            ("system.memory.utilization", ""): 0.5,
            ("system.memory.utilization", "Slot 1/0"): 0.47,
            ("system.memory.utilization", "Slot 2/0"): 0.46,
        },
    ),
}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpsim]:
    folder = tmp_path_factory.mktemp("servers")
    for name, (_, lines, _) in DEVICES.items():
        ordered = sorted(lines, key=lambda line: [int(part) for part in line.split("|")[0].split(".")])
        Path(folder, f"{name}.snmprec").write_text("\n".join(ordered) + "\n", encoding="utf-8")
    # The one that the simulator's start waits for has to have a sysObjectID.
    with Snmpsim(folder, sorted(DEVICES, key=lambda name: name == "dahua")) as simulator:
        yield simulator


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_is_known_and_what_its_mib_has_is_read(simulator: Snmpsim, name: str) -> None:
    profile, _, wanted = DEVICES[name]
    device = SnmpDevice(SnmpTarget(id="d", host="127.0.0.1", port=simulator.port, community=name))
    found = {(reading.metric, reading.instance): float(reading.value) for reading in device.read(NOW)}
    device.close()
    assert device.identity is not None
    assert device.identity.profile == profile
    assert {key: found.get(key) for key in wanted} == pytest.approx(wanted)


def test_places_without_a_part_have_no_reading(simulator: Snmpsim) -> None:
    for name, absent in (("ilo", "memory 3"), ("ilo", "fan:system 2"), ("enclosure", "fan:2"), ("ibmc", "Fan2 Front")):
        device = SnmpDevice(SnmpTarget(id="d", host="127.0.0.1", port=simulator.port, community=name))
        found = {reading.instance for reading in device.read(NOW)}
        device.close()
        assert absent not in found, name
