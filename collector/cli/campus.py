"""`roomtone campus`: look at a campus file before it is used."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from collector.now import now
from collector.packs.campus import load_campus
from collector.packs.errors import PackError
from collector.packs.timetable_copies import TimetableCopies

app = typer.Typer(help="Check campus files.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Keep `check` a verb of its own."""


@app.command()
def check(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Say every mistake in a campus file and its timetables; status 1 when there is one.

    Timetables with an address are fetched for it.

    Example:

      roomtone campus check campus.yaml
    """
    with TemporaryDirectory() as folder:
        copies = TimetableCopies(Path(folder))
        try:
            campus = load_campus(file, now())
            troubles = copies.renew(campus.timetable_urls, now())
            campus = load_campus(file, now(), copies)
        except PackError as error:
            print(error, file=sys.stderr)
            raise typer.Exit(1) from error
    for trouble in troubles:
        print(f"{file}: timetable {trouble.url} {trouble.why}", file=sys.stderr)
    if troubles:
        raise typer.Exit(1)
    print(f"{len(campus.sites)} sites, {len(campus.rooms)} rooms, {len(campus.devices)} devices, no mistakes")
