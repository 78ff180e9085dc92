"""A configuration that is handed over is verified, checked, tried, kept or undone, also over restarts."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.managed import FILE, MOST_STARTS, Managed
from agent.signature import SealError, verify, verify_here
from wire.control import CONFIGURATION_SIGNED_AS
from wire.digest import digest

KEY = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
OWN = f'[agent]\nid = "pc1"\nsite = "east"\ndata_dir = "data"\n[manage]\nkey = "{PUBLIC}"\n'
NEW = OWN + "[process]\nwatch = ['recorder']\n"


def sealed(version: int, text: str = NEW, *, agent: str = "east:pc1", key: Ed25519PrivateKey = KEY) -> bytes:
    body = json.dumps({"agent": agent, "version": version, "config": text}).encode()
    return key.sign(CONFIGURATION_SIGNED_AS + body) + body


def managed_of(file: Path) -> Managed:
    return Managed(file, verify=verify_here)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(OWN)
    return path


def test_what_was_handed_over_is_tried_and_kept_when_it_works(file: Path) -> None:
    managed = managed_of(file)
    assert managed.begin().process.watch == ()
    assert managed.said == {"config_digest": digest(OWN), "config_state": "", "config_tried": "", "config_error": ""}
    assert managed.take(sealed(2))
    assert managed.begin().process.watch == ("recorder",)
    assert managed.is_trial
    assert managed.said["config_state"] == "trial"
    managed.confirm()
    assert managed.said == {
        "config_digest": digest(NEW),
        "config_state": "applied",
        "config_tried": "",
        "config_error": "",
    }
    again = managed_of(file)
    assert again.begin().process.watch == ("recorder",)
    assert not again.is_trial
    assert file.read_text() == OWN, "the file is a person's"


def test_what_does_not_work_is_undone(file: Path) -> None:
    managed = managed_of(file)
    managed.take(sealed(2))
    managed.begin()
    managed.confirm()
    worse = OWN + "[host]\nenabled = false\n"
    assert managed.take(sealed(3, worse))
    assert not managed.begin().host.enabled
    managed.roll_back("nothing was heard")
    assert managed.begin().process.watch == ("recorder",)
    assert managed.said == {
        "config_digest": digest(NEW),
        "config_state": "rolled_back",
        "config_tried": "3",
        "config_error": "nothing was heard",
    }
    assert not managed.take(sealed(3, worse)), "it is handed over again at each birth"
    assert managed.take(sealed(4, worse))


def test_a_trial_goes_on_after_the_agent_was_killed_but_not_for_ever(file: Path) -> None:
    managed_of(file).take(sealed(2))
    for _ in range(MOST_STARTS):
        managed = managed_of(file)
        assert managed.begin().process.watch == ("recorder",)
        assert managed.is_trial
    managed = managed_of(file)
    assert managed.begin().process.watch == ()
    assert managed.said["config_state"] == "rolled_back"
    assert "ended 3 times" in managed.said["config_error"]


@pytest.mark.parametrize(
    "given",
    [
        sealed(2, key=Ed25519PrivateKey.generate()),
        sealed(2, agent="east:pc2"),
        sealed(2)[:-1] + b"x",
        sealed(0),
        sealed(2)[:64],
        b"",
        KEY.sign(CONFIGURATION_SIGNED_AS + b"[]") + b"[]",
        KEY.sign(b'{"agent": "east:pc1", "version": 2, "config": ""}')
        + b'{"agent": "east:pc1", "version": 2, "config": ""}',
    ],
    ids=[
        "another key",
        "another agent",
        "changed",
        "no version",
        "no text",
        "nothing",
        "no table",
        "signed for another use",
    ],
)
def test_what_is_not_the_collectors_word_to_us_changes_nothing(file: Path, given: bytes) -> None:
    managed = managed_of(file)
    assert not managed.take(given)
    assert managed.begin() == managed.own
    assert managed.said["config_state"] == ""


def test_every_mistake_is_told_with_its_place(file: Path) -> None:
    managed = managed_of(file)
    assert not managed.take(sealed(2, OWN + "[process]\nwatch = 5\n[broker]\nurl = 'http://x'\nkeepalive_s = 0\n"))
    said = managed.said
    assert (said["config_state"], said["config_tried"]) == ("rejected", "2")
    assert [line.partition(": ")[0] for line in said["config_error"].splitlines()] == [
        f"{file}:8:1", f"{file}:10:1", f"{file}:11:1",
    ]  # fmt: skip
    assert managed.begin() == managed.own


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('id = "pc1"', 'id = "pc2"', "agent.id: must stay 'pc1', not 'pc2'"),
        ('site = "east"', 'site = "west"', "agent.site: must stay 'east', not 'west'"),
        ('"data"', '"other"', "agent.data_dir: must stay"),
        (f'key = "{PUBLIC}"', "", "manage.key: must stay"),
    ],
    ids=["id", "site", "data_dir", "key"],
)
def test_an_agent_stays_who_it_is_and_in_whose_hands_it_is(file: Path, was: str, becomes: str, says: str) -> None:
    managed = managed_of(file)
    assert not managed.take(sealed(2, OWN.replace(was, becomes)))
    assert says in managed.said["config_error"]


def test_an_older_version_than_the_one_that_runs_is_refused(file: Path) -> None:
    managed = managed_of(file)
    managed.take(sealed(5))
    managed.begin()
    managed.confirm()
    assert not managed.take(sealed(4, OWN))
    assert managed.said["config_state"] == "rejected"
    assert "version 5 runs, which is newer" in managed.said["config_error"]


def test_a_file_that_a_person_changed_has_the_last_word(file: Path) -> None:
    managed = managed_of(file)
    managed.take(sealed(2))
    managed.begin()
    managed.confirm()
    file.write_text(OWN + "[host]\nenabled = false\n")
    managed = managed_of(file)
    config = managed.begin()
    assert not config.host.enabled
    assert config.process.watch == ()
    assert not managed.take(sealed(2)), "the collector hands it over again at the next birth"
    assert (managed.said["config_state"], managed.said["config_tried"]) == ("local", "2")
    assert not managed_of(file).take(sealed(2)), "also after a restart"
    assert managed.take(sealed(3)), "what is made after that is taken"
    managed.begin()
    managed.confirm()
    assert managed.said["config_state"] == "applied"
    assert managed_of(file).begin().process.watch == ("recorder",)


def test_what_was_handed_to_another_agent_on_this_computer_overrules_nothing(file: Path) -> None:
    managed = managed_of(file)
    managed.take(sealed(7))
    managed.begin()
    managed.confirm()
    file.write_text(OWN.replace("pc1", "pc2"))
    managed = managed_of(file)
    assert managed.said["config_tried"] == ""
    assert managed.take(sealed(2, NEW.replace("pc1", "pc2"), agent="east:pc2"))


def test_a_version_that_cannot_be_run_any_more_gives_way_to_the_file(file: Path) -> None:
    secret = file.with_name("secret")
    secret.write_text("x")
    managed = managed_of(file)
    managed.take(sealed(2, OWN + '[broker]\nusername = "u"\npassword_file = "secret"\n'))
    managed.begin()
    managed.confirm()
    secret.unlink()
    managed = managed_of(file)
    assert managed.begin() == managed.own
    assert managed.said["config_state"] == "rolled_back"
    assert "cannot be read" in managed.said["config_error"]


def test_a_damaged_memory_is_forgotten(file: Path) -> None:
    kept = file.parent / "data" / FILE
    kept.parent.mkdir()
    kept.write_text("{")
    assert managed_of(file).begin() == managed_of(file).own


def test_what_cannot_be_gone_back_on_is_not_tried(file: Path) -> None:
    (file.parent / "data").write_text("a file where the folder belongs")
    managed = managed_of(file)
    assert not managed.take(sealed(2))
    assert managed.begin() == managed.own
    assert "could not be gone back on" in managed.said["config_error"]


def test_signatures_are_verified_by_a_process_that_ends() -> None:
    key = base64.b64decode(PUBLIC)
    verify(key, KEY.sign(b"ours"), b"ours")
    with pytest.raises(SealError, match="not from our collector"):
        verify(key, KEY.sign(b"ours"), b"theirs")
    with pytest.raises(SealError, match="31 bytes"):
        verify(key[:31], KEY.sign(b"ours"), b"ours")
