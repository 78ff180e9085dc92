"""Where the broker is and as whom we come. In: a URL. Out: host, port, the way there, and our client id."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from wire.digest import digest

PORTS: Final = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
# Where a broker says no.
WHAT_TO_CHECK: Final = "check username and password_file in [broker]; an agent that was revoked needs a new code"
_WITH_TLS: Final = frozenset({"mqtts", "wss"})
# What Mosquitto, EMQX and HiveMQ listen on, and what a reverse proxy is told most often.
_PATH: Final = "/mqtt"
_PATH_PATTERN: Final = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
_PROXY_PORT: Final = 3128


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What a broker's URL says. `path` is where its WebSocket is, "" for MQTT over TCP."""

    host: str
    port: int
    tls: bool = False
    path: str = ""

    def __str__(self) -> str:
        scheme = ("ws" if self.path else "mqtt") + ("s" if self.tls else "")
        return f"{scheme}://{_bracketed(self.host)}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """An HTTP proxy that lets us through with CONNECT. `account` is `user:password`, "" where it asks for none."""

    host: str
    port: int
    account: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress(Endpoint):
    """An MQTT 3.1.1 broker. `ca_file` None: the system's authorities; `cert_file` with `key_file`: who we are."""

    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    proxy: Proxy | None = None
    keepalive_s: int = 10

    __str__ = Endpoint.__str__


def split_url(url: str) -> Endpoint:
    """Return what `mqtt://host[:port]`, `mqtts://`, `ws://host[:port][/path]` or `wss://` says.

    Raises:
        ValueError: it is none; the text says why.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is no URL: {error}") from error
    if parts.scheme not in PORTS:
        raise ValueError(f"{url!r} must begin with mqtt://, mqtts://, ws:// or wss://")
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    if parts.username or parts.password:
        raise ValueError("the URL must not hold an account: use username and password_file")
    is_web = parts.scheme.startswith("ws")
    if parts.query or parts.fragment or (not is_web and parts.path.strip("/")):
        raise ValueError(f"{url!r} must end after the {'path' if is_web else 'port'}")
    path = parts.path if parts.path.strip("/") else _PATH
    if is_web and not _PATH_PATTERN.fullmatch(path):
        raise ValueError(f"{path!r} is no path of a URL")
    return Endpoint(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        tls=parts.scheme in _WITH_TLS,
        path=path if is_web else "",
    )


def split_proxy(url: str) -> Proxy:
    """Return what `http://host[:port]` of a proxy says.

    Raises:
        ValueError: it is none; the text says why.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is no URL: {error}") from error
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"{url!r} must be http://HOST:PORT of an HTTP proxy")
    if parts.username or parts.password:
        raise ValueError("the URL must not hold an account: use proxy_account_file")
    return Proxy(host=parts.hostname, port=port or _PROXY_PORT)


def client_id(site: str, agent: str) -> str:
    """Return an MQTT client id of [A-Za-z0-9_-], the same each time and different for different agents."""
    plain = f"roomtone-{site}-{agent}"
    if re.fullmatch(r"[A-Za-z0-9_]+", site) and re.fullmatch(r"[A-Za-z0-9_-]+", agent):
        return plain
    return re.sub(r"[^A-Za-z0-9_-]", "_", plain) + f"-{digest(f'{site}/{agent}', size=4)}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
