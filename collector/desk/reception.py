"""Where people's reports come in: a call or a question becomes the first entry of a ticket, S4 and S5.

Comes in: what the person said, as JSON has it. Goes out: the entry, and the agreement that holds for the place.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from collector.core.action import BadFields, Field, Kind, checked
from collector.core.agreement import Agreement, coverage
from collector.core.model import DeviceId, Level, RoomId, SiteId, site_of
from collector.core.ticket import Entry, Source
from collector.desk.setting import Setting
from collector.store.records.tables import DeviceRow

_FIELDS: Final = (
    Field(name="title", kind=Kind.NAME, required=True),
    Field(name="level", kind=Kind.LEVEL),
    Field(name="site", kind=Kind.NAME),
    Field(name="room", kind=Kind.NAME),
    Field(name="device", kind=Kind.NAME),
    Field(name="symptom", kind=Kind.TEXT),
    Field(name="assignee", kind=Kind.NAME),
)


def opening_entry(
    session: Session, setting: Setting, fields: Mapping[str, object], *, actor: str, now: datetime
) -> tuple[Entry, Agreement]:
    """Return the entry that opens a person's ticket, and what that place was promised.

    Raises BadFields with every mistake.
    """
    mistakes: list[str] = []
    try:
        kept = checked(_FIELDS, fields, now=now)
    except BadFields as error:
        mistakes += error.mistakes
        kept = {name: value for name, value in fields.items() if isinstance(value, str)}
    site, room, device = _place(session, setting, kept, mistakes)
    if mistakes:
        raise BadFields(tuple(mistakes))
    agreement = setting.agreement(site)
    zone = setting.zone(site)
    said: dict[str, object] = {
        "source": Source.PERSON.value,
        "level": kept.get("level", Level.QUESTION.value),
        "title": kept["title"],
        "symptom": kept.get("symptom", ""),
        "assignee": kept.get("assignee"),
        "site": site,
        "room": room,
        "device": device,
        "time_zone": zone.key,
        "agreement": agreement.id,
        "coverage": coverage(agreement, accepted_on=None, on=now.astimezone(zone).date()).value,
    }
    return Entry(number=1, at=now, actor=actor, action="opened", fields=said), agreement


def _place(
    session: Session, setting: Setting, kept: Mapping[str, object], mistakes: list[str]
) -> tuple[SiteId, RoomId, DeviceId | None]:
    """Return where it is: of device, room and site, the most exact one tells the others; they may not disagree."""
    named = {name: str(kept[name]).strip() for name in ("site", "room", "device") if kept.get(name)}
    if not named:
        mistakes.append("site: is needed where no room or device is given")
    site, room, device = SiteId(named.get("site", "")), RoomId(""), None
    if site and not setting.knows_site(site) and not _is_reported(session, site=site):
        mistakes.append(f"site: there is no site {site!r}")
    if "device" in named:
        device = DeviceId(named["device"])
        found = _room_of(session, setting, device)
        if found is None:
            mistakes.append(f"device: there is no device {device!r}")
        elif site and site_of(device) != site:
            mistakes.append(f"device: {device!r} is not of site {site!r}")
        else:
            site, room = site_of(device), found
    if "room" in named:
        asked = _room_named(session, setting, named["room"], site, mistakes)
        if asked is not None and room and asked != room:
            mistakes.append(f"room: device {device!r} is in {room!r}")
        elif asked is not None:
            site, room = SiteId(asked.partition("/")[0]), asked
    return site, room, device


def _room_named(session: Session, setting: Setting, name: str, site: SiteId, mistakes: list[str]) -> RoomId | None:
    """Return the room that a person means at a site (any, where none is given), None where that is not one."""
    rooms = setting.rooms_named(name, site or None)
    if not rooms and _is_reported(session, room=_whole(name, site)):
        rooms = [_whole(name, site)]
    if not rooms:
        mistakes.append(f"room: there is no room {name!r}" + (f" at site {site!r}" if site else ""))
    elif len(rooms) > 1:
        mistakes.append(f"room: {name!r} is at several sites; give {' or '.join(map(repr, rooms))}")
    elif site and rooms[0].partition("/")[0] != site:
        mistakes.append(f"room: {rooms[0]!r} is not at site {site!r}")
    else:
        return rooms[0]
    return None


def _whole(room: str, site: SiteId) -> RoomId:
    return RoomId(room if "/" in room else f"{site}/{room}")


def _room_of(session: Session, setting: Setting, device: DeviceId) -> RoomId | None:
    """Return the room of a device; None where nobody knows the device."""
    reported = session.scalar(select(DeviceRow.room).where(DeviceRow.id == device))
    known = setting.campus.devices.get(device)
    if known is not None:
        return known.room or RoomId(reported or "")
    return None if reported is None else RoomId(reported)


def _is_reported(session: Session, *, site: SiteId | None = None, room: RoomId | None = None) -> bool:
    """Tell whether a device that registered itself stands there."""
    query = select(DeviceRow.id).limit(1)
    query = query.where(DeviceRow.room == room) if room is not None else query.where(DeviceRow.site == site)
    return session.scalar(query) is not None
