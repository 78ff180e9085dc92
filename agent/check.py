"""Would the agent work? In: a configuration. Out: what was tried, and what came of it, one line each."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agent.config import Config
from agent.errors import OutboxError, OutboxInUse
from agent.now import monotonic_s
from agent.once import look_once
from agent.outbox import Outbox
from agent.probes.registry import configured
from agent.snmp.target import ENGINES_FILE, SnmpTarget
from agent.spool import VOLATILE, spool_kind
from agent.uplink.address import WHAT_TO_CHECK, BrokerAddress, client_id
from agent.uplink.client import BrokerClient
from agent.uplink.host import HostPresence
from agent.uplink.paho import (
    Client,
    ConnectFlags,
    MQTTErrorCode,
    MQTTMessage,
    Properties,
    ReasonCode,
)
from wire.topics import state_topic

_ANSWER_S: Final = 5.0
_STATE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    what: str
    is_good: bool
    says: str


def check(config: Config) -> Iterator[Finding]:
    """Try the outbox, the broker, the host and each probe."""
    outbox, is_running = _outbox(config)
    yield outbox
    if config.has_broker:
        yield from check_broker(config)
    yield from _ports(config, is_running=is_running)
    yield from _profiles(config)
    targets = {f"snmp:{target.id}": target for target in config.snmp}
    for look in look_once(configured(config)):
        says = "; ".join(look.mistakes) or f"{len(look.samples)} readings in {look.duration_s:.2f} s"
        if look.probe in targets and not look.samples:
            says = _why_silent(targets[look.probe], config) or says
        yield Finding(look.probe, not look.mistakes, says)


def _ports(config: Config, *, is_running: bool) -> Iterator[Finding]:
    """Say whether what is to be listened on can be; a port that the running agent has is taken, of course."""
    wanted = {"responder": config.responder, "traps": config.traps}
    for name, settings in wanted.items():
        if settings is None:
            continue
        from agent.snmp.port import bound

        what = f"{name} {settings.bind}:{settings.port}"
        try:
            bound(settings.bind, settings.port).close()
        except OSError as error:
            if is_running and error.errno == errno.EADDRINUSE:
                yield Finding(what, True, "is listened on, most likely by the agent that runs")
            else:
                yield Finding(what, False, f"cannot be listened on: {error.strerror or error}")
        else:
            yield Finding(what, True, "can be listened on")


def _profiles(config: Config) -> Iterator[Finding]:
    """Say what the directories of profiles hold that the configuration names."""
    for directories in dict.fromkeys(target.profiles for target in config.snmp if target.profiles):
        from agent.snmp.errors import ProfileError
        from agent.snmp.library import library_with, our_library

        what = f"profiles {', '.join(map(str, directories))}"
        try:
            library = library_with(directories)
            library.check()
        except ProfileError as error:
            yield Finding(what, False, "; ".join(map(str, error.mistakes)))
            continue
        says = f"{len(library.ids) - len(our_library().ids)} profiles"
        left_out = (
            f", {len(library.skipped)} files left out, the first: {library.skipped[0]}" if library.skipped else ""
        )
        yield Finding(what, True, says + left_out)


def _why_silent(target: SnmpTarget, config: Config) -> str:
    from agent.snmp.check import trouble
    from agent.snmp.known import KnownEngines

    return trouble(target, KnownEngines(config.data_dir / ENGINES_FILE).engine_of(target.id))


def _outbox(config: Config) -> tuple[Finding, bool]:
    """Return what is found, and whether an agent runs with it."""
    try:
        outbox = Outbox.open(config.data_dir, config.bounds)
    except OutboxInUse:
        return Finding("outbox", True, f"{config.data_dir}, an agent runs with it"), True
    except OutboxError as error:
        return Finding("outbox", False, str(error)), False
    try:
        if not outbox.on_disk:
            says = f"{config.data_dir} cannot be used; readings would be kept in memory"
            return Finding("outbox", False, says), False
        forgets = "; it is in memory, so what waits does not outlive a restart of the computer"
        is_volatile = spool_kind(config.data_dir) == VOLATILE
        says = f"{config.data_dir}, {outbox.depth} entries waiting{forgets if is_volatile else ''}"
        return Finding("outbox", True, says), False
    finally:
        outbox.close()


class _Visit:
    """One connection under a client id of its own, so that a running agent is not thrown out."""

    def __init__(self, broker: BrokerAddress, name: str, host_id: str) -> None:
        self.reason: ReasonCode | None = None
        self.host = HostPresence()
        self._host_id = host_id
        self.client = BrokerClient(broker, name, timeout_s=_ANSWER_S)
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self.client.open()

    def loop(self, *, until_host: bool) -> None:
        end = monotonic_s() + (_STATE_S if until_host else _ANSWER_S)
        while monotonic_s() < end and (self.host.online is None if until_host else self.reason is None):
            if self.client.loop(0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _props: Properties | None
    ) -> None:
        self.reason = reason
        if not reason.is_failure and self._host_id:
            client.subscribe(state_topic(self._host_id), 1)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.host.heard(bytes(message.payload))


def check_broker(config: Config) -> Iterator[Finding]:
    """Try the broker, and whether the host is there."""
    what = f"broker {config.broker}"
    try:
        visit = _Visit(config.broker, client_id(config.agent.site, config.agent.id) + "-check", config.host_id)
    except (OSError, ValueError) as error:
        yield Finding(what, False, f"cannot be reached: {error}")
        return
    visit.loop(until_host=False)
    if visit.reason is None:
        yield Finding(what, False, "does not answer as an MQTT 3.1.1 broker does")
        return
    if visit.reason.is_failure:
        yield Finding(what, False, f"refuses us: {visit.reason}; {WHAT_TO_CHECK}")
        return
    yield Finding(what, True, "accepts us")
    if config.host_id:
        visit.loop(until_host=True)
        says = {True: "is there", False: "is offline; the agent waits for it", None: "has never been there"}
        yield Finding(f"host {config.host_id}", visit.host.online is True, says[visit.host.online])
    visit.client.disconnect()
