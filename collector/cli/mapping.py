"""`roomtone mapping`: look at a mapping file before it is used."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from collector.packs.errors import PackError
from collector.packs.mapping import load_mapping

app = typer.Typer(help="Check mapping files: what plain MQTT devices say.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Keep `check` a verb of its own."""


@app.command()
def check(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Say every mistake in a mapping file, each with file, line and column; status 1 when there is one.

    Example:

      roomtone mapping check mapping.yaml
    """
    try:
        mapping = load_mapping(file)
    except PackError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    readings = sum(len(talk.values) for device in mapping.devices for talk in device.talks)
    said = (
        _counted(len(mapping.devices), "kind of device", "kinds of devices"),
        _counted(readings, "reading", "readings"),
        _counted(len(mapping.discoveries), "discovery", "discoveries"),
    )
    print(f"{', '.join(said)}, no mistakes")
    for device in mapping.devices:
        if device.interval is None and not device.availability:
            print(f"{device.id}: has neither interval nor availability, so its silence is never noticed")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number or 'no'} {one if number < 2 else many}"
