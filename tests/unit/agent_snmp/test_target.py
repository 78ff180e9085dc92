from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.snmp.target import AuthProto, PrivProto, auth_proto, load_user, priv_proto


def write(folder: Path, text: str) -> Path:
    path = folder / "user.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_user_is_read_from_its_file(tmp_path: Path) -> None:
    user = load_user(
        write(
            tmp_path,
            'user = "noc"\nauth_proto = "sha-512"\nauth_key = "auctoritas"\npriv_proto = "AES256"\n'
            'priv_key = "privatus"\ncontext = "room"\n',
        )
    )
    assert (user.name, user.auth_proto, user.priv_proto, user.context) == (
        "noc",
        AuthProto.SHA512,
        PrivProto.AES256,
        "room",
    )
    assert "auctoritas" not in repr(user)


def test_every_mistake_is_listed_with_its_place(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'user = ""\nauth_proto = "SHA-3"\nauth_key = "auctoritas"\n'
        'priv_proto = "AES"\npriv_key = "short"\ncolour = "red"\n',
    )
    with pytest.raises(ConfigError) as caught:
        load_user(path)
    places = {(mistake.line, mistake.where) for mistake in caught.value.mistakes}
    assert {(1, "user"), (2, "auth_proto"), (5, "priv_key"), (6, "colour")} <= places
    assert all(str(mistake).startswith(f"{path}:") for mistake in caught.value.mistakes)


def test_no_toml_is_said_with_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_user(write(tmp_path, 'user = "noc"\nauth_proto = \n'))
    assert caught.value.mistakes[0].line == 2


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_user(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("text", "proto"), [("SHA", AuthProto.SHA), ("sha1", AuthProto.SHA), ("SHA256", AuthProto.SHA256)]
)
def test_protocols_may_be_spelt_as_people_do(text: str, proto: AuthProto) -> None:
    assert auth_proto(text) == proto


@pytest.mark.parametrize(
    ("text", "proto"), [("AES", PrivProto.AES128), ("aes-256", PrivProto.AES256), ("DES", PrivProto.DES)]
)
def test_privacy_protocols_may_be_spelt_as_people_do(text: str, proto: PrivProto) -> None:
    assert priv_proto(text) == proto
