"""Rooms that are cut off, or that nobody listens to for a while: all that they read then comes late."""

from datetime import datetime, timedelta

from collector.core.campus import Campus
from collector.core.model import DeviceId, Incident
from collector.core.rule import RulePack
from tests.unit.core.classify_scene import PC, T0, Scene, seconds

CPU = "system.cpu.utilization"
DISK = "system.filesystem.utilization"
UPTIME = "system.uptime"
CAMERA = DeviceId("s:pc:cam")
Values = dict[tuple[DeviceId, str, str], float]


class CutOff(Scene):
    """A PC that is read each ten seconds, also while its network is away: then all of it comes late."""

    def __init__(self, rules: RulePack | None = None, place: Campus | None = None, now: datetime = T0) -> None:
        super().__init__(place, rules, now)
        self.said: dict[DeviceId, dict[str, str]] = {}
        self.values: Values = {(PC, CPU, ""): 0.1, (PC, DISK, "/d"): 0.5}
        self.skew = timedelta()
        self.kept: list[tuple[timedelta, Values]] = []
        self.started = now - timedelta(days=1)
        self.is_cut = False
        self.is_off = False
        self.is_deaf = False
        self.born()

    def born(self, device: DeviceId | str = PC, interval: float | None = 10, **properties: str) -> None:
        """Let a device be born, with what it said of itself before where it says nothing now."""
        said = self.said.setdefault(DeviceId(device), {})
        said.update(properties)
        super().born(device, interval, **said)

    def run(self, by: float) -> None:
        """Let time pass, with a reading of everything each ten seconds."""
        for _ in range(int(by // 10)):
            if not self.is_off:
                self._sample()
            if self.is_deaf:
                self.now += seconds(10)
            else:
                self.wait(10)

    def _sample(self) -> None:
        if (PC, UPTIME, "") in self.values:
            self.values[PC, UPTIME, ""] = (self.now - self.started).total_seconds()
        if self.is_cut:
            self.kept.append((self.now - T0, dict(self.values)))
        else:
            rows = [(*key, value) for key, value in self.values.items()]
            self.read_all(rows, stamp=self.now + self.skew)

    def cut(self) -> None:
        self.is_cut = True
        self.died()

    def ignore(self) -> None:
        """Let nobody listen: the collector is ended."""
        self.is_cut = self.is_deaf = True

    def listen(self) -> None:
        """The collector is there again, and what is there tells of itself and of what it kept."""
        self.is_deaf = False
        self.restart()
        self.back()

    def back(self) -> None:
        """Live first, the backlog behind it, and no correction yet."""
        self.is_cut = False
        for device in sorted({key[0] for key in self.values}):
            self.born(device)
        self.run(10)
        self.deliver()

    def deliver(self) -> None:
        kept, self.kept = self.kept, []
        for at, values in kept:
            rows = [(*key, value) for key, value in values.items()]
            self.read_all(rows, stamp=T0 + at + self.skew, historical=True)

    def settle(self, by: float = 20) -> None:
        """Let it go on for so long, and look back whenever it is time to."""
        for _ in range(int(by // 10)):
            self.run(10)
            self.look_back()

    def faults(self, family: str) -> list[Incident]:
        found = [one for one in self.incidents.values() if one.family == family]
        return sorted(found, key=lambda one: one.onset_at)
