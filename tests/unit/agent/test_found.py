"""What programs print: JSON, line protocol, performance data; and which metrics it becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.probe_tables import ValueTable
from agent.probes.found import Unreadable, found_in
from agent.probes.mapping import Mapping
from agent.reading import Reading

DISKS = (
    '{"disks": [{"name": "sda", "temp": 31.5, "state": "OK"}, {"name": "sdb", "temp": 40, "state": "BAD"}], "up": true}'
)


def values(text: str, how: str) -> dict[str, float | bool | str]:
    return {one.path: one.value for one in found_in(text, how)}


def mapped(text: str, how: str, *tables: ValueTable) -> tuple[list[tuple[str, str, float, str]], list[str]]:
    troubles: list[str] = []
    readings = Mapping("probe", how, tables).readings(found_in(text, how), troubles)
    return [(r.metric, r.instance, float(r.value), r.unit) for r in readings], troubles


def test_json_is_walked() -> None:
    assert values('{"a": {"b": [1, 2.5]}, "c": true, "d": null, "e": "x"}', "json") == {
        "a.b.0": 1,
        "a.b.1": 2.5,
        "c": True,
        "e": "x",
    }
    assert values("3", "json") == {"": 3}
    assert values('{"a": 1}\n\n{"a": 2}\n', "json") == {"0.a": 1, "1.a": 2}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("", "prints nothing", id="nothing"),
        pytest.param("hello", "prints no JSON: 'hello'", id="text"),
        pytest.param('{"a": 1', "no JSON", id="cut"),
        pytest.param('{"a": 1}\nx', "no JSON", id="one line of two"),
        pytest.param("[" * 30 + "1" + "]" * 30, "too deep", id="deep"),
        pytest.param("[" * 100_000, "no JSON", id="endless"),
        pytest.param("[" + "1," * 6000 + "1]", "more than 5000 values", id="long"),
    ],
)
def test_what_is_no_json_is_told(text: str, what: str) -> None:
    with pytest.raises(Unreadable, match=what):
        found_in(text, "json")


def test_line_protocol_is_read_with_its_escapes() -> None:
    text = (
        '# a comment\nweather,room=A\\ 101,site=east temp=21.5,"odd"=1i 1465839830100400200\n'
        'disk,path=C:\\\\ used=3u,name="x, y=\\"z\\"",ok=t\n\n'
    )
    found = found_in(text, "influx")
    assert {one.path: one.value for one in found} == {
        "weather.temp": 21.5,
        'weather."odd"': 1,
        "disk.used": 3,
        "disk.name": 'x, y="z"',
        "disk.ok": True,
    }
    assert found[0].beside == {"room": "A 101", "site": "east"}
    assert found[2].beside == {"path": "C:\\"}


@pytest.mark.parametrize("text", ["", "hello", "a b", "a b=", "a b=1,", "a b=1 c", "a b=x", 'a b="x', "a b=1,c"])
def test_what_is_no_line_protocol_is_told(text: str) -> None:
    with pytest.raises(Unreadable, match="line protocol"):
        found_in(text, "influx")


def test_performance_data_is_read_in_base_units() -> None:
    text = (
        "DISK OK - free space: / 3326 MB | /=2643MB;5948;5958;0;5968 'used %'=44%;80;90\nlong text = 3\n"
        "more | 'it''s'=12.5ms;;;0 pending=U errors=7c bad= load1=0,35;5"
    )
    assert [(one.path, one.value, one.unit) for one in found_in(text, "nagios")] == [
        ("/", 2643 * 1024**2, "By"),
        ("used %", pytest.approx(0.44), "1"),
        ("it's", pytest.approx(0.0125), "s"),
        ("errors", 7, "1"),
        ("load1", 0.35, "1"),
    ]
    assert found_in("just text", "nagios") == []


def test_a_path_finds_one_value_or_many() -> None:
    table = ValueTable(path="disks[*].temp", metric="hw.temperature", instance="disk {name}")
    assert mapped(DISKS, "json", table) == (
        [("hw.temperature", "disk sda", 31.5, ""), ("hw.temperature", "disk sdb", 40, "")],
        [],
    )
    table = ValueTable(path="$.disks.1.temp", metric="x.y", instance="{1}", unit="K", scale=2)
    assert mapped(DISKS, "json", table)[1] == ["there is no '1' beside 'disks.1.temp'"]
    table = ValueTable(path="disks.*.temp", metric="x.y", instance="no {1}", unit="K", scale=2)
    assert mapped(DISKS, "json", table)[0] == [("x.y", "no 0", 63, "K"), ("x.y", "no 1", 80, "K")]


def test_texts_become_numbers_by_name() -> None:
    table = ValueTable(path="disks.*.state", metric="hw.status", instance="{name}", values=("ok=0", "BAD=2"))
    assert mapped(DISKS, "json", table)[0] == [("hw.status", "sda", 0, ""), ("hw.status", "sdb", 2, "")]
    table = ValueTable(path="disks.*.state", metric="hw.status", values=("BAD=2",))
    readings, troubles = mapped(DISKS, "json", table)
    assert len(readings) == 1
    assert troubles == ["'disks.0.state' is 'OK', which is no number; values can name one for it"]
    assert mapped('{"t": "21.5"}', "json", ValueTable(path="t", metric="hw.temperature"))[0][0][2] == 21.5


def test_what_is_not_there_is_told_and_costs_only_itself() -> None:
    up = ValueTable(path="up", metric="classroom.reachability", instance="x")
    gone = ValueTable(path="down", metric="a.b")
    assert mapped(DISKS, "json", gone, up) == (
        [("classroom.reachability", "x", 1, "")],
        ["there is no 'down' in it"],
    )


def test_tags_and_units_of_a_format_are_used() -> None:
    table = ValueTable(path="weather.*", metric="room.climate", instance="{room} {1}")
    assert mapped("weather,room=A temp=21,hum=0.4", "influx", table)[0] == [
        ("room.climate", "A temp", 21, ""),
        ("room.climate", "A hum", 0.4, ""),
    ]
    table = ValueTable(path="rta", metric="classroom.round_trip", instance="x")
    assert mapped("OK|rta=5ms", "nagios", table)[0] == [("classroom.round_trip", "x", 0.005, "")]


def test_without_tables_numbers_are_taken_as_they_are() -> None:
    text = '{"metric": "hw.temperature", "instance": "rack", "value": 31.5, "unit": "Cel", "at": 5}'
    assert mapped(text, "json")[0] == [("hw.temperature", "rack", 31.5, "Cel")]
    assert mapped('{"a": {"b": 2}, "c": "text"}', "json")[0] == [("probe.a.b", "", 2, "")]
    assert mapped("hw.temperature,instance=rack value=31.5", "influx")[0] == [("hw.temperature", "rack", 31.5, "")]
    assert mapped("weather,b=2,a=1 temp=3", "influx")[0] == [("weather.temp", "1:2", 3, "")]
    assert mapped("OK|rta=5ms", "nagios")[0] == [("nagios.probe", "rta", 0.005, "s")]


@given(
    st.text(max_size=60)
    | st.sampled_from([DISKS, "a,b=c d=1 2", "OK|a=1;2"]).flatmap(lambda t: st.permutations(t).map("".join))
)
def test_no_text_crashes(text: str) -> None:
    for how in ("json", "influx", "nagios"):
        try:
            found = found_in(text, how)
        except Unreadable:
            continue
        for reading in Mapping("probe", how, ()).readings(found, []):
            assert isinstance(reading, Reading)
