"""What is known beside a reading: other metrics of the device and its room, the timetable, presence, redundancy."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from collector.core.book import REACHABILITY, RECORDING, Bar, Plan
from collector.core.context import Schedule
from collector.core.live import Being, Live, Member
from collector.core.model import Context, DeviceId, RoomId
from collector.core.rule import Condition, Quantity, Reference, Scope
from collector.core.series import NEVER, STALE_INTERVALS, SeriesTable, from_us, to_us
from collector.core.tally import Tallies
from collector.core.uptime import SLACK_S
from collector.core.window import Windows

_SLACK: Final = timedelta(seconds=SLACK_S)


class Index:
    """Finds the series of those metrics that rules refer to."""

    def __init__(self) -> None:
        self._series: dict[tuple[DeviceId, str], dict[str, int]] = {}
        self._pinging: dict[str, list[int]] = {}

    def add(self, device: DeviceId, metric: str, instance: str, series: int) -> None:
        self._series.setdefault((device, metric), {})[instance] = series
        if metric == REACHABILITY and series not in (found := self._pinging.setdefault(instance, [])):
            found.append(series)

    def clear(self) -> None:
        self._series.clear()
        self._pinging.clear()

    def find(self, device: DeviceId, metric: str) -> dict[str, int]:
        """Return the series of a metric of a device, by instance."""
        return self._series.get((device, metric), {})

    def pinging(self, target: str) -> list[int]:
        """Return the series that say whether somebody reaches `target`."""
        return self._pinging.get(target, [])


class Witness:
    """Answers for one instance of one device at one moment; `aim` points it. Implements `level.Facts`."""

    def __init__(
        self,
        table: SeriesTable,
        live: Live,
        index: Index,
        plans: list[Plan | None],
        owners: list[Member | None],
        windows: Windows,
        tallies: Tallies,
    ) -> None:
        self._windows = windows
        self._tallies = tallies
        self._table = table
        self._live = live
        self._index = index
        self._plans = plans
        self._owners = owners
        self.schedules: dict[RoomId, Schedule] = {}
        self.fed: frozenset[tuple[DeviceId, str]] = frozenset()  # switch and port of everything that hangs on one
        self._always = Schedule()
        self._member: Member
        self._now: datetime
        self._ageless = False
        self._number: int | None = None
        self.before = math.nan
        self.instance = ""
        self.reading = 0.0

    def aim(
        self,
        member: Member,
        instance: str,
        reading: float,
        number: int | None = None,
        before: float = math.nan,
        now: datetime | None = None,
    ) -> None:
        """Point at an instance of a device, its last reading, the number of its series, and the reading before.

        Without `now` whatever was ever read counts as fresh: bands do not move with time.
        """
        self._member = member
        self._ageless = now is None
        if now is not None:
            self._now = now
        self._number = number
        self.before = before
        self.instance = instance
        self.reading = reading

    def schedule(self, member: Member) -> Schedule:
        """Return the timetable of a device's room."""
        return self.schedules.get(member.device.room, self._always)

    # ------------------------------------------------------------ conditions

    def contexts(self) -> frozenset[Context]:
        """Return what the room is for: by its timetable, and a lesson while it is recording."""
        planned = self.schedule(self._member).context(self._now)
        return frozenset((planned, Context.LESSON)) if self.recording() else frozenset((planned,))

    def recording(self) -> bool:
        """Tell whether a recorder of the room says that it is recording."""
        return any(value == 1 for value in self.values(RECORDING))

    def booked(self) -> bool:
        return self.schedule(self._member).booked(self._now)

    def quantity(self, of: Quantity) -> float | None:
        return self.schedule(self._member).quantity(of, self._now)

    def values(self, of: Reference) -> Iterator[float]:
        for series in self.series_of(of):
            if self.is_fresh(series):
                yield float(self._table.value[series])

    def exists(self, of: Reference) -> bool:
        return any(self._table.stamp[series] != NEVER for series in self.series_of(of))

    def missing(self, of: Reference) -> bool:
        """Tell whether a metric that is asked for has no fresh reading, though its device is there."""
        return self._member.is_here and not any(self.is_fresh(series) for series in self.series_of(of))

    def rising(self) -> bool:
        return self.reading > self.before

    def restarted(self) -> bool:
        """Tell whether the uptime was set back, but by a start that was told before or expected of a closed room."""
        if self._number is None or not self._table.restarted[self._number]:
            return False
        started = self._now - timedelta(seconds=self.reading)
        silences = [self._member.silence, self._member.node.silence if self._member.node is not None else None]
        return not any(
            silence is not None
            and started >= silence.since - _SLACK
            and (silence.told is not None or silence.within is Context.CLOSED)
            for silence in silences
        )

    def slope_per_s(self, over: timedelta, *, is_counter: bool = False) -> float | None:
        if self._number is None:
            return None
        return self._windows.slope_per_s(self._number, over, is_counter=is_counter)

    def count(self, of: Condition, within: timedelta) -> int:
        return self._tallies.count(self._number, of, self._now - within) if self._number is not None else 0

    def feeds(self) -> bool:
        return (self._member.id, self.instance) in self.fed

    def target_seen(self) -> bool:
        target = self._live.members.get(DeviceId(self.instance))
        return target is None or target.being is Being.NEVER or target.is_here

    def series_of(self, of: Reference) -> Iterator[int]:
        """Walk the series that a reference means here."""
        wanted = of.instance.replace("{instance}", self.instance)
        devices = [self._member] if of.scope is Scope.DEVICE else self._live.beside(self._member)
        for device in devices:
            found = self._index.find(device.id, of.metric)
            if wanted == "*":
                yield from found.values()
            elif wanted in found:
                yield found[wanted]

    # ------------------------------------------------------------ levels

    @property
    def role(self) -> str:
        return self._member.device.role

    def context(self) -> Context:
        """Return what levels go by: a room that is recording is needed, whatever its timetable says."""
        planned = self.schedule(self._member).context(self._now)
        return Context.LESSON if planned is not Context.LESSON and self.recording() else planned

    def context_of(self, member: Member, now: datetime) -> Context:
        """Point at a device and return the same for it."""
        self.aim(member, "", 0.0, now=now)
        return self.context()

    def sole(self) -> bool:
        return self._live.is_sole(self._member)

    def every(self, bar: Bar) -> bool:
        """Tell whether each series that this rung watches in the room is raised, of those that can be seen."""
        for device in self._live.beside(self._member):
            for metric in bar.rung.metrics:
                for instance, series in self._index.find(device.id, metric).items():
                    plan = self._plans[series]
                    if plan is None or bar not in plan.bars or not self.is_fresh(series):
                        continue
                    slot = device.slots.get((bar.rule.family, instance))
                    climb = slot.climbs.get(bar.rung.key) if slot is not None else None
                    if climb is None or not climb.step.is_raised:
                        return False
        return True

    def told(self) -> bool:
        silence = self._member.silence
        return silence is not None and silence.told is not None

    def silent_since(self) -> Context | None:
        silence = self._member.silence
        return silence.within if silence is not None else None

    def unheard(self) -> bool:
        """Tell whether a goodbye could not have been heard: nobody listened, or the way to the device was gone."""
        silence = self._member.silence
        return silence is not None and silence.told is None and silence.unheard

    def reachable(self) -> bool:
        """Tell whether an agent other than the device's own has reached it since it fell silent."""
        if self._member.being is not Being.GONE:
            return False
        for series in self._index.pinging(self._member.id):
            owner = self._owners[series]
            if owner is None or owner is self._member or not self.is_fresh(series):
                continue
            if self._table.value[series] > 0 and self._arrived_after_silence(series):
                return True
        return False

    def _arrived_after_silence(self, series: int) -> bool:
        silence = self._member.silence
        return silence is None or from_us(int(self._table.arrived[series])) > silence.since

    def is_fresh(self, series: int) -> bool:
        """Tell whether a series' last reading still counts: its device is there and it came within three periods."""
        owner = self._owners[series]
        arrived = self._table.arrived[series]
        if self._ageless:
            return bool(arrived != NEVER)
        if owner is None or owner.being is Being.GONE or not owner.is_here or arrived == NEVER:
            return False
        period = self._table.period_us(series)
        return period == 0 or bool(to_us(self._now) - arrived <= STALE_INTERVALS * period)
