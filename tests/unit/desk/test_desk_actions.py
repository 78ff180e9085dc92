"""What people do at the desk: actions on tickets, reports of their own, and requests that are sent twice."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from collector.core.action import ActionForbidden, BadFields, UnknownAction
from collector.core.campus import Campus, Room, Site
from collector.core.model import Device, DeviceId, Level, RoomId, SiteId, TicketId
from collector.core.ticket import Source, Ticket, TicketState
from collector.desk.errors import KeyReused, UnknownTicket
from tests.unit.desk.desk_scene import (
    CAMERA,
    CAMPUS,
    PC,
    SOUTH,
    W201,
    DeskScene,
    fault,
    fresh_records,
    health,
    minute,
)

NORTH = SiteId("north")


@pytest.fixture
def scene() -> Iterator[DeskScene]:
    records = fresh_records()
    yield DeskScene(records)
    records.close()


def report(scene: DeskScene, fields: Mapping[str, object], *, key: str | None = None, at: float = 0) -> Ticket:
    (ticket,) = scene.desk.open_by_person(fields, actor="li", now=minute(at), key=key).tickets
    return ticket


# ---------------------------------------------------------------- actions


def test_a_ticket_goes_its_whole_way(scene: DeskScene) -> None:
    scene.open(fault())
    states = [scene.act(action, at).state for at, action in enumerate(["acknowledge", "arrive", "restore"], start=1)]
    resolved = scene.act("resolve", 4, {"cause": "cable", "remedy": "new cable"})
    states += [resolved.state, scene.act("close", 5).state]
    assert states == ["acknowledged", "on_site", "restored", "resolved", "closed"]
    assert (resolved.cause, resolved.remedy) == ("cable", "new cable")
    assert [(entry.number, entry.action, entry.actor) for entry in scene.log()] == [
        (1, "opened", "telemetry"),
        (2, "acknowledge", "li"),
        (3, "arrive", "li"),
        (4, "restore", "li"),
        (5, "resolve", "li"),
        (6, "close", "li"),
    ]
    scene.assert_tickets_are_their_logs()


def test_the_answer_says_which_clocks_have_run_out_by_now(scene: DeskScene) -> None:
    scene.open(fault())
    ticket = scene.act("comment", 31, {"text": "on it"})
    assert [clock.state.value for clock in ticket.clocks] == ["breached", "running", "running"]


def test_a_refused_action_leaves_no_trace(scene: DeskScene) -> None:
    scene.open(fault())
    before = scene.everything()
    with pytest.raises(ActionForbidden):
        scene.act("close", 1)
    with pytest.raises(BadFields):
        scene.act("comment", 1)
    with pytest.raises(UnknownAction):
        scene.act("explode", 1)
    assert scene.everything() == before


@pytest.mark.parametrize("number", [0, -1, 2, 1 << 62, 1 << 70])
def test_a_ticket_that_there_is_not_is_said_to_be_unknown(scene: DeskScene, number: int) -> None:
    scene.open(fault())
    with pytest.raises(UnknownTicket, match=str(number)):
        scene.act("acknowledge", 1, ticket=number)
    assert scene.queries.ticket(TicketId(number)) is None
    assert scene.queries.log(TicketId(number), after=0, limit=10) == []


# ---------------------------------------------------------------- the same request twice


def test_a_request_sent_twice_is_done_once(scene: DeskScene) -> None:
    scene.open(fault())
    first = scene.act("acknowledge", 1, key="k1")
    assert scene.act("acknowledge", 2, key="k1") == first
    assert scene.actions() == ["opened", "acknowledge"]


def test_a_request_sent_twice_is_done_once_after_a_restart_too(scene: DeskScene) -> None:
    scene.open(fault())
    scene.act("comment", 1, {"text": "x"}, key="k1")
    scene.again()
    scene.act("comment", 2, {"text": "x"}, key="k1")
    assert scene.actions() == ["opened", "comment"]


def test_without_a_key_the_same_request_is_another_one(scene: DeskScene) -> None:
    scene.open(fault())
    scene.act("comment", 1, {"text": "x"})
    scene.act("comment", 2, {"text": "x"})
    assert scene.actions() == ["opened", "comment", "comment"]


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        pytest.param("comment", {"text": "y"}, id="other fields"),
        pytest.param("acknowledge", {}, id="another action"),
    ],
)
def test_a_key_used_for_another_request_is_refused(scene: DeskScene, action: str, fields: Mapping[str, object]) -> None:
    scene.open(fault())
    scene.act("comment", 1, {"text": "x"}, key="k1")
    with pytest.raises(KeyReused):
        scene.act(action, 2, fields, key="k1")
    assert scene.actions() == ["opened", "comment"]


def test_a_refused_request_may_be_sent_again_with_its_key(scene: DeskScene) -> None:
    scene.open(fault())
    with pytest.raises(BadFields):
        scene.act("comment", 1, key="k1")
    assert scene.act("comment", 1, {"text": "x"}, key="k1").version == 2


def test_keys_are_forgotten_in_time(scene: DeskScene) -> None:
    scene.open(fault())
    scene.act("comment", 0, {"text": "x"}, key="k1")
    scene.act("comment", 3 * 24 * 60, {"text": "y"}, key="k2")
    scene.act("comment", 3 * 24 * 60, {"text": "x"}, key="k1")
    assert scene.actions() == ["opened", "comment", "comment", "comment"]


# ---------------------------------------------------------------- reports of people


def test_a_question_becomes_a_ticket_of_level_four(scene: DeskScene) -> None:
    ticket = report(scene, {"site": "south", "title": "How do I export a lesson?", "symptom": "Mr Sun, by phone"})
    assert (ticket.level, ticket.source, ticket.state) == (Level.QUESTION, Source.PERSON, TicketState.OPEN)
    assert (ticket.site, ticket.room, ticket.device, ticket.incidents) == (SOUTH, "", None, ())
    assert [(clock.step.value, clock.due_at) for clock in ticket.clocks] == [("respond", minute(24 * 60))]
    assert (ticket.title, ticket.symptom) == ("How do I export a lesson?", "Mr Sun, by phone")
    assert scene.tickets == [ticket]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        pytest.param({"room": "south/w201"}, (SOUTH, W201, None), id="a room"),
        pytest.param({"room": "w201"}, (SOUTH, W201, None), id="a room by its short name"),
        pytest.param({"device": CAMERA}, (SOUTH, W201, CAMERA), id="a device"),
        pytest.param({"site": "south", "room": "w201", "device": PC}, (SOUTH, W201, PC), id="all of them"),
        pytest.param(
            {"device": "north:lab", "site": "north"}, (NORTH, "north/lab", "north:lab"), id="a reported device"
        ),
        pytest.param({"room": "north/lab"}, (NORTH, "north/lab", None), id="a reported room"),
        pytest.param({"site": "north", "room": "lab"}, (NORTH, "north/lab", None), id="a reported room, in short"),
        pytest.param({"site": "north"}, (NORTH, "", None), id="a reported site"),
    ],
)
def test_a_place_may_be_named_as_exactly_as_it_is_known(
    scene: DeskScene, fields: Mapping[str, object], place: tuple[str, str, str | None]
) -> None:
    lab = Device(id=DeviceId("north:lab"), room=RoomId("north/lab"))
    scene.see(replace(health(lab.id), device=lab))
    ticket = report(scene, {"title": "No sound", "level": 2, **fields})
    assert (ticket.site, ticket.room, ticket.device) == place


@pytest.mark.parametrize(
    ("fields", "mistakes"),
    [
        pytest.param({}, ["title: is needed", "site: is needed"], id="nothing"),
        pytest.param({"title": "x", "site": "moon"}, ["site: there is no site 'moon'"], id="no such site"),
        pytest.param({"title": "x", "room": "w999"}, ["room: there is no room 'w999'"], id="no such room"),
        pytest.param(
            {"title": "x", "device": "south:x"}, ["device: there is no device 'south:x'"], id="no such device"
        ),
        pytest.param({"title": "x", "site": "east", "device": PC}, ["is not of site 'east'"], id="device elsewhere"),
        pytest.param(
            {"title": "x", "site": "east", "room": "south/w201"}, ["is not at site 'east'"], id="room elsewhere"
        ),
        pytest.param({"title": "x", "room": "hall"}, ["'hall' is at several sites"], id="a room of several sites"),
        pytest.param(
            {"title": "x", "room": "south/hall", "device": PC}, ["is in 'south/w201'"], id="device of another"
        ),
        pytest.param({"title": "x", "site": "south", "level": 9}, ["level: is 9"], id="no such level"),
        pytest.param(
            {"title": "", "site": "moon", "level": "high", "van": 1},
            ["van:", "title: is needed", "level: is 'high'", "site: there is no site 'moon'"],
            id="all of them at once",
        ),
    ],
)
def test_what_is_wrong_with_a_report_is_told(fields: Mapping[str, object], mistakes: list[str]) -> None:
    records = fresh_records()
    east, hall = SiteId("east"), "hall"
    rooms = {
        RoomId(f"{site}/{hall}"): Room(id=RoomId(f"{site}/{hall}"), site=SiteId(site), name="Hall")
        for site in ("south", "east")
    }
    campus = Campus(
        sites={**CAMPUS.sites, east: Site(id=east, name="East", time_zone=CAMPUS.sites[SOUTH].time_zone)},
        rooms={**CAMPUS.rooms, **rooms},
        devices=CAMPUS.devices,
    )
    scene = DeskScene(records, campus=campus)
    with pytest.raises(BadFields) as caught:
        report(scene, fields)
    assert len(caught.value.mistakes) == len(mistakes)
    for told, mistake in zip(caught.value.mistakes, mistakes, strict=True):
        assert mistake in told
    assert scene.tickets == []
    records.close()


def test_a_report_sent_twice_opens_one_ticket(scene: DeskScene) -> None:
    asked = {"title": "No sound", "site": "south"}
    first = report(scene, asked, key="k1")
    assert report(scene, asked, key="k1", at=1) == first
    with pytest.raises(KeyReused):
        report(scene, {**asked, "title": "Other"}, key="k1")
    assert len(scene.tickets) == 1


def test_a_person_may_report_an_outage_at_night(scene: DeskScene) -> None:
    ticket = report(scene, {"title": "Nothing works", "room": "w201", "level": 1, "assignee": "Wang"}, at=16 * 60)
    assert (ticket.level, ticket.assignee) == (Level.OUTAGE, "Wang")
    assert [clock.due_at for clock in ticket.clocks] == [minute(16 * 60 + late) for late in (30, 120, 480)]
