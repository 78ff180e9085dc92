"""The collector's side of the `roomtone` command: one module a noun, mounted here."""

import sys
from collections.abc import Sequence

import typer

from collector.cli import campus, collector, drill, enrolment, foresight, inspection, mapping, rules, token, up, user
from collector.packs.errors import PackError
from collector.settings import SettingsError
from collector.store.errors import StoreError

app = typer.Typer(
    name="roomtone", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
app.command("up")(up.up)
app.command("drill")(drill.drill)
app.command("foresight")(foresight.foresight)
app.add_typer(collector.app, name="collector")
app.add_typer(rules.app, name="rules")
app.add_typer(campus.app, name="campus")
app.add_typer(mapping.app, name="mapping")
app.add_typer(inspection.app, name="inspection")
app.add_typer(enrolment.app, name="enrolment")
app.add_typer(token.app, name="token")
app.add_typer(user.app, name="user")


def main(words: Sequence[str]) -> int:
    """Run one command and return its exit status; errors that people can mend are told on stderr."""
    try:
        app(args=list(words), prog_name="roomtone")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except (SettingsError, PackError, StoreError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0
