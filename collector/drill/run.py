"""A drill: a test fault in a room travels the whole line to its ticket, is mended, and leaves nothing but its proof.

Comes in: a collector to ask, a broker to speak to, a room. Goes out: `Proof`, what was seen when. The fault is a failed
component of a device that is there for the drill only; its ticket is marked `drill` and closed by the drill itself.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from collector.broker import BrokerAddress
from collector.drill.errors import DrillFailed
from collector.drill.node import DrillNode
from collector.inspection.fetch import Collector, fetch_bytes
from collector.now import monotonic_s, now
from wire.catalogue import HwState

_LOOK_S: Final = 0.5
_SAY_S: Final = 5.0
Tell = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Proof:
    """What a drill saw. `steps` are in order; `failed` names the one that did not come, "" where all did."""

    room: str
    device: str
    component: str
    started_at: datetime
    steps: list[tuple[str, datetime]] = field(default_factory=list)
    failed: str = ""
    ticket: dict[str, Any] | None = None
    log: list[dict[str, Any]] = field(default_factory=list)

    def at(self, step: str) -> datetime | None:
        return next((at for name, at in self.steps if name == step), None)

    @property
    def detection_s(self) -> float | None:
        """How long the fault took to become a ticket."""
        broken, told = self.at("fault sent"), self.at("ticket open")
        return (told - broken).total_seconds() if broken and told else None

    def as_json(self) -> dict[str, Any]:
        return {
            "drill": True,
            "room": self.room,
            "device": self.device,
            "component": self.component,
            "passed": not self.failed,
            "failed": self.failed or None,
            "started_at": self.started_at.isoformat(),
            "detection_s": self.detection_s,
            "steps": [{"step": name, "at": at.isoformat()} for name, at in self.steps],
            "ticket": self.ticket,
            "log": self.log,
        }


class Drill:
    """Carries one drill out. `within_s` is how long a step may take; `tell` hears of each as it is reached."""

    def __init__(
        self, collector: Collector, broker: BrokerAddress, *, site: str, room: str, within_s: float, tell: Tell
    ) -> None:
        started = now()
        component = f"drill-{started:%Y%m%d%H%M%S}"
        self._collector = collector
        self._within_s = within_s
        self._tell = tell
        self._node = DrillNode(broker, site=site, room=room, component=component)
        self.proof = Proof(room=f"{site}/{room}", device=self._node.device, component=component, started_at=started)

    def run(self) -> Proof:
        """Return the proof; whatever comes, the fault is taken back and the ticket closed as far as that goes."""
        try:
            self._node.start()
            self._reach("born", lambda: self._device() is not None, HwState.OK)
            self._node.say(HwState.FAILED)
            self._note("fault sent")
            self._reach("fault seen", lambda: _is_noticed(self._device()), HwState.FAILED)
            self._reach("ticket open", self._has_ticket, HwState.FAILED)
            self._node.say(HwState.OK)
            self._note("fault mended")
            self._reach("ticket restored", lambda: self._state() in ("restored", "resolved", "closed"), HwState.OK)
        except DrillFailed as error:
            self.proof.failed = str(error)
        self._clean_up()
        return self.proof

    def _clean_up(self) -> None:
        """End the node, and close the ticket once its fault is over with it."""
        try:
            self._node.end()
            if self.proof.ticket is None and not self._has_ticket():
                return
            self._reach("node gone", lambda: self._state() in ("restored", "resolved", "closed"), None)
            if self._state() != "closed":
                self._act("close", {"text": "drill: carried out and closed by itself"})
            self._reach("ticket closed", lambda: self._state() == "closed", None)
            number = self.proof.ticket["id"] if self.proof.ticket else 0
            self.proof.log = self._get(f"/tickets/{number}/log?limit=1000")["items"]
        except DrillFailed as error:
            self.proof.failed = self.proof.failed or str(error)

    # ------------------------------------------------------------ steps

    def _reach(self, step: str, reached: Callable[[], bool], state: HwState | None) -> None:
        """Wait for a step while the component goes on reading `state`. Raises DrillFailed when it does not come."""
        begun = said = monotonic_s()
        while not reached():
            passed = monotonic_s() - begun
            if passed > self._within_s:
                raise DrillFailed(f"{step}: not within {self._within_s:g} s")
            if state is not None and monotonic_s() - said >= _SAY_S:
                said = monotonic_s()
                self._node.say(state)
            time.sleep(_LOOK_S)
        self._note(step)

    def _note(self, step: str) -> None:
        self.proof.steps.append((step, now()))
        self._tell(step)

    # ------------------------------------------------------------ what the collector says

    def _device(self) -> dict[str, Any] | None:
        site, _, room = self.proof.room.partition("/")
        found = self._get(f"/devices?site={quote(site)}&room={quote(room)}&limit=1000")["items"]
        return next((device for device in found if device["id"] == self.proof.device), None)

    def _has_ticket(self) -> bool:
        found = self._get(f"/tickets?state=live&room={quote(self.proof.room)}&limit=1000")["items"]
        own = [ticket for ticket in found if ticket["device"] == self.proof.device]
        started = self.proof.started_at
        self.proof.ticket = next((one for one in own if datetime.fromisoformat(one["opened_at"]) >= started), None)
        return self.proof.ticket is not None

    def _state(self) -> str:
        if self.proof.ticket is None:
            return ""
        self.proof.ticket = self._get(f"/tickets/{self.proof.ticket['id']}")
        return str(self.proof.ticket["state"])

    def _act(self, action: str, fields: dict[str, object]) -> None:
        if self.proof.ticket is not None:
            fetch_bytes(self._collector, f"/api/v1/tickets/{self.proof.ticket['id']}/{action}", fields)

    def _get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(fetch_bytes(self._collector, f"/api/v1{path}"))
        return found


def _is_noticed(device: dict[str, Any] | None) -> bool:
    return device is not None and (device["pending"] or device["state"] in ("degraded", "failed"))
