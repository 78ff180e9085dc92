"""Builds a campus of invented schools. Comes in: how many rooms and sites, a seed. Goes out: a `Campus`."""

from dataclasses import replace
from random import Random
from typing import Final

from simulate.chance import chance
from simulate.lessons import TIMETABLES
from simulate.place import Campus, Room, Site, Thing
from wire.catalogue import Role

TIME_ZONE: Final = "Asia/Shanghai"
MOST_SITES: Final = 64
_ROOMS_A_FLOOR: Final = 8
_HALLS_FROM: Final = 8  # rooms; a smaller school has none
_CABINET_FROM: Final = 4  # rooms, likewise
_ROOMS_A_SWITCH: Final = 8
_SWITCHES_LEAST: Final = 2  # so that one that is lost leaves others in sight
CABINET: Final = "cabinet"

# id, name, letter of its rooms, share of the rooms
_SCHOOLS: Final = (
    ("jiangzhou-east", "江州大学·东区", "A", 32),
    ("jiangzhou-south", "江州大学·南湖校区", "N", 32),
    ("mingde", "明德中学", "M", 28),
    ("linjiang", "临江职业技术学院", "S", 28),
    ("wenlan", "文澜外国语学校", "W", 24),
    ("beichen", "北辰理工学院", "B", 24),
    ("qingshan", "青杉实验小学", "Q", 20),
    ("yunqi", "云栖师范附中", "Y", 14),
)

_PCS: Final = (("启明", "LR-5200"), ("启明", "LR-7300"), ("方舟", "ClassBox 3"))
_MAKERS: Final = {
    Role.CAMERA: (("远瞳", "PTZ-4K12"), ("远瞳", "PTZ-HD20"), ("凌目", "Track 2")),
    Role.PROJECTOR: (("朗晶", "LX-600"), ("朗晶", "LX-450U")),
    Role.UPS: (("稳城", "U2000"), ("稳城", "U3000R")),
    Role.MIXER: (("清音", "DM-8"), ("清音", "DM-16")),
    Role.MICROPHONE: (("清音", "W-20"),),
    Role.SWITCH: (("衡联", "S2810"),),
    Role.STORAGE: (("衡联", "N812"), ("方舟", "Vault 8")),
}


def make_campus(rooms: int, *, site_count: int | None = None, seed: int = 0) -> Campus:
    """Return a campus of `rooms` rooms; without `site_count`, one site for about every eight.

    Raises:
        ValueError: there are fewer rooms than sites, or too many sites.
    """
    if site_count is None:
        site_count = min(len(_SCHOOLS), max(1, round(rooms / 8)))
    if not 1 <= site_count <= MOST_SITES:
        raise ValueError(f"{site_count} sites are not possible: choose 1 to {MOST_SITES}")
    if rooms < site_count:
        raise ValueError(f"{rooms} rooms cannot fill {site_count} sites: each has at least one")
    schools = [_school(number) for number in range(site_count)]
    sizes = _sizes(rooms, [size for *_, size in schools])
    sites = tuple(
        _site(id_, name, letter, size, seed, number)
        for number, ((id_, name, letter, _), size) in enumerate(zip(schools, sizes, strict=True))
    )
    return Campus(seed=seed, time_zone=TIME_ZONE, sites=sites)


def _school(number: int) -> tuple[str, str, str, int]:
    id_, name, letter, size = _SCHOOLS[number % len(_SCHOOLS)]
    branch = number // len(_SCHOOLS) + 1
    return (id_, name, letter, size) if branch == 1 else (f"{id_}-{branch}", f"{name}·分部{branch}", letter, size)


def _sizes(rooms: int, shares: list[int]) -> list[int]:
    """Return whole numbers that add up to `rooms`, in proportion, at least 1 each."""
    sizes = [max(1, rooms * share // sum(shares)) for share in shares]
    number = 0
    while sum(sizes) != rooms:
        step = 1 if sum(sizes) < rooms else -1
        if sizes[number % len(sizes)] + step >= 1:
            sizes[number % len(sizes)] += step
        number += 1
    return sizes


def _site(id_: str, name: str, letter: str, size: int, seed: int, number: int) -> Site:
    rooms = tuple(_room(id_, room_id, room_name, seed) for room_id, room_name in _room_names(letter, size))
    if size < _CABINET_FROM:
        return Site(id=id_, name=name, bell=number * 13 % 55, rooms=rooms)
    cabinet = _cabinet(id_, max(_SWITCHES_LEAST, -(-size // _ROOMS_A_SWITCH)), seed)
    return Site(id=id_, name=name, bell=number * 13 % 55, rooms=_plugged(rooms, cabinet), cabinet=cabinet)


def _cabinet(site: str, switches: int, seed: int) -> Room:
    """Return the cabinet of a site: a gateway, which reads the switches, the storage and the UPS."""
    random = chance(seed, "cabinet", site)
    wanted = [(f"switch-{number}", Role.SWITCH, f"接入交换机 {number}") for number in range(1, switches + 1)]
    wanted += [("nas", Role.STORAGE, "录像存储"), ("ups", Role.UPS, "机柜不间断电源")]
    return Room(
        id="",
        site=site,
        name="",
        agent=CABINET,
        pc=_thing("", Role.GATEWAY, "机柜网关", ("启明", "GW-2"), random),
        things=tuple(_thing(thing, role, name, random.choice(_MAKERS[role]), random) for thing, role, name in wanted),
        timetable=0,
    )


def _plugged(rooms: tuple[Room, ...], cabinet: Room) -> tuple[Room, ...]:
    """Return rooms with the switch and the port that each hangs on: neighbours share a switch."""
    switches = [cabinet.device(thing) for thing in cabinet.things if thing.role is Role.SWITCH]
    each = -(-len(rooms) // len(switches))
    return tuple(
        replace(room, switch=switches[number // each], port=number % each + 1) for number, room in enumerate(rooms)
    )


def _room_names(letter: str, size: int) -> list[tuple[str, str]]:
    halls = [("hall-1", "阶教1"), ("auditorium", "报告厅")] if size >= _HALLS_FROM else []
    plain = [
        f"{letter}{number // _ROOMS_A_FLOOR + 1}{number % _ROOMS_A_FLOOR + 1:02}" for number in range(size - len(halls))
    ]
    return [(name.lower(), name) for name in plain] + halls


def _room(site: str, id_: str, called: str, seed: int) -> Room:
    random = chance(seed, "room", site, id_)
    made = random.choice(_PCS)
    wanted: list[tuple[str, Role, str]] = [("camera-1", Role.CAMERA, "教师摄像机")]
    if random.random() < 0.7:
        wanted.append(("camera-2", Role.CAMERA, "学生摄像机"))
    wanted += [
        ("projector", Role.PROJECTOR, "投影机"),
        ("mixer", Role.MIXER, "调音台"),
        ("mic-1", Role.MICROPHONE, "无线话筒"),
        ("ups", Role.UPS, "不间断电源"),
    ]
    if random.random() < 0.25:
        wanted.append(("switch", Role.SWITCH, "教室交换机"))
    return Room(
        id=id_,
        site=site,
        name=called,
        agent=f"pc-{id_}",
        pc=_thing("", Role.RECORDER_PC, "录播主机", made, random),
        things=tuple(_thing(thing, role, name, random.choice(_MAKERS[role]), random) for thing, role, name in wanted),
        timetable=random.randrange(TIMETABLES),
    )


def _thing(id_: str, role: Role, name: str, made: tuple[str, str], random: Random) -> Thing:
    return Thing(
        id=id_,
        role=role,
        name=name,
        vendor=made[0],
        model=made[1],
        serial=f"{random.choice('CDEFGH')}{random.randrange(10**8):08}",
        firmware=f"{random.randint(1, 4)}.{random.randint(0, 9)}.{random.randint(0, 20)}",
    )
