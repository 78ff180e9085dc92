"""`roomtone drill`: a test fault that travels the whole line, and the proof that it did."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from collector.broker import BrokerAddress
from collector.cli.opened import DEFAULT_DATA, Data, Url, running_collector
from collector.drill.evidence import FOLDER, keep
from collector.inspection.errors import InspectionError
from collector.settings import SettingsError, parse_broker_url


def drill(
    room: Annotated[str, typer.Argument(metavar="ROOM", help="As site/room.")],
    within: Annotated[float, typer.Option(metavar="S", help="How long each step may take.", min=1)] = 180.0,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An operator's token (default: admin.token of --data).")
    ] = None,
    account: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The broker's url, username and password as JSON (default: mqtt.json of --data)."
        ),
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the proof is kept (default: drills in --data).")
    ] = None,
) -> None:
    """Let a marked test fault happen in a room, follow it to its ticket, take it back, and keep the proof.

    A node `drill-ROOM` is born in the room, one of its components fails, the ticket opens and pages as any other does,
    marked `drill`; then the component is well again, the ticket is closed and the node goes: no page shows it any more.
    It takes two minutes. The proof is printed as JSON, kept, and listed by GET /drills. Status 1 when a step did not
    come.

    A collector drills by itself where it is told to: `roomtone up --drill mingde/m101`, or the file of `roomtone
    collector run` (`drill: {rooms: [mingde/m101], every: month}`).

    Examples:

      roomtone drill mingde/m101

      roomtone drill mingde/m101 --data /var/lib/roomtone --within 60
    """
    site, slash, bare = room.partition("/")
    if not (site and slash and bare):
        raise typer.BadParameter(f"{room!r} is no room; write site/room")
    console = Console(stderr=True)
    from collector.drill.run import Drill  # speaks MQTT

    try:
        collector = running_collector(data, url, token_file)
        carried_out = Drill(
            collector,
            _broker(account or data / "mqtt.json"),
            site=site,
            room=bare,
            within_s=within,
            tell=lambda step: console.print(f"  {step}", style="dim"),
        )
        proof = carried_out.run()
    except InspectionError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    file = keep(evidence or data / FOLDER, proof.as_json())
    print(file.read_text("utf-8"), end="")
    console.print(f"kept in {file}", style="dim")
    if proof.failed:
        typer.echo(f"the drill failed: {proof.failed}", err=True)
        raise typer.Exit(1)


def _broker(file: Path) -> BrokerAddress:
    """Return the account in a file as `roomtone up` writes it.

    Raises:
        SettingsError: there is none.
    """
    try:
        said = json.loads(file.read_text("utf-8"))
        url = parse_broker_url(str(said["url"]), option=str(file))
        return BrokerAddress(url=url, username=str(said["username"]), password=str(said["password"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{file} is no broker's account ({error}). Name a file with url, username and password with --account FILE."
        ) from error
