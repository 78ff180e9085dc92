"""The text of an agent.toml: made for an agent that enrols, and looked at before it is handed to one."""

import json
import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final

_SECTION: Final = re.compile(r"^\s*\[\s*broker\s*\]\s*(?:#.*)?$", re.MULTILINE)
_URL: Final = re.compile(r"^(\s*url\s*=\s*)(?:\"[^\"\n]*\"|'[^'\n]*')", re.MULTILINE)
_NEXT: Final = re.compile(r"^\s*\[", re.MULTILINE)


class BadDocument(ValueError):
    """A text that cannot be the configuration of that agent; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What an agent's configuration must say of itself."""

    site: str
    agent: str
    room: str
    broker_url: str
    username: str
    host_id: str
    key: str
    has_authority: bool = False


def first_document(identity: Identity) -> str:
    """Return the agent.toml of a new agent."""
    lines = [
        "# Made by `roomtone agent enrol`. What else it may say: docs/schema/agent.json.",
        "[agent]",
        f"id = {json.dumps(identity.agent)}",
        f"site = {json.dumps(identity.site)}",
        *([f"room = {json.dumps(identity.room)}"] if identity.room else []),
        "",
        "[broker]",
        f"url = {json.dumps(identity.broker_url)}",
        f"username = {json.dumps(identity.username)}",
        'password_file = "mqtt.password"',
        *(['ca_file = "broker-ca.pem"'] if identity.has_authority else []),
        f"host_id = {json.dumps(identity.host_id)}",
        "",
        "[manage]",
        f"key = {json.dumps(identity.key)}",
    ]
    return "\n".join(lines) + "\n"


def moved(text: str, url: str) -> str | None:
    """Return a document with another broker's URL; None where that cannot be done without harm."""
    section = _SECTION.search(text)
    if section is None:
        return None
    following = _NEXT.search(text, section.end())
    end = following.start() if following else len(text)
    found = _URL.search(text, section.end(), end)
    if found is None:
        return None
    changed = f"{text[: found.start()]}{found[1]}{json.dumps(url)}{text[found.end() :]}"
    try:
        before, after = tomllib.loads(text), tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        return None
    before["broker"]["url"] = url
    return changed if before == after else None


def broker_url_of(text: str) -> str:
    """Return the broker's URL in a document, "" where it says none."""
    try:
        return str(_table(tomllib.loads(text), "broker").get("url", ""))
    except tomllib.TOMLDecodeError:
        return ""


def check_document(text: str, *, site: str, agent: str, key: str) -> None:
    """Refuse a text that is no TOML, or would make the agent another one, or take it out of our hands.

    Whether the rest of it is right only the agent can tell, and does.

    Raises:
        BadDocument: it is one of these.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadDocument(f"is no TOML: {error}") from error
    wanted = {"site": site, "id": agent}
    said = _table(given, "agent")
    for name, value in wanted.items():
        if said.get(name) != value:
            raise BadDocument(f"[agent] {name} must stay {value!r}, not {said.get(name)!r}")
    if _table(given, "manage").get("key") != key:
        raise BadDocument(f"[manage] key must stay {key!r}: it is how the agent knows this collector")
    if not _table(given, "broker").get("url"):
        raise BadDocument("[broker] url is missing: the agent could not report")


def _table(given: dict[str, Any], name: str) -> dict[str, Any]:
    found = given.get(name)
    return found if isinstance(found, dict) else {}
