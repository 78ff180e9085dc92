"""The roster: what each agent said of itself when it was last born.

Comes in: births, from the engine's thread. Goes out, from a thread of its own: rows of the records database, readings
that tell of clones, and the agents whose configuration is behind.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from collector.core.computer import Computer, Sightings, hardware_of, is_same
from collector.core.model import Born, DeviceId, Event, is_drill, is_node
from collector.core.spool import Run, next_run
from collector.store.errors import StoreError
from collector.store.records.fleet import Agent, FleetRecords, Seen

log = structlog.get_logger()

CLONES: Final = "classroom.agent.clones"
_SAY_AGAIN: Final = timedelta(seconds=60)
_MOST_WAITING: Final = 200_000
_KEPT: Final = (
    "agent_version", "os", "serial", "address", "fingerprint", "spool", "config_digest", "config_state", "config_tried",
    "config_error",
)  # fmt: skip


class Reporter(Protocol):
    """Takes readings of the collector's own about a node."""

    def report(self, device: DeviceId, metric: str, instance: str, value: float) -> None: ...


class Roster:
    """The agents as they were born. `take` may be called from any one thread, all else from another."""

    def __init__(self, *, records: FleetRecords, reporter: Reporter, is_behind: Callable[[DeviceId], None]) -> None:
        """`is_behind` is called with each agent that was just born and does not run its newest configuration."""
        self._records = records
        self._reporter = reporter
        self._is_behind = is_behind
        self._births: deque[Born] = deque(maxlen=_MOST_WAITING)
        self._sightings: dict[DeviceId, Sightings] = {}
        self._cloned: dict[DeviceId, Agent] = {}
        self._said_at: dict[DeviceId, datetime] = {}

    def restore(self) -> None:
        """Remember the clones that there were when the collector ended."""
        for agent in self._records.cloned():
            sightings = self._sightings[agent.id] = Sightings()
            sightings.resume(
                Computer(hardware=frozenset(one.hardware), label=one.label, heard_at=one.heard_at)
                for one in agent.computers
            )
            self._cloned[agent.id] = agent

    def take(self, events: Iterable[Event]) -> None:
        """Note births of agents; who is there for a drill only is none."""
        self._births.extend(
            event
            for event in events
            if isinstance(event, Born) and is_node(event.device) and not is_drill(event.device)
        )

    def work(self, now: datetime) -> None:
        """Keep what was noted, and say who is cloned. Blocks."""
        births = [self._births.popleft() for _ in range(len(self._births))]
        if births:
            try:
                self._keep(births)
            except StoreError:
                self._births.extendleft(reversed(births))
                raise
        self._tell_clones(now)

    # ------------------------------------------------------------ births

    def _keep(self, births: Sequence[Born]) -> None:
        known = {agent.id: agent for agent in self._records.some({born.device for born in births})}
        changed: dict[DeviceId, Agent] = {}
        for born in births:
            before = changed.get(born.device) or known.get(born.device) or Agent(id=born.device)
            changed[born.device] = self._after(before, born)
        for agent in self._records.keep_births(list(changed.values())):
            if agent.configuration > agent.running and agent.said.get("config_tried") != str(agent.configuration):
                self._is_behind(agent.id)

    def _after(self, agent: Agent, born: Born) -> Agent:
        said = {name: born.properties[name] for name in _KEPT if born.properties.get(name)}
        hardware = hardware_of(said.get("fingerprint", ""))
        run = next_run(
            Run(epoch=agent.epoch, number=agent.run, forgotten=agent.repeats),
            epoch=born.epoch,
            number=born.run,
            is_same_computer=is_same(hardware, hardware_of(agent.said.get("fingerprint", ""))),
        )
        sightings = self._sightings.setdefault(agent.id, Sightings())
        sightings.born(said.get("fingerprint", ""), _label(said), born.at)
        living = sightings.living(born.at)
        after = replace(
            agent,
            room=born.properties.get("room", "").rpartition("/")[2] or agent.room,
            born_at=born.at,
            said=said,
            epoch=run.epoch,
            run=run.number,
            repeats=run.forgotten,
            computers=tuple(_seen(one) for one in living),
            twins=agent.twins or " / ".join(one.label for one in living[:2]),
        )
        if len(living) > 1:
            if agent.id not in self._cloned:
                log.warning("two computers are one agent", agent=agent.id, computers=after.twins)
                self._said_at.pop(agent.id, None)
            self._cloned[agent.id] = after
        return after

    # ------------------------------------------------------------ clones

    def _tell_clones(self, now: datetime) -> None:
        over = []
        for id_, agent in list(self._cloned.items()):
            living = self._sightings[id_].living(now)
            said_at = self._said_at.get(id_)
            if len(living) < 2:
                self._reporter.report(id_, CLONES, agent.twins, 1.0)
                over.append(id_)
            elif said_at is None or now - said_at >= _SAY_AGAIN:
                self._reporter.report(id_, CLONES, agent.twins, float(len(living)))
                self._said_at[id_] = now
        if over:
            self._records.forget_clones(over)
            for id_ in over:
                log.info("one computer is this agent again", agent=id_)
                self._cloned.pop(id_, None)
                self._said_at.pop(id_, None)


def _label(said: dict[str, str]) -> str:
    """Return what a person finds a computer by: its address, and its serial number or a part of its fingerprint."""
    part = said.get("serial") or said.get("fingerprint", "").partition(" ")[0]
    return " ".join(filter(None, (said.get("address"), part))) or "?"


def _seen(one: Computer) -> Seen:
    return Seen(label=one.label, hardware=tuple(sorted(one.hardware)), heard_at=one.heard_at)
