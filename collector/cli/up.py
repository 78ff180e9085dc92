"""`roomtone up`: all of it on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from collector.settings import Settings, parse_address, parse_broker_url, parse_drill_rooms


def up(
    data: Annotated[Path, typer.Option(help="Where everything is kept.")] = Path("roomtone-data"),
    http: Annotated[str, typer.Option(metavar="HOST:PORT", help="Pages and API.")] = "127.0.0.1:8080",
    mqtt: Annotated[str, typer.Option(metavar="HOST:PORT", help="The embedded broker.")] = "127.0.0.1:1883",
    mqtt_url: Annotated[
        str, typer.Option(metavar="URL", help="Where agents find the broker, if not at --mqtt: mqtts://HOST, wss://...")
    ] = "",
    mqtt_ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who signed the certificate of --mqtt-url, for agents to believe."),
    ] = None,
    no_agent: Annotated[bool, typer.Option("--no-agent", help="Run no agent for this machine.")] = False,
    campus: Annotated[Path | None, typer.Option(metavar="FILE", help="Sites, rooms and devices.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What plain MQTT devices say: topics, metrics, units.")
    ] = None,
    rules: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="Rule packs, instead of the default ones; repeatable.")
    ] = None,
    demo: Annotated[int, typer.Option(metavar="ROOMS", min=0, help="A simulated campus with faults.")] = 0,
    drill: Annotated[
        list[str] | None,
        typer.Option(metavar="SITE/ROOM", help="Prove each month that faults there are detected; repeatable."),
    ] = None,
    mqtt_open: Annotated[bool, typer.Option("--mqtt-open", help="Let loopback clients in without an account.")] = False,
) -> None:
    """Run broker, collector, dashboard and an agent on this machine; Ctrl-C ends all of it.

    Examples:

      roomtone up

      roomtone up --demo 24

      roomtone up --http 0.0.0.0:8080 --mqtt 0.0.0.0:1883 --campus campus.yaml
    """
    from collector.app import serve  # the web server and the databases are loaded only to run

    serve(
        Settings(
            data=data.resolve(),
            http=parse_address(http, option="--http"),
            mqtt=parse_address(mqtt, option="--mqtt"),
            mqtt_url=parse_broker_url(mqtt_url, option="--mqtt-url"),
            mqtt_authority=mqtt_ca,
            with_agent=not no_agent,
            campus=campus,
            mapping=mapping,
            rules=tuple(rules or ()),
            demo_rooms=demo,
            drills=parse_drill_rooms(drill or (), option="--drill"),
            is_mqtt_open=mqtt_open,
        )
    )
