from pathlib import Path

import pytest

from agent.snmp.cli import main


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["-v", "3"], "--user is missing"),
        (["--user", "noc", "--auth-proto", "SHA-3", "--auth-key", "auctoritas"], "--auth-proto 'SHA-3' is none of"),
        (["--user", "noc", "--auth-proto", "SHA", "--auth-key", "short"], "--auth-key has 5 characters"),
        (["--user-file", "nothing.toml"], "nothing.toml: cannot be read"),
        (["--profiles", "nowhere"], "nowhere: is no directory of profiles"),
    ],
)
def test_wrong_usage_is_said_with_status_2(
    options: list[str], what: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["snmp", "read", "127.0.0.1", *options]) == 2
    assert what in capsys.readouterr().err


def test_every_mistake_of_a_user_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["snmp", "identify", "h", "--user", "u", "--auth-proto", "X", "--priv-proto", "Y"]) == 2
    errors = capsys.readouterr().err
    assert "--auth-proto" in errors
    assert "--priv-proto" in errors
    assert "--auth-key" in errors


def test_an_import_of_a_file_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["snmp", "import", str(tmp_path / "nothing.yml"), "-o", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err
