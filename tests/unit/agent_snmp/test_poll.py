from datetime import UTC, datetime

import pytest

from agent.errors import ProbeError
from agent.reading import Reading
from agent.snmp.identify import SYS_DESCR, SYS_NAME, SYS_OBJECT_ID
from agent.snmp.poll import SnmpDevice
from agent.snmp.session import SYS_UP_TIME
from agent.snmp.target import SnmpTarget
from tests.unit.agent_snmp.fake_engine import FakeClock, FakeEngine

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
UPS = {
    SYS_DESCR: b"Example UPS",
    SYS_OBJECT_ID: "1.3.6.1.2.1.33",
    SYS_NAME: b"ups-1",
    SYS_UP_TIME: 100_000,
    "1.3.6.1.2.1.33.1.1.1.0": b"Example",
    "1.3.6.1.2.1.33.1.1.2.0": b"E 1500",
    "1.3.6.1.2.1.33.1.2.1.0": 2,
    "1.3.6.1.2.1.33.1.2.3.0": 4294967295,
    "1.3.6.1.2.1.33.1.2.4.0": 90,
    "1.3.6.1.2.1.33.1.2.7.0": -1,
    "1.3.6.1.2.1.33.1.4.1.0": 3,
    "1.3.6.1.2.1.33.1.4.4.1.2.1": 230,
    "1.3.6.1.2.1.33.1.4.4.1.5.1": 31,
    "1.3.6.1.2.1.2.2.1.2.1": b"eth0",
    "1.3.6.1.2.1.2.2.1.8.1": 1,
    "1.3.6.1.2.1.2.2.1.7.1": 1,
    "1.3.6.1.2.1.2.2.1.5.1": 100_000_000,
    "1.3.6.1.2.1.2.2.1.10.1": 1_000_000,
}


class Bench:
    """A UPS in memory and what polls it."""

    def __init__(self) -> None:
        self.engine = FakeEngine(UPS)
        self.clock = FakeClock()
        target = SnmpTarget(id="ups-1", host="ups.example")
        self.device = SnmpDevice(target, engine=self.engine, clock=self.clock)

    def poll(self, later_s: float = 10.0) -> dict[tuple[str, str], float]:
        self.clock.now_s += later_s
        self.engine.gets.clear()
        self.engine.walks.clear()
        readings = self.device.read(NOW)
        assert all(isinstance(reading, Reading) and reading.device == "ups-1" for reading in readings)
        return {(reading.metric, reading.instance): reading.value for reading in readings}


def test_a_device_is_read_under_the_names_and_units_of_the_catalogue() -> None:
    bench = Bench()
    seen = bench.poll()
    assert seen["hw.battery.charge", ""] == 0.9
    assert seen["hw.ups.load", ""] == 0.31
    assert seen["hw.ups.source", ""] == 0
    assert seen["hw.network.up", "eth0"] == 1
    assert seen["hw.network.bandwidth.limit", "eth0"] == 12_500_000
    assert seen["system.uptime", ""] == 1000.0
    assert bench.device.role == "ups"
    assert bench.device.properties == {"vendor": "Example", "model": "E 1500", "name": "ups-1"}


def test_what_is_not_there_is_no_reading() -> None:
    seen = Bench().poll()
    assert ("hw.battery.time_left", "") not in seen
    assert ("hw.temperature", "Battery") not in seen


def test_after_a_device_is_met_only_the_cells_that_move_are_fetched() -> None:
    bench = Bench()
    bench.poll()
    bench.poll()  # who stands around it
    bench.engine.values["1.3.6.1.2.1.33.1.4.1.0"] = 5
    assert bench.poll()["hw.ups.source", ""] == 1
    assert bench.engine.walks == []
    assert len(bench.engine.gets) == 2


def test_another_device_at_the_same_address_stands_elsewhere() -> None:
    bench = Bench()
    bench.engine.values["1.3.6.1.2.1.2.2.1.6.1"] = bytes(range(6))
    bench.poll()
    bench.poll()
    first = bench.device.properties["cards"]
    another = {SYS_OBJECT_ID: "1.3.6.1.4.1.32473.7", "1.3.6.1.2.1.2.2.1.6.1": bytes(range(4, 10))}
    bench.engine.values |= {**another, SYS_UP_TIME: 100}
    bench.poll()
    assert "cards" not in bench.device.properties
    bench.poll()
    assert bench.device.properties["cards"] not in ("", first)


def test_counters_become_rates_from_the_second_poll_on() -> None:
    bench = Bench()
    assert ("hw.network.io", "eth0:receive") not in bench.poll()
    bench.engine.values["1.3.6.1.2.1.2.2.1.10.1"] = 1_625_000
    seen = bench.poll(10)
    assert seen["hw.network.io", "eth0:receive"] == 62_500
    assert seen["hw.network.bandwidth.utilization", "eth0:receive"] == 0.005


def test_a_restart_starts_counters_anew_and_asks_again_who_it_is() -> None:
    bench = Bench()
    bench.poll()
    bench.engine.values |= {SYS_UP_TIME: 100, "1.3.6.1.2.1.2.2.1.10.1": 5, "1.3.6.1.2.1.33.1.1.2.0": b"E 3000"}
    seen = bench.poll()
    assert ("hw.network.io", "eth0:receive") not in seen
    assert bench.device.properties["model"] == "E 3000"


def test_a_device_that_does_not_answer_is_a_probe_error_and_comes_back() -> None:
    bench = Bench()
    bench.poll()
    bench.engine.down = True
    with pytest.raises(ProbeError):
        bench.poll()
    bench.engine.down = False
    assert bench.poll()["hw.battery.charge", ""] == 0.9


def test_a_table_that_fails_costs_only_itself() -> None:
    bench = Bench()
    bench.engine.deaf = lambda oid: oid.startswith("1.3.6.1.2.1.33.1.4.4")
    seen = bench.poll()
    assert seen["hw.battery.charge", ""] == 0.9
    assert ("hw.ups.load", "") not in seen
    assert bench.device.failures > 0


def test_rows_that_come_later_are_found() -> None:
    bench = Bench()
    bench.poll()
    bench.engine.values |= {"1.3.6.1.2.1.2.2.1.2.2": b"eth1", "1.3.6.1.2.1.2.2.1.8.2": 2}
    assert ("hw.network.up", "eth1") not in bench.poll()
    assert bench.poll(900)["hw.network.up", "eth1"] == 0


def test_two_rows_of_one_name_are_told_apart() -> None:
    bench = Bench()
    bench.engine.values |= {"1.3.6.1.2.1.2.2.1.2.2": b"eth0", "1.3.6.1.2.1.2.2.1.8.2": 2}
    seen = bench.poll()
    assert (seen["hw.network.up", "eth0"], seen["hw.network.up", "eth0 #2"]) == (1, 0)


LINK_OF_ETH0 = "1.3.6.1.2.1.2.2.1.8.1"


def test_what_a_trap_told_counts_where_the_device_does_not_answer_any_more() -> None:
    bench = Bench()
    bench.poll()
    bench.engine.down = True
    bench.device.heard({LINK_OF_ETH0: 2, "1.3.6.1.2.1.33.1.2.4.0": 12, "1.3.6.1.4.1.99.1": b"?"})
    assert bench.poll() == {("hw.network.up", "eth0"): 0, ("hw.battery.charge", ""): 0.12}
    with pytest.raises(ProbeError):
        bench.poll()


def test_what_the_device_says_now_counts_more_than_what_its_trap_told() -> None:
    bench = Bench()
    bench.poll()
    bench.device.heard({LINK_OF_ETH0: 2})
    assert bench.poll()["hw.network.up", "eth0"] == 1


def test_a_trap_tells_nothing_that_needs_more_than_it_holds() -> None:
    bench = Bench()
    bench.poll()
    bench.engine.down = True
    # A counter gives no rate, and a load may be one of several.
    bench.device.heard({"1.3.6.1.2.1.2.2.1.10.1": 5, "1.3.6.1.2.1.33.1.4.4.1.5.1": 99, "1.3.6.1.2.1.33.1.2.4.0": 50})
    assert bench.poll() == {("hw.battery.charge", ""): 0.5}


def test_a_device_that_stays_silent_is_asked_less_often_and_at_once_when_it_speaks() -> None:
    bench = Bench()
    bench.poll()
    bench.engine.down = True

    def asked(polls: int) -> int:
        before, total = 0, 0
        for _ in range(polls):
            bench.clock.now_s += 10
            before = len(bench.engine.gets)
            with pytest.raises(ProbeError):
                bench.device.read(NOW)
            total += len(bench.engine.gets) > before
        return total

    assert asked(3) == 3
    assert 5 <= asked(30) <= 15  # once in 30 to 60 s before long
    bench.engine.down = False
    bench.device.heard({"1.3.6.1.6.3.1.1.4.1.0": "1.3.6.1.6.3.1.1.5.1"})
    assert bench.poll(0.1)["hw.battery.charge", ""] == 0.9
