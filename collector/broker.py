"""The embedded broker: nats-server as a supervised child that speaks MQTT 3.1.1.

Comes in: a folder, an address, accounts. Goes out: a broker that runs until `stop`, its accounts kept over restarts
in files of mode 0600.
"""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector.child import Child, ChildFailed
from collector.private_file import write_private

_READY_WITHIN_S: Final = 20.0
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  how we reach ourselves where all may


class BrokerError(Exception):
    """The embedded broker cannot run; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where a broker is and who we are to it. `url` is mqtt://HOST:PORT or mqtts://HOST:PORT."""

    url: str
    username: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who may use which topics. Topics are MQTT filters without a `#` in the middle."""

    username: str
    password: str
    publish: Sequence[str]
    subscribe: Sequence[str]


# Sparkplug nodes, the host itself, and whoever reads along. `$sparkplug` holds the births that the broker retains.
_SPARKPLUG: Final = ("spBv1.0/#",)
_CERTIFICATES: Final = "$sparkplug/certificates/#"
# The account of plain MQTT devices.
DEVICES: Final = "devices"


def subject(topic: str) -> str:
    """Return nats-server's name of an MQTT topic or filter, as its permissions want it."""
    levels = ["*" if level == "+" else ">" if level == "#" else level.replace(".", "//") for level in topic.split("/")]
    return ".".join(levels)


# Each agent's wait for the host's STATE is a consumer of nats-server, which stops at 1,000 unless told otherwise. In
# memory, since all sessions are clean: a thousand agents that come back at once cost 2 s then, 8 s on disk.
_MOST_AGENTS: Final = 100_000
_OWN: Final = ("collector", "agent", "roomtone", DEVICES)


class EmbeddedBroker:
    """nats-server under `directory`, listening for MQTT at `host`:`port`."""

    def __init__(self, *, directory: Path, host: str, port: int, is_open: bool = False) -> None:
        self._directory = directory
        self._host = host
        self._port = port
        self._is_open = is_open
        self._child: Child | None = None
        self._accounts = _load_accounts(directory / "accounts.json")
        self._agents: Sequence[Account] = ()
        self._foreign_filters: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Return its URL for clients on this machine."""
        host, port = self.listens_at()
        return f"mqtt://[{host}]:{port}" if ":" in host else f"mqtt://{host}:{port}"

    @property
    def _config(self) -> Path:
        return self._directory / "nats-server.conf"

    def address(self, account: str) -> BrokerAddress:
        """Return how `collector`, `agent` or `roomtone` (the account of mqtt.json) reaches the broker."""
        return BrokerAddress(url=self.url, username=account, password=self._accounts[account])

    def use_foreign(self, filters: Sequence[str]) -> None:
        """Let the account `devices` say what is on these topics, which plain MQTT devices speak on. From any thread.

        Raises:
            OSError: the configuration cannot be written.
        """
        if tuple(filters) != self._foreign_filters:
            self._foreign_filters = tuple(filters)
            self._reload()

    def use_agents(self, accounts: Sequence[Account]) -> None:
        """Let exactly these agents in; whoever is connected and stays is not disturbed. From any thread.

        Raises:
            OSError: the configuration cannot be written.
        """
        self._agents = tuple(accounts)
        self._reload()

    def _reload(self) -> None:
        child = self._child
        if child is not None:
            write_private(self._config, self._render())
            pid = child.pid
            if pid is not None:  # else it is being restarted, and reads the file
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGHUP)

    def listens_at(self) -> tuple[str, int]:
        """Return host and port of the listener, as a client on this machine reaches it."""
        return _WILDCARDS.get(self._host, self._host), self._port

    @property
    def restarts(self) -> int:
        return self._child.restarts if self._child is not None else 0

    async def start(self) -> None:
        """Write the configuration and start the broker.

        Raises:
            BrokerError: the port is taken, or the program is missing or does not come up.
        """
        if self._is_open and self._host not in LOOPBACK:
            raise BrokerError(
                f"--mqtt-open lets clients in without an account, so it is for loopback only, and --mqtt says "
                f"{self._host}. Leave one of the two out."
            )
        program = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")
        if program is None:
            raise BrokerError(
                "nats-server is missing from this environment. Install roomtone[collector] again, or name your own "
                "broker with `roomtone collector run`."
            )
        await self._require_free_port()
        write_private(self._config, self._render())
        self._child = Child(
            "broker", [program, "-c", str(self._config)], ready=self._listening, output=self._directory / "start.log"
        )
        try:
            await self._child.start()
        except (OSError, TimeoutError, ChildFailed) as error:
            raise BrokerError(
                f"the embedded broker did not start ({error}). Its log is {self._directory / 'nats-server.log'}."
            ) from error

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop()

    async def _require_free_port(self) -> None:
        with contextlib.suppress(OSError):
            server = await asyncio.start_server(lambda _r, w: w.close(), self._host, self._port)
            server.close()
            await server.wait_closed()
            return
        raise BrokerError(
            f"{self._host}:{self._port} is taken, so the embedded broker cannot listen there. Stop the program that "
            f"has it, or choose another address with --mqtt HOST:PORT."
        )

    async def _listening(self) -> None:
        async with asyncio.timeout(_READY_WITHIN_S):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection(self._host, self._port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)

    def _render(self) -> str:
        accounts = [
            Account(
                username="collector",
                password=self._accounts["collector"],
                publish=_SPARKPLUG,
                subscribe=("#", _CERTIFICATES),  # a mapping file may name any topic
            ),
            *(
                Account(username=name, password=self._accounts[name], publish=_SPARKPLUG, subscribe=_SPARKPLUG)
                for name in ("agent", "roomtone")
            ),
        ]
        foreign = self._foreign_filters
        if foreign:
            accounts.append(
                Account(username=DEVICES, password=self._accounts[DEVICES], publish=foreign, subscribe=foreign)
            )
        accounts += self._agents
        if self._is_open:
            accounts.append(
                Account(
                    username="open",
                    password=secrets.token_urlsafe(24),
                    publish=(*_SPARKPLUG, *foreign),
                    subscribe=(*_SPARKPLUG, *foreign),
                )
            )
        return render_config(
            accounts=accounts,
            directory=self._directory,
            host=self._host,
            port=self._port,
            no_auth_user="open" if self._is_open else None,
        )


def render_config(
    *, accounts: Sequence[Account], directory: Path, host: str, port: int, no_auth_user: str | None = None
) -> str:
    """Return nats-server's configuration: MQTT at `host`:`port`, its own protocol at a random loopback port."""

    def quoted(topics: Sequence[str]) -> str:
        # `a/#` also matches `a`, for which nats-server asks separately.
        names = [name for topic in topics for name in dict.fromkeys((topic.removesuffix("/#"), topic))]
        return "[" + ", ".join(json.dumps(subject(name)) for name in names) + "]"

    users = "\n".join(
        f"    {{ user: {json.dumps(account.username)}, password: {json.dumps(account.password)}, permissions: "
        f"{{ publish: {quoted(account.publish)}, subscribe: {quoted(account.subscribe)} }} }}"
        for account in accounts
    )
    no_auth = f"  no_auth_user: {json.dumps(no_auth_user)}\n" if no_auth_user else ""
    return f"""server_name: roomtone
host: 127.0.0.1
port: -1
max_payload: 1MB
max_pending: 256MB
log_file: {json.dumps(str(directory / "nats-server.log"))}
logfile_size_limit: 16MB
logfile_max_num: 3
jetstream {{
  store_dir: {json.dumps(str(directory / "jetstream"))}
  limits {{ default_max_consumers: {_MOST_AGENTS} }}
}}
mqtt {{
  host: {json.dumps(host)}
  port: {port}
  consumer_memory_storage: true
{no_auth}}}
authorization {{
  users: [
{users}
  ]
}}
"""


def _load_accounts(path: Path) -> Mapping[str, str]:
    """Return the password of each account, made at the first start and kept."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept: dict[str, str] = {}
    with contextlib.suppress(FileNotFoundError, ValueError):
        kept = json.loads(path.read_text("utf-8"))
    accounts = {name: kept.get(name) or secrets.token_urlsafe(24) for name in _OWN}
    if accounts != kept:
        write_private(path, json.dumps(accounts, indent=1))
    return accounts
