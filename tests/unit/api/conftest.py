"""An API over small fakes: a campus of two sites, one account of each role."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from collector.api.app import create_app
from collector.api.services import Services, assemble
from collector.api.ui import Dashboard
from collector.core.campus import Campus, Lesson, Room, Site
from collector.core.model import Device, DeviceId, Level, RoomId, SiteId, State
from collector.core.model import Health as DeviceHealth
from collector.core.rule import Bound, Case, Kind, Names, Operator, Override, Place, Rule, RulePack, Rung, Test
from collector.desk.board import Board
from collector.desk.changes import Changes
from collector.desk.maintenance import MaintenanceDesk
from collector.store.records.accounts import Accounts, Language, Role
from collector.store.records.secret import Passwords
from tests.unit.api.fakes import NOW, Clock, Health, MemoryRecords, Past, Tickets, Values, Windows
from tests.unit.desk.foresight_scene import Stores

PASSWORD = "correct-horse-battery"
ORIGIN = "http://roomtone.test"


def campus() -> Campus:
    """Return two sites: north with two rooms and a timetable, south with one."""
    north, south = SiteId("north"), SiteId("south")
    lesson = Lesson(start=NOW - timedelta(minutes=20), end=NOW + timedelta(minutes=25), title="Algebra", recorded=True)
    later = Lesson(start=NOW + timedelta(hours=2), end=NOW + timedelta(hours=3), title="Physics", recorded=False)
    rooms = [
        Room(id=RoomId("north/a101"), site=north, name="A101", has_timetable=True, lessons=(lesson, later)),
        Room(id=RoomId("north/a102"), site=north, name="A102"),
        Room(id=RoomId("south/b201"), site=south, name="B201"),
    ]
    devices = [
        Device(id=DeviceId("north:a101-pc"), room=rooms[0].id, role="recorder-pc", name="A101 PC", in_campus=True),
        Device(id=DeviceId("north:a101-pc:cam"), room=rooms[0].id, role="camera", in_campus=True),
        Device(id=DeviceId("south:b201-pc"), room=rooms[2].id, role="recorder-pc", in_campus=True),
    ]
    hours = {day: ((time(8), time(22)),) for day in range(7)}
    return Campus(
        sites={
            north: Site(id=north, name="North campus", time_zone=ZoneInfo("Asia/Shanghai"), opening_hours=hours),
            south: Site(id=south, name="South campus", time_zone=ZoneInfo("Asia/Shanghai")),
        },
        rooms={room.id: room for room in rooms},
        devices={device.id: device for device in devices},
    )


def busy() -> RulePack:
    """Return one rule: hosts whose processor is saturated."""
    test = Test(operator=Operator.AT_LEAST, bounds=(Bound(plus=0.95),))
    rung = Rung(
        key="busy",
        rule="busy",
        metrics=("system.cpu.utilization",),
        instances=Names(like=("",)),
        raises=test,
        raise_for=timedelta(minutes=5),
        cases=(Case(level=Level.DEGRADED),),
    )
    encodes = Override(
        place=Place(room="north/a102"),
        rungs=(replace(rung, raises=replace(test, bounds=(Bound(plus=0.99),))),),
        changes=("raise",),
        why="it encodes four streams",
        at="campus.yaml:5:5",
    )
    return RulePack(rules=(Rule(id="busy", family="busy", kind=Kind.AGENT, rungs=(rung,), overrides=(encodes,)),))


def health(
    id_: str,
    state: State = State.OK,
    level: Level | None = None,
    *,
    room: str = "",
    role: str = "recorder-pc",
    pending: bool = False,
) -> DeviceHealth:
    """Return a device's health; a device of the campus file is described as it is there."""
    device = campus().devices.get(DeviceId(id_)) or Device(id=DeviceId(id_), room=RoomId(room), role=role)
    return DeviceHealth(device=device, state=state, level=level, since=NOW, last_seen=NOW, pending=pending)


@dataclass
class House:
    """The application and all that is behind it."""

    app: FastAPI
    board: Board
    values: Values
    past: Past
    tickets: Tickets
    health: Health
    accounts: Accounts
    clock: Clock
    tokens: dict[Role, str]
    ui: Path

    @property
    def served(self) -> Services:
        served: Services = self.app.state.services
        return served

    def call(
        self, method: str, path: str, role: Role | None = Role.ADMIN, *, address: str = "127.0.0.1", **what: Any
    ) -> httpx.Response:
        """Call the API as a role; None: without showing anything."""

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(address, 50000), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                return await client.request(method, path, **what)

        if role is not None:
            what["headers"] = {"Authorization": f"Bearer {self.tokens[role]}"} | what.get("headers", {})
        return asyncio.run(call())

    def get(self, path: str, role: Role | None = Role.ADMIN, /, **params: Any) -> Any:
        """Return what a path under /api/v1 answers."""
        response = self.call("GET", f"/api/v1{path}", role, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    def publish(self, *devices: DeviceHealth) -> None:
        self.board.publish(Changes(devices=devices))


@pytest.fixture(scope="module")
def accounts_once() -> tuple[Accounts, dict[Role, str]]:
    """Accounts and a token of each role, made once a module; passwords are hashed cheaply."""
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    accounts = Accounts(MemoryRecords(), passwords=cheap)
    tokens = {
        role: accounts.add_token(
            name=f"{role} of the tests", role=role, sites=["south"] if role is Role.CUSTOMER else [], now=NOW
        )[1]
        for role in Role
    }
    accounts.add_user(name="admin", password=PASSWORD, role=Role.ADMIN, language=Language.ZH_CN, now=NOW)
    return accounts, tokens


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """The application; what is behind it is put there by `house`."""
    clock, values, tickets = Clock(), Values(), Tickets()
    board = Board(campus=campus(), values=values, now=NOW)
    return create_app(
        board=board,
        desk=tickets,
        tickets=tickets,
        accounts=Accounts(MemoryRecords()),
        reader=Past(),
        values=values,
        health=Health(),
        now=clock,
    )


@pytest.fixture
def house(app: FastAPI, accounts_once: tuple[Accounts, dict[Role, str]], tmp_path: Path) -> Iterator[House]:
    """The API of a small campus."""
    accounts, tokens = accounts_once
    clock, values, past, tickets, vitals = Clock(), Values(), Past(), Tickets(), Health()
    board = Board(campus=campus(), values=values, now=NOW)
    ui = tmp_path / "dist"
    app.state.services = assemble(
        board=board,
        desk=tickets,
        tickets=tickets,
        rules=busy,
        accounts=accounts,
        reader=past,
        values=values,
        health=vitals,
        dashboard=Dashboard(folder=ui, mend="script/bootstrap"),
        now=clock,
    )
    app.state.maintenance = MaintenanceDesk(
        kept=Windows(), tell=board.plan, knows_rule=lambda rule: rule == "agent-silent"
    )
    app.state.foresight = Stores().desk
    yield House(
        app=app,
        board=board,
        values=values,
        past=past,
        tickets=tickets,
        health=vitals,
        accounts=accounts,
        clock=clock,
        tokens=tokens,
        ui=ui,
    )
    app.state.services.pool.close()
    app.state.services.slow_pool.close()
