"""Becoming an agent of a collector. In: its address and a one-time code. Out: agent.toml and what it names, on disk.

The code buys an identity, a broker account and a configuration. A random claim goes with it, so that an answer lost on
the way can be asked for again, by us and nobody else.
"""

import json
import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from agent.errors import AgentError
from agent.private_file import write_file

PASSWORD_FILE: Final = "mqtt.password"  # noqa: S105  the name of a file
AUTHORITY_FILE: Final = "broker-ca.pem"
_PATH: Final = "/api/v1/agents"
_ANSWER_S: Final = 30.0
_TRIES: Final = 3
_MOST_BYTES: Final = 1 << 20
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class EnrolError(AgentError):
    """The computer could not be enrolled; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What the collector answered."""

    id: str
    config: str
    password: str = field(repr=False)
    authority: str | None


def is_readable_on_the_way(url: str) -> bool:
    """Tell whether others on the network could read what is said at this address."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in _LOOPBACK


def ask(
    url: str,
    *,
    code: str,
    wanted: str,
    fingerprint: str,
    ca_file: Path | None = None,
    pause: Callable[[float], None],
) -> Welcome:
    """Trade the code at the collector; where the network fails, ask again.

    Raises:
        EnrolError: the collector refuses, or cannot be reached.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EnrolError(f"{url!r} is not the address of a collector, such as https://roomtone.example.org")
    asked = {"code": code, "claim": secrets.token_urlsafe(24), "agent": wanted, "fingerprint": fingerprint}
    for tries_left in reversed(range(_TRIES)):
        try:
            return _welcome(_post(url.rstrip("/") + _PATH, asked, ca_file))
        except (OSError, HTTPException) as error:
            if tries_left == 0 or isinstance(getattr(error, "reason", None), ssl.SSLError):
                reason = getattr(error, "reason", error)
                raise EnrolError(f"{url} cannot be reached: {reason}; {_what_to_do(reason)}") from error
            pause(1.0)
    raise AssertionError


def _what_to_do(reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "name the file of who signed its certificate with --ca-file"
    if getattr(reason, "reason", "") == "WRONG_VERSION_NUMBER":
        return "it does not speak TLS there: should it be http://?"
    return "see that the collector runs there"


def _post(url: str, body: Mapping[str, str], ca_file: Path | None) -> Any:
    request = urllib.request.Request(  # noqa: S310  the scheme was looked at
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    try:
        context = ssl.create_default_context(cafile=ca_file) if url.startswith("https:") else None
        with urllib.request.urlopen(request, timeout=_ANSWER_S, context=context) as answer:  # noqa: S310
            return _json(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            said = _json(error.read(_MOST_BYTES))
        detail = said.get("detail") if isinstance(said, dict) else None
        raise EnrolError(f"{url} refuses ({error.code}): {detail or error.reason}") from error


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _welcome(said: Any) -> Welcome:
    fields = said if isinstance(said, dict) else {}
    texts = [text for name in ("id", "config", "password") if isinstance(text := fields.get(name), str) and text]
    authority = fields.get("authority")
    if len(texts) != 3 or not isinstance(authority, str | None):
        raise EnrolError("what answered is no collector of Roomtone; check the address")
    return Welcome(id=texts[0], config=texts[1], password=texts[2], authority=authority)


def keep(welcome: Welcome, config_file: Path, *, replace: bool) -> None:
    """Write agent.toml, the password and the authority; agent.toml comes last, so that it never lacks the others.

    Raises:
        EnrolError: the files cannot be written.
    """
    folder = config_file.parent
    try:
        write_file(folder / PASSWORD_FILE, welcome.password.encode() + b"\n", is_secret=True)
        if welcome.authority is not None:
            write_file(folder / AUTHORITY_FILE, welcome.authority.encode(), is_secret=False)
        if replace and config_file.exists():
            config_file.replace(config_file.with_name(config_file.name + ".old"))
        write_file(config_file, welcome.config.encode(), is_secret=False)
    except OSError as error:
        raise EnrolError(
            f"{error.filename or folder} cannot be written ({error.strerror}); the code is used up: give this user the "
            "right, and ask for a new code"
        ) from error


def require_room_for(config_file: Path, *, replace: bool) -> None:
    """Refuse, before the code is used up, where the files could not be written.

    Raises:
        EnrolError: there is a configuration already, or the folder takes no files.
    """
    if config_file.exists() and not replace:
        raise EnrolError(
            f"{config_file} is there already: this computer has an agent. Add --replace to enrol it anew (the file is "
            "kept as .old), or name another with --config"
        )
    probe = config_file.parent / ".writable"
    try:
        write_file(probe, b"", is_secret=True)
        probe.unlink()
    except OSError as error:
        raise EnrolError(
            f"{config_file.parent} cannot be written ({error.strerror}); run this as the user who may, or name another "
            "file with --config"
        ) from error
