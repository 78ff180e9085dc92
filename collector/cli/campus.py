"""`roomtone campus`: look at a campus file before it is used."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from collector.core.campus import Campus
from collector.core.rule import RulePack
from collector.now import now
from collector.packs.campus import load_campus
from collector.packs.errors import Mistake, PackError
from collector.packs.override import described
from collector.packs.rules import load_rules
from collector.packs.timetable_copies import TimetableCopies, Trouble
from collector.settings import default_rules

app = typer.Typer(help="Check campus files.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Keep `check` a verb of its own."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    rules: Annotated[
        list[Path] | None, typer.Option("--rules", metavar="DIR", help="Rules that it overrides (the packs shipped).")
    ] = None,
) -> None:
    """Say every mistake in a campus file and its timetables; status 1 when there is one.

    Timetables with an address are fetched for it. Its overrides of rules are listed.

    Example:

      roomtone campus check campus.yaml
    """
    with TemporaryDirectory() as folder:
        copies = TimetableCopies(Path(folder))
        mistakes: list[Mistake] = []
        pack, campus, troubles = RulePack(), Campus(), list[Trouble]()
        try:
            pack = load_rules(rules or [default_rules()], file)
        except PackError as error:
            mistakes += error.mistakes
        try:
            campus = load_campus(file, now())
            troubles = copies.renew(campus.timetable_urls, now())
            campus = load_campus(file, now(), copies)
        except PackError as error:
            mistakes += error.mistakes
        if mistakes:
            print(PackError(sorted(set(mistakes), key=lambda one: (one.file, one.line, one.column))), file=sys.stderr)
            raise typer.Exit(1)
    for trouble in troubles:
        print(f"{file}: timetable {trouble.url} {trouble.why}", file=sys.stderr)
    for mistake in campus.timetable_mistakes:
        print(f"timetable {mistake}", file=sys.stderr)
    if troubles or campus.timetable_mistakes:
        raise typer.Exit(1)
    print(f"{len(campus.sites)} sites, {len(campus.rooms)} rooms, {len(campus.devices)} devices, no mistakes")
    for rule in pack.rules:
        for override in rule.overrides:
            if override.at.startswith(f"{file}:"):
                print(f"  {described(rule, override)}")
