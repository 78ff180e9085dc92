"""`roomtone foresight`: what is likely to fail next, as a collector sees it."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from collector.cli.opened import DEFAULT_DATA, Data, TokenFile, Url, running_collector
from collector.inspection.errors import InspectionError
from collector.inspection.fetch import fetch_bytes
from collector.store.records.accounts import Language

Document = dict[str, Any]

_WIDE: Final = 200  # columns, where nobody's terminal sets them
_WORDS: Final[dict[Language, dict[str, str]]] = {
    Language.EN: {
        "likely": "Likely to fail within four weeks, week {week}",
        "failing": "Fail too often, against the others of their model or site",
        "wearing": "Wear, and reach their limit",
        "none": "none",
        "device": "device",
        "room": "room",
        "model": "model",
        "chance": "chance",
        "why": "why",
        "failures": "failures",
        "a year": "a year (90 %)",
        "model rate": "its model, a year",
        "site rate": "its site, a year",
        "part": "part",
        "now": "now / limit",
        "due": "due",
        "between": "between (90 %)",
        "too often": "{failures} failures in {years:.1f} years",
        "worn": "{part}: due {due}",
        "later": "later",
        "reached": "reached",
        "undated": "Too little is known yet to say when: {kinds}; the next from {first} on",
        "unlimited": "Nobody knows the limit: {kinds}",
        "lamp": "lamp",
        "filter": "filter",
        "disk": "disk",
        "volume": "volume",
        "battery": "battery",
    },
    Language.ZH_CN: {
        "likely": "今后四周可能坏的，{week} 周",
        "failing": "与同型号或同校区同类相比坏得太勤",
        "wearing": "损耗，将到寿命",
        "none": "无",
        "device": "设备",
        "room": "教室",
        "model": "型号",
        "chance": "概率",
        "why": "原因",
        "failures": "故障次数",
        "a year": "每年（90%）",
        "model rate": "同型号每年",
        "site rate": "同校区每年",
        "part": "部件",
        "now": "当前 / 极限",
        "due": "到寿命",
        "between": "区间（90%）",
        "too often": "{years:.1f} 年内故障 {failures} 次",
        "worn": "{part} 约 {due} 到寿命",
        "later": "更晚",
        "reached": "已到",
        "undated": "读数还不够，暂不能给出日期：{kinds}；最早 {first} 起",
        "unlimited": "不知极限：{kinds}",
        "lamp": "灯泡",
        "filter": "滤网",
        "disk": "磁盘",
        "volume": "卷",
        "battery": "电池",
    },
}


def foresight(
    site: Annotated[list[str] | None, typer.Option(metavar="SITE", help="Only these sites; repeatable.")] = None,
    language: Annotated[
        Language | None, typer.Option(help="Of the tables (default: Chinese where LANG is, else English).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, as GET /foresight answers.")] = False,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Say what is likely to fail next: units that fail too often, parts that wear, and the list of the week.

    A unit is compared with the others of its model and of its site; what wears has a date and an interval for it.

    Examples:

      roomtone foresight

      roomtone foresight --site mingde --language zh-CN

      roomtone foresight --json > foresight.json
    """
    try:
        collector = running_collector(data, url, token_file)
        asked = "&".join(f"site={quote(one)}" for one in site or ())
        found: Document = json.loads(fetch_bytes(collector, f"/api/v1/foresight?{asked}"))
    except InspectionError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
        return
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    for table in tables(found, language or _spoken()):
        console.print(table)
        console.print()
    for line in undated(found, language or _spoken()):
        console.print(line)


def tables(found: Document, language: Language) -> Iterable[Table]:
    """Return what GET /foresight answers as three tables: the list of the week, failing units, wearing parts."""
    words = _WORDS[language]
    yield _table(
        words["likely"].format(week=found["week"]),
        words,
        ("chance", "device", "room", "model", "why"),
        [(f"{one['chance']:.0%}", *_unit(one), _why(one, words)) for one in found["likely"]],
    )
    yield _table(
        words["failing"],
        words,
        ("device", "room", "model", "failures", "a year", "model rate", "site rate"),
        [
            (
                *_unit(one),
                str(one["failures"]),
                f"{one['rate']:.1f} ({one['rate_low']:.1f}-{one['rate_high']:.1f})",
                *(f"{peers['rate']:.2f}" if peers else "-" for peers in (one["model_peers"], one["site_peers"])),
            )
            for one in found["failing"]
        ],
    )
    yield _table(
        words["wearing"],
        words,
        ("device", "room", "model", "part", "now", "due", "between"),
        [
            (
                *_unit(one),
                _part(one, words),
                f"{one['value']:.4g} / {one['limit']:.4g}",
                *_when(one, found["made_at"], words),
            )
            for one in found["wearing"]
        ],
    )


def undated(found: Document, language: Language) -> Iterable[str]:
    """Return in a line each of how many parts no date is said, since too little is known of them, and from when on."""
    words = _WORDS[language]
    young = [one for one in found["undated"] if one["dated_at"]]
    if young:
        yield words["undated"].format(kinds=_kinds(young, words), first=_day(min(one["dated_at"] for one in young)))
    unlimited = [one for one in found["undated"] if not one["dated_at"]]
    if unlimited:
        yield words["unlimited"].format(kinds=_kinds(unlimited, words))


def _kinds(parts: Iterable[Document], words: dict[str, str]) -> str:
    counts = Counter(words.get(one["kind"], one["kind"]) for one in parts)
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))


def _table(title: str, words: dict[str, str], columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(words[column], no_wrap=column == "device")
    for row in rows or [(words["none"],)]:
        table.add_row(*row)
    return table


def _unit(one: Document) -> tuple[str, str, str]:
    return one["device"], one["room"] or "-", one["model"] or "-"


def _when(one: Document, now: str, words: dict[str, str]) -> tuple[str, str]:
    if datetime.fromisoformat(one["due_at"]) <= datetime.fromisoformat(now):
        return words["reached"], "-"
    return _day(one["due_at"]), f"{_day(one['earliest_at'])} - {_day(one['latest_at'] or '') or words['later']}"


def _why(one: Document, words: dict[str, str]) -> str:
    wearing, failing = one["wearing"], one["failing"]
    if wearing:
        return words["worn"].format(part=_part(wearing, words), due=_day(wearing["due_at"]))
    return words["too often"].format(**failing)


def _part(one: Document, words: dict[str, str]) -> str:
    return f"{words.get(one['kind'], one['kind'])} {one['instance']}".rstrip()


def _day(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d}" if at else ""


def _spoken() -> Language:
    """Return the language of the machine, as its environment has it."""
    said = next((said for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (said := os.environ.get(name))), "")
    return Language.ZH_CN if said.startswith("zh") else Language.EN
