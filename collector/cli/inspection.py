"""`roomtone inspection`: the run parameters of a period, for the quarterly inspection."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from collector.cli.opened import DEFAULT_DATA, Data, TokenFile, Url
from collector.inspection import fetch
from collector.inspection.column import Headings
from collector.inspection.errors import InspectionError
from collector.inspection.fetch import NobodyThere, Request
from collector.inspection.manifest import Manifest
from collector.inspection.zipped import check_empty

Told = Callable[[int, int], None]

app = typer.Typer(help="Collect what an inspection needs.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Keep `collect` a verb of its own."""


@app.command()
def collect(
    site: Annotated[str, typer.Option(help="The site's id.")],
    start: Annotated[str, typer.Option("--from", metavar="DATE", help="First day, as 2026-09-01; or an instant.")],
    end: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day, included; or an instant, which is not.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="A new folder for the pack.")],
    room: Annotated[str | None, typer.Option(help="Only this room.")] = None,
    language: Annotated[Headings, typer.Option(help="Headings of the workbook.")] = Headings.BOTH,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token_file: TokenFile = None,
    campus: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The campus file, where no collector is running.")
    ] = None,
) -> None:
    """Write the run parameters of a period: CSV files, a workbook, and a manifest of checksums.

    Days are the site's own. A running collector is asked; where none is, its stores are read.

    Examples:

      roomtone inspection collect --site mingde --from 2026-09-01 --to 2026-11-30 -o q3

      roomtone inspection collect --site mingde --room m101 --from 2026-11-22 --to 2026-11-22 -o m101
    """
    request = Request(site=site, room=room, start=start, end=end, language=language)
    console = Console(stderr=True)
    try:
        manifest = _collect(request, output, data, url, token_file, campus, console)
    except InspectionError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    holds = manifest["data"]
    print(
        f"{output}: {holds['devices']} devices, {holds['series']} series, {holds['readings']} readings, "
        f"{holds['incidents']} incidents, {holds['tickets']} tickets; checksums are in manifest.json"
    )


def _collect(
    request: Request,
    output: Path,
    data: Path,
    url: str | None,
    token_file: Path | None,
    campus: Path | None,
    console: Console,
) -> Manifest:
    check_empty(output)
    collector = fetch.collector_of(data, url=url, token_file=token_file)
    if collector is not None:
        try:
            with _waiting(console, f"{collector.url} is collecting"):
                return fetch.fetch_pack(collector, request, output)
        except NobodyThere:
            if url is not None:
                raise
    from collector.cli.offline import collect_offline  # databases are loaded only where they are read

    with _bar(console) as told:
        return collect_offline(request, output, data=data, campus_file=campus, progress=told)


def _waiting(console: Console, what: str) -> AbstractContextManager[object]:
    return console.status(what) if console.is_terminal else nullcontext()


@contextmanager
def _bar(console: Console) -> Iterator[Told]:
    if not console.is_terminal:
        yield lambda _done, _all: None
        return
    columns = (TextColumn("devices"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("devices", total=None)
        yield lambda done, all_: progress.update(task, completed=done, total=all_)
