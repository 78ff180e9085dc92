"""`roomtone collector`: the collector alone, against your own broker."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The collector alone, against your own broker and stores.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Keep `run` a verb of its own."""


@app.command()
def run(config: Annotated[Path, typer.Option(metavar="FILE", help="The collector's file, YAML.")]) -> None:
    """Run the collector until Ctrl-C or SIGTERM.

    Example:

      roomtone collector run --config collector.yaml
    """
    from collector.app import serve
    from collector.settings_file import load_settings

    serve(load_settings(config))
