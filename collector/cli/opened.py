"""The accounts of a data directory, for commands that run beside a collector or without one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from collector.settings import SettingsError, records_url
from collector.store.records.accounts import Accounts
from collector.store.records.database import Records

Data = Annotated[Path, typer.Option(help="The collector's data directory.")]
DEFAULT_DATA = Path("roomtone-data")


@contextmanager
def open_accounts(data: Path) -> Iterator[Accounts]:
    """Yield the accounts of a data directory, as `open_records` opens it."""
    with open_records(data) as records:
        yield Accounts(records)


@contextmanager
def open_records(data: Path) -> Iterator[Records]:
    """Yield the records of a data directory; SQLite lets a running collector go on meanwhile.

    Raises:
        SettingsError: there is no collector's data in the directory.
    """
    if not data.is_dir():
        raise SettingsError(f"{data} is no data directory. Name the one of `roomtone up` with --data DIR.")
    records = Records.open(records_url(data))
    try:
        yield records
    finally:
        records.close()
