"""What goes wrong around the collector is said in a sentence, costs nothing that was measured, and ends by itself."""

import itertools
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.house import House, Process, house, wait_for
from tests.ports import free_port

BAD_CAMPUS = """\
sites:
  - {id: East, name: East, time_zone: Asia/Shanghai}
  - {id: west, name: West, time_zone: Asia/Nowhere}
rooms:
  - {id: a101, site: north}
"""
BAD_RULES = """\
rules:
  - {id: one, colour: red}
"""


def run_up(directory: Path, *options: str) -> tuple[int, str]:
    """Return status and output of a `roomtone up` that must not start."""
    process = Process(["up", "--no-agent", *options], log=directory / "up.log")
    try:
        return process.popen.wait(60), process.text
    finally:
        process.stop()


def addresses() -> list[str]:
    return ["--http", f"127.0.0.1:{free_port()}", "--mqtt", f"127.0.0.1:{free_port()}"]


@pytest.mark.parametrize("option", ["--http", "--mqtt"])
def test_a_port_that_is_taken_is_said_with_what_to_do(tmp_path: Path, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        options = addresses()
        options[options.index(option) + 1] = f"127.0.0.1:{taken.getsockname()[1]}"
        status, said = run_up(tmp_path, "--data", str(tmp_path / "data"), *options)
    assert status == 2
    assert f"{option} HOST:PORT" in said
    assert "Traceback" not in said


def test_a_data_directory_that_cannot_be_one_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    status, said = run_up(tmp_path, "--data", str(tmp_path / "data"), *addresses())
    assert status == 2
    assert "--data DIR" in said
    assert "Traceback" not in said


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    campus = tmp_path / "campus.yaml"
    campus.write_text(BAD_CAMPUS)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "pack.yaml").write_text(BAD_RULES)
    options = ["--campus", str(campus), "--rules", str(rules), "--data", str(tmp_path / "data")]
    status, said = run_up(tmp_path, *options, *addresses())
    assert status == 2
    for place in (f"{campus}:2:", f"{campus}:3:", f"{campus}:5:", f"{rules / 'pack.yaml'}:2:"):
        assert place in said, said
    assert "Traceback" not in said


def test_a_directory_in_use_and_one_from_a_newer_version_are_refused(tmp_path: Path) -> None:
    with house(tmp_path, "--no-agent") as up:
        other = tmp_path / "other"
        other.mkdir()
        status, said = run_up(other, "--data", str(up.data), *addresses())
        assert status == 2
        assert "in use" in said or "another" in said
        assert up.get("/devices")["items"] == []
    with sqlite3.connect(up.data / "records.sqlite") as records:
        records.execute("UPDATE alembic_version SET version_num = 'r9999_from_the_future'")
    status, said = run_up(other, "--data", str(up.data), *addresses())
    assert status == 2
    assert "newer" in said
    assert "Traceback" not in said


def test_rules_are_read_again_and_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    pack = tmp_path / "rules" / "pack.yaml"
    pack.parent.mkdir()
    shipped = Path(__file__).resolve().parents[2] / "rules/recording-classroom.yaml"
    shutil.copy(shipped, pack)
    with house(tmp_path, "--no-agent", "--rules", str(pack.parent)) as up:
        assert up.process is not None
        process = up.process
        pack.write_text(BAD_RULES)
        wait_for(lambda: "the last good ones stay" in process.text, within_s=15, saying="the mistakes are logged")
        shutil.copy(shipped, pack)
        wait_for(lambda: "read again" in process.text, within_s=15, saying="the good file is read again")
        assert httpx.get(f"{up.url}/readyz").status_code == 200


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 160 MiB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "roomtone-test", str(folder)], check=False)
    if os.geteuid() != 0 or made.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def fill(file: Path) -> None:
    """Write to a file until its disk is full."""
    try:
        with file.open("wb") as output:
            while True:
                output.write(bytes(1 << 20))
    except OSError:
        assert shutil.disk_usage(file.parent).free < 1 << 20


def test_a_full_disk_acknowledges_nothing_and_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    up = House(tmp_path, "--no-agent")
    up.data = small_disk / "data"
    try:
        up.up()
        up.agent("pc-1", interval_s=0.5)

        def count() -> int:
            found = up.get("/series", device="east:pc-1", metric="system.cpu.utilization", points="raw")
            return sum(found["n"])

        def present() -> bool:
            return any(d["id"] == "east:pc-1" for d in up.items("/devices"))

        wait_for(present, within_s=30, saying="the agent is there")
        wait_for(lambda: count() > 2, within_s=30, saying="readings are stored")
        filler = small_disk / "filler"
        fill(filler)
        answer = wait_for(
            lambda: (r := httpx.get(f"{up.url}/readyz")).status_code == 503 and r, within_s=30, saying="not ready"
        )
        assert answer.json()["series"]["ok"] is False
        stalled = count()
        filler.unlink()
        wait_for(lambda: httpx.get(f"{up.url}/readyz").status_code == 200, within_s=60, saying="ready again")
        wait_for(lambda: count() > stalled + 5, within_s=60, saying="what waited has arrived")
        found = up.get("/series", device="east:pc-1", metric="system.cpu.utilization", points="raw")
        at = [datetime.fromisoformat(stamp).timestamp() for stamp in found["at"]]
        steps = [round((b - a) * 1000) for a, b in itertools.pairwise(at)]
        assert set(steps) == {500}, "every step of the grid is there, once"
    finally:
        up.stop()
