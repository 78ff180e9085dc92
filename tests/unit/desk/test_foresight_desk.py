"""What foresight makes of records and stored readings: who is on the list, and why."""

from dataclasses import replace
from datetime import timedelta

from collector.core.model import Attribution, TicketId
from tests.unit.desk.foresight_scene import NOW, Stores


def test_a_unit_that_fails_too_often_is_on_the_list_and_its_peers_are_not() -> None:
    stores = Stores()
    for number in range(20):
        stores.add(f"p{number}", failures=1)
    bad = stores.add("bad", failures=9)
    found = stores.desk.look(stores.devices, NOW)
    assert [device.id for device, _ in found.units] == [bad.id]
    (line,) = found.likely
    assert (line.device.id, line.worn) == (bad.id, None)
    assert 0.3 < line.chance < 0.6
    assert found.week == "2027-W51"


def test_a_ticket_counts_once_and_what_another_caused_never() -> None:
    stores = Stores()
    for number in range(20):
        stores.add(f"p{number}")
    flaps = stores.add("flaps", failures=9)
    stores.records = [replace(record, ticket=TicketId(1)) for record in stores.records]
    caused = stores.add("caused", failures=9)
    stores.records[9:] = [
        replace(record, incident=replace(record.incident, cause=stores.records[0].incident.id))
        for record in stores.records[9:]
    ]
    assert caused.id != flaps.id
    assert stores.desk.look(stores.devices, NOW).units == ()


def test_what_the_power_or_the_network_did_is_no_failure_of_the_unit() -> None:
    stores = Stores()
    for number in range(20):
        stores.add(f"p{number}")
    stores.add("behind-a-bad-line", failures=9)
    stores.records = [
        replace(record, incident=replace(record.incident, attribution=Attribution.ENVIRONMENT))
        for record in stores.records
    ]
    assert stores.desk.look(stores.devices, NOW).units == ()


def test_a_lamp_s_end_comes_from_its_own_limit() -> None:
    stores = Stores()
    lamp = stores.add("lamp")
    stores.reads(lamp, "classroom.projector.lamp.time", [2800 + 8 * day for day in range(20)])
    stores.reads(lamp, "classroom.projector.lamp.limit", [3000.0] * 20)
    (worn,) = stores.desk.look(stores.devices, NOW).wear
    assert (worn.kind, worn.instance, worn.forecast.limit) == ("lamp", "1", 3000)
    assert worn.due_at == NOW + timedelta(days=6)
    assert worn.earliest_at <= worn.due_at
    (line,) = stores.desk.look(stores.devices, NOW).likely
    assert (line.chance, line.standing) == (1.0, None)


def test_a_filter_s_limit_is_learned_from_those_that_were_cleaned() -> None:
    stores = Stores()
    cleaned, other = stores.add("cleaned"), stores.add("other")
    stores.reads(cleaned, "classroom.projector.filter.time", [*(940.0 + 10 * day for day in range(7)), 0.0, 5.0])
    stores.reads(other, "classroom.projector.filter.time", [700 + 6 * day for day in range(20)])
    (worn,) = stores.desk.look(stores.devices, NOW).wear
    assert (worn.device.id, worn.kind, worn.forecast.limit) == (other.id, "filter", 1000.0)


def test_disks_volumes_and_batteries_wear_towards_what_their_rules_say() -> None:
    stores = Stores()
    nas, ups = stores.add("nas", "storage"), stores.add("ups", "ups")
    stores.reads(nas, "hw.physical_disk.endurance_utilization", [0.8 + 0.002 * day for day in range(30)], "sda")
    stores.reads(nas, "hw.logical_disk.utilization", [0.5 + 0.004 * day for day in range(30)], "vol1")
    stores.reads(ups, "hw.battery.time_left", [1200 - 5 * day for day in range(30)], "")
    stores.reads(nas, "hw.battery.time_left", [1200 - 5 * day for day in range(30)], "")
    found = stores.desk.look(stores.devices, NOW).wear
    assert {(worn.kind, worn.device.role) for worn in found} == {
        ("disk", "storage"),
        ("volume", "storage"),
        ("battery", "ups"),
    }
    assert [worn.due_at for worn in found] == sorted(worn.due_at for worn in found)


def test_an_answer_is_kept_for_hours_and_made_anew_for_another_campus() -> None:
    stores = Stores()
    stores.add("a")
    stores.desk.look(stores.devices, NOW)
    stores.desk.look(stores.devices, NOW + timedelta(hours=5))
    assert stores.asked == 1
    stores.desk.look(stores.devices, NOW + timedelta(hours=6))
    stores.add("b")
    stores.desk.look(stores.devices, NOW + timedelta(hours=6))
    assert stores.asked == 3
