"""Opening a records database: private, brought up to date, and refused with a sentence that says what to do."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from collector.store.errors import StoreDamaged, StoreError, StoreInUse, StoreNotWritable, StoreTooNew
from collector.store.records import database
from collector.store.records.database import Records
from collector.store.records.migrate import migrations
from tests.unit.desk.desk_scene import DeskScene, fault


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "records.sqlite"


def open_(file: Path) -> Records:
    return Records.open(f"sqlite:///{file}")


def revision(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(found)


def test_nobody_else_can_read_the_file_or_what_lies_beside_it(file: Path) -> None:
    records = open_(file)
    DeskScene(records).open(fault())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes == {"records.sqlite": 0o600, "records.sqlite-wal": 0o600, "records.sqlite-shm": 0o600}
    records.close()


def test_an_older_file_is_copied_and_then_brought_up_to_date(file: Path) -> None:
    file.parent.mkdir()
    config = Config()
    config.set_main_option("script_location", str(migrations().dir))
    engine = database._engine(database._parsed(f"sqlite:///{file}"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO numbers (name, value) VALUES ('kept', 7)")
    engine.dispose()
    open_(file).close()
    copy = file.with_name("records.sqlite.0001")
    assert (revision(file), revision(copy)) == (migrations().get_current_head(), "0001")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    for each in (file, copy):
        with closing(sqlite3.connect(each)) as connection:
            assert connection.execute("SELECT name, value FROM numbers").fetchall() == [("kept", 7)]


def test_a_file_that_is_up_to_date_is_not_copied(file: Path) -> None:
    for _ in range(2):
        open_(file).close()
    assert [path.name for path in file.parent.iterdir()] == ["records.sqlite"]


def test_a_file_of_a_newer_version_is_refused_and_left_alone(file: Path) -> None:
    open_(file).close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = file.read_bytes()
    with pytest.raises(StoreTooNew, match=r"written by a newer Roomtone.*9999.*start that version"):
        open_(file)
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"hello " * 1000)
    with pytest.raises(StoreDamaged, match="not a records database"):
        open_(file)
    assert file.read_bytes() == b"hello " * 1000


def test_a_folder_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreNotWritable, match=r"records\.sqlite cannot be opened.*writable"):
        open_(tmp_path / "data" / "records.sqlite")


def test_a_file_that_another_process_holds_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_PRAGMAS", (*database._PRAGMAS, "busy_timeout = 20"))
    records = open_(file)
    scene = DeskScene(records)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreInUse, match="another process holds it"):
            scene.open(fault())
        assert scene.tickets == []  # a reader does not wait
        other.execute("ROLLBACK")
    assert len(scene.open(fault()).tickets) == 1
    records.close()


def test_a_full_disk_is_told_and_nothing_is_half_written(file: Path) -> None:
    records = open_(file)
    scene = DeskScene(records)
    scene.open(fault())
    before = scene.everything()
    with records.session() as session:
        connection = session.connection().connection.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreNotWritable, match="disk is full; make room"):
        scene.open(*(fault(f"m{number}", rule=f"r{number}") for number in range(300)))
    assert scene.everything() == before
    records.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("records", "is no database URL", id="no URL"),
        pytest.param("mysql://localhost/x", "records cannot be kept in mysql", id="another database"),
        pytest.param(
            "postgresql://u:secret@127.0.0.1:1/x",
            r"postgresql\+psycopg://u:\*\*\*@127.*does not answer",
            id="nobody there",
        ),
    ],
)
def test_a_url_that_leads_nowhere_is_refused_without_its_password(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        Records.open(url)
    assert "secret" not in str(caught.value)
