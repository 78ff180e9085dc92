"""The file of `roomtone collector run`. Comes in: `collector.yaml`. Goes out: `Settings`, or every mistake in it."""

import json
import os
import sys
from collections.abc import Sequence
from datetime import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from collector.broker import BrokerAddress
from collector.drill.plan import DrillPlan, Every
from collector.packs.document import Unreadable, open_document
from collector.packs.scalar import Choice, Number, Pattern, Text
from collector.packs.shape import Key, Many, Record, Shape
from collector.settings import (
    DEFAULT_HOST_ID,
    DRILL_ROOM,
    Address,
    Settings,
    SettingsError,
    parse_address,
    parse_broker_url,
)

PASSWORD_VARIABLE: Final = "ROOMTONE_MQTT_PASSWORD"  # noqa: S105 - the name of a variable
RECORDS_VARIABLE: Final = "ROOMTONE_RECORDS_URL"

_ADDRESS: Final = Pattern(r"(?:\[[^\]]+\]|[^:\s]*):\d{1,5}", "HOST:PORT, such as 127.0.0.1:8080")

URL: Final = Key("url", Text(), need=True, about="mqtt://HOST:PORT or mqtts://HOST:PORT")
USERNAME: Final = Key("username", Text(), default="")
PASSWORD_FILE: Final = Key("password_file", Text(), default="", about=f"or the environment's {PASSWORD_VARIABLE}")
AGENTS_URL: Final = Key("agents_url", Text(), default="", about="where agents find it, if not at url: also wss://HOST")
CA_FILE: Final = Key("ca_file", Text(), default="", about="who signed its certificate (PEM), for agents to believe")
AGENT_ACCOUNTS: Final = Key(
    "agent_accounts",
    Text(),
    default="",
    about="the folder of the accounts that enrolled agents get (Mosquitto's files)",
)
HOST_ID: Final = Key("host_id", Pattern(r"[A-Za-z0-9_-]{1,64}", "letters, digits, _ and -"), default=DEFAULT_HOST_ID)
BROKER: Final = Key(
    "broker", Shape("a broker", URL, USERNAME, PASSWORD_FILE, AGENTS_URL, CA_FILE, AGENT_ACCOUNTS, HOST_ID), need=True
)

DATA: Final = Key("data", Text(), need=True, about="the folder in which everything is kept")
HTTP: Final = Key("http", _ADDRESS, default="127.0.0.1:8080", about="where pages and API listen")
CAMPUS: Final = Key("campus", Text(), default="", about="a campus file")
MAPPING: Final = Key("mapping", Text(), default="", about="a mapping file: what plain MQTT devices say")
RULES: Final[Key[tuple[str, ...]]] = Key("rules", Many(Text()), default=(), about="folders of rule packs")
RECORDS: Final = Key(
    "records_url", Text(), default="", about=f"postgresql+psycopg://...; or the environment's {RECORDS_VARIABLE}"
)
DRILL_ROOMS: Final = Key(
    "rooms",
    Many(Pattern(DRILL_ROOM, "a room like site/room"), at_least=1),
    need=True,
    about="the rooms in which a test fault is made and followed to its ticket",
)
EVERY: Final = Key("every", Choice(Every), default=Every.MONTH)
DAY: Final = Key(
    "day", Number(low=1, high=28, whole=True), default=1.0, about="of the month; of the week from Monday on"
)
AT: Final = Key(
    "at", Pattern(r"([01]\d|2[0-3]):[0-5]\d", "a time like 09:00"), default="09:00", about="by the clock of the site"
)
DRILL: Final = Key("drill", Shape("drills", DRILL_ROOMS, EVERY, DAY, AT), default=None)
FILE: Final = Shape("a collector file", DATA, HTTP, CAMPUS, MAPPING, RULES, RECORDS, BROKER, DRILL)


def settings_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "collector.yaml", **FILE.schema()}


def load_settings(path: Path) -> Settings:
    """Return what a file tells the collector; paths in it are relative to it.

    Raises:
        PackError: every mistake in the file, each with its place.
        SettingsError: a secret that the file names cannot be read.
    """
    root = open_document(path)
    try:
        record = FILE.read(root)
    except Unreadable:
        root.document.check()
        raise
    broker = record[BROKER]
    address = _broker(broker, path.parent)
    drills = _drills(record[DRILL])
    root.document.check()
    return Settings(
        data=path.parent / record[DATA],
        http=_listen(record),
        campus=path.parent / record[CAMPUS] if record[CAMPUS] else None,
        mapping=path.parent / record[MAPPING] if record[MAPPING] else None,
        rules=_paths(record[RULES], path.parent),
        records_url=record[RECORDS] or os.environ.get(RECORDS_VARIABLE, ""),
        host_id=broker[HOST_ID],
        broker=address,
        mqtt_url=parse_broker_url(broker[AGENTS_URL], option="agents_url"),
        mqtt_authority=path.parent / broker[CA_FILE] if broker[CA_FILE] else None,
        agent_accounts=path.parent / broker[AGENT_ACCOUNTS] if broker[AGENT_ACCOUNTS] else None,
        drills=drills,
    )


def _listen(record: Record) -> Address:
    return parse_address(record[HTTP], option="http")


def _drills(record: Record | None) -> DrillPlan | None:
    if record is None:
        return None
    if record[EVERY] is Every.WEEK and record[DAY] > 7:
        record.at(DAY).note("a week has the days 1 (Monday) to 7")
    hour, _, minute = record[AT].partition(":")
    return DrillPlan(
        rooms=record[DRILL_ROOMS],
        every=record[EVERY],
        day=int(record[DAY]),
        at=time(int(hour), int(minute)),
    )


def _paths(names: Sequence[str], folder: Path) -> tuple[Path, ...]:
    return tuple(folder / name for name in names)


def _broker(record: Record, folder: Path) -> BrokerAddress:
    parts = urlsplit(record[URL])
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        record.at(URL).note(f"must be mqtt://HOST:PORT or mqtts://HOST:PORT, is {record[URL]!r}")
    elif parts.password:
        record.at(URL).note("a password does not belong in this file; name a password_file")
    password = os.environ.get(PASSWORD_VARIABLE, "")
    if record[PASSWORD_FILE]:
        file = folder / record[PASSWORD_FILE]
        try:
            password = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file}: the broker's password cannot be read: {error}") from error
    return BrokerAddress(url=record[URL], username=record[USERNAME], password=password)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(settings_schema(), indent=2, ensure_ascii=False) + "\n")
