"""`roomtone enrolment`: one-time codes that make agents of classroom PCs."""

import re
from datetime import timedelta
from typing import Annotated, Final

import typer

from collector.cli.opened import DEFAULT_DATA, Data, open_records
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


@app.command()
def create(
    site: Annotated[str, typer.Option(help="The site that the computer is of.", parser=_id)],
    room: Annotated[str, typer.Option(help="The room that it stands in.", parser=_id)] = "",
    agent: Annotated[str, typer.Option(help="Make it this agent, also in place of another computer.", parser=_id)] = "",
    expires: Annotated[str, typer.Option(metavar="TIME", help="How long the code is good: 30min, 24h, 7d.")] = "24h",
    data: Data = DEFAULT_DATA,
) -> None:
    """Make a code for one computer and print it; it is shown this once.

    Example:

      roomtone enrolment create --site east --room a101
    """
    lasts = _lasts(expires)
    with open_records(data) as records:
        _, code = FleetRecords(records).add_enrolment(
            site=site, room=room, agent=agent, lasts=lasts, by=_MADE_BY, now=now()
        )
    print(code)


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
