"""A campus for tests of the classifier: readings, births and deaths go in, records are kept of what comes out.

The scene keeps what the desk would keep, and holds every decision against it: nothing opens twice, nothing clears or
is re-levelled that is not open.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from collector.core.campus import Campus, Lesson, Room, Site
from collector.core.classify import Classifier
from collector.core.hindsight import look_back
from collector.core.model import (
    Batch,
    Born,
    Cleared,
    Corrected,
    Decision,
    Device,
    DeviceId,
    Died,
    Event,
    Health,
    HealthChanged,
    HealthCorrected,
    Incident,
    IncidentId,
    IncidentState,
    Notice,
    NoticeChanged,
    Opened,
    Phase,
    PhaseChanged,
    Readings,
    Releveled,
    RoomId,
    Series,
    SeriesId,
    Shutdown,
    SiteId,
    is_node,
    no_readings,
    node_of,
)
from collector.core.rule import RulePack
from collector.core.series import to_us
from collector.packs.rules import load_rules

T0 = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai
STEP = timedelta(seconds=10)
PC = DeviceId("s:pc")
Row = tuple[DeviceId, str, str, float]


@lru_cache
def default_rules() -> RulePack:
    return load_rules([Path(__file__).parents[3] / "rules"])


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def room(*lessons: tuple[int, int, bool], timetable: bool = True) -> Room:
    """A room with lessons given as (start, end, recorded) in minutes from T0."""
    return Room(
        id=RoomId("s/r"),
        site=SiteId("s"),
        name="R",
        has_timetable=timetable,
        lessons=tuple(
            Lesson(start=T0 + timedelta(minutes=start), end=T0 + timedelta(minutes=end), title="", recorded=recorded)
            for start, end, recorded in sorted(lessons)
        ),
    )


def campus(*rooms: Room, devices: tuple[Device, ...] = (), site: Site | None = None) -> Campus:
    return Campus(
        sites={SiteId("s"): site} if site is not None else {},
        rooms={room.id: room for room in rooms},
        devices={device.id: device for device in devices},
    )


class Scene:
    """Drives a classifier through virtual time; `now` moves with `wait`, timers ring on the way."""

    def __init__(self, place: Campus | None = None, rules: RulePack | None = None, now: datetime = T0) -> None:
        self.now = now
        self.place = place or Campus()
        self.rules = rules or default_rules()
        self.series: dict[tuple[DeviceId, str, str], Series] = {}
        self.latest: dict[SeriesId, tuple[int, float]] = {}
        self.health: dict[DeviceId, Health] = {}
        self.incidents: dict[IncidentId, Incident] = {}
        self.open: dict[tuple[DeviceId, str, str], IncidentId] = {}
        self.phases: dict[tuple[DeviceId, str, str], Phase] = {}
        self.returns: dict[DeviceId, Phase] = {}  # the phases that say when a device came back; they end by themselves
        self.notices: dict[IncidentId, Notice] = {}
        self.healed: list[HealthCorrected] = []
        self.stored: list[Readings] = []
        self.log: list[Decision] = []
        self.commit = 0
        self.classifier = Classifier(campus=self.place, rules=self.rules, now=now)
        self.keep(self.classifier.tick(now))

    # ------------------------------------------------------------ what happens

    def born(self, device: DeviceId | str = PC, interval: float | None = 10, **properties: str) -> None:
        """Let a device be born; one behind an agent has no interval, as agents' births of devices have none."""
        given = timedelta(seconds=interval) if interval is not None and is_node(DeviceId(device)) else None
        self.happen(Born(device=DeviceId(device), at=self.now, properties=properties, interval=given))

    def died(self, device: DeviceId | str = PC, told: Shutdown | None = None) -> None:
        self.happen(Died(device=DeviceId(device), at=self.now, told=told))

    def happen(self, *events: Event) -> None:
        self.take(events=events)

    def read(
        self,
        metric: str,
        value: float,
        *,
        device: DeviceId | str = PC,
        instance: str = "",
        stamp: datetime | None = None,
        historical: bool = False,
    ) -> None:
        self.read_all([(DeviceId(device), metric, instance, value)], stamp=stamp, historical=historical)

    def read_all(self, rows: list[Row], *, stamp: datetime | None = None, historical: bool = False) -> None:
        made: list[Series] = []
        ids: list[int] = []
        for device, metric, instance, _ in rows:
            key = (device, metric, instance)
            if key not in self.series:
                self.series[key] = Series(
                    id=SeriesId(len(self.series) + 1), device=device, metric=metric, instance=instance
                )
                made.append(self.series[key])
            ids.append(self.series[key].id)
        at = to_us(stamp or self.now)
        for number, row in zip(ids, rows, strict=True):
            if at >= self.latest.get(SeriesId(number), (at, 0.0))[0]:
                self.latest[SeriesId(number)] = (at, row[3])
        readings = Readings(
            np.array(ids, np.int32),
            np.full(len(rows), at, np.int64),
            np.array([row[3] for row in rows]),
            np.full(len(rows), historical),
        )
        self.take(readings=readings, series=tuple(made), heard={node_of(row[0]): self.now for row in rows})

    def take(
        self,
        *,
        readings: Readings | None = None,
        events: tuple[Event, ...] = (),
        heard: Mapping[DeviceId, datetime] | None = None,
        series: tuple[Series, ...] = (),
    ) -> None:
        self.commit += 1
        if readings is not None:
            self.stored.append(readings)
        batch = Batch(
            commit=self.commit,
            at=self.now,
            readings=readings if readings is not None else no_readings(),
            events=events,
            heard=heard or {},
            series=series,
        )
        self.keep(self.classifier.take(batch))

    def wait(self, by: float | timedelta) -> None:
        """Let time pass; timers ring when they are due."""
        until = self.now + (by if isinstance(by, timedelta) else timedelta(seconds=by))
        while (due := self.classifier.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            self.keep(self.classifier.tick(self.now))
        self.now = until
        self.keep(self.classifier.tick(until))

    def during(self, by: float, say: Callable[[], None], every: timedelta = STEP) -> None:
        """Say something at once and at each step for that long; ends at the end of the last step."""
        until = self.now + timedelta(seconds=by)
        while self.now < until:
            say()
            self.wait(min(every, until - self.now))

    def holds(self, metric: str, value: float, by: float, *, device: str = PC, instance: str = "") -> None:
        """Let a metric have a value for that long, read at each step."""
        self.during(by, lambda: self.read(metric, value, device=device, instance=instance))

    def restart(self, after: float = 0.0) -> None:
        """Kill the collector and start it again after so many seconds."""
        self.now += timedelta(seconds=after)
        ids = list(self.latest)
        latest = Readings(
            np.array(ids, np.int32),
            np.array([self.latest[number][0] for number in ids], np.int64),
            np.array([self.latest[number][1] for number in ids]),
            np.zeros(len(ids), np.bool_),
        )
        self.classifier = Classifier(campus=self.place, rules=self.rules, now=self.now)
        self.classifier.restore(
            devices=list(self.health.values()),
            incidents=[incident for incident in self.incidents.values() if incident.id in self.open.values()],
            phases=[*self.phases.values(), *self.returns.values()],
            series=list(self.series.values()),
            latest=latest,
            notices=[notice for notice in self.notices.values() if notice.cleared_at is None],
            now=self.now,
        )
        self.keep(self.classifier.tick(self.now))

    def look_back(self) -> bool:
        """Correct what late evidence is about, where its time has come; return whether there was anything."""
        question = self.classifier.late_question(self.now)
        if question is None:
            return False
        known = list(self.incidents.values())
        place = replace(self.place, links=self.classifier.links)
        found = look_back(question, self.history, known, campus=place, rules=self.rules)
        self.keep(self.classifier.correct(found, known, self.now))
        return True

    def history(self, series: Sequence[SeriesId], start: datetime, end: datetime) -> Readings:
        """What a store would say."""
        columns = [
            np.concatenate([getattr(each, name) for each in self.stored])
            for name in ("series", "at_us", "value", "historical")
        ]
        wanted = np.isin(columns[0], series) & (columns[1] >= to_us(start)) & (columns[1] < to_us(end))
        return Readings(*(column[wanted] for column in columns))

    # ------------------------------------------------------------ what is kept

    def keep(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            self.log.append(decision)
            match decision:
                case Opened(incident=Incident(state=IncidentState.CLEARED) as incident):
                    assert incident.id not in self.incidents, f"put on record again: {incident.id}"
                    assert incident.late
                    assert incident.cleared_at is not None
                    assert incident.onset_at <= incident.cleared_at <= self.now
                    self.incidents[incident.id] = incident
                case Opened(incident=incident):
                    place = (incident.device, incident.family, incident.instance)
                    assert place not in self.open, f"opened twice: {place}"
                    assert incident.id not in self.incidents, f"opened again: {incident.id}"
                    assert incident.onset_at <= incident.detected_at
                    self.open[place] = incident.id
                    self.incidents[incident.id] = incident
                case Releveled(incident=incident):
                    assert incident.id in self.open.values(), "re-levelled, and not open"
                    assert incident != self.incidents[incident.id], "re-levelled, and nothing changed"
                    self.incidents[incident.id] = incident
                case Cleared(incident=incident):
                    assert self.open.pop((incident.device, incident.family, incident.instance)) == incident.id
                    assert incident.cleared_at is not None
                    assert incident.cleared_at >= incident.onset_at
                    self.incidents[incident.id] = incident
                case Corrected(incident=incident, readings=readings):
                    assert incident != self.incidents[incident.id], "corrected, and nothing changed"
                    assert readings > 0
                    assert incident.onset_at <= min(incident.cleared_at or self.now, incident.detected_at)
                    assert incident.state is self.incidents[incident.id].state
                    self.incidents[incident.id] = incident
                case HealthCorrected():
                    assert decision.start < decision.end <= self.now
                    self.healed.append(decision)
                case NoticeChanged(notice=notice):
                    known = self.notices.get(notice.id)
                    assert (known is None) is (notice.cleared_at is None), "opened twice, or cleared and not open"
                    assert known is None or known.cleared_at is None, "cleared twice"
                    self.notices[notice.id] = notice
                case HealthChanged(health=health):
                    assert self.health.get(health.device.id) != health, "told twice"
                    self.health[health.device.id] = health
                case PhaseChanged(device=device, rule="returned", phase=phase):
                    if phase is None:
                        del self.returns[device]
                    else:
                        self.returns[device] = phase
                case PhaseChanged(device=device, rule=rule, instance=instance, phase=phase):
                    if phase is None:
                        self.phases.pop((device, rule, instance), None)
                    else:
                        self.phases[device, rule, instance] = phase

    # ------------------------------------------------------------ what is asked

    @property
    def verdicts(self) -> list[tuple[str, int]]:
        """The open incidents as (rule, level), in order of opening."""
        found = [self.incidents[number] for number in self.open.values()]
        return [(incident.rule, int(incident.level)) for incident in found]

    @property
    def told(self) -> list[str]:
        """The rules whose notices are open."""
        return [notice.rule for notice in self.notices.values() if notice.cleared_at is None]

    def incident(self) -> Incident:
        """The only open incident."""
        (number,) = self.open.values()
        return self.incidents[number]

    def state(self, device: DeviceId | str = PC) -> str:
        """The state as a word; "pending" and the level beside it where there are any."""
        health = self.health[DeviceId(device)]
        words = [str(health.state)]
        if health.level is not None:
            words.append(str(int(health.level)))
        if health.pending:
            words.append("pending")
        return " ".join(words)
