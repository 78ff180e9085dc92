"""The campus file: what it says, and how its mistakes are told."""

from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from collector.core.campus import Campus
from collector.core.model import DeviceId, RoomId, SiteId
from collector.packs.campus import load_campus
from collector.packs.errors import PackError

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai

GOOD = """
sites:
  - id: east
    name: 江州大学 东区
    time_zone: Asia/Shanghai
    opening_hours: {mon: "08:00-12:00, 13:30-24:00", tue: "08:00-22:00"}
    agreement: gold
  - {id: south, time_zone: Asia/Shanghai}
rooms:
  - {id: a101, site: east, name: A101, timetable: a101.ics}
  - {id: hall, site: east}
  - {id: hall, site: south}
devices:
  - {id: "east:pc-a101", room: a101, role: recorder-pc, vendor: Ruimu, model: RX-200, serial: "0047"}
  - {id: "east:pc-a101:cam1", room: east/a101, role: camera, name: 教师摄像机}
  - {id: "east:gw:sw1", role: switch}
  - {id: "east:gw:core", role: switch}
  - {id: "east:gw:ups", role: ups}
  - {id: "east:gw:nas", role: storage}
  - {id: "east:gw"}
links:
  - {switch: "east:gw:sw1", room: a101, port: GE0/1}
  - {switch: "east:gw:sw1", device: "east:pc-a101", port: 7}
  - {switch: "east:gw:core", device: "east:gw:sw1", port: 24}
  - {switch: "east:gw:core", site: east}
  - {ups: "east:gw:ups", room: a101}
  - {storage: "east:gw:nas", device: "east:pc-a101"}
"""

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:test
BEGIN:VEVENT
UID:1
DTSTART;TZID=Asia/Shanghai:20261102T080000
DTEND;TZID=Asia/Shanghai:20261102T094000
RRULE:FREQ=WEEKLY
EXDATE;TZID=Asia/Shanghai:20261130T080000
SUMMARY:高等数学
CATEGORIES:MATH,RECORDED
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20261124T140000
DURATION:PT45M
SUMMARY:班会
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20261125
SUMMARY:校庆
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART:20261126T000000Z
DTEND:20261126T010000Z
STATUS:CANCELLED
END:VEVENT
END:VCALENDAR
"""


def load(folder: Path, text: str, ics: str = ICS) -> Campus:
    (folder / "campus.yaml").write_text(text, encoding="utf-8")
    (folder / "a101.ics").write_text(ics, encoding="utf-8")
    return load_campus(folder / "campus.yaml", NOW)


def mistakes(folder: Path, text: str, ics: str = ICS) -> list[str]:
    with pytest.raises(PackError) as caught:
        load(folder, text, ics)
    return [f"{m.line}:{m.column} {m.where}: {m.what}" for m in caught.value.mistakes]


def test_a_campus_file_says_what_stands_where(tmp_path: Path) -> None:
    campus = load(tmp_path, GOOD)
    east = campus.sites[SiteId("east")]
    assert (east.name, east.agreement) == ("江州大学 东区", "gold")
    assert east.opening_hours is not None
    assert east.opening_hours[0] == ((time(8), time(12)), (time(13, 30), time.max))
    assert 2 not in east.opening_hours
    assert campus.sites[SiteId("south")].opening_hours is None
    assert list(campus.rooms) == ["east/a101", "east/hall", "south/hall"]
    pc = campus.devices[DeviceId("east:pc-a101")]
    assert (pc.room, pc.role, pc.unit.serial, pc.in_campus) == ("east/a101", "recorder-pc", "0047", True)
    assert campus.devices[DeviceId("east:gw")].role == "recorder-pc"
    assert campus.roles_unstated == {"east:gw"}
    fed = [(str(link.carries), link.feeder, link.site or link.room or link.device, link.port) for link in campus.links]
    assert fed == [
        ("path", "east:gw:sw1", "east/a101", "GE0/1"),
        ("path", "east:gw:sw1", "east:pc-a101", "7"),
        ("path", "east:gw:core", "east:gw:sw1", "24"),
        ("path", "east:gw:core", "east", ""),
        ("power", "east:gw:ups", "east/a101", ""),
        ("storage", "east:gw:nas", "east:pc-a101", ""),
    ]


def test_a_timetable_follows_recurrence_exceptions_and_zones(tmp_path: Path) -> None:
    room = load(tmp_path, GOOD).rooms[RoomId("east/a101")]
    assert room.has_timetable
    assert [(lesson.start, lesson.title, lesson.recorded) for lesson in room.lessons] == [
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), "高等数学", True),
        (datetime(2026, 11, 24, 6, 0, tzinfo=UTC), "班会", False),
        (datetime(2026, 12, 7, 0, 0, tzinfo=UTC), "高等数学", True),
    ]


def test_an_empty_campus_is_no_mistake(tmp_path: Path) -> None:
    assert load(tmp_path, "sites: []\n").sites == {}


def test_every_mistake_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    text = """sites:
  - {id: East, time_zone: Asia/Shanghai}
  - {id: south, time_zone: Mars/Base, opening_hours: {mon: "22:00-08:00", sun: 9}}
  - {id: north, time_zone: UTC, color: red}
  - {id: west, time_zone: UTC}
rooms:
  - {id: r1, site: west}
  - {id: r1, site: west, timetable: none.ics}
  - {id: r2, site: nowhere}
devices:
  - {id: west, room: r1}
  - {id: "west:pc", room: r9, role: toaster}
  - {id: "west:pc2", room: r9}
links:
  - {switch: "west:sw", room: r1}
  - {switch: "west:pc2"}
"""
    found = mistakes(tmp_path, text)
    assert [line.split(": ")[0] for line in found] == [
        "2:10 sites[0].id",
        "3:28 sites[1].time_zone",
        "3:60 sites[1].opening_hours.mon",
        "3:80 sites[1].opening_hours.sun",
        "4:33 sites[2].color",
        "8:10 rooms[1].id",
        "8:37 rooms[1].timetable",
        "9:20 rooms[2].site",
        "11:10 devices[0].id",
        "12:37 devices[1].role",
        "13:28 devices[2].room",
        "15:14 links[0].switch",
        "16:5 links[1]",
    ]
    assert "did you mean" not in found[4]
    assert "No such file" in found[6]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1 : is empty"),
        ("sites: [\n", "2:1 : is not valid YAML"),
        ("- a\n", "1:1 : must be a mapping, is a list"),
        ("sites: {}\n", "1:8 sites: must be a list, is a mapping"),
        ("sties: []\n", "1:1 sties: unknown key 'sties'; did you mean 'sites'?"),
        ("sites: []\nsites: []\n", "2:1 sites: 'sites' is here twice, first in line 1"),
    ],
    ids=["empty", "no YAML", "a list", "no list", "a typing slip", "twice"],
)
def test_a_broken_file_says_where(tmp_path: Path, text: str, expected: str) -> None:
    assert mistakes(tmp_path, text)[0].startswith(expected)


def test_a_bare_room_that_two_sites_have_must_name_its_site(tmp_path: Path) -> None:
    text = GOOD + '  - {switch: "east:gw:sw1", room: hall}\n'
    assert mistakes(tmp_path, text) == ["28:35 links[6].room: room 'hall' is in 2 sites; write east/hall or south/hall"]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('{switch: "east:gw:sw9", room: hall}', "28:14 links[6].switch: there is no device 'east:gw:sw9' in this file"),
        ('{switch: "east:gw:sw1", site: west}', "28:35 links[6].site: there is no site 'west' in this file"),
        ('{switch: "east:gw:sw1", device: "east:gw:sw1"}', "28:37 links[6].device: a device cannot feed itself"),
        ('{ups: "east:gw:ups", device: "east:gw", port: 3}', "28:51 links[6].port: goes with a switch; leave it out"),
        (
            '{switch: "east:gw:core", room: a101}',
            "28:5 links[6]: room 'east/a101' has its path from 'east:gw:sw1' already; a feed has one link",
        ),
        (
            '{switch: "east:gw:sw1", device: "east:gw:core"}',
            "28:5 links[6]: feeds itself: east:gw:sw1 -> east:gw:core -> east:gw:sw1",
        ),
        (
            '{switch: "east:gw:sw1", ups: "east:gw:ups", site: south}',
            "28:5 links[6]: a link needs exactly one of switch, ups, storage; it has 'switch' and 'ups'",
        ),
        ("{site: south}", "28:5 links[6]: a link needs exactly one of switch, ups, storage; it has none"),
    ],
    ids=[
        "no such device",
        "no such site",
        "itself",
        "a UPS's port",
        "fed twice",
        "a circle",
        "two feeders",
        "no feeder",
    ],
)
def test_a_link_that_cannot_be_says_why_and_where(tmp_path: Path, link: str, expected: str) -> None:
    assert expected in mistakes(tmp_path, f"{GOOD}  - {link}\n")


def test_a_reference_to_an_item_with_a_mistake_is_no_second_mistake(tmp_path: Path) -> None:
    text = "sites:\n  - {id: s, time_zone: Nowhere}\nrooms:\n  - {id: r, site: s}\n"
    assert len(mistakes(tmp_path, text)) == 1


@pytest.mark.parametrize(
    "ics",
    ["", "hello", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:zzz\nEND:VEVENT\nEND:VCALENDAR\n"],
    ids=["empty", "no calendar", "a bad date"],
)
def test_a_broken_timetable_is_told_at_its_room(tmp_path: Path, ics: str) -> None:
    found = mistakes(tmp_path, GOOD, ics)
    assert len(found) == 1
    assert found[0].startswith("10:")
    assert "timetable a101.ics is not a valid iCalendar file" in found[0]


def test_a_bad_event_of_a_timetable_is_told_and_the_rest_is_held(tmp_path: Path) -> None:
    campus = load(tmp_path, GOOD, ICS.replace("DTSTART:20261124T140000", "DTSTART:20261131T140000"))
    assert [lesson.title for lesson in campus.rooms[RoomId("east/a101")].lessons] == ["高等数学", "高等数学"]
    (mistake,) = campus.timetable_mistakes
    assert mistake.startswith("a101.ics:13: event '班会' is left out: DTSTART")


def test_a_file_that_is_no_utf8_says_so(tmp_path: Path) -> None:
    (tmp_path / "campus.yaml").write_bytes("sites: []\n# 江州".encode("gb18030"))
    with pytest.raises(PackError, match=r"campus.yaml:2:3: is not UTF-8"):
        load_campus(tmp_path / "campus.yaml", NOW)
