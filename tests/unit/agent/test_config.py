"""agent.toml: what it says, and every mistake in it at once."""

import json
from pathlib import Path

import pytest

from agent.config import default_config, load_config
from agent.errors import ConfigError
from agent.schema import agent_schema
from agent.tables import LISTS, TABLES
from agent.toml_places import Place, Places

ROOT = Path(__file__).resolve().parents[3]


def write(folder: Path, text: str) -> Path:
    file = folder / "agent.toml"
    file.write_text(text, encoding="utf-8")
    return file


def mistakes(folder: Path, text: str) -> list[str]:
    file = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, {})
    return [str(mistake).replace(str(file), "agent.toml") for mistake in caught.value.mistakes]


def test_a_site_is_enough(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[agent]\nsite = "east"\n'), {})
    assert config.agent.site == "east"
    assert config.agent.id
    assert config.agent.interval_s == 10
    assert config.agent.role == "recorder-pc"
    assert str(config.broker) == "mqtt://127.0.0.1:1883"
    assert config.broker.keepalive_s == 10
    assert config.host_id == "roomtone"
    assert config.host.enabled
    assert config.snmp == ()


def test_everything_that_can_be_said_is_understood(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "community").write_text("campus\n")
    (tmp_path / "user.toml").write_text('user = "noc"\nauth_proto = "SHA"\nauth_key = "long enough"\n')
    (tmp_path / "ca.pem").write_text("")
    (tmp_path / "kentik").mkdir()
    text = """\
[agent]
id = "pc-1"
site = "east"
room = "east/a101"
role = "gateway"
name = "讲台电脑"
interval_s = 0.5
data_dir = "state"
[broker]
url = "mqtts://[::1]:8884"
username = "pc-1"
password_file = "password"
ca_file = "ca.pem"
keepalive_s = 4
host_id = ""
[outbox]
max_bytes = 1_000_000
max_age_s = 3600
grace_bytes = 0
grace_age_s = 60
[host]
enabled = false
per_core = true
[process]
watch = ["obs", "录播 主程序"]
[[ping]]
target = "10.0.0.5"
[[ping]]
target = "camera.east.example"
port = 554
device = "cam-1"
timeout_s = 0.3
[[snmp]]
id = "ups-1"
role = "ups"
host = "10.0.0.9"
community_file = "community"
interval_s = 30
[[snmp]]
id = "switch-1"
host = "10.0.0.10"
version = "3"
user_file = "user.toml"
port = 1161
retries = 0
profiles = ["kentik"]
[traps]
bind = "0.0.0.0"
port = 1162
community_file = "community"
user_file = "user.toml"
"""
    config = load_config(write(tmp_path, text), {})
    assert config.agent.name == "讲台电脑"
    assert config.data_dir == tmp_path / "state"
    assert (config.broker.host, config.broker.port, config.broker.tls) == ("::1", 8884, True)
    assert (config.broker.username, config.broker.password) == ("pc-1", "secret")
    assert config.host_id == ""
    assert config.bounds.max_bytes == 1_000_000
    assert config.process.watch == ("obs", "录播 主程序")
    assert config.ping[1].port == 554
    assert [(t.id, t.role, t.community, t.interval_s) for t in config.snmp] == [
        ("ups-1", "ups", "campus", 30.0),
        ("switch-1", "", "public", None),
    ]
    assert config.snmp[1].user is not None
    assert config.snmp[1].user.name == "noc"
    assert config.snmp[1].profiles == (tmp_path / "kentik",)
    assert config.traps is not None
    assert (config.traps.bind, config.traps.port, config.traps.community) == ("0.0.0.0", 1162, "campus")
    assert config.traps.user == config.snmp[1].user


def test_the_environment_goes_before_the_password_file(tmp_path: Path) -> None:
    text = '[agent]\nsite = "east"\n[broker]\nusername = "x"\npassword_file = "none"\n'
    config = load_config(write(tmp_path, text), {"ROOMTONE_MQTT_PASSWORD": "from outside"})
    assert config.broker.password == "from outside"


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    text = '[agent]\nsite = "east"\n[broker]\nusername = "x"\n'
    config = load_config(write(tmp_path, text), {"ROOMTONE_MQTT_PASSWORD": "s3cret"})
    assert "s3cret" not in repr(config)


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text('user = "noc"\nauth_proto = "ROT13"\n')
    text = """\
[agent]
id = "PC 1"
sitee = "east"
role = "wizard"
interval_s = "10"

[broker]
url = "tcp://127.0.0.1"
password_file = "missing"
keepalive_s = true

[[ping]]
device = "x"

  [[ping]]
  target = "10.0.0.5"
  port = 99999

[[snmp]]
id = "ups"
host = "10.0.0.9"
  version = "4"

[[snmp]]
id = "ups2"
host = "10.0.0.9"
version = "3"

[[snmp]]
id = "ups3"
host = "10.0.0.9"
version = "3"
user_file = "user.toml"

[colour]
"""
    found = mistakes(tmp_path, text)
    assert found == [
        "agent.toml:1:1: agent: site is missing: the site's id, as in the campus file",
        "agent.toml:2:1: agent.id: 'PC 1' must be small letters, digits and . _ -, not . _ - first",
        "agent.toml:3:1: agent.sitee: unknown key; did you mean 'site'?",
        "agent.toml:4:1: agent.role: 'wizard' is none of recorder-pc, recorder, camera, projector, display, microphone,"
        " mixer, capture-card, storage, switch, access-point, ups, pdu, sensor, gateway, other",
        "agent.toml:5:1: agent.interval_s: must be a number, not '10'",
        "agent.toml:8:1: broker.url: 'tcp://127.0.0.1' must begin with mqtt://, mqtts://, ws:// or wss://",
        f"agent.toml:9:1: broker.password_file: {tmp_path / 'missing'} is no file",
        "agent.toml:10:1: broker.keepalive_s: must be a whole number, not True",
        "agent.toml:12:1: ping[0]: target is missing: a host name or address",
        "agent.toml:17:3: ping[1].port: must be at most 65535, not 99999",
        "agent.toml:22:3: snmp[0].version: '4' is none of 1, 2c, 3",
        "agent.toml:24:1: snmp[1]: user_file is missing: version 3 needs a user",
        f"agent.toml:35:1: colour: unknown key; known are {', '.join([*TABLES, *LISTS])}",
        *[m for m in found if "user.toml" in m],
    ]
    assert any("user.toml:2:1: auth_proto: 'ROT13'" in m for m in found)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[agent\n", "agent.toml:1:7: is no TOML"),
        ('[agent]\nsite = "a"\nsite = "b"\n', "agent.toml:3:11: is no TOML: Cannot overwrite a value"),
        ('[agent]\nsite = "a"\n[agent]\n', "agent.toml:3:7: is no TOML: [agent] is there twice"),
        ('[recording]\nfolders = ["C:\\Rec"]\n', "in single quotes: 'C:\\Recordings'"),
        ("agent = 1\n", "agent.toml:1:1: agent: must be a table"),
        ('[agent]\nsite = "a"\n[ping]\ntarget = "x"\n', "agent.toml:3:1: ping: must be a list of tables"),
        ('[agent]\nsite = "a"\n[process]\nwatch = "x"\n', "agent.toml:4:1: process.watch: must be a list"),
        ('[agent]\nsite = "a"\n[process]\nwatch = [\n  1]\n', "agent.toml:4:1: process.watch: must be a text"),
        ('[agent]\nsite = "a"\ninterval_s = nan\n', "agent.toml:3:1: agent.interval_s: must be a number, not NaN"),
        ('[agent]\nsite = "a"\n[broker]\nusername = "x"\npassword_file = "p"\n', "5:1: broker.password_file: "),
        ('[agent]\nsite = "a"\n[broker]\nca_file = "p"\n', "agent.toml:4:1: broker.ca_file: is of no use without TLS"),
        (
            '[agent]\nsite = "a"\n[broker]\nurl = "wss://b"\ncert_file = "agent.toml"\n',
            "agent.toml:3:1: broker: key_file is missing",
        ),
        (
            '[agent]\nsite = "a"\n[broker]\nproxy = "socks://b"\n',
            "agent.toml:4:1: broker.proxy: 'socks://b' must be http://HOST:PORT",
        ),
        (
            '[agent]\nsite = "a"\n[broker]\nproxy_account_file = "p"\n',
            "agent.toml:4:1: broker.proxy_account_file: is of no use without a proxy",
        ),
        ('[agent]\nsite = "a"\n[broker]\nurl = "mqtt://a:b@c"\n', "must not hold an account"),
        (
            '[agent]\nsite = "a"\n[[snmp]]\nid = "u"\nhost = "h"\n[[snmp]]\nid = "u"\nhost = "h"\n',
            "agent.toml:6:1: snmp[1]: 'u' is there already",
        ),
        (
            '[agent]\nsite = "a"\n[[ping]]\ntarget = "h"\n[[ping]]\ntarget = "h"\n',
            "agent.toml:5:1: ping[1]: 'h' is there already",
        ),
        (
            '[agent]\nsite = "a"\n[[snmp]]\nid = "u"\nhost = "h"\ncommunity_file = "none"\n',
            "agent.toml:6:1: snmp[0].community_file: ",
        ),
        (
            '[agent]\nsite = "a"\n[[snmp]]\nid = "u"\nhost = "h"\nuser_file = "none"\n',
            "agent.toml:6:1: snmp[0].user_file: is of no use with version 2c",
        ),
        (
            '[agent]\nsite = "a"\n[[snmp]]\nid = "u"\nhost = "h"\nprofiles = ["none"]\n',
            "agent.toml:6:1: snmp[0].profiles: ",
        ),
    ],
)
def test_a_mistake_has_its_place(tmp_path: Path, text: str, what: str) -> None:
    found = mistakes(tmp_path, text)
    assert len(found) == 1
    assert what in found[0]


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(ConfigError, match="it is not UTF-8"):
        load_config(tmp_path / "latin.toml")


def test_an_agent_without_a_file_reads_this_computer() -> None:
    config = default_config()
    assert config.agent.id
    assert config.host.enabled


def test_places_survive_whatever_toml_allows() -> None:
    text = '''\
# a [comment] with = signs
top."quoted key" = """
[not] = a table
"""   # and "more"
list = [
  "a", # ]
  { x = 1 },
]
'literal' = 'it\\'
[[a.b]]
x = 1979-05-27T07:32:00Z
  [a.b.c]
  y = "\\"#["
[[a.b]]
x = 2'''
    places = Places(text)
    assert places.at(("top", "quoted key")) == Place(2, 1)
    assert places.at(("list", 0, "x")) == Place(5, 1)
    assert places.at(("literal",)) == Place(9, 1)
    assert places.at(("a", "b", 0, "x")) == Place(11, 1)
    assert places.at(("a", "b", 0, "c", "y")) == Place(13, 3)
    assert places.at(("a", "b", 1)) == Place(14, 1)
    assert places.at(("a", "b", 1, "x")) == Place(15, 1)
    assert places.at(("a", "b", 1, "nothing")) == Place(14, 1)


def test_the_schema_for_editors_is_in_step_with_the_reader() -> None:
    written = json.loads((ROOT / "docs" / "schema" / "agent.json").read_text("utf-8"))
    assert written == agent_schema(), "run: python -m agent.schema > docs/schema/agent.json"


def test_an_agent_may_report_over_snmp_alone_or_over_both(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text(
        'user = "poller"\nauth_proto = "SHA-256"\nauth_key = "long enough"\n'
        'priv_proto = "AES"\npriv_key = "long enough"\n'
    )
    text = (
        '[agent]\nsite = "east"\n[responder]\nuser_file = "user.toml"\ninform = ["10.0.0.2:162", "[2001:db8::2]:162"]\n'
    )
    config = load_config(write(tmp_path, text), {})
    assert config.responder is not None
    assert config.responder.receivers == (("10.0.0.2", 162), ("2001:db8::2", 162))
    assert (config.responder.bind, config.has_broker) == ("127.0.0.1", False)
    assert load_config(write(tmp_path, text + '[broker]\nurl = "mqtt://127.0.0.1"\n'), {}).has_broker


def test_readings_do_not_travel_over_snmp_unprotected(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text('user = "noc"\nauth_proto = "SHA"\nauth_key = "long enough"\n')
    text = '[agent]\nsite = "east"\n[responder]\nuser_file = "user.toml"\nbase = "1.3"\ninform = ["noc.example:162"]\n'
    assert mistakes(tmp_path, text) == [
        "agent.toml:5:1: responder.base: '1.3' must be an OID in numbers, as 1.3.6.1.4.1.32473",
        "agent.toml:6:1: responder.inform: 'noc.example:162' must begin with an IP address",
    ]
    assert "must have auth_proto and priv_proto" in mistakes(tmp_path, text[: text.index("base")])[0]


@pytest.mark.parametrize(
    ("target", "is_good"),
    [("pc1:80", False), ("10.0.0.1:161", False), ("pc1", True), ("10.0.0.1", True), ("fe80::1", True), ("::1", True)],
)
def test_a_port_does_not_hide_in_an_address(tmp_path: Path, target: str, is_good: bool) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(f'[agent]\nid = "a"\nsite = "s"\n[[ping]]\ntarget = "{target}"\n')
    if is_good:
        assert load_config(file).ping[0].target == target
    else:
        with pytest.raises(ConfigError, match=r"5:1: ping\[0\].target: .* port is a key"):
            load_config(file)
