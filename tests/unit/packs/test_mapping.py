"""The mapping file: what it says, and how its mistakes are told."""

from datetime import timedelta
from pathlib import Path

import pytest

from collector.cli.main import main
from collector.core.foreign import Format
from collector.core.pattern import TopicPattern, covers, narrowest, parse_path
from collector.packs.errors import PackError
from collector.packs.mapping import load_mapping

GOOD = """
devices:
  - device: "main:{unit}"
    room: "main/{room}"
    role: sensor
    interval: 1 min
    availability: {topic: "{room}/{unit}/alive", online: [1, yes], offline: 0}
    messages:
      - topic: "{room}/{unit}/state"
        time: $.at
        readings:
          - {path: "$.probes.{probe}.t", metric: hw.temperature, instance: "{probe}", scale: 0.1}
          - {path: lamp, metric: lamp, enum: {ON: 1, off: 0}}
      - topic: "{room}/{unit}/level"
        format: text
        readings: [{metric: tank.level, unit: m}]
home_assistant: {device: "main:iot:{id}", role: sensor}
"""


def test_what_a_file_says(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(GOOD, "utf-8")
    mapping = load_mapping(file)
    (device,) = mapping.devices
    assert (device.id, device.interval) == ("main:{unit}", timedelta(minutes=1))
    assert device.properties == {"role": "sensor", "room": "main/{room}"}
    assert (device.availability[0].online, device.availability[0].offline) == (("1", "yes"), ("0",))
    state, level = device.talks
    assert state.topic.match("a101/plug/state") == {"room": "a101", "unit": "plug"}
    assert [(v.metric, v.unit, v.scale) for v in state.values] == [("hw.temperature", "Cel", 0.1), ("lamp", "", 1.0)]
    assert state.values[1].numbers == {"on": 1.0, "off": 0.0}
    assert (level.format, level.values[0].unit) == (Format.TEXT, "m")
    assert mapping.filters == ("+/+/alive", "+/+/level", "+/+/state", "homeassistant/#")


BAD = """
devices:
  - device: "main:{unit}:"
    rol: sensor
    messages: [{topic: "a/#/b", readings: []}]
  - device: "main:x"
    room: "{floor}"
    interval: 0 s
    messages:
      - {topic: "$SYS/x", readings: [{metric: "a b"}]}
  - device: "main:x"
    room: "{floor}"
    interval: 0 s
    messages:
      - {topic: "x/{y}", format: line, readings: [{path: cpu, metric: q}]}
      - topic: "t/{u}x{u}"
        readings: [{path: "a[", metric: m}]
      - topic: "t/+x"
        readings: [{path: "a", metric: m}]
      - topic: "t"
        format: text
        time: $.x
        readings:
          - {path: x, metric: hw.temperature, unit: K, scale: 0, instance: "{nobody}"}
home_assistant: {device: "main:x", prefix: "a/+"}
"""


def test_every_mistake_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(BAD, "utf-8")
    with pytest.raises(PackError) as caught:
        load_mapping(file)
    said = [f"{m.line}:{m.column} {m.where}: {m.what}" for m in caught.value.mistakes]
    expected = [
        ("3:13", "must be a device id"),
        ("4:5", "unknown key 'rol'; did you mean 'role'?"),
        ("5:24", "# may only be the last level"),
        ("5:43", "must not be empty"),
        ("10:17", "of the broker and of Sparkplug"),
        ("10:47", "must be a metric's name"),
        ("16:16", "each name may be there once"),
        ("17:27", "is no path like"),
        ("18:16", "+ stands for a whole level"),
        ("25:44", "has no + and no #"),
        # What does not fit together, in entries that have mistakes of shape as well.
        ("8:15", "must be longer than 0"),
        ("11:13", "is here twice"),
        ("13:15", "must be longer than 0"),
        ("15:58", "a line needs a path of measurement and field"),
        ("20:16", "does not say what {floor} is, which the device's room has in it"),
        ("22:15", "is for JSON"),
        ("24:20", "is of no use where the payload is one number"),
        ("24:53", "hw.temperature is in Cel"),
        ("24:63", "must not be 0"),
        ("24:76", "nothing says what {nobody} is"),
        ("25:26", "must have {id} in it"),
    ]
    for place, words in expected:
        assert any(one.startswith(f"{place} ") and words in one for one in said), (place, words, said)


REFERENCES = """
devices:
  - device: "main:x"
    room: "{floor}"
    interval: 0 s
    messages:
      - {topic: "x/{y}", format: line, readings: [{path: cpu, metric: q}]}
      - topic: "t"
        format: text
        time: $.x
        readings:
          - {path: x, metric: hw.temperature, unit: K, scale: 0, instance: "{nobody}"}
  - {device: "main:x", messages: [{topic: z, readings: [{metric: m}]}]}
home_assistant: {device: "main:x", room: "{floor}"}
"""


def test_what_does_not_fit_together_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(REFERENCES, "utf-8")
    with pytest.raises(PackError) as caught:
        load_mapping(file)
    said = [m.what for m in caught.value.mistakes]
    for words in (
        "must be longer than 0",
        "a line needs a path of measurement and field",
        "does not say what {floor} is, which the device's room has in it",
        "is for JSON",
        "is of no use where the payload is one number",
        "hw.temperature is in Cel",
        "must not be 0",
        "nothing says what {nobody} is",
        "is here twice",
        "must have {id} in it",
        "nothing says what {floor} is; there is {id}",
    ):
        assert any(words in one for one in said), (words, said)


@pytest.mark.parametrize(
    ("pattern", "topic", "found"),
    [
        pytest.param("tele/{unit}/SENSOR", "tele/plug/SENSOR", {"unit": "plug"}, id="a level"),
        pytest.param("shelly{unit}/switch:{n}", "shelly1-ab/switch:0", {"unit": "1-ab", "n": "0"}, id="parts"),
        pytest.param("a/+/c", "a/b/c", {}, id="any level"),
        pytest.param("a/#", "a", {}, id="below, itself"),
        pytest.param("a/#", "a/b/c", {}, id="below"),
        pytest.param("#", "a/b", {}, id="all"),
        pytest.param("a/{x}", "a/b/c", None, id="too long"),
        pytest.param("a.c/{x}", "abc/d", None, id="a dot is a dot"),
    ],
)  # fmt: skip
def test_a_topic_pattern_matches_as_a_broker_would(pattern: str, topic: str, found: dict[str, str] | None) -> None:
    assert TopicPattern(pattern).match(topic) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("$.a.b", [({}, 1)], id="keys"),
        pytest.param("a['c d']", [({}, 2)], id="a quoted key"),
        pytest.param("l[1].v", [({}, 6)], id="a position"),
        pytest.param("l.{n}.v", [({"n": "0"}, 5), ({"n": "1"}, 6)], id="each of a list"),
        pytest.param("a.{k}", [({"k": "b"}, 1), ({"k": "c d"}, 2)], id="each of an object"),
        pytest.param("a.x.y", [], id="nothing"),
    ],
)
def test_a_path_finds_what_it_says(path: str, found: list[tuple[dict[str, str], int]]) -> None:
    document = {"a": {"b": 1, "c d": 2}, "l": [{"v": 5}, {"v": 6}]}
    assert list(parse_path(path).find(document)) == found


def test_no_topic_is_subscribed_to_twice() -> None:
    assert narrowest(["a/+", "a/b", "a/#", "c", "c"]) == ("a/#", "c")
    assert covers("a/+/c", "a/b/c")
    assert not covers("a/+", "a/#")


def test_the_command_says_what_is_in_a_file_and_what_silence_it_cannot_see(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(GOOD, "utf-8")
    assert main(["mapping", "check", str(file)]) == 0
    assert capsys.readouterr().out == "1 kind of device, 3 readings, 1 discovery, no mistakes\n"
    file.write_text('devices: [{device: "main:x", messages: [{topic: z, readings: [{metric: m}]}]}]\n', "utf-8")
    assert main(["mapping", "check", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 kind of device, 1 reading, no discovery, no mistakes",
        "main:x: has neither interval nor availability, so its silence is never noticed",
    ]


def test_the_command_tells_all_mistakes_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(REFERENCES, "utf-8")
    assert main(["mapping", "check", str(file)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 11
    assert all(line.startswith(f"{file}:") for line in said.err.splitlines())
    assert f"{file}:5:15: devices[0].interval: must be longer than 0" in said.err
    assert main(["mapping", "check", str(tmp_path / "none.yaml")]) == 1
    assert "none.yaml" in capsys.readouterr().err


def test_every_mapping_that_comes_with_roomtone_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted((Path(__file__).parents[3] / "rules" / "mappings").glob("*.yaml"))
    assert len(files) >= 3
    for file in files:
        assert main(["mapping", "check", str(file)]) == 0, capsys.readouterr().err
