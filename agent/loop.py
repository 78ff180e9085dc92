"""The agent's one loop. In: a configuration. Out: readings at the broker, until it is told to stop.

One thread waits for the next step, the broker and the probes; each probe has a thread of its own.
"""

import logging
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from agent.config import Config
from agent.fingerprint import fingerprint, hashed_cards
from agent.identity import computer_properties
from agent.managed import Managed
from agent.now import Clocks, Moment, clocks, moment
from agent.outbox import Outbox
from agent.own_files import OwnFiles
from agent.probes.registry import configured
from agent.reading import Probe
from agent.sampler import Batch, Sampler
from agent.shutdown import shutdown_reason
from agent.sleep import Sleep
from agent.spool import VOLATILE, spool_kind
from agent.timepiece import Timepiece
from agent.trial import Trial
from agent.uplink.address import client_id
from agent.uplink.birth import NodeIdentity
from agent.uplink.mqtt import MqttUplink
from agent.uplink.session import EdgeSession
from agent.vitals import Vitals
from agent.wake import Waker

if TYPE_CHECKING:
    from agent.uplink.snmp import SnmpUplink

log = logging.getLogger("agent")

# Also a bound for how late a change of the clock is noticed.
_LONGEST_WAIT_S: Final = 60.0


def node_identity(config: Config) -> NodeIdentity:
    """Return who the agent says it is."""
    agent = config.agent
    properties = {**computer_properties(), "fingerprint": fingerprint(), "cards": hashed_cards()}
    for field, value in (("room", agent.room), ("role", agent.role), ("name", agent.name)):
        if value:
            properties[field] = value
    return NodeIdentity(site=agent.site, agent=agent.id, interval_s=agent.interval_s, properties=properties)


def snmp_uplink(config: Config, identity: NodeIdentity) -> "SnmpUplink":
    """Return who answers over SNMP; loaded only where somebody is to."""
    from agent.uplink.snmp import SnmpUplink

    return SnmpUplink(config, identity)


class Agent:
    """Everything that one agent is made of, wired together."""

    def __init__(
        self,
        config: Config,
        *,
        probes: Sequence[Probe] | None = None,
        outbox: Outbox | None = None,
        managed: Managed | None = None,
        own: OwnFiles | None = None,
    ) -> None:
        """Open the outbox and get ready; `probes` and `outbox` stand in for those that the configuration asks for.

        With `managed`, `run` also ends when another configuration is to be run, with `own` when somebody changed the
        files; `is_renewed` then says so.

        Raises:
            OutboxError: another agent uses the same data_dir, or a newer version wrote it.
        """
        self._is_stopping = False
        self._reason = ""
        self._own = own
        self.is_renewed = False
        self._waker = Waker()
        self._outbox = outbox or Outbox.open(config.data_dir, config.bounds)
        self._session = EdgeSession(node_identity(config), self._outbox, host_id=config.host_id)
        self._data_dir = config.data_dir
        self._uplink = MqttUplink(
            config.broker,
            client_id(config.agent.site, config.agent.id),
            self._session,
            wake=self._waker.wake,
        )
        self._has_broker = config.has_broker
        self._keepalive_s = config.broker.keepalive_s
        self._snmp = snmp_uplink(config, node_identity(config)) if config.responder is not None else None
        self._timepiece = Timepiece()
        self._vitals = Vitals(self._outbox, self._session, self._timepiece, self._uplink.route)
        self._sampler = Sampler(
            configured(config) if probes is None else probes,
            owner=f"{config.agent.site}:{config.agent.id}",
            interval_s=config.agent.interval_s,
            wake=self._waker.wake,
            agent_readings=self._vitals.read,
        )
        self._vitals.runners = self._sampler.runners
        self.sleep = Sleep(self._waker.wake)
        # What is handed over comes through the broker.
        is_managed = managed is not None and self._has_broker
        self._trial = Trial(managed, self._session, lambda: self._uplink.trouble) if managed and is_managed else None

    def stop(self, reason: str = "") -> None:
        """End `run` soon, for a reason (`os`, `service`) where it is known. May be called from a signal handler."""
        self._reason = reason
        self._is_stopping = True
        self._waker.wake()

    def run(self) -> None:
        """Read and report until stopped, then say goodbye."""
        self._waker.on_signals()
        try:
            while not self._is_stopping:
                present = clocks()
                now = present.now
                self._mind_the_time(present)
                self._session.say(spool=spool_kind(self._data_dir) if self._outbox.on_disk else VOLATILE)
                for batch in self._sampler.step(now):
                    self._report(batch, now)
                if self.sleep.step(self._uplinks(), now):
                    self._uplink.begin_anew("this computer was asleep", now)
                self._step_uplinks(now)
                self.is_renewed = self._own is not None and self._own.step(now)
                if self.is_renewed or (self._trial is not None and self._trial.step(now)):
                    self._reason = "service"
                    return
                readable, writable = self._sockets()
                now = moment()
                due_s = min(self._sampler.next_due(now), *(uplink.next_due() for uplink in self._uplinks()))
                if self._trial is not None:
                    due_s = min(due_s, self._trial.next_due())
                self._waker.wait(readable, writable, min(due_s - now.mono_s, _LONGEST_WAIT_S))
        finally:
            for uplink in self._uplinks():
                uplink.farewell(self._reason or shutdown_reason(), moment())
            if self._snmp is not None:
                self._snmp.close()
            self._close_probes()
            self._uplink.close()
            self._outbox.close()
            self._waker.close()

    def _mind_the_time(self, present: Clocks) -> None:
        passed = self._timepiece.step(present, is_told=self.sleep.is_told)
        if passed.asleep_s:
            self.sleep.is_told = False
            # The broker has called us dead by now, and our end may not know for as long again.
            if passed.asleep_s > self._keepalive_s:
                self._uplink.begin_anew(f"this computer slept for {passed.asleep_s:.0f} s", present.now)

    def _uplinks(self) -> "list[MqttUplink | SnmpUplink]":
        found: list[MqttUplink | SnmpUplink] = [self._uplink] if self._has_broker else []
        return found if self._snmp is None else [*found, self._snmp]

    def _step_uplinks(self, now: Moment) -> None:
        for uplink in self._uplinks():
            uplink.step(now)

    def _sockets(self) -> tuple[list[socket.socket], list[socket.socket]]:
        both = [uplink.sockets() for uplink in self._uplinks()]
        return [sock for readable, _ in both for sock in readable], [sock for _, writable in both for sock in writable]

    def _close_probes(self) -> None:
        for runner in self._sampler.runners:
            close = getattr(runner.probe, "close", None)
            if close is not None and not runner.is_busy:
                try:
                    close()
                except Exception as error:  # noqa: BLE001  a probe costs only itself, whatever it does
                    log.warning("probe %s: %s", runner.name, error)

    def _report(self, batch: Batch, now: Moment) -> None:
        if self._snmp is not None:
            self._snmp.report(batch, now)
        if not self._has_broker:
            return
        for device in batch.down:
            self._session.device_down(device, now, batch.told.get(device, ""))
        present = {probe.device: probe for probe in batch.up}
        for device in batch.samples:
            probe = present.get(device)
            if probe is not None:
                where = batch.whereabouts.get(device)
                properties = where.beside(probe.properties) if where is not None else probe.properties
                self._session.device_up(device, probe.role, properties)
            elif device:
                self._session.device_seen(device)
        if batch.samples:
            self._session.report(batch.step_ms, batch.samples, now)
