"""`roomtone rules replay`: what rules would have done to the stored past."""

import json
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from collector.cli.opened import DEFAULT_DATA, Data, TokenFile, Url
from collector.cli.stored_past import campus_at, campus_beside, instant, progress, stored_past
from collector.core.rule import RulePack
from collector.inspection.errors import InspectionError
from collector.inspection.fetch import collector_of
from collector.packs.agreement import load_agreements
from collector.packs.campus import load_campus
from collector.packs.rules import load_rules
from collector.settings import default_rules
from collector.trial.replay import Difference, Row, Told, compare, replay_past, told

_SIGNS = {Difference.GAINED: "+", Difference.LOST: "-", Difference.MOVED: "~", Difference.SAME: " "}


def replay(
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="As 2026-11-23 08:00, or with an offset.")],
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="Not included.")],
    rules: Annotated[list[Path], typer.Option("--rules", metavar="DIR", help="The rules to try; repeatable.")],
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", metavar="DIR", help="Compared with these (default: those shipped)."),
    ] = None,
    campus: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The campus file: timetables, overrides (default: that of --data's collector)."
        ),
    ] = None,
    against_campus: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Another one, whose overrides are compared with (default: --campus)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False,
    show_same: Annotated[bool, typer.Option("--all", help="List the tickets that stay as they were, too.")] = False,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Say which tickets these rules would have gained, lost and moved over a span of the stored past.

    The readings of a running collector, or of a data directory where none is running, go through the real core and the
    real desk twice: under the rules of --rules and under those of --against, each with the overrides of its campus
    file. Nothing that is stored is changed.

    Examples:

      roomtone rules replay --from "2026-11-20 00:00" --to "2026-11-23 00:00" --rules ./my-rules --campus campus.yaml

      roomtone rules replay --from 2026-11-20 --to 2026-11-23 --rules rules --campus new.yaml --against-campus old.yaml
    """
    console = Console(stderr=True)
    first, last = instant(start), instant(end)
    if last <= first:
        raise typer.BadParameter("--to is not after --from")
    campus = campus or (campus_beside(data) if url is None else None)
    candidate = load_rules(rules, campus)
    known = load_rules(against or [default_rules()], against_campus or campus)
    agreements = load_agreements([default_rules() / "agreements"])
    place = campus_at(campus, first, console)
    try:
        collector = collector_of(data, url=url, token_file=token_file)
        past = stored_past(first, last, data=data, collector=collector, strict=url is not None)
    except InspectionError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error

    def live(pack: RulePack, what: str) -> list[Told]:
        with progress(console, first, last, what) as seen:
            world = replay_past(
                past,
                start=first,
                end=last,
                rules=pack,
                campus=place,
                agreements=agreements,
                progress=seen,
                renew=None if campus is None else partial(load_campus, campus),
            )
        try:
            return told(world)
        finally:
            world.close()

    rows = compare(live(known, "before"), live(candidate, "after"), last)
    if as_json:
        print(json.dumps(_document(rows, first, last, len(past.readings)), indent=2, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("", "opened", "level", "rule", "device", "instance", "over"):
        table.add_column(title)
    for row in rows:
        if row.difference is not Difference.SAME or show_same:
            table.add_row(*_cells(row))
    Console().print(table)
    print(_sum(rows))


def _cells(row: Row) -> tuple[str, ...]:
    shown = row.after or row.before
    if shown is None:
        raise ValueError("a row has a side")
    return (
        _SIGNS[row.difference],
        _both(row, lambda one: f"{one.opened_at.astimezone():%m-%d %H:%M:%S}"),
        _both(row, lambda one: str(one.level)),
        _both(row, lambda one: one.rule),
        shown.device or shown.room,
        shown.instance,
        _both(row, lambda one: f"{one.restored_at.astimezone():%m-%d %H:%M:%S}" if one.restored_at else "open"),
    )


def _both(row: Row, say: Any) -> str:
    before, after = (say(side) if side is not None else "" for side in (row.before, row.after))
    return before or after if not (before and after) or before == after else f"{before} → {after}"


def _sum(rows: list[Row]) -> str:
    count = {kind: sum(row.difference is kind for row in rows) for kind in Difference}
    before = len(rows) - count[Difference.GAINED]
    after = len(rows) - count[Difference.LOST]
    return (
        f"{before} tickets before, {after} after: {count[Difference.GAINED]} gained, {count[Difference.LOST]} lost, "
        f"{count[Difference.MOVED]} moved, {count[Difference.SAME]} the same"
    )


def _document(rows: list[Row], start: datetime, end: datetime, readings: int) -> dict[str, Any]:
    return {
        "from": start.isoformat(),
        "to": end.isoformat(),
        "readings": readings,
        **{kind.value: sum(row.difference is kind for row in rows) for kind in Difference},
        "tickets": [
            {"difference": row.difference.value, "before": _side(row.before), "after": _side(row.after)} for row in rows
        ],
    }


def _side(side: Told | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "device": side.device,
        "room": side.room,
        "rule": side.rule,
        "metric": side.metric,
        "instance": side.instance,
        "level": side.level,
        "title": side.title,
        "opened_at": side.opened_at.isoformat(),
        "restored_at": side.restored_at.isoformat() if side.restored_at else None,
    }
