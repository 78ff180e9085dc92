"""`roomtone rules`: look at rule packs before they are used, and at what they do."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from collector.cli import rules_explain, rules_replay, rules_test
from collector.packs.errors import PackError
from collector.packs.override import described
from collector.packs.rules import load_rules
from collector.settings import default_rules

app = typer.Typer(
    help="Check rule packs, test them, replay the past under them, explain what they say.", no_args_is_help=True
)
app.command("test")(rules_test.run_tests)
app.command("replay")(rules_replay.replay)
app.command("explain")(rules_explain.explain)
Folders = Annotated[list[Path] | None, typer.Argument(metavar="[DIR]...", help="Default: the packs shipped.")]


@app.command()
def check(
    folders: Folders = None,
    campus: Annotated[Path | None, typer.Option("--campus", metavar="FILE", help="Whose overrides hold, too.")] = None,
) -> None:
    """Say every mistake in rule packs, each with file, line and column; status 1 when there is one.

    Lists the overrides: what each changes, where, why, and where it is written.

    Example:

      roomtone rules check ./rules
    """
    try:
        pack = load_rules(folders or [default_rules()], campus)
    except PackError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    print(f"{len(pack.rules)} rules, no mistakes")
    lines = [described(rule, override) for rule in pack.rules for override in rule.overrides]
    if lines:
        print(f"overrides, {len(lines)}:")
    for line in lines:
        print(f"  {line}")
