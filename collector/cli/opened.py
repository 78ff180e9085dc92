"""A data directory and the collector that it has, for commands that run beside one or without one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from collector.inspection.fetch import Collector, collector_of
from collector.settings import SettingsError, records_url
from collector.store.records.accounts import Accounts
from collector.store.records.database import Records

Data = Annotated[Path, typer.Option(help="The collector's data directory.")]
Url = Annotated[str | None, typer.Option(metavar="URL", help="Ask the collector there, whatever --data says.")]
TokenFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A token for --url (default: admin.token of --data).")
]
DEFAULT_DATA = Path("roomtone-data")


def running_collector(data: Path, url: str | None, token_file: Path | None) -> Collector:
    """Return the collector that a command speaks to.

    Raises:
        InspectionError: its token cannot be read.
        SettingsError: there is no trace of one.
    """
    collector = collector_of(data, url=url, token_file=token_file)
    if collector is None:
        raise SettingsError(f"{data} has no running collector. Start it, or name it with --url URL.")
    return collector


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
