"""Sensors as psutil shows them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from agent.errors import ProbeError
from agent.probe_tables import SensorsTable
from agent.probes.sensors import Sensors
from agent.sample import sample_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def heat(label: str, current: float, high: float | None = None, critical: float | None = None) -> SimpleNamespace:
    return SimpleNamespace(label=label, current=current, high=high, critical=critical)


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A computer whose sensors the test sets."""
    there = SimpleNamespace(heat={}, fans={}, battery=None)
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: there.heat, raising=False)
    monkeypatch.setattr(psutil, "sensors_fans", lambda: there.fans, raising=False)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: there.battery, raising=False)
    return there


def told(probe: Sensors) -> dict[str, float]:
    return {sample_of(r).name: float(r.value) for r in probe.read(NOW)}


def test_temperatures_have_their_limits(computer: SimpleNamespace) -> None:
    computer.heat = {"coretemp": [heat("Package id 0", 51.0, 80.0, 100.0), heat("Core 0", 50.0, 80.0, 100.0)]}
    whole = {
        "hw.temperature[coretemp Package id 0]": 51,
        "hw.temperature.limit[coretemp Package id 0:high]": 80,
        "hw.temperature.limit[coretemp Package id 0:critical]": 100,
    }
    assert told(Sensors(SensorsTable())) == whole
    assert told(Sensors(SensorsTable(per_core=True)))["hw.temperature[coretemp Core 0]"] == 50


def test_names_say_what_part_it_is_so_that_rules_know(computer: SimpleNamespace) -> None:
    computer.heat = {
        "k10temp": [heat("Tctl", 78.0)],
        "amdgpu": [heat("edge", 60.0)],
        "drivetemp": [heat("", 33.0)],
        "acpitz": [heat("", 40.0)],
    }
    assert list(told(Sensors(SensorsTable()))) == [
        "hw.temperature[cpu k10temp Tctl]",
        "hw.temperature[gpu amdgpu edge]",
        "hw.temperature[disk drivetemp]",
        "hw.temperature[acpitz]",
    ]


def test_two_of_a_kind_have_names_of_their_own(computer: SimpleNamespace) -> None:
    computer.heat = {"nvme": [heat("Composite", 40.0), heat("Composite", 41.0)]}
    assert told(Sensors(SensorsTable())) == {
        "hw.temperature[nvme Composite]": 40,
        "hw.temperature[nvme Composite 2]": 41,
    }


@pytest.mark.parametrize("current", [0.0, -273.2, 255.0, 65261.85])
def test_a_sensor_that_is_not_connected_says_nothing(computer: SimpleNamespace, current: float) -> None:
    computer.heat = {"nct6775": [heat("AUXTIN", current), heat("SYSTIN", 35.0, 0.0, 65261.85)]}
    assert told(Sensors(SensorsTable())) == {"hw.temperature[nct6775 SYSTIN]": 35}


def test_a_fan_that_has_turned_and_stands_is_told_and_an_empty_socket_is_not(computer: SimpleNamespace) -> None:
    fans = [SimpleNamespace(label="fan1", current=900), SimpleNamespace(label="fan2", current=0)]
    computer.fans = {"nct6775": fans}
    probe = Sensors(SensorsTable())
    assert told(probe) == {"hw.fan.speed[nct6775 fan1]": 900}
    fans[0].current = 0
    assert told(probe) == {"hw.fan.speed[nct6775 fan1]": 0}


@pytest.mark.parametrize(
    ("battery", "wanted"),
    [
        ((63.0, 5400, False), {"hw.battery.charge": 0.63, "hw.battery.time_left": 5400}),
        ((100.0, -2, True), {"hw.battery.charge": 1.0}),
        ((101.0, -1, None), {"hw.battery.charge": 1.0}),
    ],
)
def test_a_battery_tells_its_charge(computer: SimpleNamespace, battery: Any, wanted: dict[str, float]) -> None:
    percent, secsleft, plugged = battery
    computer.battery = SimpleNamespace(percent=percent, secsleft=secsleft, power_plugged=plugged)
    assert told(Sensors(SensorsTable())) == wanted


def test_a_computer_without_sensors_is_told(computer: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProbeError, match="shows no sensors"):
        told(Sensors(SensorsTable()))
    monkeypatch.delattr(psutil, "sensors_temperatures")
    monkeypatch.delattr(psutil, "sensors_fans")
    with pytest.raises(ProbeError, match="shows no sensors"):
        told(Sensors(SensorsTable()))


def test_a_driver_that_fails_costs_only_itself(computer: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> dict[str, Any]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(psutil, "sensors_temperatures", broken)
    computer.battery = SimpleNamespace(percent=50.0, secsleft=-2, power_plugged=True)
    assert told(Sensors(SensorsTable())) == {"hw.battery.charge": 0.5}
