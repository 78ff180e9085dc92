"""A simulated term through the real core: is every fault found, at its level, and is nothing else told?

500 rooms, nightly power-off, holidays, lessons, lost switches, clones, flapping and real faults at known times
(`simulate/term*.py`), in virtual time through classifier and desk. Judged by: faults of level 1 and 2 found at their
level (all), tickets of rooms that are off (none), tickets a lost switch (one), false tickets in 100 room-weeks (< 1).
Usage: bench/term.py [--seed N] [--weeks W] [--rooms N] [--interval S] [--zone ZONE] [--edges] [--show]
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.figures import figure  # noqa: E402
from collector.core.campus import Campus, Lesson, Link, Room, Site  # noqa: E402
from collector.core.model import (  # noqa: E402
    Born,
    Device,
    DeviceId,
    Died,
    Readings,
    RoomId,
    Series,
    SeriesId,
    Shutdown,
    SiteId,
    TicketId,
)
from collector.core.rule import RulePack  # noqa: E402
from collector.core.series import to_us  # noqa: E402
from collector.core.ticket import Ticket  # noqa: E402
from collector.packs.agreement import load_agreements  # noqa: E402
from collector.packs.rules import load_rules  # noqa: E402
from collector.trial.world import World  # noqa: E402
from simulate.term import CLOSES, OPENS, ZONE, Term, make_term  # noqa: E402
from simulate.term_events import Birth, Change, Death, Happening, Truth  # noqa: E402

_WEEK = timedelta(days=7)
_AFTER = timedelta(minutes=12)  # a ticket that opens so long after its fault was over is another's


def campus_of(term: Term, now: datetime) -> Campus:
    """Return the campus file of a term with the timetables of the fortnight around `now`, as the collector reads it."""
    hours = dict.fromkeys(range(5), ((OPENS, CLOSES),))
    lessons: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in term.lessons:
        if now - timedelta(days=1) < lesson.end and lesson.start < now + 2 * _WEEK:
            lessons[lesson.room].append(Lesson(start=lesson.start, end=lesson.end, title="", recorded=lesson.recorded))
    sites = {
        SiteId(site): Site(id=SiteId(site), name=site, time_zone=term.zone, opening_hours=hours)
        for site in term.campus.sites
    }
    rooms = {
        RoomId(room.id): Room(
            id=RoomId(room.id),
            site=SiteId(room.site),
            name=room.id,
            has_timetable=True,
            lessons=tuple(sorted(lessons[room.id], key=lambda lesson: lesson.start)),
        )
        for room in term.campus.rooms
    }
    devices = {
        DeviceId(device.id): Device(id=DeviceId(device.id), room=RoomId(device.room), role=device.role, in_campus=True)
        for device in term.campus.devices()
    }
    links = tuple(Link(feeder=DeviceId(room.switch), room=RoomId(room.id)) for room in term.campus.rooms)
    return Campus(sites=sites, rooms=rooms, devices=devices, links=links)


class TermRun:
    """Carries a term through a world: readings each interval of all that is on, happenings at their moment."""

    def __init__(self, term: Term, *, interval: timedelta, rules: RulePack) -> None:
        self._term = term
        self._interval = interval
        self.world = World(
            campus=campus_of(term, term.start),
            rules=rules,
            now=term.start,
            agreements=load_agreements([ROOT / "rules/agreements"]),
        )
        self._number: dict[tuple[str, str, str], int] = {}
        self._series: list[Series] = []
        self._of: dict[str, list[int]] = {}
        values: list[float] = []
        for device in term.campus.devices():
            self._of[device.id] = []
            for metric, instance, value in device.metrics:
                number = len(values) + 1
                self._number[device.id, metric, instance] = number - 1
                self._of[device.id].append(number - 1)
                self._series.append(
                    Series(id=SeriesId(number), device=DeviceId(device.id), metric=metric, instance=instance)
                )
                values.append(value)
        self._well = np.array(values)
        self._now_read = self._well.copy()
        self._on = np.zeros(len(values), np.bool_)
        self._here: set[str] = set()  # devices that are born and not dead
        self._rows = np.empty(0, np.int32)
        self._heard: list[DeviceId] = []
        self._stale_rows = True
        self.readings = 0

    def run(self) -> None:
        term, world = self._term, self.world
        world.take(series=self._series)
        tick = term.start + timedelta(seconds=37)
        week = term.start + _WEEK
        for happening in term.happenings:
            while tick <= happening.at:
                self._tick(tick)
                tick += self._interval
            if happening.at >= week:
                world.replace(campus_of(term, world.now))
                week += _WEEK
            world.advance(happening.at)
            self._happen(happening)
        while tick <= term.end:
            self._tick(tick)
            tick += self._interval

    def _happen(self, happening: Happening) -> None:
        device = DeviceId(happening.device)
        match happening:
            case Birth(at=at, serial=serial):
                node = self._interval if device.count(":") == 1 else None
                said = {"serial": serial} if serial else {}
                self.world.happen(Born(device=device, at=at, properties=said, interval=node))
                self._here.add(device)
                self._stale_rows = True
            case Death(at=at, told=told):
                self.world.happen(Died(device=device, at=at, told=Shutdown(told) if told else None))
                self._here.discard(device)
                self._stale_rows = True
            case Change(metric=metric, instance=instance, value=value):
                number = self._number[device, metric, instance]
                self._now_read[number] = self._well[number] if value is None else value

    def _tick(self, at: datetime) -> None:
        world = self.world
        world.advance(at)
        if self._stale_rows:
            self._choose()
        if not len(self._rows):
            return
        size = len(self._rows)
        readings = Readings(
            self._rows + 1,
            np.full(size, to_us(at), np.int64),
            self._now_read[self._rows],
            np.zeros(size, np.bool_),
        )
        self.readings += size
        world.take(readings=readings, heard=dict.fromkeys(self._heard, at))

    def _choose(self) -> None:
        self._heard = [DeviceId(device) for device in self._here if device.count(":") == 1]
        heard = set(self._heard)
        rows = [row for device in self._here if ":".join(device.split(":")[:2]) in heard for row in self._of[device]]
        self._rows = np.array(sorted(rows), np.int32)
        self._stale_rows = False


@dataclass(slots=True)
class Verdict:
    """What a term's tickets are worth."""

    found: int = 0
    missed: list[str] = field(default_factory=list)
    wrong_level: list[str] = field(default_factory=list)
    at_rest: list[str] = field(default_factory=list)  # tickets for rooms that were off, or on a holiday
    false: list[str] = field(default_factory=list)
    per_switch: Counter[int] = field(default_factory=Counter)  # tickets a loss → how many losses had so many
    per_flapping: Counter[int] = field(default_factory=Counter)
    room_weeks: float = 0.0

    @property
    def false_per_100_room_weeks(self) -> float:
        return (len(self.false) + len(self.at_rest)) / self.room_weeks * 100


def judge(term: Term, world: World) -> Verdict:
    """Hold the tickets of a term against the truth about it."""
    verdict = Verdict(room_weeks=len(term.campus.rooms) * ((term.end - term.start) / _WEEK))
    tickets = world.tickets()
    by_device: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        by_device[ticket.device or ""].append(ticket)
    explained: set[TicketId] = set()
    worst = {number: min(levels) for number, levels in world.levels.items()}  # that a ticket ever had
    for truth in term.truths:
        own = [
            ticket
            for device in truth.devices
            for ticket in by_device.get(device, ())
            if truth.start <= ticket.opened_at <= truth.end + _AFTER
        ]
        if truth.level is None:
            continue  # what it opened is false
        explained.update(ticket.id for ticket in own)
        if truth.kind == "switch died":
            verdict.per_switch[len(own)] += 1
        elif truth.kind == "camera flaps":
            verdict.per_flapping[len(own)] += 1
        if truth.level <= 2:
            _weigh(verdict, term, truth, [worst.get(ticket.id, int(ticket.level)) for ticket in own])
    for ticket in tickets:
        if ticket.id in explained:
            continue
        local = ticket.opened_at.astimezone(term.zone)
        rests = local.date() in term.holidays or local.weekday() >= 5 or not OPENS <= local.time() < CLOSES
        near = [
            t.kind for t in term.truths if ticket.device in t.devices and t.start <= ticket.opened_at <= t.end + _AFTER
        ]
        line = f"{local:%m-%d %a %H:%M:%S} level {int(ticket.level)} {ticket.device} {ticket.title} {near or ''}"
        (verdict.at_rest if rests else verdict.false).append(line)
    return verdict


def _weigh(verdict: Verdict, term: Term, truth: Truth, levels: list[int]) -> None:
    line = f"{truth.kind} at {truth.start.astimezone(term.zone):%m-%d %a %H:%M:%S} of {min(truth.devices)}"
    if not levels:
        verdict.missed.append(line)
    elif min(levels) != truth.level:
        verdict.wrong_level.append(f"{line}: level {min(levels)}, not {truth.level}")
    else:
        verdict.found += 1


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--weeks", type=int, default=18)
    words.add_argument("--rooms", type=int, default=500)
    words.add_argument("--interval", type=float, default=60.0, metavar="S")
    words.add_argument("--zone", type=ZoneInfo, default=ZONE)
    words.add_argument("--edges", action="store_true", help="also troubles at awkward moments (simulate/term_edges.py)")
    words.add_argument("--show", action="store_true", help="name each ticket and fault that was not as it should be")
    asked = words.parse_args()
    term = make_term(seed=asked.seed, weeks=asked.weeks, rooms=asked.rooms, zone=asked.zone, edges=asked.edges)
    run = TermRun(term, interval=timedelta(seconds=asked.interval), rules=load_rules([ROOT / "rules"]))
    started = time.process_time()
    run.run()
    spent = time.process_time() - started
    verdict = judge(term, run.world)
    if asked.show:
        for name in ("missed", "wrong_level", "at_rest", "false"):
            for line in getattr(verdict, name):
                print(f"{name}: {line}", file=sys.stderr)
        print(f"tickets a lost switch: {dict(verdict.per_switch)}", file=sys.stderr)
        print(f"tickets a flapping device: {dict(verdict.per_flapping)}", file=sys.stderr)
    faults = verdict.found + len(verdict.missed) + len(verdict.wrong_level)
    figure("term_faults_found_at_level", verdict.found, "1", ratio=verdict.found / faults, against=f"{faults} faults")
    figure("term_tickets_at_rest", len(verdict.at_rest), "1", ratio=len(verdict.at_rest), against="none")
    losses = sum(verdict.per_switch.values())
    if losses:
        figure(
            "term_lost_switches_with_one_ticket", verdict.per_switch[1], "1",
            ratio=verdict.per_switch[1] / losses, against=f"{losses} losses",
        )  # fmt: skip
    false = verdict.false_per_100_room_weeks
    figure("term_false_tickets_per_100_room_weeks", false, "1", ratio=false / 1.0, against="1")
    figure("term_readings", run.readings, "1")
    figure("term_cpu_s_per_room_week", spent / verdict.room_weeks, "s")


if __name__ == "__main__":
    main()
