"""Which device to ask and as whom. In: a table of agent.toml and the file of a user. Out: an `SnmpTarget`."""

import re
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from agent.errors import ConfigError, Mistake

# RFC 3414 11.2: a password has at least eight characters.
MINIMUM_KEY_LENGTH: Final = 8
# Beside the outbox: which SNMPv3 engine each device has.
ENGINES_FILE: Final = "snmp-engines.json"
# Where ROOMTONE-MIB stands: under the number that RFC 5612 sets aside for examples.
ROOMTONE_BASE: Final = "1.3.6.1.4.1.32473.1"


class AuthProto(StrEnum):
    """Authentication protocols of SNMPv3 (RFC 3414, RFC 7860)."""

    MD5 = "MD5"
    SHA = "SHA"
    SHA224 = "SHA-224"
    SHA256 = "SHA-256"
    SHA384 = "SHA-384"
    SHA512 = "SHA-512"


class PrivProto(StrEnum):
    """Privacy protocols of SNMPv3 (RFC 3414, RFC 3826, and the AES-192/256 drafts that vendors follow).

    The ones with a C derive their key as Cisco does.
    """

    DES = "DES"
    AES128 = "AES-128"
    AES192 = "AES-192"
    AES256 = "AES-256"
    AES192C = "AES-192-C"
    AES256C = "AES-256-C"


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpUser:
    """An SNMPv3 user. No auth_proto: noAuthNoPriv; no priv_proto: authNoPriv."""

    name: str
    auth_proto: AuthProto | None = None
    auth_key: str = field(default="", repr=False)
    priv_proto: PrivProto | None = None
    priv_key: str = field(default="", repr=False)
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpTarget:
    """A device and how to speak to it. `version` is 1, 2c or 3; a `user` is needed for 3 alone."""

    id: str
    host: str
    role: str = ""
    port: int = 161
    version: str = "2c"
    community: str = field(default="public", repr=False)
    user: SnmpUser | None = None
    profile: str | None = None
    # Directories of profiles beside those that come with the agent.
    profiles: tuple[Path, ...] = ()
    timeout_s: float = 2.0
    retries: int = 1
    interval_s: float | None = None
    # Where ROOMTONE-MIB stands on it, if elsewhere than in our profile.
    base: str = ""


_KEYS: Final = ("user", "auth_proto", "auth_key", "priv_proto", "priv_key", "context")


def _plain(text: str) -> str:
    return re.sub(r"[-_ ]", "", text).upper()


_AUTH: Final = {_plain(proto): proto for proto in AuthProto} | {"SHA1": AuthProto.SHA}
_PRIV: Final = {_plain(proto): proto for proto in PrivProto} | {"AES": PrivProto.AES128}


def auth_proto(text: str) -> AuthProto:
    """Return the protocol that `text` names in any common spelling.

    Raises:
        ValueError: none of them, with a sentence that lists them.
    """
    found = _AUTH.get(_plain(text))
    if found is None:
        raise ValueError(f"{text!r} is none of {', '.join(AuthProto)}")
    return found


def priv_proto(text: str) -> PrivProto:
    """Return the protocol that `text` names in any common spelling.

    Raises:
        ValueError: none of them, with a sentence that lists them.
    """
    found = _PRIV.get(_plain(text))
    if found is None:
        raise ValueError(f"{text!r} is none of {', '.join(PrivProto)}")
    return found


def make_user(values: dict[str, object]) -> tuple[SnmpUser | None, list[tuple[str, str]]]:
    """Return the user that `values` describe, or None, and what is wrong as (key, what)."""
    wrong = [(key, f"unknown key; known are {', '.join(_KEYS)}") for key in values if key not in _KEYS]
    text: dict[str, str] = {}
    for key in _KEYS:
        value = values.get(key, "")
        if isinstance(value, str):
            text[key] = value
        else:
            wrong.append((key, "must be a text in quotes"))
            text[key] = ""
    if not text["user"] and "user" not in dict(wrong):
        wrong.append(("user", "is missing: the name of the SNMPv3 user"))
    auth: AuthProto | None = None
    priv: PrivProto | None = None
    try:
        auth = auth_proto(text["auth_proto"]) if text["auth_proto"] else None
    except ValueError as error:
        wrong.append(("auth_proto", str(error)))
    try:
        priv = priv_proto(text["priv_proto"]) if text["priv_proto"] else None
    except ValueError as error:
        wrong.append(("priv_proto", str(error)))
    for name in ("auth", "priv"):
        key = text[f"{name}_key"]
        if text[f"{name}_proto"] and len(key) < MINIMUM_KEY_LENGTH:
            wrong.append((f"{name}_key", f"has {len(key)} characters; SNMPv3 needs at least {MINIMUM_KEY_LENGTH}"))
        if key and not text[f"{name}_proto"]:
            wrong.append((f"{name}_proto", f"is missing: {name}_key is given"))
    if text["priv_proto"] and not text["auth_proto"]:
        wrong.append(("auth_proto", "is missing: there is no privacy without authentication in SNMPv3"))
    if wrong:
        return None, wrong
    user = SnmpUser(
        name=text["user"],
        auth_proto=auth,
        auth_key=text["auth_key"],
        priv_proto=priv,
        priv_key=text["priv_key"],
        context=text["context"],
    )
    return user, []


def load_user(path: Path) -> SnmpUser:
    """Read an SNMPv3 user from a TOML file: user, auth_proto, auth_key, priv_proto, priv_key, context.

    Raises:
        ConfigError: with every mistake in the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Mistake(file=str(path), what=f"cannot be read: {error}")]) from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (0, 0)
        raise ConfigError([Mistake(file=str(path), line=line, column=column, what=str(error))]) from error
    user, wrong = make_user(values)
    if user is None:
        raise ConfigError([_at(path, text, key, what) for key, what in wrong])
    return user


def _at(path: Path, text: str, key: str, what: str) -> Mistake:
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(rf"\s*(\[?\"?{re.escape(key)}\"?)\s*[=.\]]", line)
        if found:
            return Mistake(file=str(path), line=number, column=found.start(1) + 1, where=key, what=what)
    return Mistake(file=str(path), line=1, column=1, where=key, what=what)
