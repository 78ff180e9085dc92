"""Where the broker is and as whom we come. In: a URL. Out: host, port, whether TLS, and our client id."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from wire.digest import digest

PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """An MQTT 3.1.1 broker. `ca_file` None: the system's authorities."""

    host: str
    port: int
    tls: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    keepalive_s: int = 10

    def __str__(self) -> str:
        scheme = "mqtts" if self.tls else "mqtt"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"


def split_url(url: str) -> tuple[str, int, bool]:
    """Return (host, port, tls) of `mqtt://host[:port]` or `mqtts://host[:port]`.

    Raises:
        ValueError: it is none; the text says why.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is no URL: {error}") from error
    if parts.scheme not in PORTS:
        raise ValueError(f"{url!r} must begin with mqtt:// or mqtts://")
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    if parts.username or parts.password:
        raise ValueError("the URL must not hold an account: use username and password_file")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{url!r} must end after the port")
    return parts.hostname, port or PORTS[parts.scheme], parts.scheme == "mqtts"


def client_id(site: str, agent: str) -> str:
    """Return an MQTT client id of [A-Za-z0-9_-], the same each time and different for different agents."""
    plain = f"roomtone-{site}-{agent}"
    if re.fullmatch(r"[A-Za-z0-9_]+", site) and re.fullmatch(r"[A-Za-z0-9_-]+", agent):
        return plain
    return re.sub(r"[^A-Za-z0-9_-]", "_", plain) + f"-{digest(f'{site}/{agent}', size=4)}"
