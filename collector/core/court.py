"""Carries out what cause.py rules. Comes in: slots about to open, and decisions. Goes out: causes, waits, hand-overs.

A slot that waits is asked again at its timer, and at once when something it hangs on is found guilty. Once the cause is
over, what it took has a grace to be read again; what is still silent after that is a fault of its own, from then on.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from collector.core.cause import Blame
from collector.core.health import silence_slot
from collector.core.incident import Release, Slot
from collector.core.live import Being, Member, Silence
from collector.core.model import Cleared, Decision, IncidentState, Level, Opened
from collector.core.phase import Change, Standing
from collector.core.returned import GRACE, Return, excused_until, returned
from collector.core.sight import WATCH
from collector.core.site_link import is_site_link

if TYPE_CHECKING:
    from collector.core.assess import Assessor

LATER: Final = ""  # in place of a rung's key: the timer of a slot that waits
_RESTART: Final = "restarted"
_LATER_THAN: Final = timedelta(seconds=1)
_SETTLING: Final = timedelta(seconds=10)  # after a restart, to be heard again


class Court:
    """Decides with the causes of an assessor, and moves its slots."""

    def __init__(self, assess: "Assessor") -> None:
        self._assess = assess

    # ------------------------------------------------------------ before an incident opens

    def hear(self, member: Member, slot: Slot, now: datetime) -> None:
        """Find the cause of a slot without an incident, or let it wait."""
        causes = self._assess.causes
        if self._is_explained(member, slot):
            return
        waited = causes.held.pop(slot, None) is not None
        slot.held = False
        if slot.worst() is None:
            return
        if waited and all(climb.step.standing is Standing.CLEARING for climb in slot.climbs.values()):
            for climb in list(slot.climbs.values()):  # it is well again before anything was said of it
                self._assess.drop(member, slot, climb)
            return
        ruling = causes.rule(member, slot, now)
        if isinstance(ruling, Blame):
            guilty = self._convict(ruling, member, slot, now)
            if guilty is not None:
                member.eclipsed = slot.is_silence and member.being is Being.GONE
                return
            ruling = now + _LATER_THAN  # it waits itself
        if ruling is not None:
            slot.held = True
            causes.held[slot] = member
            self._assess.timers.set((member, slot, LATER), ruling)
        elif slot.is_silence:
            member.eclipsed = False

    def _is_explained(self, member: Member, slot: Slot) -> bool:
        """Tell whether a restart is the end of an outage that has a ticket."""
        if not slot.explained and slot.family == _RESTART and member.excused_until is not None:
            since = min((climb.step.since for climb in slot.climbs.values()), default=None)
            slot.explained = since is not None and since <= member.excused_until
            for climb in slot.climbs.values() if slot.explained else ():
                self._assess.keep(member, slot, climb)
        return slot.explained

    def _convict(self, blame: Blame, member: Member, slot: Slot, now: datetime) -> Slot | None:
        """Open the incident that is to blame, where it is not open yet; None: that waits for a cause, too."""
        guilty = blame.slot if blame.slot is not None else self._presume(blame.member, member, now)
        if guilty is None:
            return None
        for climb in guilty.climbs.values():
            if climb.step.hasten(now) is Change.RAISED:
                self._assess.track(blame.member, guilty, climb)
                self._assess.keep(blame.member, guilty, climb)
        worst = slot.worst()
        if worst is not None:
            self._take(blame.member, guilty, member, slot, worst[1])
        self._assess.settle(blame.member, guilty, now)
        if guilty.incident is None:
            guilty.takes.pop(slot, None)
            slot.blames = None
            return None
        return guilty

    def _take(self, owner: Member, guilty: Slot, member: Member, slot: Slot, level: Level) -> None:
        """Note what a slot caused. It is as bad as the worst of that, but for the watch: what it took may be well."""
        slot.blames = guilty
        slot.released = None
        guilty.takes[slot] = member
        if owner.id != WATCH:
            guilty.burden = level if guilty.burden is None else min(guilty.burden, level)

    def _presume(self, feeder: Member, member: Member, now: datetime) -> Slot | None:
        """Let a device that nobody sees be silent, for as long as what it feeds is and it was not seen itself."""
        since = member.silence.since if member.silence is not None else now
        since = since if feeder.back_at is None else max(since, feeder.back_at)
        feeder.silence = Silence(
            since=since,
            within=self._assess.sieve.witness.schedule(feeder).context(now),
            timed_out=True,
            presumed=True,
        )
        feeder.being = Being.GONE
        self._assess.feed_silence(feeder, silent=True, now=now)
        found = silence_slot(feeder)
        return found[0] if found is not None else None

    # ------------------------------------------------------------ after a decision

    def heed(self, member: Member, slot: Slot, decision: Decision, now: datetime) -> None:
        """Tell those that wait for a slot, or hang on it, what became of it."""
        if isinstance(decision, Cleared):
            if slot.blames is not None:
                slot.blames.takes.pop(slot, None)
                slot.blames = None
            self._release(slot, decision.incident.cleared_at or now, now)
        elif isinstance(decision, Opened) and self._assess.causes.feeds_others(member):
            self._eclipse(member, slot, now)

    def _eclipse(self, member: Member, slot: Slot, now: datetime) -> None:
        """What hangs on a device that was found guilty is out of sight."""
        causes = self._assess.causes
        if slot.is_silence:
            blind = member.id == WATCH and member.silence is not None and not member.silence.presumed
            all_of_them = self._assess.live.members.values() if blind else self._silent()
            for other in [each for each in all_of_them if causes.is_above(member, each)]:
                if not other.eclipsed:
                    other.eclipsed = True
                    self.tell(other, now)
        for waiting, owner in [(one, owner) for one, owner in causes.held.items() if causes.is_above(member, owner)]:
            if waiting.held:
                self._assess.settle(owner, waiting, now)

    def _silent(self) -> list[Member]:
        return [member for member in self._assess.live.members.values() if member.being is Being.GONE]

    def _release(self, slot: Slot, at: datetime, now: datetime) -> None:
        """What a slot took gets a grace to be read again."""
        for taken, owner in slot.takes.items():
            taken.blames = None
            self._give_time(owner, taken, Release(at, now + GRACE))
        slot.takes.clear()
        slot.burden = None

    def _give_time(self, member: Member, slot: Slot, release: Release) -> None:
        slot.released = release
        self._assess.timers.set((member, slot, LATER), release.until)
        for climb in slot.climbs.values():
            self._assess.keep(member, slot, climb)

    def tell(self, member: Member, now: datetime) -> None:
        """Have the health of a device, and of those behind it, told anew."""
        self._assess.dirty[member] = now
        self._assess.dirty.update((device, now) for device in self._assess.live.behind(member))

    # ------------------------------------------------------------ when the wait is over

    def sit(self, member: Member, slot: Slot, now: datetime) -> None:
        """Ask again, or hand an incident over whose cause is gone."""
        if member.slots.get((slot.family, slot.instance)) is not slot:
            return
        incident = slot.incident
        if incident is None:
            self._assess.settle(member, slot, now)
            return
        raised = [climb for climb in slot.climbs.values() if climb.step.standing is Standing.RAISED]
        if incident.cause is None or slot.blames is not None or not raised:
            return
        over = max(slot.released.at if slot.released is not None else now, incident.onset_at)
        slot.released = None
        cleared = replace(incident, state=IncidentState.CLEARED, cleared_at=over)
        self._assess.decisions.append(Cleared(incident=cleared))
        slot.incident = None
        member.eclipsed = False
        if slot.is_silence and member.silence is not None and member.silence.told is None:
            within = self._assess.sieve.witness.context_of(member, now)
            member.silence = replace(member.silence, within=within, unheard=True)
        for climb in raised:
            climb.step.onset = max(over, incident.onset_at + _LATER_THAN)
            self._assess.keep(member, slot, climb)
        self._assess.settle(member, slot, now)

    # ------------------------------------------------------------ comings and goings

    def fell(self, member: Member, now: datetime) -> None:
        """A device fell silent."""
        causes = self._assess.causes
        if member.node is None and member.id != WATCH:
            causes.sight.silent[member] = now
        if causes.is_eclipsed(member):
            member.eclipsed = True
            self.tell(member, now)

    def came_back(self, member: Member, now: datetime) -> None:
        """A silent device is there again; what was presumed gone on its account is not."""
        causes = self._assess.causes
        causes.sight.silent.pop(member, None)
        member.back_at = now
        self.keep_return(member, now)
        found = silence_slot(member)
        if found is not None and found[0].incident is not None:
            member.excused_until = now + GRACE
        self.seen(member, now)
        for feeder in causes.disproved_by(member, now):
            self.see_again(feeder, now)

    def seen(self, member: Member, now: datetime) -> None:
        """A device was heard, whatever was thought of what it hangs on."""
        if member.eclipsed:
            member.eclipsed = False
            self.tell(member, now)

    def see_again(self, feeder: Member, now: datetime) -> None:
        """A silence that was presumed, or the watch's own, is over."""
        if is_site_link(feeder.id):
            feeder.being = Being.HERE
        elif feeder.id == WATCH:
            feeder.being = Being.HERE
            for member in self._assess.live.members.values():
                if member.node is None and member.interval is None:  # it speaks only when something changes
                    self.seen(member, now)
        else:
            feeder.being = Being.NEVER if feeder.last_seen is None else Being.AWAITED
        feeder.back_at = now
        self.keep_return(feeder, now)
        self._assess.feed_silence(feeder, silent=False, now=now)

    def keep_return(self, member: Member, now: datetime) -> None:
        """Have a return outlive a restart, until it excuses nothing more."""
        until = excused_until(member)
        if until is not None:
            self._assess.decisions.append(returned(member, now))
            self._assess.timers.set(Return(member), until)

    def lose_sight(self, now: datetime) -> None:
        """The broker is away: nobody can be heard."""
        sight = self._assess.causes.sight
        if sight.bar is None or sight.is_gone():
            return
        watch = sight.member()
        within = self._assess.sieve.witness.schedule(watch).context(now)
        watch.silence = Silence(since=now, within=within, timed_out=True)
        watch.being = Being.GONE
        self._assess.dirty[watch] = now
        self._assess.feed_silence(watch, silent=True, now=now)

    def regain_sight(self, now: datetime) -> None:
        """The broker is there again, or a fresh process listens."""
        watch = self._assess.live.members.get(WATCH)
        if watch is None:
            return
        if watch.being is Being.GONE:
            self.see_again(watch, now)
        elif watch.being is not Being.HERE:
            watch.being = Being.HERE
            self._assess.dirty[watch] = now

    # ------------------------------------------------------------ after a restart

    def recall(self, now: datetime) -> None:
        """Find anew who blames whom, and who was silent."""
        slots = [(member, slot) for member in self._assess.live.members.values() for slot in member.slots.values()]
        guilty = {slot.incident.id: (member, slot) for member, slot in slots if slot.incident is not None}
        for member, slot in slots:
            began = min((climb.step.since for climb in slot.climbs.values()), default=now)
            if slot.is_silence and member.being is Being.HERE:
                member.back_at = max(began, member.back_at or began)
            elif slot.is_silence and member.node is None and member.id != WATCH:
                self._assess.causes.sight.silent[member] = began
            if slot.incident is None or slot.incident.cause is None:
                continue
            member.eclipsed = slot.is_silence and member.being is Being.GONE
            if slot.incident.cause in guilty:
                owner, cause = guilty[slot.incident.cause]
                self._take(owner, cause, member, slot, slot.incident.level)
            else:
                before = slot.released or Release(now, now + GRACE)
                self._give_time(member, slot, replace(before, until=max(before.until, now + _SETTLING)))
