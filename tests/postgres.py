"""A real PostgreSQL for tests: its own data folder, a free loopback port, started and stopped by the test."""

import os
import pwd
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import psycopg

from tests.conftest import need_peer
from tests.ports import free_port

_DEBIAN = Path("/usr/lib/postgresql")
_numbers = count(1)


def find_postgres() -> Path:
    """Return the folder of PostgreSQL's programs; skip the test where there are none, fail it in CI."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    return (found[-1] if found else need_peer("initdb")).parent


class Postgres:
    """One server. PostgreSQL refuses to run as root, so root's tests run it as `postgres`."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="roomtone-postgres-"))
        self.user: str | None = None
        if os.getuid() == 0:
            self.user = "postgres"
            os.chown(self.folder, pwd.getpwnam("postgres").pw_uid, pwd.getpwnam("postgres").pw_gid)

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *words],
            user=self.user,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "roomtone", "-E", "UTF8", "--locale=C", "-N")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c fsync=off"
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"t{next(_numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://roomtone@127.0.0.1:{self.port}/{name}"
