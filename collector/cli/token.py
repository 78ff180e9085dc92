"""`roomtone token`: API tokens for programs."""

from typing import Annotated

import typer

from collector.cli.opened import DEFAULT_DATA, Data, open_accounts
from collector.now import now
from collector.store.records.accounts import Role

app = typer.Typer(help="Make, list and revoke API tokens.", no_args_is_help=True)
_ALL = 1000


@app.command()
def create(
    role: Annotated[Role, typer.Option(help="What the token may do.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    site: Annotated[list[str] | None, typer.Option(help="Only these sites (role customer); repeatable.")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make a token and print it; it is shown this once.

    Example:

      roomtone token create --role viewer --name "wall display"
    """
    with open_accounts(data) as accounts:
        _, text = accounts.add_token(name=name or role.value, role=role, sites=site or (), now=now())
    print(text)


@app.command("list")
def list_(data: Data = DEFAULT_DATA) -> None:
    """List tokens, without their texts."""
    with open_accounts(data) as accounts:
        for token in accounts.tokens(limit=_ALL):
            used = token.last_used_at.isoformat(timespec="minutes") if token.last_used_at else "never used"
            print(f"{token.id}\t{token.role}\t{token.name}\t{','.join(token.sites) or 'all sites'}\t{used}")


@app.command()
def revoke(id_: Annotated[int, typer.Argument(metavar="ID")], data: Data = DEFAULT_DATA) -> None:
    """Revoke a token; whoever has it is refused from now on."""
    with open_accounts(data) as accounts:
        if not accounts.remove_token(id_):
            typer.echo(f"there is no token {id_}; `roomtone token list` shows those there are", err=True)
            raise typer.Exit(1)
