"""Invented schools: as many rooms as asked, the same for the same seed, with lessons that their files tell too."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from simulate.campus import TIME_ZONE, make_campus
from simulate.lessons import LESSON, PERIOD, Hours, running, timetable
from wire.catalogue import Role
from wire.topics import ID_PATTERN

MONDAY = datetime(2026, 11, 23, tzinfo=ZoneInfo(TIME_ZONE))


@pytest.mark.parametrize("rooms", [1, 2, 7, 24, 200, 999])
def test_a_campus_has_as_many_rooms_as_asked(rooms: int) -> None:
    campus = make_campus(rooms, seed=7)
    assert len(list(campus.rooms())) == rooms
    assert all(site.rooms for site in campus.sites)


@pytest.mark.parametrize(("rooms", "sites"), [(24, 1), (24, 24), (64, 64)])
def test_a_campus_has_as_many_sites_as_asked(rooms: int, sites: int) -> None:
    assert len(make_campus(rooms, site_count=sites, seed=7).sites) == sites


@pytest.mark.parametrize(("rooms", "sites"), [(3, 4), (100, 0), (100, 65)])
def test_an_impossible_campus_is_refused(rooms: int, sites: int) -> None:
    with pytest.raises(ValueError, match="sites"):
        make_campus(rooms, site_count=sites)


def test_every_id_is_one_and_there_once() -> None:
    campus = make_campus(300, site_count=12, seed=7)
    names = [site.id for site in campus.sites]
    devices = [f"{room.node}:{thing.id}" for room in campus.rooms() for thing in room.things]
    devices += [room.node for room in campus.rooms()]
    rooms = [room.key for room in campus.rooms()]
    for ids in (names, rooms, devices):
        assert len(set(ids)) == len(ids)
    assert all(ID_PATTERN.fullmatch(part) for id_ in devices for part in id_.split(":"))
    assert all(ID_PATTERN.fullmatch(room.id) for room in campus.rooms())


def test_each_room_hangs_on_a_port_of_its_own_of_a_switch_that_its_cabinet_reads() -> None:
    for site in make_campus(60, seed=7).sites:
        assert site.cabinet is not None
        switches = {site.cabinet.device(one) for one in site.cabinet.things if one.role is Role.SWITCH}
        assert {room.switch for room in site.rooms} == switches
        assert len(switches) >= 2
        assert len({(room.switch, room.port) for room in site.rooms}) == len(site.rooms)


def test_a_small_school_has_no_cabinet() -> None:
    (site,) = make_campus(3, site_count=1).sites
    assert site.cabinet is None
    assert {room.switch for room in site.rooms} == {""}


def test_the_same_seed_gives_the_same_campus_and_another_another() -> None:
    assert make_campus(50, seed=7) == make_campus(50, seed=7)
    assert make_campus(50, seed=7) != make_campus(50, seed=8)


def test_a_room_has_what_a_recording_classroom_needs() -> None:
    for room in make_campus(50, seed=7).rooms():
        assert room.pc.role is Role.RECORDER_PC
        assert {Role.CAMERA, Role.PROJECTOR, Role.MIXER, Role.UPS} <= {thing.role for thing in room.things}


def test_some_lesson_is_on_at_any_hour_and_not_everywhere() -> None:
    campus = make_campus(60, seed=7)
    for hour in range(0, 7 * 24, 5):
        local = MONDAY + timedelta(hours=hour)
        on = [
            running(timetable(7, site.id, site.bell, room.timetable, Hours.ALWAYS), local) is not None
            for site in campus.sites
            for room in site.rooms
        ]
        assert 0 < sum(on) < len(on), local


def test_a_school_that_keeps_hours_teaches_nobody_on_a_sunday_or_at_night() -> None:
    lessons = timetable(7, "mingde", 13, 0, Hours.SCHOOL)
    assert all(6 not in lesson.days for lesson in lessons)
    assert all(Hours.SCHOOL.opens <= one.starts and one.starts + LESSON <= Hours.SCHOOL.closes for one in lessons)
    assert running(lessons, MONDAY.replace(hour=3)) is None


def test_a_lesson_runs_from_its_first_second_to_its_last() -> None:
    lesson = next(one for one in timetable(7, "mingde", 13, 0, Hours.ALWAYS) if 0 in one.days)
    begins = MONDAY + lesson.starts
    lessons = (lesson,)
    assert running(lessons, begins - timedelta(seconds=1)) is None
    found = running(lessons, begins)
    assert found is not None
    assert found.gone_s == 0
    assert running(lessons, begins + LESSON - timedelta(seconds=1)) is not None
    assert running(lessons, begins + LESSON) is None
    assert LESSON < PERIOD
