"""Replaying a stored past under rules, and what differs between two of them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from collector.core.campus import Campus
from collector.core.learnt import Source
from collector.core.model import DRILL, Born, Device, DeviceId, Died, Event, Phase, Readings, RoomId, Series, SeriesId
from collector.core.network import FED
from collector.core.rule import RulePack
from collector.core.series import to_us
from collector.packs.agreement import load_agreements
from collector.packs.rules import load_rules
from collector.settings import default_rules
from collector.store.errors import StoreError
from collector.store.series.past import Past, packed, unpacked
from collector.trial.replay import Difference, Told, compare, replay_past, told

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PC = DeviceId("s:pc")
STEP = timedelta(seconds=10)
RULES = load_rules([default_rules()])
AGREEMENTS = load_agreements([default_rules() / "agreements"])


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def past(cpu: list[float], *events: Event, historical: bool = False) -> Past:
    at = [to_us(START + number * STEP) for number in range(len(cpu))]
    readings = Readings(np.full(len(cpu), 1, np.int32), np.array(at), np.array(cpu), np.full(len(cpu), historical))
    series = Series(id=SeriesId(1), device=PC, metric="system.cpu.utilization")
    device = Device(id=PC, role="recorder-pc", room=RoomId("s/r"), interval=STEP)
    return Past(series=(series,), readings=readings, events=events, devices=(device,))


def live(of: Past, rules: RulePack = RULES, minutes: float = 60) -> list[Told]:
    world = replay_past(of, start=START, end=minute(minutes), rules=rules, campus=Campus(), agreements=AGREEMENTS)
    try:
        return told(world)
    finally:
        world.close()


def with_for(seconds: float) -> RulePack:
    """Return the default rules with another `for` of cpu-saturated."""
    return RulePack(
        rules=tuple(
            replace(rule, rungs=tuple(replace(rung, raise_for=timedelta(seconds=seconds)) for rung in rule.rungs))
            if rule.id == "cpu-saturated"
            else rule
            for rule in RULES.rules
        )
    )


BUSY = [0.2] * 30 + [0.99] * 60 + [0.2] * 270  # from 5 to 15 minutes, of an hour


def test_the_past_opens_the_tickets_that_it_opened() -> None:
    (ticket,) = live(past(BUSY, Born(device=PC, at=START, properties={"role": "recorder-pc"}, interval=STEP)))
    assert (ticket.rule, ticket.level, ticket.opened_at) == ("cpu-saturated", 3, minute(10))
    assert ticket.restored_at == minute(15)


def test_an_agent_whose_birth_is_forgotten_is_born_with_its_first_reading() -> None:
    (ticket,) = live(past(BUSY))
    assert (ticket.room, ticket.rule) == ("s/r", "cpu-saturated")


def test_a_long_replay_reads_the_timetables_again_every_week() -> None:
    hours = range(20 * 24)
    at = [to_us(START + timedelta(hours=hour)) for hour in hours]
    columns = (np.full(len(at), 1, np.int32), np.array(at), np.zeros(len(at)), np.zeros(len(at), np.bool_))
    asked: list[datetime] = []

    def renew(at: datetime) -> Campus:
        asked.append(at)
        return Campus()

    long = replace(past([]), readings=Readings(*columns))
    world = replay_past(
        long, start=START, end=START + timedelta(days=20), rules=RULES, campus=Campus(), agreements=None, renew=renew
    )
    world.close()
    assert asked == [START + timedelta(days=7), START + timedelta(days=14)]


def test_backlog_opens_nothing_for_what_is_over() -> None:
    assert live(past(BUSY, historical=True), minutes=15) == []


def test_births_and_deaths_before_the_span_say_who_was_there() -> None:
    before = Born(device=PC, at=minute(-30), properties={"role": "recorder-pc"}, interval=STEP)
    gone = Died(device=PC, at=minute(-20))
    assert live(past([], before, gone)) == []
    (ticket,) = live(past([0.2] * 30, before, Died(device=PC, at=minute(5))))
    assert (ticket.rule, ticket.opened_at) == ("agent-silent", minute(5.5))


def test_a_past_that_was_packed_is_the_same() -> None:
    one = past(
        BUSY, Born(device=PC, at=START, properties={"room": "教室"}, interval=STEP), Died(device=PC, at=minute(9))
    )
    other = unpacked(packed(one))
    assert (other.series, other.events, other.devices) == (one.series, one.events, one.devices)
    assert other.readings.value.tolist() == one.readings.value.tolist()
    with pytest.raises(StoreError, match="no stored past"):
        unpacked(b"something else")


@pytest.mark.parametrize(
    ("rules", "difference"),
    [(RULES, Difference.SAME), (with_for(700), Difference.LOST), (with_for(60), Difference.MOVED)],
    ids=["the same rules", "a longer for", "a shorter for"],
)
def test_what_differs_between_two_rules_is_told(rules: RulePack, difference: Difference) -> None:
    (row,) = compare(live(past(BUSY)), live(past(BUSY), rules), minute(60))
    assert row.difference is difference
    back = {Difference.LOST: Difference.GAINED}.get(difference, difference)
    (row,) = compare(live(past(BUSY), rules), live(past(BUSY)), minute(60))
    assert row.difference is back


# ---------------------------------------------------------------- drills, and what was learnt


def network(feeder: DeviceId, device: DeviceId) -> Phase:
    """What the records keep of a link that was learnt."""
    detail = json.dumps({"feeder": feeder, "port": "1", "source": Source.LLDP})
    return Phase(device=device, rule=FED, instance="", standing=FED, since=START, onset_at=START, detail=detail)


def test_a_drill_of_the_past_is_no_ticket_of_it() -> None:
    drill = DeviceId(f"s:{DRILL}1")
    of = past(BUSY, Born(device=drill, at=minute(0), properties={}))
    assert len(live(of)) == 1
    assert live(replace(of, series=(replace(of.series[0], device=drill),), devices=())) == []


@pytest.mark.parametrize("is_packed", [False, True])
def test_what_was_learnt_of_the_network_makes_one_ticket_of_one_cause(is_packed: bool) -> None:
    """The births by which it was learnt may be forgotten; the records have the links."""
    gateway, switch = DeviceId("s:gw"), DeviceId("s:gw:sw")
    rooms = [DeviceId(f"s:pc{number}") for number in (1, 2)]
    births = [
        Born(device=gateway, at=minute(0), properties={"role": "gateway"}),
        Born(device=switch, at=minute(0), properties={"role": "switch"}),
        *(Born(device=pc, at=minute(0), properties={"room": pc[2:]}, interval=None) for pc in rooms),
    ]
    deaths = [Died(device=one, at=minute(5)) for one in (switch, *rooms)]
    of = past([], *births, *deaths)
    tickets = {}
    for what, kept in (("learnt", tuple(network(switch, pc) for pc in rooms)), ("unknown", ())):
        known = replace(of, network=kept)
        tickets[what] = live(unpacked(packed(known)) if is_packed else known)
    assert [ticket.device for ticket in tickets["learnt"]] == [switch]
    assert len(tickets["unknown"]) == 3
