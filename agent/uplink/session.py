"""One Sparkplug edge node, without socket, thread or clock. In: readings, and what the broker brings. Out: messages.

A driver (`agent.uplink.mqtt`, or a simulator's) owns the connection:

    will(now)           before each CONNECT: the death certificate to leave with the broker
    connected(now)      the broker accepted us and `subscriptions` are asked for
    received(...)       a message came
    collect(now)        what to publish now, in this order; call it after everything else and at `next_due()`
    disconnected()      the connection is gone; what was not published then is forgotten (the outbox has it)

`wants_to_leave` says that the host went offline: publish what `collect` gives, then disconnect and connect again.
"""

import math
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from random import Random

from agent.now import Moment
from agent.outbox import Outbox
from agent.sample import Sample
from agent.uplink.backlog import Backlog, Timing
from agent.uplink.birth import NodeIdentity
from agent.uplink.command import read_command
from agent.uplink.host import HostPresence
from agent.uplink.message import Message
from agent.uplink.sender import Sender
from wire.topics import Kind, state_topic


class _Phase(Enum):
    APART = auto()  # not connected
    WAITING = auto()  # connected; the host is not there, or nothing has been read yet
    BORN = auto()


class EdgeSession:
    """The conversation of one edge node with its host, over any number of connections."""

    def __init__(
        self,
        identity: NodeIdentity,
        outbox: Outbox,
        *,
        host_id: str = "",
        timing: Timing | None = None,
        random: Random | None = None,
    ) -> None:
        """`host_id` is the primary host to wait for; empty: publish to whoever listens."""
        self.outbox = outbox
        self.host_id = host_id
        self.timing = timing or Timing.of_interval(identity.interval_s)
        self._random = random or Random()  # noqa: S311  jitter, no secret
        self._backlog = Backlog(self.timing, self._random)
        self._sender = Sender(identity, outbox, self._backlog)
        self._command_topic = str(self._sender.topic(Kind.NCMD))
        self._host = HostPresence()
        self._phase = _Phase.APART
        self._bdseq = 0
        self._birth_due = math.inf
        self._born_at_s = -math.inf
        self._has_reported = False
        self.wants_to_leave = False
        self.handed: bytes | None = None  # the last configuration that the host handed over
        self.births = 0
        self.ignored_commands = 0

    # ------------------------------------------------------------ the connection

    @property
    def subscriptions(self) -> list[tuple[str, int]]:
        """Topics and QoS to subscribe to, before anything is published."""
        commands = [(self._command_topic, 0)]
        return [(state_topic(self.host_id), 1), *commands] if self.host_id else commands

    @property
    def is_born(self) -> bool:
        """Whether the host has been told that we are here, in this connection."""
        return self._phase is _Phase.BORN

    @property
    def host_online(self) -> bool | None:
        """Whether the primary host is there; None where nobody has said."""
        return self._host.online if self.host_id else True

    def will(self, now: Moment) -> Message:
        """Begin a connection: return the NDEATH to leave with the broker as our will, at QoS 1."""
        self._bdseq = self.outbox.next_bdseq()
        return self._sender.death(self._bdseq, now)

    def connected(self, now: Moment, *, again: bool = False) -> None:
        """The broker accepted us; `again`: after a connection that was lost, as many others may be returning."""
        self._phase = _Phase.WAITING
        self.wants_to_leave = False
        if not self.host_id:
            self._birth_due = now.mono_s + (self._jitter() if again else 0.0)

    def disconnected(self) -> None:
        """The connection is gone."""
        self._phase = _Phase.APART
        self._sender.out.clear()
        self._birth_due = math.inf
        self._host.forget()
        self.wants_to_leave = False

    def received(self, topic: str, payload: bytes, now: Moment) -> None:
        """Take a message that the broker brought; what makes no sense is counted and ignored."""
        if self.host_id and topic == state_topic(self.host_id):
            self._state(payload, now)
        elif topic == self._command_topic:
            self._command(payload, now)
        else:
            self.ignored_commands += 1

    def collect(self, now: Moment, *, congested: bool = False) -> list[Message]:
        """Return what to publish now; nothing while `congested`, as earlier messages are still under way."""
        self._be_born_if_due(now)
        if congested and not self.wants_to_leave:
            return []
        if self._phase is _Phase.BORN:
            self._sender.send_behind(self._bdseq, now)
        return self._take()

    def next_due(self) -> float:
        """Return the `mono_s` at which `collect` may have something new; infinity where only an event brings it."""
        if self._phase is _Phase.BORN:
            return min(self._birth_due, self._backlog.next_due())
        return self._birth_due if self._phase is _Phase.WAITING and self._has_reported else math.inf

    def goodbye(self, reason: str, now: Moment) -> list[Message]:
        """Return the last messages: why we go (`os`, `service`, `sleep`), and the NDEATH."""
        if self._phase is not _Phase.BORN:
            return []
        self._sender.shutdown(reason, now)
        last = [*self._take(), self._sender.death(self._bdseq, now)]
        self.disconnected()
        return last

    def say(self, **properties: str) -> None:
        """Have births say this of the node from now on; where it is news, there is one soon."""
        if all(self._sender.news.get(name, "") == text for name, text in properties.items()):
            return
        self._sender.news.update(properties)
        if self._phase is _Phase.BORN and self._birth_due == math.inf:
            self._birth_due = self._born_at_s + self.timing.rebirth_pause_s

    # ------------------------------------------------------------ readings

    @property
    def untold_dropped(self) -> int:
        """Entries that the outbox dropped and that no acknowledged live entry has told of."""
        return self._sender.telling.untold

    def oldest_s(self, now: Moment) -> float:
        """Return how long the oldest entry has waited, whatever became of the clock meanwhile; 0 where none waits."""
        oldest_ms = self.outbox.oldest_ms
        return max(0, self._sender.steady.ms(now) - oldest_ms) / 1000 if oldest_ms else 0.0

    @property
    def is_heard(self) -> bool:
        """Whether the host has stored anything of what this run has read."""
        return self.outbox.current().acked > 0

    @property
    def refused_samples(self) -> int:
        """Samples without a place: too many metrics, or one that changed its datatype."""
        return self._sender.metrics.refused

    def device_up(self, device: str, role: str, properties: Mapping[str, str]) -> None:
        """A device answered; it is born with the next report, and again when its properties change."""
        self._sender.devices.up(device, role, properties)

    def device_seen(self, device: str) -> None:
        """A device has readings of which nobody polls whether it is there; it is born with them, if it is not yet."""
        self._sender.devices.seen(device)

    def device_down(self, device: str, now: Moment, told: str = "") -> None:
        """A device does not answer any more; `told` is the shutdown (os, service, sleep) that it announced."""
        if self._sender.devices.down(device, told) and self._phase is _Phase.BORN:
            self._sender.device_death(device, now)

    def report(self, at_ms: int, samples: Mapping[str, Sequence[Sample]], now: Moment) -> None:
        """Keep the readings of one step, by device ("" is the node), and send them when somebody listens."""
        kept: dict[str, Sequence[Sample]] = {}
        node_is_new = False
        for device, of_device in samples.items():
            kept[device], is_new = self._sender.metrics.learn(device, at_ms, of_device)
            if is_new and device:
                self._sender.devices.outdated(device)
            node_is_new = node_is_new or (is_new and not device)
        self._has_reported = True
        if self._phase is _Phase.BORN and node_is_new:
            self._birth_due = -math.inf
        # Before the entries are made, so that they are live and not backlog.
        self._be_born_if_due(now)
        entries = self._sender.keep(at_ms, kept, now)
        if self._phase is _Phase.BORN:
            self._sender.send_live(entries, kept, now)

    # ------------------------------------------------------------ what the host says

    def _state(self, payload: bytes, now: Moment) -> None:
        before = self._host.online
        if not self._host.heard(payload):
            self.ignored_commands += 1
        elif not self._host.online:
            self._birth_due = math.inf
            if self._phase is _Phase.BORN:
                self._phase = _Phase.WAITING
                self._sender.out.clear()
                self._sender.out.append(self._sender.death(self._bdseq, now))
                self.wants_to_leave = True
        elif self._phase is _Phase.WAITING and self._birth_due == math.inf and not self.wants_to_leave:
            # A retained word comes to each agent when it connects; a fresh one to all in the same instant.
            self._birth_due = now.mono_s + (self._jitter() if before is False else 0.0)

    def _command(self, payload: bytes, now: Moment) -> None:
        command = read_command(payload)
        if command is None:
            self.ignored_commands += 1
            return
        if command.rebirth and self._phase is _Phase.BORN and self._birth_due == math.inf:
            self._birth_due = max(now.mono_s, self._born_at_s + self.timing.rebirth_pause_s)
        if command.configuration is not None:
            self.handed = command.configuration
        if command.epoch is not None and command.stored_up_to is not None:
            state = self.outbox.acknowledge(command.epoch, command.stored_up_to)
            if state is None:
                self.ignored_commands += 1
            else:
                self._backlog.acknowledged(state, now.mono_s)
                self._sender.telling.acknowledged(state)

    # ------------------------------------------------------------ small things

    def _be_born_if_due(self, now: Moment) -> None:
        if self._phase is _Phase.APART or not self._has_reported or now.mono_s < self._birth_due:
            return
        if self._phase is _Phase.WAITING:
            self._backlog.begin(self.outbox.epochs())
        self._phase = _Phase.BORN
        self._birth_due = math.inf
        self._born_at_s = now.mono_s
        self.births += 1
        self._sender.be_born(self._bdseq, now)

    def _take(self) -> list[Message]:
        taken = list(self._sender.out)
        self._sender.out.clear()
        return taken

    def _jitter(self) -> float:
        return self._random.uniform(0.0, self.timing.return_jitter_s)
