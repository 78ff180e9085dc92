"""An agent notices that its own files were changed, once they are whole and can be used."""

import logging
from pathlib import Path

import pytest

from agent.now import Moment
from agent.own_files import OwnFiles

CONFIG = '[agent]\nsite = "east"\nid = "pc1"\ndata_dir = "data"\n'
BROKER = '[broker]\nurl = "mqtt://127.0.0.1"\nusername = "x"\npassword_file = "mqtt.password"\n'


class Desk:
    """An agent's folder, and looks at it ten seconds apart."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "agent.toml"
        self.config.write_text(CONFIG + BROKER)
        (folder / "mqtt.password").write_text("one")
        self.own = OwnFiles(self.config)
        self._now_s = 0.0

    def looks(self, times: int = 2) -> list[bool]:
        found = []
        for _ in range(times):
            self._now_s += 10
            found.append(self.own.step(Moment(0, self._now_s)))
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_files_that_nobody_touched_are_the_same(desk: Desk) -> None:
    assert not any(desk.looks(5))


@pytest.mark.parametrize(
    ("name", "text"),
    [("agent.toml", CONFIG.replace("pc1", "pc-2")), ("mqtt.password", "another")],
    ids=["another identity", "the same identity, another password"],
)
def test_a_change_is_taken_over_once_it_stays(desk: Desk, name: str, text: str) -> None:
    file = desk.config.with_name(name)
    file.write_text("")
    assert desk.looks(1) == [False]
    file.write_text(text)
    assert desk.looks() == [False, True]


def test_what_has_mistakes_is_said_once_and_what_runs_goes_on(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.config.write_text(CONFIG + "[proces]\n")
    assert not any(desk.looks(5))
    assert caplog.text.count("cannot be used; what ran goes on") == 1
    assert "agent.toml:5:1: proces: unknown key; did you mean 'process'?" in caplog.text
    desk.config.write_text(CONFIG)
    assert desk.looks() == [False, True]


def test_a_password_that_is_gone_is_said(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    desk.config.with_name("mqtt.password").unlink()
    assert not any(desk.looks(3))
    assert "mqtt.password cannot be read" in caplog.text


def test_it_looks_now_and_then(desk: Desk) -> None:
    desk.looks(1)
    desk.config.write_text(CONFIG)
    assert not any(desk.own.step(Moment(0, 10.0 + n / 10)) for n in range(29))
