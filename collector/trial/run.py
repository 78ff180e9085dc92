"""Runs a test of rules in virtual time. Comes in: a `Case` and the rules. Goes out: what was not as expected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collector.core.action import ActionRefused
from collector.core.agreement import Agreement
from collector.core.model import Born, DeviceId, Died, is_node, node_of
from collector.core.rule import RulePack
from collector.core.ticket import RungState, Ticket
from collector.desk.errors import UnknownTicket
from collector.trial.case import Case, ClockIs, Expectation, Happening, Place, TicketIs, What, shown
from collector.trial.faults import Faults, matching, overrides_used
from collector.trial.world import Reading, World

_TESTER: Final = "the test"


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met."""

    place: Place
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def run_case(case: Case, rules: RulePack, agreements: Mapping[str, Agreement]) -> list[Failure]:
    """Return every expectation of a test that was not met; empty: it passed."""
    return list(failures(case, rules, agreements))


def failures(
    case: Case, rules: RulePack, agreements: Mapping[str, Agreement], *, used: set[str] | None = None
) -> Iterator[Failure]:
    """Give what is not as expected, as it comes up. `used` is given the overrides that held for what was read."""
    rules = case.rules_of(rules)
    world = World(
        campus=case.campus,
        rules=rules,
        now=case.start,
        agreements=agreements if case.asks_for_tickets else None,
        keeps_past=any(happening.what is What.CUT for happening in case.happenings),
    )
    try:
        yield from _Run(case, world, rules).failures()
        if used is not None:
            used.update(overrides_used(case, rules, world.kept))
    finally:
        world.close()


class _Run:
    """Walks a test from moment to moment: what happens, then what is read, then what is expected."""

    def __init__(self, case: Case, world: World, rules: RulePack) -> None:
        self._case = case
        self._rules = rules
        self._world = world
        self._alive: set[DeviceId] = set()  # agents whose every message arrives
        self._dead: set[DeviceId] = set()
        self._cut: dict[DeviceId, list[tuple[datetime, Reading]]] = {}  # what is read meanwhile
        self._is_blind = False

    def failures(self) -> Iterator[Failure]:
        case, world = self._case, self._world
        happenings: dict[timedelta, list[Happening]] = {}
        for happening in case.happenings:
            happenings.setdefault(happening.at, []).append(happening)
        expected: dict[timedelta, list[Expectation]] = {}
        for expectation in case.expectations:
            expected.setdefault(expectation.at, []).append(expectation)
        last = max((*happenings, *expected), default=timedelta())
        ticks = {case.interval * number for number in range(last // case.interval + 1)}
        for at in sorted(ticks | happenings.keys() | expected.keys()):
            world.approach(case.start + at)
            for happening in happenings.get(at, ()):
                try:
                    self._happen(happening)
                except (ActionRefused, UnknownTicket) as error:
                    yield Failure(case.place, f"{case.name}: at {shown(at)}: {error}")
            if at in ticks:
                self._read(at // case.interval)
            world.advance(case.start + at)
            for expectation in expected.get(at, ()):
                for what in self._compare(expectation):
                    yield Failure(expectation.place, f"{case.name}: at {shown(at)}: {what}")

    def _happen(self, happening: Happening) -> None:
        world, device = self._world, happening.device
        match happening.what:
            case What.CUT if device is not None:
                world.happen(Died(device=device, at=world.now))
                self._alive.discard(device)
                self._cut[device] = []
            case What.BORN | What.BACK if device is not None:
                born = Born(device=device, at=world.now, properties=happening.properties, interval=happening.interval)
                world.happen(born)
                self._dead.discard(device)
                if is_node(device):
                    self._alive.add(device)
                for stamp, reading in self._cut.pop(device, ()):
                    world.read([reading], historical=True, stamp=stamp)
            case What.DIED if device is not None:
                world.happen(Died(device=device, at=world.now, told=happening.told))
                self._alive.discard(device)
                self._dead.add(device)
            case What.QUIET if device is not None:
                self._alive.discard(device)
            case What.HEARD if device is not None:
                self._alive.add(device)
                world.hear(device)
            case What.RESTART:
                world.restart(down=happening.down)
            case What.BLIND | What.SEES:
                self._is_blind = happening.what is What.BLIND
                world.see(connected=not self._is_blind)
            case What.ACT:
                world.act(happening.ticket, happening.action, happening.fields, actor=_TESTER)
            case _:
                raise AssertionError(f"{happening.what} needs a device")

    def _read(self, slot: int) -> None:
        if self._is_blind:
            return
        readings: list[Reading] = []
        for line in self._case.lines:
            value = line.values[slot] if slot < len(line.values) else None
            if value is not None and (kept := self._cut.get(node_of(line.device))) is not None:
                kept.append((self._world.now, (line.device, line.metric, line.instance, value)))
                continue
            if value is None or line.device in self._dead or node_of(line.device) not in self._alive:
                continue
            readings.append((line.device, line.metric, line.instance, value))
        if readings:
            self._world.read(readings)
        spoke = {node_of(each[0]) for each in readings}
        if self._alive - spoke:
            self._world.hear(*sorted(self._alive - spoke))

    # ------------------------------------------------------------ what is compared

    def _compare(self, expected: Expectation) -> Iterator[str]:
        kept = self._world.kept
        for device, wanted in expected.devices.items():
            health = kept.health.get(device)
            if health is None:
                yield f"{device} is expected to be {wanted}, and nobody knows it"
            elif (health.state, health.level, health.pending) != (wanted.state, wanted.level, wanted.pending):
                level = "" if health.level is None else f" {int(health.level)}"
                found = f"{health.state}{level}{' pending' if health.pending else ''}"
                yield f"{device} is expected to be {wanted}, is {found}"
        faults = Faults(kept, self._rules, self._case.start)
        if expected.incidents is not None:
            yield from faults.compare(expected.incidents, list(kept.incidents.values()), noun="open incident")
        if expected.notices is not None:
            yield from faults.compare(expected.notices, list(kept.notices.values()), noun="notice")
        if expected.tickets is not None:
            tickets = self._world.tickets()
            if not matching(expected.tickets, tickets, self._is_ticket):
                wanted_words = "; ".join(map(_ticket_wanted, expected.tickets)) or "no ticket"
                yield f"expected {wanted_words}; found {'; '.join(map(_ticket_found, tickets)) or 'none'}"

    @staticmethod
    def _is_ticket(wanted: TicketIs, found: Ticket) -> bool:
        clocks = {clock.step: clock for clock in found.clocks}
        for step, asked in wanted.clocks.items():
            clock = clocks.get(step)
            if clock is None or not _is_clock(asked, found.opened_at, clock.state, clock.due_at, clock.met_at):
                return False
        return (
            (wanted.level, wanted.state) == (found.level, found.state)
            and wanted.device in (None, found.device)
            and wanted.room in (None, found.room)
            and wanted.incidents in (None, len(found.incidents))
            and wanted.escalation in (None, _rungs(found, RungState.REACHED))
            and wanted.held in (None, _rungs(found, RungState.HELD))
        )


def _is_clock(asked: ClockIs, opened: datetime, state: str, due_at: datetime, met_at: datetime | None) -> bool:
    return (
        asked.state in (None, state)
        and (asked.due is None or opened + asked.due == due_at)
        and asked.due_at in (None, due_at)
        and (asked.met is None or opened + asked.met == met_at)
    )


def _rungs(ticket: Ticket, state: RungState) -> tuple[str, ...]:
    """Return the rungs of a ticket's ladder in a state, in the order in which they were reached or are due."""
    found = [rung for rung in ticket.escalation if rung.state is state]
    return tuple(rung.rung for rung in sorted(found, key=lambda each: (each.reached_at or each.due_at, each.due_at)))


def _ticket_wanted(wanted: TicketIs) -> str:
    parts = [f"ticket {int(wanted.level)} {wanted.state}"]
    parts += [f"of {wanted.incidents} incidents"] if wanted.incidents is not None else []
    parts += [wanted.device] if wanted.device else []
    parts += [wanted.room] if wanted.room else []
    parts += [f"escalated to {', '.join(wanted.escalation) or 'nobody'}"] if wanted.escalation is not None else []
    parts += [f"held at {', '.join(wanted.held) or 'nothing'}"] if wanted.held is not None else []
    for step, clock in wanted.clocks.items():
        said = [clock.state.value] if clock.state else []
        said += [f"due {shown(clock.due)}"] if clock.due is not None else []
        said += [f"due {clock.due_at:%Y-%m-%d %H:%M:%S %Z}"] if clock.due_at is not None else []
        said += [f"met {shown(clock.met)}"] if clock.met is not None else []
        parts.append(f"{step} {' '.join(said)}")
    return " ".join(parts)


def _ticket_found(ticket: Ticket) -> str:
    clocks = " ".join(
        f"{clock.step} {clock.state} due {shown(clock.due_at - ticket.opened_at)}" for clock in ticket.clocks
    )
    return (
        f"ticket {int(ticket.level)} {ticket.state} of {len(ticket.incidents)} incidents "
        f"{ticket.device or ''} {ticket.room} ({clocks})"
        f"{_named_rungs(ticket, RungState.REACHED, 'escalated to')}{_named_rungs(ticket, RungState.HELD, 'held at')}"
    )


def _named_rungs(ticket: Ticket, state: RungState, words: str) -> str:
    rungs = _rungs(ticket, state)
    return f" {words} {', '.join(rungs)}" if rungs else ""
