"""Tickets through the API: listing, acting, reporting."""

from datetime import timedelta

import pytest

from collector.core.model import IncidentId, Level, TicketId
from collector.store.records.accounts import Role
from tests.unit.api.conftest import House
from tests.unit.api.fakes import NOW, incident


def post(house: House, path: str, role: Role = Role.OPERATOR, **what):
    return house.call("POST", f"/api/v1{path}", role, **what)


def test_a_ticket_is_shown_with_names_words_clocks_and_what_may_be_done(house: House) -> None:
    house.tickets.open(words={"en": {"title": "Recorder is silent"}, "zh-CN": {"title": "录播主机没有消息"}})
    ticket = house.get("/tickets/1")
    assert (ticket["site_name"], ticket["room_name"], ticket["device_name"]) == ("North campus", "A101", "A101 PC")
    assert (ticket["device_role"], ticket["words"]["zh-CN"]["title"]) == ("recorder-pc", "录播主机没有消息")
    assert [(clock["step"], clock["state"], clock["due_at"]) for clock in ticket["clocks"]] == [
        ("respond", "running", "2026-11-22T09:00:00Z"),
        ("arrive", "running", "2026-11-22T10:30:00Z"),
        ("solve", "running", "2026-11-22T16:30:00Z"),
    ]
    assert "acknowledge" in ticket["actions"]
    assert "close" not in ticket["actions"]


def test_a_clock_that_has_run_out_is_breached_without_anybody_doing_anything(house: House) -> None:
    house.tickets.open()
    house.clock.go(minutes=31)
    assert [clock["state"] for clock in house.get("/tickets/1")["clocks"]] == ["breached", "running", "running"]


FILTERS = [
    pytest.param({}, [4, 3, 2, 1], id="all of them, the newest first"),
    pytest.param({"state": "live"}, [4, 2, 1], id="all but closed"),
    pytest.param({"state": ["acknowledged", "closed"]}, [3, 2], id="by repeated state"),
    pytest.param({"level": ["3", "2"]}, [4], id="by level"),
    pytest.param({"site": "south"}, [4], id="by site"),
    pytest.param({"room": "a101"}, [3, 2, 1], id="by a room's own id"),
    pytest.param({"room": "south/b201"}, [4], id="by room"),
]


@pytest.mark.parametrize(("params", "expected"), FILTERS)
def test_tickets_can_be_narrowed(house: House, params: dict, expected: list[int]) -> None:
    for _ in range(3):
        house.tickets.open()
    house.tickets.open(site="south", room="south/b201", device="south:b201-pc", level=3)
    post(house, "/tickets/2/acknowledge", json={})
    post(house, "/tickets/3/restore", json={})
    post(house, "/tickets/3/close", json={})
    assert [ticket["id"] for ticket in house.get("/tickets", **params)["items"]] == expected


def test_pages_of_tickets_follow_one_another(house: House) -> None:
    for _ in range(5):
        house.tickets.open()
    first = house.get("/tickets", limit=2)
    second = house.get("/tickets", limit=2, cursor=first["next"])
    last = house.get("/tickets", limit=2, cursor=second["next"])
    assert [ticket["id"] for page in (first, second, last) for ticket in page["items"]] == [5, 4, 3, 2, 1]
    assert last["next"] is None


def test_an_action_answers_the_ticket_as_it_stands_then(house: House) -> None:
    house.tickets.open()
    house.clock.go(minutes=4)
    response = post(house, "/tickets/1/acknowledge", json={})
    assert response.status_code == 200
    ticket = response.json()
    assert (ticket["state"], ticket["assignee"]) == ("acknowledged", "operator of the tests")
    assert ticket["clocks"][0] == {
        "step": "respond", "due_at": "2026-11-22T09:00:00Z", "met_at": "2026-11-22T08:34:00Z", "state": "met",
    }  # fmt: skip
    log = house.get("/tickets/1/log")["items"]
    assert [(entry["number"], entry["actor"], entry["action"]) for entry in log] == [
        (1, "telemetry", "opened"),
        (2, "operator of the tests", "acknowledge"),
    ]


def test_a_body_may_be_left_out_where_nothing_is_asked(house: House) -> None:
    house.tickets.open()
    assert post(house, "/tickets/1/acknowledge").json()["state"] == "acknowledged"


def test_an_action_that_the_state_forbids_is_409(house: House) -> None:
    house.tickets.open()
    response = post(house, "/tickets/1/close", json={})
    assert response.status_code == 409
    assert response.json()["detail"] == "close is not possible: the ticket is open"


def test_every_mistake_of_an_action_is_told(house: House) -> None:
    house.tickets.open()
    response = post(house, "/tickets/1/relevel", json={"level": 9, "colour": "red"})
    assert response.status_code == 400
    assert {mistake["where"] for mistake in response.json()["errors"]} == {"level", "colour"}


@pytest.mark.parametrize("body", ["[]", "7", '"now"', "{", "null"], ids=["list", "number", "text", "broken", "null"])
def test_a_body_that_is_no_object_is_refused(house: House, body: str) -> None:
    house.tickets.open()
    response = post(house, "/tickets/1/comment", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert house.get("/tickets/1")["version"] == 1


@pytest.mark.parametrize("path", ["/tickets/1/explode", "/tickets/99/acknowledge", "/tickets/x/acknowledge"])
def test_what_is_not_there_is_not_found(house: House, path: str) -> None:
    house.tickets.open()
    assert post(house, path, json={}).status_code == 404


def test_the_same_key_again_does_nothing_twice(house: House) -> None:
    house.tickets.open()
    headers = {"Idempotency-Key": "3f"}
    first = post(house, "/tickets/1/comment", json={"text": "on my way"}, headers=headers)
    second = post(house, "/tickets/1/comment", json={"text": "on my way"}, headers=headers)
    assert first.status_code == second.status_code == 200
    assert first.json()["version"] == second.json()["version"] == 2


def test_a_person_reports_a_fault(house: House) -> None:
    asked = {"site": "north", "room": "north/a102", "title": "No picture", "level": 2, "symptom": "since this morning"}
    response = post(house, "/tickets", json=asked)
    assert response.status_code == 201
    ticket = response.json()
    assert (ticket["source"], ticket["title"], ticket["level"], ticket["room"]) == (
        "person", "No picture", 2, "north/a102",
    )  # fmt: skip
    assert house.board.live_tickets()[0].id == ticket["id"]


def test_a_report_with_mistakes_is_refused_with_all_of_them(house: House) -> None:
    response = post(house, "/tickets", json={"site": "", "level": 7, "shoe_size": 43})
    assert response.status_code == 400
    wheres = {mistake["where"] for mistake in response.json()["errors"]}
    assert wheres == {"body.site", "body.title", "body.level", "body.shoe_size"}


WHO = [
    pytest.param(Role.VIEWER, "comment", 403, id="a viewer only looks"),
    pytest.param(Role.OPERATOR, "acknowledge", 200, id="an operator acts"),
    pytest.param(Role.ENGINEER, "arrive", 200, id="an engineer acts"),
    pytest.param(Role.CUSTOMER, "acknowledge", 403, id="a customer does not do our work"),
    pytest.param(Role.CUSTOMER, "complain", 200, id="a customer complains"),
]


@pytest.mark.parametrize(("role", "action", "status"), WHO)
def test_roles_may_do_what_is_theirs(house: House, role: Role, action: str, status: int) -> None:
    house.tickets.open(site="south", room="south/b201", device="south:b201-pc")
    body = {"text": "still dark"} if action in ("comment", "complain") else {}
    assert post(house, f"/tickets/1/{action}", role, json=body).status_code == status


def test_a_customer_neither_sees_nor_touches_another_schools_ticket(house: House) -> None:
    house.tickets.open()
    assert house.get("/tickets", Role.CUSTOMER)["items"] == []
    assert house.call("GET", "/api/v1/tickets/1", Role.CUSTOMER).status_code == 404
    assert post(house, "/tickets/1/complain", Role.CUSTOMER, json={"text": "?"}).status_code == 404
    asked = {"site": "north", "title": "?", "level": 4}
    assert post(house, "/tickets", Role.CUSTOMER, json=asked).status_code == 404
    assert post(house, "/tickets", Role.CUSTOMER, json={"title": "?", "room": "north/a101"}).status_code == 400


def test_what_people_do_to_tickets_is_in_the_audit(house: House) -> None:
    house.tickets.open()
    post(house, "/tickets/1/acknowledge", json={})
    newest = house.get("/audit", limit=1)["items"][0]
    assert (newest["actor"], newest["action"], newest["subject"]) == (
        "operator of the tests", "ticket.acknowledge", "1",
    )  # fmt: skip


def test_incidents_carry_the_words_of_their_rule_and_their_ticket(house: House) -> None:
    house.tickets.records = [incident("i1", ticket=TicketId(7)), incident("i2", cleared=True)]
    (shown,) = house.get("/incidents")["items"]
    assert (shown["id"], shown["ticket"], shown["state"], shown["site"]) == ("i1", 7, "open", "north")
    assert (shown["onset_at"], shown["detected_at"]) == ("2026-11-22T08:29:30Z", "2026-11-22T08:30:00Z")
    assert len(house.get("/incidents", state="all")["items"]) == 2


def test_incidents_can_be_narrowed_to_a_room_and_a_span(house: House) -> None:
    early = incident("i1", cleared=True, onset=NOW - timedelta(hours=5))
    late = incident("i2", cause=IncidentId("i1"), level=Level.SEVERE)
    elsewhere = incident("i3", device="south:b201-pc", room="south/b201")
    house.tickets.records = [early, late, elsewhere]
    found = house.get("/incidents", state="all", room="north/a101", **{"from": "2026-11-22T08:00:00Z"})["items"]
    assert [(one["id"], one["cause"], one["level"]) for one in found] == [("i2", "i1", 2)]
    assert [one["id"] for one in house.get("/incidents", Role.CUSTOMER)["items"]] == ["i3"]


def test_pages_of_incidents_follow_one_another(house: House) -> None:
    house.tickets.records = [incident(f"i{number}", onset=NOW - timedelta(minutes=number)) for number in range(5)]
    first = house.get("/incidents", limit=3)
    second = house.get("/incidents", limit=3, cursor=first["next"])
    assert [one["id"] for page in (first, second) for one in page["items"]] == ["i0", "i1", "i2", "i3", "i4"]
