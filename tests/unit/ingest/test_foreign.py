"""Plain MQTT devices by a mapping: readings, who is there, and what hostile ones can do."""

import json
from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.core.foreign import ForeignMapping
from collector.core.model import Born, DeviceId, Died, Series, SeriesId
from collector.ingest.foreign import MAX_PAYLOAD
from collector.ingest.intake import Intake
from collector.packs.mapping import load_mapping
from tests.unit.ingest.edge import T0, Bench, Edge, ms

MAPPING = """
devices:
  - device: "main:{unit}"
    room: main/a101
    role: sensor
    interval: 1 min
    availability: {topic: "plugs/{unit}/alive", path: state, online: up, offline: down}
    messages:
      - topic: "plugs/{unit}/state"
        time: $.at
        readings:
          - {path: $.power, metric: hw.power, scale: 0.001}
          - {path: "$.probes.{probe}.t", metric: hw.temperature, instance: "{probe}"}
          - {path: $.lamp, metric: lamp, enum: {"ON": 1, "OFF": 0}}
      - topic: "plugs/{unit}/kept"
        format: text
        retained: true
        readings: [{metric: kept}]
  - device: "main:gate:{host}"
    messages:
      - topic: "telegraf/#"
        format: line
        readings: [{path: cpu.idle, metric: idle, instance: "{cpu}", where: {zone: a}}]
home_assistant: {prefix: ha, device: "main:iot:{id}", role: sensor}
"""


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> ForeignMapping:
    file = tmp_path_factory.mktemp("mapping") / "mapping.yaml"
    file.write_text(MAPPING, "utf-8")
    return load_mapping(file)


@pytest.fixture
def bench(mapping: ForeignMapping) -> Bench:
    return begin(mapping)


def begin(mapping: ForeignMapping, series: Iterable[Series] = ()) -> Bench:
    bench = Bench(series=series)
    bench.nodes.use_mapping(mapping)
    return bench


def say(bench: Bench, topic: str, content: object, *, is_retained: bool = False) -> Intake:
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    bench.put(topic, payload, is_retained=is_retained)
    return bench.take()


def shown(bench: Bench, intake: Intake) -> list[tuple[str, str, str, float]]:
    rows = zip(intake.readings.series.tolist(), intake.readings.value.tolist(), strict=True)
    return [(s.device, s.metric, s.instance, value) for number, value in rows if (s := bench.series[number])]


def test_a_message_becomes_readings_and_a_birth(bench: Bench) -> None:
    content = {
        "at": "2026-11-22T09:59:00+00:00",
        "power": 1500,
        "probes": {"in": {"t": 21.5}, "out": {"t": "4"}},
        "lamp": "On",
    }
    intake = say(bench, "plugs/Plug 7/state", content)
    assert shown(bench, intake) == [
        ("main:plug-7", "hw.power", "", 1.5),
        ("main:plug-7", "hw.temperature", "in", 21.5),
        ("main:plug-7", "hw.temperature", "out", 4.0),
        ("main:plug-7", "lamp", "", 1.0),
    ]
    assert set(intake.readings.at_us.tolist()) == {(ms(T0) - 60_000) * 1000}
    assert {one.metric: one.unit for one in intake.series} == {"hw.power": "W", "hw.temperature": "Cel", "lamp": ""}
    device = DeviceId("main:plug-7")
    properties = {"role": "sensor", "room": "main/a101"}
    assert intake.events == (Born(device=device, at=T0, properties=properties, interval=timedelta(minutes=1)),)
    assert intake.heard == {device: T0}
    assert say(bench, "plugs/Plug 7/state", {"power": 1}).events == ()


def test_the_will_and_the_return_of_a_device_are_told(bench: Bench) -> None:
    device = DeviceId("main:p")
    say(bench, "plugs/p/state", {"power": 1})
    assert say(bench, "plugs/p/alive", {"state": "down"}).events == (Died(device=device, at=T0),)
    assert say(bench, "plugs/p/alive", {"state": "down"}).events == ()
    (born,) = say(bench, "plugs/p/alive", {"state": "UP"}).events
    assert isinstance(born, Born)
    say(bench, "plugs/p/alive", {"state": "down"})
    # Whoever speaks is there, whatever was said of it before.
    (born,) = say(bench, "plugs/p/state", {"power": 1}).events
    assert isinstance(born, Born)


def test_a_device_that_is_away_as_the_collector_comes_is_shown_and_dead(mapping: ForeignMapping) -> None:
    born, died = say(begin(mapping), "plugs/p/alive", {"state": "down"}, is_retained=True).events
    assert (type(born), type(died)) == (Born, Died)
    known = [Series(id=SeriesId(1), device=DeviceId("main:p"), metric="m")]
    (died,) = say(begin(mapping, known), "plugs/p/alive", {"state": "down"}, is_retained=True).events
    assert isinstance(died, Died)


def test_what_the_broker_had_kept_is_no_reading_of_now_unless_the_mapping_says_so(bench: Bench) -> None:
    assert not say(bench, "plugs/p/state", {"power": 1}, is_retained=True).has_something_to_store
    assert shown(bench, say(bench, "plugs/p/kept", b"7.5", is_retained=True)) == [("main:p", "kept", "", 7.5)]


def test_lines_have_tags_times_and_a_gateway(mapping: ForeignMapping) -> None:
    bench = begin(mapping)
    lines = (
        f"cpu,host=Srv1,cpu=c0,zone=a idle=97.5,busy=1i {ms(T0) * 1_000_000}\n"
        "cpu,host=Srv1,cpu=c1,zone=b idle=1\n"
        "mem,host=Srv1,zone=a used=5i\n"
        f"cpu,host=Srv2,cpu=c0,zone=a idle=3 {ms(T0)}"
    )
    intake = say(bench, "telegraf/x/cpu", lines.encode())
    assert shown(bench, intake) == [("main:gate:srv1", "idle", "c0", 97.5), ("main:gate:srv2", "idle", "c0", 3.0)]
    assert intake.readings.at_us.tolist() == [ms(T0) * 1000] * 2
    assert [event.device for event in intake.events] == ["main:gate", "main:gate:srv1", "main:gate:srv2"]
    assert set(intake.heard) == {"main:gate", "main:gate:srv1", "main:gate:srv2"}
    # After a restart the gateway is known already: born anew it would let what is behind it wait to be read again.
    again = begin(mapping, intake.series)
    assert [event.device for event in say(again, "telegraf/x/cpu", lines.encode()).events] == [
        "main:gate:srv1",
        "main:gate:srv2",
    ]


CONFIG = {
    "~": "zigbee/lab", "name": "Temperature", "stat_t": "~", "avty": [{"t": "~/alive"}, {"t": "zigbee/bridge"}],
    "val_tpl": "{{ value_json.temperature | float }}", "dev_cla": "temperature", "unit_of_meas": "°F",
    "uniq_id": "0x1_t",
    "dev": {"ids": ["0x00158D"], "name": "Lab {1}", "mf": "Aqara", "mdl": "T1", "sw": "3.0", "sn": "42"},
}  # fmt: skip


def test_a_device_that_describes_itself_is_read_as_it_says(bench: Bench) -> None:
    before = bench.nodes.foreign_filters
    assert not say(bench, "ha/sensor/0x1/temp/config", CONFIG, is_retained=True).has_something_to_store
    assert set(bench.nodes.foreign_filters) - set(before) == {"zigbee/lab", "zigbee/lab/alive", "zigbee/bridge"}
    intake = say(bench, "zigbee/lab", {"temperature": 77})
    assert [(d, m, i, round(v, 6)) for d, m, i, v in shown(bench, intake)] == [
        ("main:iot:0x00158d", "hw.temperature", "temp", 25.0)
    ]
    born = intake.events[1]
    assert isinstance(born, Born)
    assert born.properties == {
        "role": "sensor", "name": "Lab (1)", "vendor": "Aqara", "model": "T1", "firmware": "3.0", "serial": "42"
    }  # fmt: skip
    (died,) = say(bench, "zigbee/bridge", b"offline").events
    assert isinstance(died, Died)
    # It is there when all that it depends on is.
    say(bench, "zigbee/lab/alive", b"offline")
    assert say(bench, "zigbee/bridge", b"online").events == ()
    assert len(say(bench, "zigbee/lab/alive", b"online").events) == 1
    say(bench, "ha/sensor/0x1/temp/config", b"")
    assert bench.nodes.foreign_filters == before


@pytest.mark.parametrize(
    ("component", "change", "payload", "row"),
    [
        pytest.param(
            "sensor", {"val_tpl": None, "dev_cla": "battery", "unit_of_meas": "%"}, b"80", ("hw.battery.charge", 0.8),
            id="a bare number",
        ),
        pytest.param(
            "sensor", {"val_tpl": "{{value_json['a b'][0]}}", "dev_cla": None, "unit_of_meas": "lx"}, b'{"a b": [3]}',
            ("home_assistant.sensor", 3.0), id="a quoted key",
        ),
        pytest.param(
            "binary_sensor", {"val_tpl": None, "dev_cla": "problem"}, b"ON", ("hw.status", 1.0), id="a problem"
        ),
        pytest.param(
            "binary_sensor", {"val_tpl": None, "dev_cla": "door", "pl_on": "open", "pl_off": "shut"}, b"shut",
            ("home_assistant.door", 0.0), id="a door",
        ),
        pytest.param(
            "switch", {"val_tpl": "{{ value_json.state }}", "dev_cla": None}, b'{"state": "ON"}',
            ("home_assistant.switch", 1.0), id="a switch",
        ),
    ],
)  # fmt: skip
def test_other_things_that_describe_themselves(
    component: str, change: dict[str, object], payload: bytes, row: tuple[str, float], bench: Bench
) -> None:
    config = {key: value for key, value in {**CONFIG, **change}.items() if value is not None}
    say(bench, f"ha/{component}/x/config", config)
    assert [(m, v) for _, m, _, v in shown(bench, say(bench, "zigbee/lab", payload))] == [row]


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        pytest.param(b"{", "malformed", id="no JSON"),
        pytest.param({**CONFIG, "stat_t": "#"}, "malformed", id="all topics"),
        pytest.param({**CONFIG, "stat_t": "spBv1.0/x"}, "malformed", id="a topic of Sparkplug"),
        pytest.param({**CONFIG, "dev": 5}, "malformed", id="a device that is none"),
        pytest.param([1], "malformed", id="a list"),
        pytest.param({**CONFIG, "val_tpl": "{% if x %}1{% endif %}"}, "unsupported", id="a program"),
        pytest.param({**CONFIG, "val_tpl": "{{ value_json.t * 9 }}"}, "unsupported", id="a calculation"),
        pytest.param({**CONFIG, "unit_of_meas": "furlong"}, "unsupported", id="a unit that temperatures have not"),
    ],
)
def test_a_description_that_cannot_be_followed_is_counted(config: object, reason: str, bench: Bench) -> None:
    before = bench.nodes.foreign_filters
    say(bench, "ha/sensor/x/config", config)
    assert bench.refused() == {reason: 1}
    assert bench.nodes.foreign_filters == before


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        pytest.param("plugs/p/state", b"{", "malformed", id="cut"),
        pytest.param("plugs/p/state", b"\xff\xfe", "malformed", id="no UTF-8"),
        pytest.param("plugs/p/state", b"[" * 100_000, "malformed", id="deep"),
        pytest.param("plugs/p/state", b'{"x": 1}', "unmapped", id="nothing of interest"),
        pytest.param("plugs/p/state", b'{"power": "many"}', "not_a_number", id="a word"),
        pytest.param("plugs/p/state", b'{"power": [1]}', "not_a_number", id="a list"),
        pytest.param("plugs/p/state", b'{"power": NaN}', "not_a_number", id="NaN"),
        pytest.param("plugs/p/state", b'{"power": 1' + b"0" * 5000 + b"}", "malformed", id="endless digits"),
        pytest.param("plugs/p/state", b'{"probes": {"a\\u0000": {"t": 1}}}', "bad_name", id="no name"),
        pytest.param("plugs/-/state", b'{"power": 1}', "bad_topic", id="a name that is no id"),
        pytest.param("plugs/p/state", b" " * (MAX_PAYLOAD + 1), "too_large", id="too long"),
        pytest.param("plugs/p/state", b'{"power": 1, "at": 7258118399}', "stamp_future", id="of the future"),
        pytest.param("telegraf/x", b"cpu idle", "malformed", id="no line"),
        pytest.param("plugs/p/alive", b"hm", "unmapped", id="an availability that says nothing"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_counted_and_harms_nobody(topic: str, payload: bytes, reason: str, bench: Bench) -> None:
    intake = say(bench, topic, payload)
    assert len(intake.readings) == 0
    assert bench.refused()[reason] == 1
    assert len(say(bench, "plugs/q/state", {"power": 1}).readings) == 1


def test_the_id_of_an_agent_is_not_for_a_plain_device(mapping: ForeignMapping) -> None:
    bench = begin(mapping)
    edge = Edge(bench)
    edge.base = edge.base.replace("/s1/", "/main/")
    edge.birth()
    bench.take()
    name = edge.base.rpartition("/")[2]
    assert len(say(bench, f"plugs/{name}/state", {"power": 1}).readings) == 0
    assert bench.refused() == {"taken": 1}


@given(
    topic=st.sampled_from(["plugs/p/state", "plugs/p/alive", "telegraf/x", "ha/sensor/x/config"]), payload=st.binary()
)
def test_no_payload_makes_it_raise(topic: str, payload: bytes, mapping: ForeignMapping) -> None:
    bench = begin(mapping)
    say(bench, topic, payload)
    assert bench.refused().get("fault", 0) == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(value=JSON, key=st.sampled_from(sorted(CONFIG)))
def test_no_description_makes_it_raise(value: object, key: str, mapping: ForeignMapping) -> None:
    bench = begin(mapping)
    say(bench, "ha/sensor/x/config", {**CONFIG, key: value})
    say(bench, "zigbee/lab", {"temperature": value})
    assert bench.refused().get("fault", 0) == 0
