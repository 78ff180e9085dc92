"""The classifier: what ingest committed comes in, decisions go out. The one door to the core's live side.

    classifier = Classifier(campus=campus, rules=rules, now=now)
    classifier.restore(...)                  # what the records know, after a restart
    decisions = classifier.take(batch)       # each commit
    decisions = classifier.tick(now)         # at `next_due()`

Time moves only by the moments that come in. One thread owns it; `last_value` and `last_seen` may be asked by others.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.core.assess import Assessor
from collector.core.book import Book
from collector.core.campus import Campus, Link
from collector.core.clock import not_after, shift
from collector.core.context import Schedule
from collector.core.correct import correct
from collector.core.explain import Explanation, explain
from collector.core.found import Found
from collector.core.health import judge
from collector.core.late import LATE, Late, Question
from collector.core.live import READ_AGAIN, Being, Live, Member, Silence
from collector.core.model import (
    Batch,
    Born,
    Decision,
    DeviceId,
    Died,
    Health,
    HealthChanged,
    Incident,
    Notice,
    Phase,
    Readings,
    RoomId,
    Series,
    SeriesId,
    Shutdown,
    is_drill,
)
from collector.core.network import FED, SAID, Network
from collector.core.pulse import Pulse
from collector.core.reload import forget, keep_rungs
from collector.core.restore import Remembered, recall
from collector.core.returned import Return, forgotten
from collector.core.rule import RulePack
from collector.core.series import NEVER, from_us
from collector.core.sieve import Sieve
from collector.core.sight import WATCH

SETTLING: Final = timedelta(seconds=10)  # after a blind time, agents get at least this to be heard again


class Classifier:
    """Grades every device by the rules; see the module's docstring."""

    def __init__(self, *, campus: Campus, rules: RulePack, now: datetime) -> None:
        self._now = now
        self._listening_since = now
        self._blind = False
        self._live = Live()
        self._sieve = Sieve(self._live, Book(rules))
        self._assess = Assessor(self._live, self._sieve)
        self._late = Late(self._live, self._sieve)
        self._network = Network(self._live)
        self._learn(campus, now)

    # ------------------------------------------------------------ what comes in

    def restore(
        self,
        *,
        devices: Iterable[Health],
        incidents: Iterable[Incident],
        phases: Iterable[Phase],
        series: Iterable[Series],
        latest: Readings,
        notices: Iterable[Notice] = (),
        now: datetime,
    ) -> None:
        """Go on from what was known before a restart. Call it once, before the first batch.

        Agents that were there have until three intervals from `now` to be heard. What differs from the records is
        told with the next `tick`.
        """
        self._now = max(self._now, now)
        self._listening_since = now
        kept = list(phases)
        running = [phase for phase in kept if phase.standing not in (LATE, SAID, FED)]
        remembered = Remembered(devices=devices, incidents=incidents, phases=running, series=series, latest=latest)
        self._assess.notices.expect(notices)
        self._network.recall(phase for phase in kept if phase.standing in (SAID, FED))
        self._assess.causes.learn(learnt=self._network.links())
        recall(self._assess, remembered, now=now, settling=SETTLING)
        self._assess.decisions += self._assess.notices.end_unheld(self._live, now)
        self._assess.decisions += self._late.recall((phase for phase in kept if phase.standing == LATE), now)
        self._assess.court.regain_sight(now)
        for member in self._live.members.values():
            self._expect(member)
            self._assess.pulses.go_on(member, now)
            self._assess.dirty.setdefault(member, now)

    def take(self, batch: Batch) -> list[Decision]:
        """Classify one commit: timers due before it ring first, those due at its very moment once it is taken in."""
        for series in batch.series:
            self._sieve.add(series)
        batch = not_after(batch.at, batch)
        self._hear(batch.heard)
        for event in batch.events:
            self._advance(event.at, is_before=True)
            if isinstance(event, Born):
                self._born(event)
            else:
                self._died(event)
        self._look_around(batch.at)
        self._advance(batch.at, is_before=True)
        self._revive(batch.heard)
        if len(batch.readings):
            if batch.readings.historical.any():
                self._assess.decisions += self._late.note(batch.readings, batch.at)
            self._assess.look(batch.readings, batch.at)
        self._advance(batch.at)
        return self._told()

    def tick(self, now: datetime) -> list[Decision]:
        """Let what is due by `now` happen."""
        self._advance(now)
        return self._told()

    def next_due(self) -> datetime | None:
        """Return when `tick` has something to do; None: not before the next batch."""
        if self._assess.dirty or self._assess.decisions:
            return self._now
        return self._assess.timers.next_due()

    def see(self, *, connected: bool, now: datetime) -> list[Decision]:
        """Say whether the broker is reached. While it is not, nobody's silence means anything; `for` of it stands.

        Call it also, with True, after the process itself has been held up, or its clock was put forward: of the time
        since what came in last nothing is known, and agents get three intervals anew.
        """
        if connected and not self._blind:
            self._lose_sight(self._now)
        self._advance(now)
        if connected:
            self._regain_sight(now)
        else:
            self._lose_sight(now)
            self._assess.court.lose_sight(now)
        return self._told()

    def put_clock(self, by: timedelta, now: datetime) -> list[Decision]:
        """Say that our clock was put forward, or back where `by` is negative, to `now`, in no time.

        What is being timed goes on as it was; rooms are for what they are by the clock as it is now. A clock that was
        put forward may have been a machine that slept: say with `see` that nobody could be heard.
        """
        self._now += by
        self._listening_since += by
        self._late.shift(by)
        shift(self._assess, by)
        for room in list(self._sieve.witness.schedules):
            self._room_changes(room, now)
        return self._told()

    def _lose_sight(self, now: datetime) -> None:
        self._blind = True
        for member in self._live.members.values():
            if member.id != WATCH:
                self._assess.freeze_silence(member, now)

    def _regain_sight(self, now: datetime) -> None:
        self._blind = False
        self._listening_since = now
        for member in self._live.members.values():
            self._expect(member)
            self._assess.pulses.begin(member, now)
            self._assess.thaw_silence(member, now, at_least=SETTLING)
        self._assess.court.regain_sight(now)

    def replace(self, *, campus: Campus | None = None, rules: RulePack | None = None, now: datetime) -> list[Decision]:
        """Go on with another campus file, other rules, or both. Incidents whose rule is still there stay open."""
        self._advance(now)
        if rules is not None:
            self._sieve.replace(Book(rules))
        if campus is not None:
            self._learn(campus, now)
        for member in list(self._live.members.values()):
            if rules is not None:
                keep_rungs(self._assess, member, now)
                self._assess.pulses.begin(member, now)
            self._assess.settle_member(member, now)
            self._assess.dirty[member] = now
        return self._told()

    def looks_back(self) -> Mapping[SeriesId, timedelta]:
        """Return the series whose rules follow a trend, and how far back each looks; ask after `restore`."""
        return {SeriesId(number): over for number, over in self._sieve.windows.spans().items()}

    def remember(self, past: Readings) -> None:
        """Take what is stored of those series, by time, so that their trends need not be seen again."""
        for number, at_us, value in zip(past.series.tolist(), past.at_us.tolist(), past.value.tolist(), strict=True):
            self._sieve.sample(number, value, from_us(at_us))

    # ------------------------------------------------------------ what came late

    def late_due(self) -> datetime | None:
        """Return when `late_question` has something to ask; None: not before more comes late."""
        return self._late.next_due()

    def late_question(self, now: datetime) -> Question | None:
        """Return whose past has grown and must be looked at again, by `hindsight.look_back`; None: nobody's."""
        return self._late.question(now)

    def correct(self, found: Found, recorded: Iterable[Incident], now: datetime) -> list[Decision]:
        """Make incidents agree with the past as it is now known. `recorded` are those on record that touch it."""
        self._advance(now)
        again = correct(self._assess, found, recorded, now)
        self._assess.decisions += self._late.answered(again, found.question.until)
        return self._told()

    def outside(self, readings: Readings) -> NDArray[np.bool_]:
        """Say which readings of known series lie outside their bands as those are now."""
        table, series = self._sieve.table, readings.series
        return ~((readings.value >= table.low[series]) & (readings.value <= table.high[series]))

    # ------------------------------------------------------------ what may be asked

    def last_value(self, series: SeriesId) -> tuple[float, int] | None:
        """Return the last value of a series and its stamp in microseconds since 1970."""
        return self._sieve.table.last(series)

    def last_seen(self, device: DeviceId) -> datetime | None:
        """Return when anything last came from a device."""
        member = self._live.members.get(device)
        return self._last_seen(member) if member is not None else None

    @property
    def links(self) -> tuple[Link, ...]:
        """What hangs on what: the links of the campus file, and those that are learnt."""
        return self._assess.causes.links

    def series_of(self, device: DeviceId) -> list[Series]:
        """Return the series of a device."""
        member = self._live.members.get(device)
        rows = self._sieve.table.rows
        return [row for number in (member.series if member else ()) if (row := rows[number]) is not None]

    def explain(self, device: DeviceId, now: datetime) -> Explanation | None:
        """Say why a device is what it is; None for one that nobody knows. Belongs to the owning thread."""
        member = self._live.members.get(device)
        return explain(self._assess, member, now, self._last_seen(member)) if member is not None else None

    # ------------------------------------------------------------ presence

    def _born(self, event: Born) -> None:
        member = self._live.find(event.device)
        before = member.device
        if self._live.born(member, event.properties, event.interval):
            self._described(member, before.role, before.room, event.at)
        self._assess.decisions += self._network.hear(member.id, event.properties, event.at)
        was, member.being = member.being, Being.HERE
        member.last_seen = max(event.at, member.last_seen or event.at)
        member.awaited_until = None
        self._assess.dirty[member] = event.at
        if was is Being.GONE:
            self._assess.court.came_back(member, event.at)
        else:
            self._assess.court.seen(member, event.at)
        if member.node is not None:
            self._assess.timers.cancel(member)
        self._expect(member)
        self._assess.pulses.begin(member, event.at)
        if member.node is None or was is not Being.HERE:
            for device in self._live.behind(member):
                if was is not Being.HERE and device.being is Being.HERE:
                    device.being = Being.AWAITED
                if device.being is not Being.NEVER:
                    device.awaited_until = event.at + READ_AGAIN
                    self._assess.timers.set(device, device.awaited_until)
                self._assess.dirty[device] = event.at
        self._assess.feed_silence(member, silent=False, now=event.at)
        if member.node is not None:
            self._assess.settle_member(member, event.at)

    def _died(self, event: Died) -> None:
        member = self._live.find(event.device)
        if event.behind:
            self._live.hang(member, event.behind)
            self._assess.dirty[member] = event.at
        if is_drill(member.id):  # over, or broken off: what it left open is over with it
            forget(self._assess, member, event.at)
            return
        if member.being is Being.GONE and member.silence is not None:
            if member.silence.timed_out:  # known already; now it is told
                silence = member.silence
                member.silence = Silence(since=silence.since, within=silence.within, told=event.told)
                self._assess.feed_silence(member, silent=True, now=event.at)
            elif member.awaited_until is not None:  # its reborn agent did not find it either
                self._silent_still(member, event.at)
            return
        self._fall_silent(member, event.at, told=event.told)

    def _fall_silent(
        self, member: Member, now: datetime, *, told: Shutdown | None = None, timed_out: bool = False
    ) -> None:
        last = self._last_seen(member)
        member.silence = Silence(
            since=min(last, now) if last is not None else now,
            within=self._sieve.witness.context_of(member, now),
            told=told,
            timed_out=timed_out,
            unheard=timed_out and (last is None or last < self._listening_since),
        )
        member.being = Being.GONE
        member.awaited_until = None
        self._assess.timers.cancel(member)
        self._assess.freeze(member, now, silence=False)
        for device in self._live.behind(member):
            device.awaited_until = None
            self._assess.timers.cancel(device)
            self._assess.freeze(device, now, silence=True)
            self._assess.dirty[device] = now
        self._assess.dirty[member] = now
        self._assess.feed_silence(member, silent=True, now=now)
        if self._blind or (member.node is not None and not member.node.is_here):
            self._assess.freeze_silence(member, now)
        elif now < self._listening_since:  # of the time before a restart: whoever is back by now gets to say so
            self._assess.freeze_silence(member, now)
            self._assess.thaw_silence(member, self._listening_since, at_least=SETTLING)
        self._assess.court.fell(member, now)
        self._assess.settle_place(member.place, now)

    def _silent_still(self, member: Member, now: datetime) -> None:
        member.awaited_until = None
        self._assess.timers.cancel(member)
        if member.node is None or member.node.is_here:
            self._assess.feed_silence(member, silent=True, now=now)

    def _not_read_again(self, member: Member, due: datetime) -> None:
        """Its agent was born and has not found it since."""
        if member.being is Being.GONE:
            self._silent_still(member, due)
        elif member.device.in_campus:
            self._fall_silent(member, due)
        else:  # perhaps it is no longer to be read
            member.being = Being.AWAITED
            member.awaited_until = None
            self._assess.dirty[member] = due

    def _hear(self, heard: Mapping[DeviceId, datetime]) -> None:
        for device, at in heard.items():
            member = self._live.members.get(device)
            if member is not None and member.being is Being.HERE:
                member.last_seen = max(member.last_seen or at, at)
                if member.eclipsed:
                    self._assess.court.seen(member, self._now)

    def _revive(self, heard: Mapping[DeviceId, datetime]) -> None:
        """An agent that had only timed out is back with its next message; a death needs a birth."""
        for device, at in heard.items():
            member = self._live.members.get(device)
            if member is None or member.being is not Being.GONE or member.silence is None:
                continue
            if member.silence.timed_out and at > member.silence.since:
                member.being = Being.HERE
                member.last_seen = at
                self._assess.court.came_back(member, self._now)
                self._expect(member)
                self._assess.pulses.begin(member, self._now)
                for behind in self._live.behind(member):
                    self._assess.dirty[behind] = self._now
                    self._assess.pulses.begin(behind, self._now)
                    self._assess.settle_member(behind, self._now)
                    if behind.being is Being.GONE:  # its death was told; no birth of the agent will ask for it again
                        self._assess.thaw_silence(behind, self._now, at_least=SETTLING)
                self._assess.feed_silence(member, silent=False, now=self._now)

    def _expect(self, member: Member) -> None:
        """Set the moment at which an agent, or a device with an interval of its own, counts as silent."""
        due = member.silent_at(self._listening_since)
        if due is not None:
            self._assess.timers.set(member, due)

    # ------------------------------------------------------------ time

    def _advance(self, now: datetime, *, is_before: bool = False) -> None:
        for due, key in self._assess.timers.pop_due(now, is_before=is_before):
            self._now = max(self._now, due)
            if isinstance(key, str):
                self._room_changes(RoomId(key), due)
            elif isinstance(key, tuple):
                self._assess.ring(key, due)
            elif isinstance(key, Return):
                self._assess.decisions.append(forgotten(key.member))
            elif isinstance(key, Pulse):
                self._assess.pulses.beat(key.member, due, blind=self._blind)
            elif key.awaited_until is not None:
                self._not_read_again(key, due)
            else:
                self._maybe_silent(key, due)
        self._now = max(self._now, now)

    def _maybe_silent(self, member: Member, due: datetime) -> None:
        silent_at = member.silent_at(self._listening_since)
        if silent_at is None or self._blind:
            return
        if silent_at > due:
            self._assess.timers.set(member, silent_at)
        else:
            self._fall_silent(member, due, timed_out=True)

    def _room_changes(self, room: RoomId, due: datetime) -> None:
        self._assess.settle_place(room, due)
        self._expect_change(room, due)

    def _expect_change(self, room: RoomId, now: datetime) -> None:
        schedule = self._sieve.witness.schedules.get(room)
        change = schedule.next_change(now) if schedule is not None else None
        if change is not None:
            self._assess.timers.set(room, change)
        else:
            self._assess.timers.cancel(room)

    # ------------------------------------------------------------ who is who

    def _learn(self, campus: Campus, now: datetime) -> None:
        listed = {member for member in self._live.members.values() if member.device.in_campus}
        for member in self._live.learn(campus):
            if member in listed and not member.device.in_campus and member.being is not Being.HERE:
                forget(self._assess, member, now)
            self._sieve.replan(member)
            keep_rungs(self._assess, member, now)
            self._assess.dirty[member] = now
        self._assess.causes.learn(links=campus.links)
        schedules = self._sieve.witness.schedules
        for gone in schedules:
            self._assess.timers.cancel(gone)
        schedules.clear()
        for room in campus.rooms.values():
            if room.has_timetable:
                schedules[room.id] = Schedule(room, campus.sites.get(room.site))
                self._expect_change(room.id, now)

    def _look_around(self, now: datetime) -> None:
        """Learn by what births said what hangs on what."""
        has_changed, kept = self._network.look(now)
        self._assess.decisions += kept
        if has_changed:
            self._assess.causes.learn(learnt=self._network.links())

    def _described(self, member: Member, role: str, room: RoomId, now: datetime) -> None:
        """A birth said something new of a device."""
        for changed in [member, *self._live.behind(member)]:
            self._sieve.set_interval(changed)
            self._assess.dirty[changed] = now
        if (member.device.role, member.device.room) != (role, room):
            self._sieve.replan(member)
            keep_rungs(self._assess, member, now)
        if (member.device.role, member.device.room) != (role, room):
            self._assess.settle_place(member.place, now)

    def _last_seen(self, member: Member) -> datetime | None:
        arrived = self._sieve.last_arrival(member)
        if arrived == NEVER:
            return member.last_seen
        read = from_us(arrived)
        return read if member.last_seen is None else max(member.last_seen, read)

    def _told(self) -> list[Decision]:
        """Return what was decided, and the health of every device for which it changed."""
        decisions, self._assess.decisions = self._assess.decisions, []
        dirty, self._assess.dirty = self._assess.dirty, {}
        for member, at in dirty.items():
            judged, known = judge(member), member.health
            same = known is not None and (known.state, known.level) == (judged.state, judged.level)
            marks = (judged.pending, judged.hidden, member.device)
            if known is not None and same and (known.pending, known.hidden, known.device) == marks:
                continue
            health = Health(
                device=member.device,
                state=judged.state,
                level=judged.level,
                since=known.since if known is not None and same else at,
                last_seen=self._last_seen(member),
                pending=judged.pending,
                hidden=judged.hidden,
            )
            member.health = health
            decisions.append(HealthChanged(health=health))
        return decisions
