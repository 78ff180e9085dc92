"""Accounts and the first run over the real records database."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from collector.now import now
from collector.store.errors import StoreNotWritable
from collector.store.records.accounts import Accounts, Language, LastAdministrator, NameTaken, Role
from collector.store.records.database import Records
from collector.store.records.first_run import ensure_first_run


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    yield opened
    opened.close()


def test_the_first_run_makes_an_administrator_and_a_token_that_only_its_owner_reads(
    records: Records, tmp_path: Path
) -> None:
    first = ensure_first_run(records, tmp_path, now())
    accounts = Accounts(records)
    assert first.password is not None
    signed_in = accounts.check_password(first.user, first.password)
    assert signed_in is not None
    assert signed_in.role is Role.ADMIN
    assert first.token_file == tmp_path / "admin.token"
    assert first.token_file.stat().st_mode & 0o777 == 0o600
    token = accounts.check_token(first.token_file.read_text().strip(), now())
    assert token is not None
    assert token.role is Role.ADMIN


def test_a_later_run_keeps_what_works(records: Records, tmp_path: Path) -> None:
    first = ensure_first_run(records, tmp_path, now())
    text = first.token_file.read_text()
    first.token_file.chmod(0o644)
    second = ensure_first_run(records, tmp_path, now())
    assert (second.password, second.token_file.read_text()) == (None, text)
    assert second.token_file.stat().st_mode & 0o777 == 0o600
    assert len(Accounts(records).tokens(limit=10)) == 1


@pytest.mark.parametrize("spoilt", [b"", b"rt_other", b"\xff\xfe\x00"], ids=["empty", "not valid", "no text"])
def test_a_token_file_that_does_not_work_is_replaced(records: Records, tmp_path: Path, spoilt: bytes) -> None:
    first = ensure_first_run(records, tmp_path, now())
    first.token_file.write_bytes(spoilt)
    ensure_first_run(records, tmp_path, now())
    assert Accounts(records).check_token(first.token_file.read_text().strip(), now()) is not None


def test_a_token_of_lower_rank_in_the_file_is_replaced(records: Records, tmp_path: Path) -> None:
    _, text = Accounts(records).add_token(name="wall", role=Role.VIEWER, now=now())
    (tmp_path / "admin.token").write_text(text)
    first = ensure_first_run(records, tmp_path, now())
    token = Accounts(records).check_token(first.token_file.read_text().strip(), now())
    assert token is not None
    assert token.role is Role.ADMIN


def test_a_folder_that_takes_no_token_is_told(records: Records, tmp_path: Path) -> None:
    (tmp_path / "admin.token").mkdir()
    with pytest.raises(StoreNotWritable, match=r"admin\.token"):
        ensure_first_run(records, tmp_path, now())


def test_neither_password_token_nor_cookie_is_in_the_database(records: Records, tmp_path: Path) -> None:
    first = ensure_first_run(records, tmp_path, now())
    accounts = Accounts(records)
    cookie = accounts.open_session(first.user, now())
    records.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("records.sqlite*"))
    for secret in (first.password, first.token_file.read_text().strip(), cookie):
        assert secret is not None
        assert secret.encode() not in kept


def test_sessions_and_tokens_end(records: Records) -> None:
    accounts = Accounts(records)
    accounts.add_user(name="lina", password="a-good-password", role=Role.OPERATOR, language=Language.EN, now=now())
    cookie = accounts.open_session("lina", now())
    assert accounts.session_user(cookie, now()) is not None
    assert accounts.session_user(cookie, now() + timedelta(days=31)) is None
    accounts.change_user("lina", password="another-password")
    assert accounts.session_user(cookie, now()) is None
    made, text = accounts.add_token(name="t", role=Role.VIEWER, expires_at=now() + timedelta(hours=1), now=now())
    assert accounts.check_token(text, now()) is not None
    assert accounts.check_token(text, now() + timedelta(hours=2)) is None
    assert accounts.remove_token(made.id)
    assert accounts.check_token(text, now()) is None


def test_a_name_is_taken_once_and_the_last_administrator_stays(records: Records, tmp_path: Path) -> None:
    first = ensure_first_run(records, tmp_path, now())
    accounts = Accounts(records)
    with pytest.raises(NameTaken):
        accounts.add_user(name=first.user, password="x" * 12, role=Role.VIEWER, language=Language.EN, now=now())
    with pytest.raises(LastAdministrator):
        accounts.remove_user(first.user)
    accounts.add_user(name="second", password="x" * 12, role=Role.ADMIN, language=Language.EN, now=now())
    assert accounts.remove_user(first.user)
    assert accounts.audit(limit=5) == []


def test_callers_are_checked_while_somebody_else_writes(records: Records) -> None:
    accounts = Accounts(records)
    _, text = accounts.add_token(name="t", role=Role.VIEWER, now=now())
    assert accounts.check_token(text, now()) is not None  # notes its use
    checked = threading.Event()
    with records.session() as writing:
        writing.connection()  # holds the write lock
        threading.Thread(target=lambda: accounts.check_token(text, now()) and checked.set(), daemon=True).start()
        assert checked.wait(5)
