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


def test_a_discharge_and_its_recharge_are_no_wear_of_a_battery() -> None:
    stores = Stores()
    ups, plain = stores.add("ups", "ups"), stores.add("plain", "ups")
    emptied = (12, 28, 29)
    time_left = [1800.0 - 5 * day if day not in emptied else 200.0 for day in range(30)]
    stores.reads(ups, "hw.battery.time_left", time_left, "")
    stores.swings(ups, "hw.ups.source", [(0, 1) if day in emptied else (0, 0) for day in range(30)])
    stores.swings(ups, "hw.battery.charge", [(0.1, 1) if day in emptied else (1, 1) for day in range(30)])
    stores.reads(plain, "hw.battery.time_left", [1800.0 - 5 * day if day != 12 else 200.0 for day in range(30)], "")
    found = stores.desk.look(stores.devices, NOW)
    days = (1800 - 5 * 29 - 600) / 5
    for worn, counted in zip(found.wear, (30, 27), strict=True):
        assert worn.kind == "battery"
        assert (worn.forecast.slope, worn.forecast.days) == (5.0, counted)
        assert abs(worn.due_at - (NOW + timedelta(days=days))) < timedelta(days=2)
        assert worn.earliest_at > NOW + timedelta(days=150)
    assert found.likely == ()


def test_a_battery_that_is_on_mains_only_between_discharges_is_told_from_those_days() -> None:
    stores = Stores()
    ups = stores.add("ups", "ups")
    stores.reads(ups, "hw.battery.time_left", [500.0] * 30, "")
    stores.swings(ups, "hw.ups.source", [(0, 1)] * 30)
    assert (stores.desk.look(stores.devices, NOW).wear, stores.desk.look(stores.devices, NOW).undated) == ((), ())


def test_a_part_with_too_few_days_says_when_it_will_have_a_date() -> None:
    stores = Stores()
    new, unknown = stores.add("new"), stores.add("unknown")
    stores.reads(new, "classroom.projector.lamp.time", [2800.0 + 8 * day for day in range(4)])
    stores.reads(new, "classroom.projector.lamp.limit", [3000.0] * 4)
    stores.reads(unknown, "classroom.projector.filter.time", [500.0 + 6 * day for day in range(30)])
    found = stores.desk.look(stores.devices, NOW)
    assert found.wear == ()
    assert [(one.device.id, one.kind, one.days, one.dated_at) for one in found.undated] == [
        (new.id, "lamp", 4, NOW + timedelta(days=7)),
        (unknown.id, "filter", 30, None),
    ]


def test_what_a_microphone_uses_up_in_a_day_is_no_wear() -> None:
    stores = Stores()
    microphone = stores.add("mic", "microphone")
    stores.swings(microphone, "classroom.microphone.battery", [(0.2, 1.0)] * 30)
    stores.swings(microphone, "hw.battery.charge", [(0.2, 1.0)] * 30)
    stores.swings(microphone, "hw.battery.time_left", [(600.0, 20_000.0)] * 30)
    found = stores.desk.look(stores.devices, NOW)
    assert (found.wear, found.undated) == ((), ())


def test_what_planned_work_caused_and_one_failure_among_few_make_no_unit_stand_out() -> None:
    stores = Stores()
    stores.add("p1")
    stores.add("p2", failures=1)
    stores.add("worked-on", failures=9)
    stores.records[1:] = [replace(record, ticket=None) for record in stores.records[1:]]
    assert stores.desk.look(stores.devices, NOW).units == ()


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
