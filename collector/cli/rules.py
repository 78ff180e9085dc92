"""`roomtone rules`: look at rule packs before they are used."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from collector.packs.errors import PackError
from collector.packs.rules import load_rules
from collector.settings import default_rules

app = typer.Typer(help="Check rule packs.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Keep `check` a verb of its own."""


@app.command()
def check(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]...", help="Default: the packs shipped.")
    ] = None,
) -> None:
    """Say every mistake in rule packs, each with file, line and column; status 1 when there is one.

    Example:

      roomtone rules check ./rules
    """
    try:
        pack = load_rules(folders or [default_rules()])
    except PackError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    print(f"{len(pack.rules)} rules, no mistakes")
