"""Brings agents the configurations that were made for them."""

from typing import Protocol

import structlog

from collector.core.model import DeviceId
from collector.fleet.desk import FleetDesk

log = structlog.get_logger()


class Commander(Protocol):
    """Says something to a node, if it is there."""

    def configure(self, node: DeviceId, sealed: bytes) -> None: ...


class Courier:
    """Hands a configuration over at once when it is made, and again at each birth of an agent that lacks it."""

    def __init__(self, fleet: FleetDesk, commander: Commander) -> None:
        self._fleet = fleet
        self._commander = commander
        fleet.on_configuration(self.bring)

    def bring(self, agent: DeviceId) -> None:
        """Hand an agent its newest configuration. What gets lost on the way is handed over at its next birth."""
        sealed = self._fleet.sealed(agent)
        if sealed is not None:
            log.info("a configuration is handed over", agent=agent)
            self._commander.configure(agent, sealed)
