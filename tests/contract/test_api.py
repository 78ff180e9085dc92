"""The API over the real records database, desk, hot store and web server."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pytest
import uvicorn

from collector.api.app import create_app, stop_streams
from collector.api.sources import Installation, Vital, Vitals
from collector.core.agreement import Agreement, Term
from collector.core.campus import Campus, Room, Site
from collector.core.model import (
    Cleared,
    Decision,
    Device,
    DeviceId,
    Health,
    HealthChanged,
    Incident,
    IncidentId,
    IncidentState,
    Level,
    Opened,
    Readings,
    RoomId,
    Series,
    SeriesId,
    SiteId,
    State,
)
from collector.core.ticket import Step
from collector.desk.board import Board
from collector.desk.desk import Desk
from collector.now import now
from collector.server import Server, listen
from collector.settings import Address
from collector.store.records.accounts import Accounts, Role
from collector.store.records.database import Records
from collector.store.records.first_run import ensure_first_run
from collector.store.records.queries import RecordQueries
from collector.store.series.hot import HotStore
from collector.store.series.read import SeriesReader
from tests.waiting import until

NORTH, ROOM, PC = SiteId("north"), RoomId("north/a101"), DeviceId("north:a101-pc")
CPU = Series(id=SeriesId(1), device=PC, metric="system.cpu.utilization", unit="1")
DEVICE = Device(id=PC, room=ROOM, role="recorder-pc", in_campus=True)
CAMPUS = Campus(
    sites={NORTH: Site(id=NORTH, name="North", time_zone=ZoneInfo("Asia/Shanghai"))},
    rooms={ROOM: Room(id=ROOM, site=NORTH, name="A101")},
    devices={PC: DEVICE},
)
FAST = (
    Term(step=Step.RESPOND, within=timedelta(minutes=30)),
    Term(step=Step.ARRIVE, within=timedelta(hours=2)),
    Term(step=Step.SOLVE, within=timedelta(hours=8)),
)
AGREEMENTS = {"default": Agreement(id="default", tracks=dict.fromkeys(Level, FAST))}
WORDS = {"en": {"title": "Recorder is silent"}, "zh-CN": {"title": "录播主机没有消息"}}
BEGIN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class OneSeries:
    """The last values of one series."""

    def last_value(self, series: SeriesId) -> tuple[float, int] | None:
        return (0.5, 1_795_000_000_000_000) if series == CPU.id else None

    def series_of(self, device: DeviceId) -> list[Series]:
        return [CPU] if device == PC else []


class Well:
    def vitals(self) -> Vitals:
        return Vitals(broker=Vital(ok=True), series=Vital(ok=True), records=Vital(ok=True), heard_at=now())


@dataclass
class Running:
    """A collector's API as it runs, and what its engine would do."""

    url: str
    token: str
    desk: Desk
    board: Board
    store: HotStore
    accounts: Accounts

    def decide(self, *decisions: Decision) -> None:
        self.board.publish(self.desk.carry_out(decisions, commit=None, now=now()))

    def client(self, **more: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return httpx.Client(base_url=self.url, headers=headers, timeout=20, **more)

    def get(self, path: str, **params: Any) -> Any:
        with self.client() as client:
            response = client.get(f"/api/v1{path}", params=params)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """The API on a free port of this machine."""
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    store = HotStore.open(tmp_path)
    first = ensure_first_run(records, tmp_path, now())
    desk = Desk(records=records, campus=CAMPUS, agreements=AGREEMENTS, words=lambda _: WORDS)
    board = Board(campus=CAMPUS, values=OneSeries(), now=now())
    accounts = Accounts(records)
    app = create_app(
        board=board,
        desk=desk,
        tickets=RecordQueries(records),
        accounts=accounts,
        reader=SeriesReader(store),
        values=OneSeries(),
        health=Well(),
        words=lambda _: WORDS,
        installation=Installation(this_machine=PC, token_file=first.token_file),
    )
    listener = listen(Address(host="127.0.0.1", port=0))
    server = Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="api under test")
    thread.start()
    until(lambda: server.started, what="the server's start")
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        token = first.token_file.read_text().strip()
        yield Running(url=url, token=token, desk=desk, board=board, store=store, accounts=accounts)
    finally:
        loops[0].call_soon_threadsafe(stop_streams, app)
        server.should_exit = True
        thread.join(timeout=20)
        store.close()
        records.close()
    assert not thread.is_alive(), "the server did not stop while a client was looking"


def health(state: State = State.OK, level: Level | None = None) -> HealthChanged:
    at = now()
    return HealthChanged(health=Health(device=DEVICE, state=state, level=level, since=at, last_seen=at))


def silence() -> Incident:
    at = now()
    return Incident(
        id=IncidentId("5f2c"),
        device=PC,
        room=ROOM,
        metric="",
        instance="",
        family="agent-silent",
        rule="agent-silent",
        level=Level.OUTAGE,
        onset_at=at - timedelta(seconds=30),
        detected_at=at,
    )


def cleared(incident: Incident) -> Cleared:
    over = {name: getattr(incident, name) for name in incident.__slots__}
    return Cleared(incident=Incident(**over | {"state": IncidentState.CLEARED, "cleared_at": now()}))


def test_from_a_decision_to_a_ticket_that_is_worked_on_and_closed(running: Running) -> None:
    incident = silence()
    running.decide(health(State.FAILED, Level.OUTAGE), Opened(incident=incident))
    (ticket,) = running.get("/tickets", state="live")["items"]
    assert (ticket["level"], ticket["state"], ticket["device"], ticket["room_name"]) == (1, "open", PC, "A101")
    assert (ticket["title"], ticket["words"]["zh-CN"]["title"]) == ("Recorder is silent", "录播主机没有消息")
    assert running.get("/incidents")["items"][0]["ticket"] == ticket["id"]
    with running.client() as client:
        path = f"/api/v1/tickets/{ticket['id']}"
        assert client.post(f"{path}/acknowledge", json={}).json()["clocks"][0]["state"] == "met"
        running.decide(health(), cleared(incident))
        assert client.get(path).json()["state"] == "restored"
        assert client.post(f"{path}/acknowledge", json={}).status_code == 409
        resolved = client.post(f"{path}/resolve", json={"cause": "power", "remedy": "plugged in"})
        assert resolved.json()["cause"] == "power"
        assert client.post(f"{path}/close", json={}).json()["state"] == "closed"
    assert running.get("/tickets", state="live")["items"] == []
    assert running.get("/incidents", state="all")["items"][0]["cleared_at"] is not None
    log = running.get(f"/tickets/{ticket['id']}/log")["items"]
    assert [entry["action"] for entry in log] == ["opened", "acknowledge", "cleared", "resolve", "close"]


def test_a_report_by_a_person_gets_its_ticket_once(running: Running) -> None:
    asked = {"site": "north", "room": "a101", "title": "No sound", "level": 2}
    with running.client(headers={"Idempotency-Key": "7"}) as client:
        first, second = (client.post("/api/v1/tickets", json=asked) for _ in range(2))
        assert first.status_code == second.status_code == 201, first.text
        assert first.json()["id"] == second.json()["id"]
        assert first.json()["room"] == ROOM
        assert client.post("/api/v1/tickets", json=asked | {"level": 3}).status_code == 400
        elsewhere = {"site": "atlantis", "title": "?"}
        nowhere = client.post("/api/v1/tickets", json=elsewhere, headers={"Idempotency-Key": "8"})
        assert (nowhere.status_code, nowhere.json()["errors"][0]["where"]) == (400, "site")


def test_pages_of_tickets_and_incidents_hold_each_once(running: Running) -> None:
    with running.client() as client:
        for number in range(7):
            client.post("/api/v1/tickets", json={"site": "north", "title": f"question {number}"})
    found: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = running.get("/tickets", limit=3, level=4, **cursor)
        found += [ticket["id"] for ticket in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(found) == len(set(found)) == 7
    assert found == sorted(found, reverse=True)


def test_readings_that_were_stored_are_shown(running: Running) -> None:
    stamps = np.array([(BEGIN + timedelta(seconds=10 * i)).timestamp() * 1e6 for i in range(30)], np.int64)
    readings = Readings(np.full(30, CPU.id, np.int32), stamps, np.arange(30) / 30, np.zeros(30, np.bool_))
    running.store.commit(readings=readings, series=[CPU], watermarks=[], events=[], at=now())
    span = {"from": "2026-11-22T08:00:00Z", "to": "2026-11-22T08:10:00Z"}
    asked = {"device": PC, "metric": CPU.metric} | span
    buckets = running.get("/series", points=10, **asked)
    assert buckets["n"] == [6, 6, 6, 6, 6, 0, 0, 0, 0, 0]
    assert buckets["mean"][5] is None
    raw = running.get("/series", points="raw", **asked)
    assert (len(raw["value"]), raw["at"][0], raw["at"][1]) == (
        30,
        "2026-11-22T08:00:00.000Z",
        "2026-11-22T08:00:10.000Z",
    )


def test_a_change_is_on_every_screen_within_a_second(running: Running) -> None:
    with running.client() as client, client.stream("GET", "/api/v1/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next_event(lines)[0] == "snapshot"
        began = now()
        running.decide(health(State.FAILED, Level.OUTAGE), Opened(incident=silence()))
        seen: dict[str, Any] = {}
        while {"device", "room", "site", "incident", "ticket"} - seen.keys():
            event, data = next_event(lines)
            seen.setdefault(event, data["items"][0])
        assert (now() - began).total_seconds() < 1.0
        assert (seen["device"]["state"], seen["room"]["level"], seen["site"]["level"]) == ("failed", 1, 1)
        assert seen["ticket"]["incidents"] == [seen["incident"]["id"]]
        while event != "pulse":
            event, data = next_event(lines)
        assert data["items"][0]["data_age_s"] < 5


def next_event(lines: Iterator[str]) -> tuple[str, Any]:
    event = ""
    for line in lines:
        if line.startswith("event: "):
            event = line[7:]
        if line.startswith("data: "):
            return event, json.loads(line[6:])
    raise AssertionError("the stream ended")


def test_the_server_stops_while_somebody_looks(running: Running) -> None:
    """The fixture stops the server and fails when it does not."""
    looking = threading.Event()

    def look() -> None:
        with running.client() as client, client.stream("GET", "/api/v1/events") as stream:
            for _ in stream.iter_lines():
                looking.set()

    threading.Thread(target=look, daemon=True).start()
    assert looking.wait(10)


def test_the_first_password_signs_in_and_the_token_of_the_file_works(running: Running) -> None:
    status = running.get("/status")
    assert status["this_machine"] == PC
    assert Path(status["token_file"]).stat().st_mode & 0o777 == 0o600
    assert running.get("/me")["role"] == "admin"


def test_a_customer_of_a_real_database_sees_nothing_of_others(running: Running) -> None:
    running.decide(health(State.FAILED, Level.OUTAGE), Opened(incident=silence()))
    _, token = running.accounts.add_token(name="school", role=Role.CUSTOMER, sites=["south"], now=now())
    with running.client(headers={"Authorization": f"Bearer {token}"}) as client:
        for path in ("sites", "rooms", "devices", "tickets", "incidents"):
            assert client.get(f"/api/v1/{path}").json()["items"] == []
        assert client.get("/api/v1/tickets/1").status_code == 404
