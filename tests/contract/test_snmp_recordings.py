"""Recorded devices: each is identified, and at least 90 % of what a good monitor reads is read, with the right value.

The recordings lie beside the checkout, never in it; the expectations are explained in their README.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from agent.snmp.poll import SnmpDevice
from agent.snmp.profile import GENERIC
from agent.snmp.target import SnmpTarget
from tests.conftest import SHARED
from tests.snmp_peers import Snmpsim

RECORDINGS: Final = SHARED / "snmp-recordings"
NAMES: Final = sorted(path.stem for path in RECORDINGS.glob("*.snmprec"))
NOW: Final = datetime(2026, 9, 1, 8, tzinfo=UTC)
ENOUGH: Final = 0.9

Expected = dict[str, Any]
Readings = dict[str, list[tuple[str, float]]]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Snmpsim]:
    if not NAMES:
        pytest.skip("the folder ../shared/snmp-recordings is not beside this checkout")
    with Snmpsim(RECORDINGS, NAMES) as simulator:
        yield simulator


def read(simulator: Snmpsim, name: str) -> tuple[SnmpDevice, Readings]:
    device = SnmpDevice(SnmpTarget(id=name.lower(), host="127.0.0.1", port=simulator.port, community=name, timeout_s=5))
    found: Readings = {}
    for reading in device.read(NOW):
        found.setdefault(reading.metric, []).append((reading.instance, float(reading.value)))
    device.close()
    return device, found


@pytest.mark.parametrize("name", NAMES or ["none"])
def test_a_recorded_device_is_identified_and_read(simulator: Snmpsim, name: str) -> None:
    expected: Expected = json.loads(Path(RECORDINGS, f"{name}.expected.json").read_text(encoding="utf-8"))
    device, found = read(simulator, name)
    assert device.identity is not None
    assert device.identity.profile != GENERIC
    vendor = device.identity.vendor.lower()
    assert any(word in vendor for word in expected["vendor"]), f"{vendor} is none of {expected['vendor']}"
    assert_enough("sensors", [s for s in expected["sensors"] if s["class"] != "state"], found)
    if any(sensor["class"] == "state" for sensor in expected["sensors"]):
        assert found.get("hw.status"), "it knows the state of nothing"
    assert_ports(expected, found)
    assert_mean_or_each("cpu", expected["processors"], found)
    assert_mean_or_each("memory", [pool for pool in expected["memory"] if pool["required"]], found)
    volumes = found.get("system.filesystem.utilization", []) + found.get("hw.logical_disk.utilization", [])
    disks = [disk for disk in expected["storage"] if disk["required"]]
    assert_enough("storage", disks, {"system.filesystem.utilization": volumes})


# What stands in the recordings: a neighbour by its name, the port here, and the port that it calls its own.
NEIGHBOURS: Final = {
    "vrp_5720": [
        ("Zrih", "XGigabitEthernet0/0/2", "XGigabitEthernet0/0/1"),
        ("CE-NG", "XGigabitEthernet0/0/1", "10GE1/0/42"),
        ("CE-NG", "XGigabitEthernet0/0/4", "10GE1/0/41"),
        ("LNS-Huawei", "GigabitEthernet0/0/14", "GigabitEthernet0/0/7"),
        ("pm-test", "MEth0/0/1", "GigabitEthernet0/0/1"),
    ],
    "dlink_dgs-1510-28": [("Kos16c", "eth1/0/24", "eth1/0/24")],
    "fs-switch_s3900-24f4s": [("sw11379.f1", "Port28", "port e0/1/4")],
    "procurve_e2910": [("switch-name", "23", "41"), ("switch-name", "24", "42")],
}
# A card in a forwarding table, and the port that it stands behind.
FORWARDED: Final = {
    "vrp_5720": ("XGigabitEthernet0/0/4", 2),
    "dlink_dgs-1510-28": ("eth1/0/26", 9),
    "fs-switch_s3900-24f4s": ("Port28", 3),
    "comware_a5500": ("GigabitEthernet1/0/10", 9),
    "ruijie": ("Ag1", 2),
}


@pytest.mark.parametrize("name", sorted({*NEIGHBOURS, *FORWARDED}))
def test_a_recorded_switch_tells_who_stands_at_its_ports(simulator: Snmpsim, name: str) -> None:
    clock_s = [1000.0]
    target = SnmpTarget(id="sw1", host="127.0.0.1", port=simulator.port, community=name, timeout_s=5)
    device = SnmpDevice(target, clock=lambda: clock_s[0])
    device.read(NOW)
    clock_s[0] += 10
    device.read(NOW)
    device.close()
    assert device.failures == 0
    ports = json.loads(device.properties["neighbours"])["ports"]
    named = [
        (neighbour.get("name"), port, own)
        for port, found in ports.items()
        for neighbour in found.get("lldp", [])
        for own in neighbour.get("ports", [])
    ]
    assert set(NEIGHBOURS.get(name, [])) <= set(named)
    if name in FORWARDED:
        port, cards = FORWARDED[name]
        assert len(ports[port]["cards"]) == cards


def agrees(expected: Expected, value: float) -> bool:
    """Tell whether a value is right within 2 % or one step; utilizations within 2 points."""
    floor = 0.02 if expected["metric"].endswith("utilization") else 0.0
    return any(
        abs(value - right) <= max(0.02 * abs(right), expected.get("step", 0.0), floor) + 1e-6
        for right in (expected["value"], expected.get("also"))
        if right is not None
    )


def assert_enough(what: str, expected: list[Expected], found: Readings) -> None:
    """Pair each expectation with a reading of its own, the closest first."""
    left = {metric: list(values) for metric, values in found.items()}
    missed = []
    for row in expected:
        fitting = [value for value in left.get(row["metric"], []) if agrees(row, value[1])]
        if fitting:
            left[row["metric"]].remove(min(fitting, key=lambda value: abs(value[1] - row["value"])))
        else:
            missed.append(row["descr"])
    assert len(missed) <= (1 - ENOUGH) * len(expected), f"{what}: missed {missed}"


def assert_mean_or_each(what: str, expected: list[Expected], found: Readings) -> None:
    if not expected:
        return
    values = found.get(expected[0]["metric"], [])
    mean = sum(row["value"] for row in expected) / len(expected)
    if not any(abs(value - mean) <= 0.02 for _, value in values):
        assert_enough(what, expected, found)


def assert_ports(expected: Expected, found: Readings) -> None:
    ports = {clean(name): value for name, value in found.get("hw.network.up", [])}
    wanted = [port for port in expected["ports"]["rows"] if port["required"]]
    missed = []
    for port in wanted:
        value = next(
            (ports[name] for key in ("ifName", "ifDescr", "ifAlias") if (name := clean(port.get(key))) in ports), None
        )
        if value is None or (port["up"] is not None and value != port["up"]):
            missed.append(port.get("ifName"))
    assert len(missed) <= (1 - ENOUGH) * len(wanted), f"ports: missed {missed}"


def clean(name: object) -> str:
    """Return a name as it is compared; the source shows the zeros at its end as dots."""
    return " ".join(str(name or "").replace("\0", "").rstrip(".").split()).lower()
