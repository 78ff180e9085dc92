"""The tables of agent.toml that ask for probes: what they say, and their mistakes."""

from pathlib import Path

import pytest

from agent.config import Config, load_config
from agent.errors import ConfigError

HEAD = '[agent]\nsite = "east"\n'


def load(folder: Path, text: str) -> Config:
    file = folder / "agent.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    return load_config(file, {})


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    return [str(mistake).replace(f"{folder}/", "") for mistake in caught.value.mistakes]


def test_nothing_is_asked_for_by_default(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    assert (config.smart, config.raid, config.clock, config.services) == (None, None, None, None)
    assert (config.capture, config.sensors, config.reboot) == (None, None, None)
    assert (config.pjlink, config.command, config.http) == ((), (), ())


def test_an_empty_table_asks_for_a_probe(tmp_path: Path) -> None:
    config = load(tmp_path, "[smart]\n[raid]\n[sensors]\n[reboot]\ninterval_s = 5\n")
    assert config.smart is not None
    assert config.smart.interval_s == 1800
    assert config.reboot is not None
    assert config.reboot.interval_s == 5
    assert config.clock is None


def test_secrets_come_from_their_files_and_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("s3cret\n")
    config = load(
        tmp_path,
        '[[pjlink]]\nid = "a"\nhost = "h"\npassword_file = "p"\n'
        '[[http]]\nname = "b"\nurl = "http://h/"\ntoken_file = "p"\n',
    )
    assert config.pjlink[0].password == "s3cret"
    assert config.http[0].token == "s3cret"
    assert "s3cret" not in repr(config)


def test_values_are_tables_in_tables(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        '[[command]]\nname = "a"\nrun = ["x"]\n'
        '[[command.value]]\npath = "p"\nmetric = "m.n"\nvalues = ["OK=0", "x = y=-1.5"]\n'
        '[[command.value]]\npath = "q"\nmetric = "m.o"\n[[command]]\nname = "b"\nrun = ["y", "-z"]\n',
    )
    assert [value.path for value in config.command[0].value] == ["p", "q"]
    assert config.command[1].run == ("y", "-z")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[[pjlink]]\nid = "a"\n', "agent.toml:3:1: pjlink[0]: host is missing"),
        ('[[pjlink]]\nid = "a"\nhost = "h"\nrole = "tv"\n', "agent.toml:6:1: pjlink[0].role: 'tv' is none of"),
        ('[[pjlink]]\nid = "a"\nhost = "h"\npassword_file = "none"\n', "agent.toml:6:1: pjlink[0].password_file: "),
        ('[[http]]\nname = "a"\nurl = "ftp://h"\n', "agent.toml:5:1: http[0].url: 'ftp://h' must be http://HOST"),
        ('[[http]]\nname = "a"\nurl = "http://u:p@h"\n', "agent.toml:5:1: http[0].url: must not hold an account"),
        ('[[http]]\nname = "a"\nurl = "http://h:x"\n', "agent.toml:5:1: http[0].url: 'http://h:x' is no URL"),
        ('[[http]]\nname = "a"\nurl = "https://h"\nca_file = "none"\n', "agent.toml:6:1: http[0].ca_file: "),
        ('[[command]]\nname = "a"\n', "agent.toml:3:1: command[0]: run is missing"),
        ('[[command]]\nname = "a"\nrun = []\n', "agent.toml:3:1: command[0]: run must name a program"),
        (
            '[[command]]\nname = "a"\nrun = ["x"]\nformat = "xml"\n',
            "agent.toml:6:1: command[0].format: 'xml' is none of",
        ),
        (
            '[[command]]\nname = "a"\nrun = ["x"]\n[[command.value]]\npath = "p"\n',
            "agent.toml:6:1: command[0].value[0]: metric is missing",
        ),
        (
            '[[command]]\nname = "a"\nrun = ["x"]\n[[command.value]]\npath = "p"\nmetric = "m.n"\n  values = ["OK"]\n',
            "agent.toml:9:3: command[0].value[0].values: 'OK' must be a text and its number",
        ),
        ('[[command]]\nname = "a"\nrun = ["x"]\nvalue = [1]\n', "agent.toml:6:1: command[0].value[0]: must be a table"),
        (
            '[[command]]\nname = "a"\nrun = ["x"]\n[[command]]\nname = "a"\nrun = ["x"]\n',
            "agent.toml:6:1: command[1]: 'a' is there already",
        ),
        ("[services]\n", "agent.toml:3:1: services: watch is missing"),
        (
            '[services]\nwatch = ["a[b]"]\n',
            "agent.toml:4:1: services.watch: 'a[b]' must be 1 to 120 characters",
        ),
        (
            '[[http]]\nname = "a"\nurl = "http://h"\n[[http.value]]\npath = "p"\nmetric = "hw.temprature"\n',
            "agent.toml:6:1: http[0].value[0]: metric 'hw.temprature' is none of the catalogue; did you mean"
            " 'hw.temperature'?",
        ),
        (
            '[[http]]\nname = "a"\nurl = "http://h"\n[[http.value]]\npath = "p"\nmetric = "hw.voltage"\nunit = "mV"\n',
            "http[0].value[0]: hw.voltage is in V, not in mV: leave unit out, and give a scale",
        ),
        (
            '[[http]]\nname = "a"\nurl = "http://h"\n[[http.value]]\npath = "p"\nmetric = "hw.voltage[3V3]"\n',
            "http[0].value[0]: metric 'hw.voltage[3V3]': what stands in brackets is for instance",
        ),
        ("[capture]\n", "agent.toml:3:1: capture: name devices in video or audio"),
        ("[clock]\nserver = 1\n", "agent.toml:4:1: clock.server: unknown key; did you mean 'servers'?"),
        ("[smart]\ninterval_s = 0\n", "agent.toml:4:1: smart.interval_s: must be at least 0.1"),
        ("[[smart]]\n", "agent.toml:3:1: smart: must be a table"),
    ],
)
def test_a_mistake_has_its_place(tmp_path: Path, text: str, what: str) -> None:
    found = mistakes(tmp_path, text)
    assert len(found) == 1
    assert what in found[0]


def test_a_device_has_one_probe(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        '[[snmp]]\nid = "proj"\nhost = "h"\n[[pjlink]]\nid = "proj"\nhost = "h"\n'
        '[[http]]\nname = "a"\nurl = "http://h"\ndevice = "proj"\n',
    )
    assert found == [
        "agent.toml:6:1: pjlink[0]: 'proj' is there already",
        "agent.toml:9:1: http[0]: 'proj' is there already",
    ]
