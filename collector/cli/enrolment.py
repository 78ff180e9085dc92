"""`roomtone enrolment`: one-time codes that make agents of classroom PCs."""

import re
import socket
from datetime import timedelta
from typing import Annotated, Final

import typer

from collector.cli.opened import DEFAULT_DATA, Data, open_records
from collector.fleet.invitation import Address, address_of, command
from collector.now import now
from collector.store.records.fleet import FleetRecords
from wire.topics import ID_PATTERN

app = typer.Typer(help="Make, list and revoke enrolment codes.", no_args_is_help=True)
_ALL: Final = 100_000
_UNITS: Final = {"min": 60, "h": 3600, "d": 86400}
_MADE_BY: Final = "command line"


def _id(text: str) -> str:
    if text and not ID_PATTERN.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is no id: lower case letters, digits and . _ -, at most 63")
    return text


def _lasts(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})\s*(min|h|d)", text)
    lasts = timedelta(seconds=int(found[1]) * _UNITS[found[2]]) if found else timedelta()
    if not timedelta(minutes=1) <= lasts <= timedelta(days=90):
        raise typer.BadParameter(f"{text!r} is no time from 1min to 90d, such as 24h")
    return lasts


def _address(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{text!r} is no address of a collector, such as https://noc.example.org")
    return text.rstrip("/")


@app.command()
def create(
    site: Annotated[str, typer.Option(help="The site that the computer is of.", parser=_id)],
    room: Annotated[str, typer.Option(help="The room that it stands in.", parser=_id)] = "",
    agent: Annotated[str, typer.Option(help="Make it this agent, also in place of another computer.", parser=_id)] = "",
    expires: Annotated[str, typer.Option(metavar="TIME", help="How long the code is good: 30min, 24h, 7d.")] = "24h",
    url: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Where the classroom PC finds these pages, if not where they listen.", parser=_address
        ),
    ] = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Make a code for one computer and print the command to type there; it is shown this once.

    Examples:

      roomtone enrolment create --site east --room a101

      roomtone enrolment create --site east --url https://noc.example.org
    """
    lasts = _lasts(expires)
    with open_records(data) as records:
        made, code = FleetRecords(records).add_enrolment(
            site=site, room=room, agent=agent, lasts=lasts, by=_MADE_BY, now=now()
        )
    at = Address(url=url) if url else address_of(data, hostname=socket.gethostname())
    until = made.expires_at.astimezone().isoformat(" ", timespec="minutes")
    typer.echo(f"Type this on the classroom PC; it is good once, until {until}, and shown only now.", err=True)
    typer.echo(f"在教室电脑上运行下面的命令：只能用一次，{until} 前有效，只显示这一次。", err=True)
    print(command(at.url, code))
    if not at.is_known:
        typer.echo("URL is the address of the pages, as the classroom PC reaches it.", err=True)
        typer.echo("URL 换成教室电脑能打开的网页地址。", err=True)
    elif at.is_from_here_only:
        typer.echo(f"Only this machine reaches {at.url}: listen with --http 0.0.0.0:PORT, or give --url.", err=True)
        typer.echo(f"只有本机能打开 {at.url}：用 --http 0.0.0.0:PORT 监听，或用 --url 指定地址。", err=True)


@app.command("list")
def list_(data: Data = DEFAULT_DATA) -> None:
    """List codes, without their texts."""
    with open_records(data) as records:
        for one in FleetRecords(records).enrolments(limit=_ALL):
            place = "/".join(filter(None, (one.site, one.room)))
            until = one.expires_at.isoformat(timespec="minutes")
            used = f"used by {one.used_by}" if one.used_by else f"good until {until}"
            print(f"{one.id}\t{place}\t{one.agent or 'any agent'}\t{one.made_by}\t{used}")


@app.command()
def revoke(id_: Annotated[int, typer.Argument(metavar="ID")], data: Data = DEFAULT_DATA) -> None:
    """Revoke a code that nobody has used."""
    with open_records(data) as records:
        if not FleetRecords(records).remove_enrolment(id_):
            typer.echo(f"there is no unused code {id_}; `roomtone enrolment list` shows those there are", err=True)
            raise typer.Exit(1)
