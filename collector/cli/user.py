"""`roomtone user`: the people who may sign in."""

from typing import Annotated

import typer

from collector.cli.opened import DEFAULT_DATA, Data, open_accounts
from collector.now import now
from collector.store.records.accounts import Language, LastAdministrator, NameTaken, Role
from collector.store.records.secret import new_password

app = typer.Typer(help="Add people, change their passwords.", no_args_is_help=True)
_ALL = 1000
Name = Annotated[str, typer.Argument(metavar="NAME")]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do.")],
    language: Annotated[Language, typer.Option()] = Language.ZH_CN,
    site: Annotated[list[str] | None, typer.Option(help="Only these sites (role customer); repeatable.")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Add a person and print their first password; it is shown this once.

    Example:

      roomtone user add lina --role engineer
    """
    password = new_password()
    with open_accounts(data) as accounts:
        try:
            accounts.add_user(name=name, password=password, role=role, language=language, sites=site or (), now=now())
        except NameTaken as error:
            typer.echo(f"there is a user {name} already", err=True)
            raise typer.Exit(1) from error
    print(password)


@app.command()
def password(name: Name, data: Data = DEFAULT_DATA) -> None:
    """Give a person a new password and print it; all their sessions end."""
    fresh = new_password()
    with open_accounts(data) as accounts:
        if accounts.change_user(name, password=fresh) is None:
            typer.echo(f"there is no user {name}", err=True)
            raise typer.Exit(1)
    print(fresh)


@app.command("list")
def list_(data: Data = DEFAULT_DATA) -> None:
    """List the people who may sign in."""
    with open_accounts(data) as accounts:
        for user in accounts.users(limit=_ALL):
            print(f"{user.name}\t{user.role}\t{user.language}\t{','.join(user.sites) or 'all sites'}")


@app.command()
def remove(name: Name, data: Data = DEFAULT_DATA) -> None:
    """Remove a person; their sessions end."""
    with open_accounts(data) as accounts:
        try:
            removed = accounts.remove_user(name)
        except LastAdministrator as error:
            typer.echo(f"{name} is the last administrator; add another one first", err=True)
            raise typer.Exit(1) from error
    if not removed:
        typer.echo(f"there is no user {name}", err=True)
        raise typer.Exit(1)
