"""The mappings that are shipped, with the messages of real devices, through real brokers into the store."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.core.model import Born
from collector.packs.mapping import load_mapping
from tests.brokers import Broker
from tests.conftest import ROOT
from tests.contract.line import Line, close_line, open_line
from tests.plain_device import PlainDevice


def device(broker: Broker, name: str, *, will: tuple[str, str] | None = None) -> PlainDevice:
    return PlainDevice((broker.host, broker.port), (broker.username, broker.password), name, will=will)


@pytest.fixture
def line(broker: Broker, tmp_path: Path) -> Iterator[Line]:
    opened = open_line(broker, tmp_path / "data")
    opened.until(lambda: opened.host.connected, "the connection")
    yield opened
    close_line(opened)


def use(line: Line, broker: Broker, name: str) -> None:
    """Read by a shipped mapping, and wait until its topics come in."""
    mapping = load_mapping(ROOT / "rules" / "mappings" / f"{name}.yaml")
    line.host.use_mapping(mapping)
    probe = device(broker, "probe")
    # One of its topics, with a payload that nothing can be made of: counted once it comes through.
    patterns = [talk.topic.text for device in mapping.devices for talk in device.talks]
    patterns += [f"{discovery.prefix}/sensor/x/config" for discovery in mapping.discoveries]
    topic = re.sub(r"\{\w+\}|\+", "probe", patterns[0])
    before = sum(line.host.refused.values())

    def comes_in() -> bool:
        probe.say(topic, "{")
        return sum(line.host.refused.values()) > before

    line.until(comes_in, "the subscription")
    probe.leave()


def stored(line: Line) -> dict[str, float]:
    """Return the last value of each series, by device, metric and instance."""
    latest = line.store.latest()
    values = dict(zip(latest.series.tolist(), latest.value.tolist(), strict=True))
    return {
        f"{one.device} {one.metric}" + (f"[{one.instance}]" if one.instance else ""): values[one.id]
        for one in line.store.all_series()
        if one.id in values
    }


def has(line: Line, wanted: dict[str, float]) -> None:
    line.until(lambda: wanted.keys() <= stored(line).keys(), "the readings")
    found = stored(line)
    assert {name: found[name] for name in wanted} == pytest.approx(wanted)


def test_tasmota_is_read_and_its_will_is_its_death(line: Line, broker: Broker) -> None:
    use(line, broker, "tasmota")
    plug = device(broker, "DVES_4F2A1B", will=("tele/Plug_Lab/LWT", "Offline"))
    plug.say("tele/Plug_Lab/LWT", "Online", retain=True)
    plug.say(
        "tele/Plug_Lab/STATE",
        {
            "Time": "2026-11-28T10:15:00", "Uptime": "3T01:22:10", "UptimeSec": 264130, "Heap": 24, "POWER": "ON",
            "Wifi": {"AP": 1, "SSId": "campus", "RSSI": 66, "Signal": -67},
        },
    )  # fmt: skip
    plug.say(
        "tele/Plug_Lab/SENSOR",
        {
            "Time": "2026-11-28T10:15:00",
            "ENERGY": {"Total": 12.3, "Power": 182, "Factor": 0.97, "Voltage": 229, "Current": 0.82},
            "AM2301": {"Temperature": 22.4, "Humidity": 48.2, "DewPoint": 10.9},
            "DS18B20-1": {"Id": "01144A0CB2AA", "Temperature": 31.2},
            "TempUnit": "C",
        },
    )
    has(
        line,
        {
            "main:plug_lab system.uptime": 264130,
            "main:plug_lab tasmota.power": 1,
            "main:plug_lab tasmota.wifi.signal": -67,
            "main:plug_lab hw.power": 182,
            "main:plug_lab hw.voltage": 229,
            "main:plug_lab hw.current": 0.82,
            "main:plug_lab hw.temperature[AM2301]": 22.4,
            "main:plug_lab hw.humidity[AM2301]": 0.482,
            "main:plug_lab hw.temperature[DS18B20-1]": 31.2,
        },
    )
    assert line.born() == ["main:plug_lab"]
    plug.vanish()
    line.until(lambda: line.died() == ["main:plug_lab"], "the death")


def test_shelly_of_both_generations_is_read(line: Line, broker: Broker) -> None:
    use(line, broker, "shelly")
    new = device(broker, "shellyplus1pm-a8032ab1", will=("shellyplus1pm-a8032ab1/online", "false"))
    new.say("shellyplus1pm-a8032ab1/online", "true", retain=True)
    new.say(
        "shellyplus1pm-a8032ab1/status/switch:0",
        {
            "id": 0, "source": "init", "output": True, "apower": 8.9, "voltage": 237.5, "current": 0.059,
            "aenergy": {"total": 6.532, "minute_ts": 1732788900}, "temperature": {"tC": 53.3, "tF": 128.0},
        },
    )  # fmt: skip
    new.say("shellyplus1pm-a8032ab1/status/temperature:100", {"id": 100, "tC": 22.5, "tF": 72.5})
    new.say("shellyplus1pm-a8032ab1/status/humidity:100", {"id": 100, "rh": 45.1})
    old = device(broker, "shelly1pm-68C63A", will=("shellies/shelly1pm-68C63A/online", "false"))
    old.say("shellies/shelly1pm-68C63A/online", "true", retain=True)
    old.say("shellies/shelly1pm-68C63A/relay/0", "on")
    old.say("shellies/shelly1pm-68C63A/relay/0/power", "56.14")
    old.say("shellies/shelly1pm-68C63A/temperature", "41.03")
    has(
        line,
        {
            "main:shellyplus1pm-a8032ab1 shelly.output[0]": 1,
            "main:shellyplus1pm-a8032ab1 hw.power[0]": 8.9,
            "main:shellyplus1pm-a8032ab1 hw.temperature[switch:0]": 53.3,
            "main:shellyplus1pm-a8032ab1 hw.temperature[100]": 22.5,
            "main:shellyplus1pm-a8032ab1 hw.humidity[100]": 0.451,
            "main:shelly1pm-68c63a shelly.output[0]": 1,
            "main:shelly1pm-68c63a hw.power[0]": 56.14,
            "main:shelly1pm-68c63a hw.temperature[inside]": 41.03,
        },
    )
    new.vanish()
    old.vanish()
    line.until(lambda: sorted(line.died()) == ["main:shelly1pm-68c63a", "main:shellyplus1pm-a8032ab1"], "the deaths")


def test_zigbee_sensors_say_whether_somebody_is_in_the_room(line: Line, broker: Broker) -> None:
    use(line, broker, "zigbee2mqtt")
    bridge = device(broker, "zigbee2mqtt", will=("zigbee2mqtt/motion_a101/availability", '{"state": "offline"}'))
    bridge.say("zigbee2mqtt/motion_a101/availability", {"state": "online"}, retain=True)
    bridge.say(
        "zigbee2mqtt/motion_a101",
        {"battery": 88, "illuminance": 21, "linkquality": 120, "occupancy": False, "update": {"state": "idle"}},
    )
    bridge.say("zigbee2mqtt/radar_a102", {"presence": True, "illuminance": 300})
    has(
        line,
        {
            "main:motion_a101 classroom.occupancy[occupancy]": 0,
            "main:motion_a101 hw.battery.charge": 0.88,
            "main:motion_a101 room.illuminance": 21,
            "main:radar_a102 classroom.occupancy[presence]": 1,
        },
    )
    bridge.vanish()
    line.until(lambda: line.died() == ["main:motion_a101"], "the death")


def test_telegraf_is_read_with_its_own_times(line: Line, broker: Broker) -> None:
    use(line, broker, "telegraf")
    at_s = int(time.time()) - 30
    host = device(broker, "telegraf")
    host.say(
        "telegraf/Srv01/cpu",
        f"cpu,cpu=cpu0,host=Srv01 usage_idle=10,usage_user=90 {at_s}000000000\n"
        f"cpu,cpu=cpu-total,host=Srv01 usage_idle=97.5,usage_user=2.1 {at_s}000000000\n",
    )
    host.say("telegraf/Srv01/mem", f"mem,host=Srv01 used=4294967296i,used_percent=25.5,total=16i {at_s}000000000\n")
    host.say("telegraf/Srv01/system", f'system,host=Srv01 uptime=86400i,uptime_format="1 day" {at_s}000000000\n')
    host.say(
        "telegraf/Srv01/disk",
        f"disk,device=sda1,fstype=ext4,host=Srv01,path=/data\\ 1 total=100i,used=40i,used_percent=40 {at_s}000000000\n",
    )
    has(
        line,
        {
            "main:srv01 system.cpu.utilization": 0.025,
            "main:srv01 system.memory.usage": 4294967296,
            "main:srv01 system.memory.utilization": 0.255,
            "main:srv01 system.uptime": 86400,
            "main:srv01 system.filesystem.utilization[/data 1]": 0.4,
            "main:srv01 system.filesystem.limit[/data 1]": 100,
        },
    )
    assert set(line.stamps("system.cpu.utilization")) == {at_s * 1_000_000}
    host.leave()


ZIGBEE = {
    "availability": [{"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"}],
    "device": {
        "identifiers": ["zigbee2mqtt_0x00158d0001a2b3c4"],
        "manufacturer": "Aqara",
        "model": "Temperature and humidity sensor (WSDCGQ11LM)",
        "name": "Lecture hall",
        "sw_version": "3000-0001",
    },
    "state_topic": "zigbee2mqtt/Lecture hall".replace(" ", "_"),
    "state_class": "measurement",
    "enabled_by_default": True,
}


def announce(bridge: PlainDevice, component: str, name: str, **more: str) -> None:
    unique = f"0x00158d0001a2b3c4_{name}_zigbee2mqtt"
    topic = f"homeassistant/{component}/0x00158d0001a2b3c4/{name}/config"
    bridge.say(topic, {**ZIGBEE, "object_id": name, "unique_id": unique, **more}, retain=True)


def test_what_announces_itself_to_home_assistant_is_read(line: Line, broker: Broker) -> None:
    bridge = device(broker, "zigbee2mqtt", will=("zigbee2mqtt/bridge/state", '{"state": "offline"}'))
    bridge.say("zigbee2mqtt/bridge/state", {"state": "online"}, retain=True)
    # Announced before we came: the broker has kept it.
    celsius = {"unit_of_measurement": "°C", "value_template": "{{ value_json.temperature }}"}
    announce(bridge, "sensor", "temperature", device_class="temperature", **celsius)
    use(line, broker, "home-assistant")
    percent = {"unit_of_measurement": "%"}
    announce(
        bridge, "sensor", "humidity", device_class="humidity", value_template="{{ value_json.humidity }}", **percent
    )
    announce(bridge, "sensor", "battery", device_class="battery", value_template="{{ value_json.battery }}", **percent)
    announce(
        bridge, "binary_sensor", "low", device_class="problem", value_template="{{ value_json.low }}",
        payload_on="true", payload_off="false",
    )  # fmt: skip
    announce(
        bridge, "binary_sensor", "occupancy", device_class="occupancy", value_template="{{ value_json.occupancy }}",
        payload_on="true", payload_off="false",
    )  # fmt: skip
    heard = {"battery": 91, "humidity": 48.25, "temperature": 21.9, "low": False, "occupancy": True}

    def speaks() -> bool:
        bridge.say("zigbee2mqtt/Lecture_hall", heard)
        return len(stored(line)) == 5

    line.until(speaks, "the readings")
    sensor = "main:iot:zigbee2mqtt_0x00158d0001a2b3c4"
    has(
        line,
        {
            f"{sensor} hw.temperature[temperature]": 21.9,
            f"{sensor} hw.humidity[humidity]": 0.4825,
            f"{sensor} hw.battery.charge[battery]": 0.91,
            f"{sensor} hw.status[low]": 0,
            f"{sensor} classroom.occupancy[occupancy]": 1,
        },
    )
    assert set(line.born()) == {"main:iot", sensor}
    born = next(event for event in line.events if isinstance(event, Born) and event.device == sensor)
    assert (born.properties["name"], born.properties["vendor"]) == ("Lecture hall", "Aqara")
    bridge.vanish()
    line.until(lambda: line.died() == [sensor], "the death")


def test_another_mapping_takes_over_while_it_runs(line: Line, broker: Broker) -> None:
    use(line, broker, "tasmota")
    use(line, broker, "telegraf")
    host = device(broker, "both")
    host.say("tele/plug/SENSOR", {"ENERGY": {"Power": 5}})
    host.say("telegraf/a/system", "system,host=a uptime=1i")
    has(line, {"main:a system.uptime": 1})
    assert list(stored(line)) == ["main:a system.uptime"]
    host.leave()


def test_a_flood_of_nonsense_is_counted_and_the_rest_goes_on(line: Line, broker: Broker) -> None:
    use(line, broker, "tasmota")
    flood = device(broker, "flood")
    for number in range(300):
        flood.say(f"tele/x{number}/SENSOR", ["{", "[" * 5000, '{"ENERGY": {"Power": "x"}}'][number % 3])
    flood.say("tele/good/SENSOR", {"ENERGY": {"Power": 5}})
    has(line, {"main:good hw.power": 5})
    refused = line.host.refused
    assert refused["malformed"] >= 200
    assert refused["not_a_number"] == 100
    assert refused["fault"] == 0
    flood.leave()
