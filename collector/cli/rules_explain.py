"""`roomtone rules explain`: why a device is at its level, now or at a time of the stored past."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console

from collector.cli.corrected import corrected
from collector.cli.corrected import in_words as corrected_in_words
from collector.cli.opened import DEFAULT_DATA, Data, TokenFile, Url
from collector.cli.stored_past import campus_at, campus_beside, instant, progress, stored_past
from collector.core.model import DeviceId
from collector.inspection.errors import InspectionError
from collector.inspection.fetch import collector_of, fetch_bytes
from collector.now import now
from collector.packs.rules import load_rules
from collector.settings import default_rules
from collector.trial.replay import replay_past

Document = dict[str, Any]


def explain(
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="site:agent or site:agent:device")],
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Not now, but then: the past is replayed.")] = None,
    before: Annotated[float, typer.Option("--hours", help="With --at: how many hours before it are replayed.")] = 24.0,
    rules: Annotated[
        list[Path] | None, typer.Option("--rules", metavar="DIR", help="With --at: by these rules; repeatable.")
    ] = None,
    campus: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --at: the campus file (default: that of --data's collector)."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write JSON, as GET /devices/ID/explain, with `corrected`.")
    ] = False,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Say why a device is at its level: values, guards, timers, context, what it hangs on, and what came late.

    Now, a running collector is asked. With --at the stored readings before that time are replayed.

    Examples:

      roomtone rules explain mingde:m101

      roomtone rules explain mingde:m101:camera --at "2026-11-23 10:15" --campus campus.yaml
    """
    console = Console(stderr=True)
    try:
        collector = collector_of(data, url=url, token_file=token_file)
        if at is None:
            if collector is None:
                typer.echo(
                    f"{data} has no running collector. Start it, name it with --url URL, or ask for a time of the "
                    "stored past with --at TIME.",
                    err=True,
                )
                raise typer.Exit(2)
            end = now()
            found: Document = json.loads(fetch_bytes(collector, f"/api/v1/devices/{quote(device)}/explain"))
        else:
            campus = campus or (campus_beside(data) if url is None else None)
            end = instant(at)
            start = end - timedelta(hours=before)
            past = stored_past(start, end, data=data, collector=collector, strict=url is not None)
            with progress(console, start, end, "replayed") as seen:
                world = replay_past(
                    past,
                    start=start,
                    end=end,
                    rules=load_rules(rules or [default_rules()], campus),
                    campus=campus_at(campus, end, console),
                    agreements=None,
                    progress=seen,
                )
            explained = world.classifier.explain(DeviceId(device), end)
            if explained is None:
                typer.echo(f"there is no device {device!r} in what is stored before {end.isoformat()}", err=True)
                raise typer.Exit(1)
            from collector.api.schemas.explain import Explanation  # the API's models are heavy

            found = Explanation.model_validate(explained).model_dump(mode="json")
        found["corrected"] = corrected(DeviceId(device), end, data=data, collector=collector, strict=url is not None)
    except InspectionError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        sys.stdout.write(in_words(found))


def in_words(found: Document) -> str:
    """Return an explanation as lines for a terminal."""
    lines = [f"{found['device']}: {_state(found)}" + (", a fault is being timed" if found["pending"] else "")]
    lines.append(f"  as of {found['at']}, so since {found['since'] or '-'}, last seen {found['last_seen'] or '-'}")
    if found["silent_since"]:
        how = f"told its shutdown ({found['told']})" if found["told"] else "silent, untold"
        lines.append(f"  {how} since {found['silent_since']}")
    until = f", until {found['changes_at']} at least" if found["changes_at"] else ""
    booked = ", booked as recorded" if found["booked"] else ""
    lines.append(f"  room {found['room'] or '-'} is {found['context']}{booked}{until}")
    lines.append(f"  role {found['role']}" + (", the only one in its room" if found["sole"] else ""))
    lines.extend(f"  hangs on {one['device']} ({one['why']}): {_state(one)}" for one in found["parents"])
    for one in found["incidents"]:
        cause = f", because of {one['cause']}" if one["cause"] else ""
        lines.append(f"  incident {one['rule']} {one['level']} {one['instance']} since {one['onset_at']}{cause}")
    lines.extend(f"  {words}" for one in found["corrected"] for words in corrected_in_words(one))
    for one in found["reasons"]:
        lines.append(f"  {_reason(one)}")
    for one in found["watched"]:
        lines.extend(_series(one))
    return "\n".join(lines) + "\n"


def _state(found: Document) -> str:
    return str(found["state"]) + (f" {found['level']}" if found["level"] else "")


def _reason(one: Document) -> str:
    where = f"{one['metric']}[{one['instance']}]" if one["instance"] else one["metric"] or "silence"
    said = f"{one['key']} is {one['standing']} on {where}: level {one['level'] or one['state'] or 'none'}"
    said += f", first bad {one['onset_at']}"
    if one["frozen"]:
        return f"{said}, its time stands still after {one['elapsed_s']:g} s"
    return f"{said}, over at {one['due_at']}" if one["due_at"] else said


def _series(one: Document) -> list[str]:
    name = f"{one['metric']}[{one['instance']}]" if one["instance"] else one["metric"]
    value = "no value" if one["value"] is None else f"{one['value']:g} at {one['at']}"
    lines = [f"  {name} = {value}" + ("" if one["fresh"] else " (stale)")]
    for rung in one["rungs"]:
        parts = ", ".join(f"{'yes' if part['holds'] else 'no'}: {part['text']}" for part in rung["parts"])
        lines.append(
            f"    {rung['key']}: {parts} / {rung['raise_for_s']:g} s; clear {rung['clears'] or 'when not'} / "
            f"{rung['clear_for_s']:g} s; level {rung['level'] or 'none'}"
            + (f"; overridden in {rung['override']}" if rung["override"] else "")
        )
    return lines
