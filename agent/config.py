"""What `agent.toml` says. In: the file, the files it names, the environment. Out: a `Config`, or every mistake.

Paths in the file are relative to it. Secrets come from files of their own, or the environment.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from agent.entry import Bounds
from agent.errors import ConfigError, Mistake
from agent.identity import default_id
from agent.media.configure import recording_target, stream_target
from agent.media.tables import RecordingTable, SamplingTable, SourceTable, StreamTable
from agent.media.target import RecordingTarget, StreamTarget
from agent.places import default_data_dir
from agent.probe_tables import (
    CaptureTable,
    ClockTable,
    CommandTable,
    HttpTable,
    PjlinkTable,
    RaidTable,
    RebootTable,
    SensorsTable,
    ServicesTable,
    ShureTable,
    SmartTable,
)
from agent.setting import Reader
from agent.snmp.configure import ResponderSettings, TrapSettings, responder_settings, trap_settings
from agent.snmp.target import SnmpTarget, load_user
from agent.tables import (
    LISTS,
    PASSWORD_VARIABLE,
    TABLES,
    AgentTable,
    BrokerTable,
    HostTable,
    ManageTable,
    OutboxTable,
    PingTable,
    ProcessTable,
    SnmpTable,
)
from agent.toml_places import Places
from agent.uplink.address import BrokerAddress, Proxy, split_proxy, split_url

# Tables that ask for a probe by being there.
_ASKED_FOR: Final = ("smart", "raid", "clock", "services", "capture", "sensors", "reboot")
# Lists whose items are devices of this agent, and the key that names the device.
_DEVICES: Final = {"snmp": "id", "pjlink": "id", "shure": "id", "command": "device", "http": "device", "stream": "id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything an agent needs to know, checked. `agent.id` and `agent.data_dir` are always set."""

    agent: AgentTable
    broker: BrokerAddress = field(default_factory=lambda: BrokerAddress(host="127.0.0.1", port=1883))
    host_id: str = "roomtone"
    bounds: Bounds = field(default_factory=Bounds)
    host: HostTable = field(default_factory=HostTable)
    process: ProcessTable = field(default_factory=ProcessTable)
    ping: tuple[PingTable, ...] = ()
    snmp: tuple[SnmpTarget, ...] = ()
    pjlink: tuple[PjlinkTable, ...] = ()
    shure: tuple[ShureTable, ...] = ()
    command: tuple[CommandTable, ...] = ()
    http: tuple[HttpTable, ...] = ()
    stream: tuple[StreamTarget, ...] = ()
    sampling: SamplingTable = field(default_factory=SamplingTable)
    # None: not asked for.
    recording: RecordingTarget | None = None
    smart: SmartTable | None = None
    raid: RaidTable | None = None
    clock: ClockTable | None = None
    services: ServicesTable | None = None
    capture: CaptureTable | None = None
    sensors: SensorsTable | None = None
    reboot: RebootTable | None = None
    traps: TrapSettings | None = None
    responder: ResponderSettings | None = None
    # False: over SNMP alone.
    has_broker: bool = True
    manage: ManageTable = field(default_factory=ManageTable)

    @property
    def data_dir(self) -> Path:
        return self.agent.data_dir or default_data_dir()


def default_config() -> Config:
    """Return what an agent without a file works with."""
    return Config(agent=AgentTable(site="default", id=default_id()))


def read_config(path: Path) -> str:
    """Return the text of an agent.toml, to the letter.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Mistake(file=str(path), what=_cannot_read(error))]) from error


def load_config(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Read agent.toml and the files it names.

    Raises:
        ConfigError: with every mistake.
    """
    return parse_config(read_config(path), path, environment)


def parse_config(text: str, path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Return what the text of an agent.toml says, as if it stood in `path`.

    Raises:
        ConfigError: with every mistake.
    """
    environment = os.environ if environment is None else environment
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error))
        what, line, column = (found[1], int(found[2]), int(found[3])) if found else (str(error), 0, 0)
        if not found:
            line, column = text.count("\n") + 1, 1
        what = f"is no TOML: {_in_plain_words(what)}"
        raise ConfigError([Mistake(file=str(path), line=line, column=column, what=what)]) from error
    return _Loader(path, text, environment).load(given)


class _Loader:
    def __init__(self, path: Path, text: str, environment: Mapping[str, str]) -> None:
        self._reader = Reader(path, Places(text))
        self._environment = environment

    def load(self, given: Mapping[str, object]) -> Config:
        reader = self._reader
        reader.unknown_keys(given, [*TABLES, *LISTS], ())
        agent = reader.table(AgentTable, given.get("agent", {}), ("agent",))
        broker = reader.table(BrokerTable, given.get("broker", {}), ("broker",))
        outbox = reader.table(OutboxTable, given.get("outbox", {}), ("outbox",))
        host = reader.table(HostTable, given.get("host", {}), ("host",))
        process = reader.table(ProcessTable, given.get("process", {}), ("process",))
        manage = reader.table(ManageTable, given.get("manage", {}), ("manage",))
        ping = self._list(PingTable, given, "ping")
        snmp = self._list(SnmpTable, given, "snmp")
        address = self._address(broker) if broker else None
        targets = tuple(target for n, table in snmp if (target := self._target(n, table)))
        pjlink = tuple(self._with_password(n, table) for n, table in self._list(PjlinkTable, given, "pjlink"))
        shure = self._list(ShureTable, given, "shure")
        command = self._list(CommandTable, given, "command")
        http = [(n, self._with_token(n, table)) for n, table in self._list(HttpTable, given, "http")]
        sampling = reader.table(SamplingTable, given.get("sampling", {}), ("sampling",))
        recording = self._recording(given)
        streams = self._list(StreamTable, given, "stream")
        stream = tuple(stream_target(reader, n, table, self._secret) for n, table in streams)
        traps = trap_settings(reader, given, self._secret)
        responder = responder_settings(reader, given)
        asked = {name: self._asked(name, given) for name in _ASKED_FOR}
        self._devices_once(given)
        self._duplicates("ping", [(n, f"{p.target} {p.port or ''}".strip()) for n, p in ping])
        self._duplicates("command", [(n, table.name) for n, table in command])
        self._duplicates("http", [(n, table.name) for n, table in http])
        if reader.mistakes or not (agent and address and broker and outbox and host and process and manage):
            raise ConfigError(sorted(reader.mistakes, key=lambda m: (m.file != str(reader.file), m.line, m.column)))
        return Config(
            agent=replace(agent, id=agent.id or default_id()),
            broker=address,
            host_id=broker.host_id,
            bounds=Bounds(
                max_bytes=outbox.max_bytes,
                max_age_s=outbox.max_age_s,
                grace_bytes=outbox.grace_bytes,
                grace_age_s=outbox.grace_age_s,
            ),
            host=host,
            process=process,
            ping=tuple(p for _, p in ping),
            snmp=targets,
            pjlink=pjlink,
            shure=tuple(table for _, table in shure),
            command=tuple(table for _, table in command),
            http=tuple(table for _, table in http),
            recording=recording,
            stream=stream,
            sampling=sampling or SamplingTable(),
            manage=manage,
            traps=traps,
            responder=responder,
            has_broker=responder is None or "broker" in given,
            **asked,
        )

    def _list(self, table: type, given: Mapping[str, object], name: str) -> list[tuple[int, Any]]:
        items = given.get(name, [])
        if not isinstance(items, list):
            self._reader.wrong((name,), f"must be a list of tables: write [[{name}]]")
            return []
        read = [(n, self._reader.table(table, item, (name, n))) for n, item in enumerate(items)]
        return [(n, item) for n, item in read if item is not None]

    def _asked(self, name: str, given: Mapping[str, object]) -> Any:
        return self._reader.table(TABLES[name], given[name], (name,)) if name in given else None

    def _recording(self, given: Mapping[str, object]) -> RecordingTarget | None:
        sources = self._list(SourceTable, given, "source")
        if "recording" not in given:
            return recording_target(self._reader, None, sources, self._secret)
        table = self._reader.table(RecordingTable, given["recording"], ("recording",))
        return recording_target(self._reader, table, sources, self._secret) if table else None

    def _with_password(self, n: int, table: PjlinkTable) -> PjlinkTable:
        secret = self._secret(table.password_file, ("pjlink", n, "password_file")) if table.password_file else None
        return replace(table, password=secret or "")

    def _with_token(self, n: int, table: HttpTable) -> HttpTable:
        if table.ca_file and not table.ca_file.is_file():
            self._reader.wrong(("http", n, "ca_file"), f"{table.ca_file} is no file")
        secret = self._secret(table.token_file, ("http", n, "token_file")) if table.token_file else None
        return replace(table, token=secret or "")

    def _devices_once(self, given: Mapping[str, object]) -> None:
        """A device is born and dies by one probe: two would contradict each other."""
        seen: set[str] = set()
        for name, key in _DEVICES.items():
            items = given.get(name, [])
            for n, item in enumerate(items if isinstance(items, list) else []):
                device = item.get(key) if isinstance(item, dict) else None
                if name == "stream" and isinstance(item, dict) and item.get("device"):
                    continue
                if isinstance(device, str) and device in seen:
                    self._reader.wrong((name, n), f"{device!r} is there already")
                if isinstance(device, str) and device:
                    seen.add(device)

    def _duplicates(self, name: str, keys: list[tuple[int, str]]) -> None:
        seen: set[str] = set()
        for n, key in keys:
            if key in seen:
                self._reader.wrong((name, n), f"{key!r} is there already")
            seen.add(key)

    def _address(self, broker: BrokerTable) -> BrokerAddress:
        endpoint = split_url(broker.url)
        for name in ("ca_file", "cert_file", "key_file"):
            file: Path | None = getattr(broker, name)
            if file and not endpoint.tls:
                secure = "wss" if endpoint.path else "mqtts"
                self._reader.wrong(("broker", name), f"is of no use without TLS: write {secure}:// in url")
            elif file and not file.is_file():
                self._reader.wrong(("broker", name), f"{file} is no file")
        if bool(broker.cert_file) != bool(broker.key_file):
            missing = "key_file" if broker.cert_file else "cert_file"
            self._reader.wrong(("broker",), f"{missing} is missing: a certificate and its key go together")
        password = self._environment.get(PASSWORD_VARIABLE)
        if password is None and broker.password_file:
            password = self._secret(broker.password_file, ("broker", "password_file"))
        if password and not broker.username:
            self._reader.wrong(("broker",), "username is missing: there is a password")
        return BrokerAddress(
            host=endpoint.host,
            port=endpoint.port,
            tls=endpoint.tls,
            path=endpoint.path,
            username=broker.username,
            password=password or "",
            ca_file=broker.ca_file,
            cert_file=broker.cert_file,
            key_file=broker.key_file,
            proxy=self._proxy(broker),
            keepalive_s=broker.keepalive_s,
        )

    def _proxy(self, broker: BrokerTable) -> Proxy | None:
        account = broker.proxy_account_file
        if not broker.proxy:
            if account:
                self._reader.wrong(("broker", "proxy_account_file"), "is of no use without a proxy")
            return None
        secret = self._secret(account, ("broker", "proxy_account_file")) if account else None
        if secret is not None and ":" not in secret:
            self._reader.wrong(("broker", "proxy_account_file"), f"{account} must hold user:password")
        return replace(split_proxy(broker.proxy), account=secret or "")

    def _target(self, n: int, table: SnmpTable) -> SnmpTarget | None:
        path = ("snmp", n)
        community, user = "public", None
        for directory in table.profiles:
            if not directory.is_dir():
                self._reader.wrong((*path, "profiles"), f"{directory} is no directory")
        if table.version == "3":
            if table.community_file:
                self._reader.wrong((*path, "community_file"), "is of no use with version 3: give a user_file")
            if not table.user_file:
                self._reader.wrong(path, "user_file is missing: version 3 needs a user")
                return None
            try:
                user = load_user(table.user_file)
            except ConfigError as error:
                self._reader.mistakes.extend(error.mistakes)
                return None
        else:
            if table.user_file:
                self._reader.wrong((*path, "user_file"), f"is of no use with version {table.version}")
            if table.community_file:
                secret = self._secret(table.community_file, (*path, "community_file"))
                if secret is None:
                    return None
                community = secret
        return SnmpTarget(
            id=table.id,
            host=table.host,
            role=table.role,
            port=table.port,
            version=table.version,
            community=community,
            user=user,
            profile=table.profile,
            profiles=table.profiles,
            timeout_s=table.timeout_s,
            retries=table.retries,
            interval_s=table.interval_s,
            base=table.base,
        )

    def _secret(self, file: Path, path: tuple[str | int, ...]) -> str | None:
        try:
            text = file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            self._reader.wrong(path, f"{file} {_cannot_read(error)}")
            return None
        if not text or "\n" in text:
            self._reader.wrong(path, f"{file} must hold one line")
            return None
        return text


def _in_plain_words(what: str) -> str:
    """Return what Python's reader of TOML says, for those who do not know Python."""
    twice = re.fullmatch(r"Cannot (?:declare|mutate) .*?\((.*?),?\)(?: twice)?", what)
    if twice is not None:
        return f"[{'.'.join(part.strip(chr(39)) for part in twice[1].split(', '))}] is there twice"
    if "'\\'" in what:
        return f"{what}; write paths with /, or in single quotes: 'C:\\Recordings'"
    return what


def _cannot_read(error: OSError | UnicodeDecodeError) -> str:
    return f"cannot be read: {error.strerror if isinstance(error, OSError) else 'it is not UTF-8'}"
