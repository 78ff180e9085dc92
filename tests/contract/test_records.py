"""The records database, one suite on every kind of it: what is saved comes back, and nothing is done twice or lost."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from collector.core.maintenance import Plan, Scope, Window
from collector.core.model import (
    Attribution,
    Device,
    DeviceId,
    Health,
    HealthChanged,
    Incident,
    IncidentId,
    IncidentState,
    Level,
    Opened,
    Phase,
    PhaseChanged,
    RoomId,
    State,
    TicketId,
    Unit,
)
from collector.core.ticket import TicketState
from collector.store.records import accounts_tables, fleet_tables, noise_tables  # noqa: F401 - declare the tables
from collector.store.records.base import Base
from collector.store.records.cases import CaseMoved, load_cases, save_cases
from collector.store.records.database import Records
from collector.store.records.maintenance import MaintenanceRecords
from collector.store.records.queries import LIVE
from tests.postgres import Postgres, find_postgres
from tests.unit.desk.desk_scene import (
    CAMERA,
    PC,
    SOUTH,
    START,
    W201,
    DeskScene,
    Everything,
    at_level,
    fault,
    health,
    minute,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres(find_postgres())
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.sqlite'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def records(url: str) -> Iterator[Records]:
    opened = Records.open(url)
    yield opened
    opened.close()


@pytest.fixture
def scene(records: Records) -> DeskScene:
    return DeskScene(records)


# ---------------------------------------------------------------- shape


def test_the_migrations_make_what_the_tables_declare(records: Records) -> None:
    with records.session(read_only=True) as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_opens_again_with_what_is_in_it(url: str) -> None:
    first = Records.open(url)
    before = DeskScene(first).open(fault()).tickets
    first.close()
    again = Records.open(url)
    assert (again.dialect, DeskScene(again).tickets) == (url.partition(":")[0], list(before))
    again.close()


# ---------------------------------------------------------------- what is saved comes back


def test_every_field_of_an_incident_comes_back(scene: DeskScene) -> None:
    whole = Incident(
        id=IncidentId("i1"),
        device=PC,
        room=RoomId("south/w201"),
        metric="system.filesystem.utilization",
        instance="/数据",
        family="volume",
        rule="volume-full",
        level=Level.OUTAGE,
        onset_at=minute(-3) + timedelta(microseconds=123456),
        detected_at=minute(0),
        cleared_at=minute(5),
        cause=IncidentId("gone"),
        value=0.9912345678,
        state=IncidentState.CLEARED,
        attribution=Attribution.ENVIRONMENT,
        late=True,
    )
    _assert_nothing_is_default(whole)
    scene.open(whole)
    (record,) = scene.queries.incidents(Everything(), states=(), start=None, end=None, before=None, limit=9)
    assert record.incident == whole


def test_every_field_of_a_device_comes_back(scene: DeskScene) -> None:
    whole = Health(
        device=Device(
            id=CAMERA,
            room=RoomId("south/w201"),
            role="camera",
            name="教师机位 'a' \"b\"",
            unit=Unit(vendor="Haina", model="PTZ-30", serial="S1", firmware="1.2"),
            in_campus=True,
            interval=timedelta(seconds=2.5),
            agent_version="1",
            os="Debian",
        ),
        state=State.DEGRADED,
        level=Level.DEGRADED,
        since=minute(1),
        last_seen=minute(2) + timedelta(microseconds=7),
        pending=True,
        hidden=True,
    )
    _assert_nothing_is_default(whole)
    _assert_nothing_is_default(whole.device)
    scene.see(whole)
    bare = health(DeviceId("north:x"))
    scene.see(bare)
    assert scene.desk.restore().devices == [bare, whole]


def test_every_field_of_a_phase_comes_back(scene: DeskScene) -> None:
    whole = Phase(
        device=PC,
        rule="volume/2",
        instance="C:",
        standing="clearing",
        since=minute(1),
        onset_at=minute(0),
        elapsed=timedelta(seconds=1.5),
        detail='{"a": 1}',
    )
    _assert_nothing_is_default(whole)
    scene.carry_out(PhaseChanged(device=PC, rule="volume/2", instance="C:", phase=whole))
    assert scene.desk.restore().phases == [whole]


def test_what_a_hostile_device_says_of_itself_is_saved(scene: DeskScene) -> None:
    hostile = replace(
        health(), device=Device(id=PC, name="a\0b" + "x" * 10_000, unit=Unit(serial="\0'; DROP TABLE devices"))
    )
    scene.see(hostile)
    (saved,) = scene.desk.restore().devices
    assert (len(saved.device.name), saved.device.unit.serial) == (10_002, "'; DROP TABLE devices")


def _assert_nothing_is_default(value: Incident | Health | Device | Phase) -> None:
    """A field that is added later must be given here, or this test would not see it lost."""
    for field in fields(value):
        assert getattr(value, field.name) != field.default, field.name


# ---------------------------------------------------------------- the desk on it


def test_a_ticket_lives_its_life(scene: DeskScene) -> None:
    incident = fault(level=3)
    scene.carry_out(HealthChanged(health=health(PC, State.FAILED, 1)), Opened(incident=incident))
    scene.relevel(at_level(incident, 1), at=1)
    scene.act("acknowledge", 2, key="k")
    scene.act("acknowledge", 3, key="k")
    scene.clear(at_level(incident, 1), at=4)
    scene.open(fault("i2", at=8), at=8)
    scene.act("restore", 9)
    scene.act("resolve", 10)
    scene.act("close", 11)
    assert scene.actions() == [
        *("opened", "releveled", "acknowledge", "cleared", "reopened", "restore", "resolve", "close"),
    ]
    (ticket,) = scene.tickets
    assert (ticket.state, ticket.level, ticket.incidents) == (TicketState.CLOSED, Level.OUTAGE, ("i1", "i2"))
    scene.assert_tickets_are_their_logs()


def test_a_commit_carried_out_again_changes_nothing(scene: DeskScene) -> None:
    scene.open(fault(), fault("child", device=CAMERA, cause="i1"))
    before = scene.everything()
    scene.again()
    scene.carry_out(Opened(incident=fault()), Opened(incident=fault("child", device=CAMERA, cause="i1")), commit=1)
    assert scene.everything() == before


@pytest.mark.parametrize("statement", ["UPDATE ticket_log SET actor = 'nobody'", "DELETE FROM ticket_log"])
def test_the_database_refuses_to_change_a_log(scene: DeskScene, statement: str) -> None:
    scene.open(fault())
    with pytest.raises(DBAPIError, match="append-only"), scene.records.transaction() as session:
        session.execute(text(statement))
    assert scene.actions() == ["opened"]


def test_a_ticket_that_somebody_else_moved_is_not_overwritten(scene: DeskScene) -> None:
    scene.open(fault())
    with scene.records.session(read_only=True) as session:
        mine = load_cases(session, [TicketId(1)])[TicketId(1)]
    scene.act("comment", 1, {"text": "first"})
    mine.tell("comment", {"text": "second"}, actor="wang", now=minute(2))
    with pytest.raises(CaseMoved), scene.records.transaction() as session:
        save_cases(session, [mine])
    assert [entry.fields.get("text") for entry in scene.log()] == [None, "first"]


def test_what_a_session_does_not_commit_is_undone(scene: DeskScene) -> None:
    with scene.records.session() as session:
        session.execute(text("INSERT INTO numbers (name, value) VALUES ('a', 1)"))
    with pytest.raises(DBAPIError), scene.records.transaction() as session:
        session.execute(text("INSERT INTO numbers (name, value) VALUES ('a', 1), ('a', 2)"))
    with scene.records.session(read_only=True) as session:
        assert session.scalar(text("SELECT count(*) FROM numbers")) == 0


def _at_once(works: list[Callable[[], object]]) -> list[BaseException]:
    """Run all of them on threads of their own, from one moment on; return what went wrong."""
    wrong: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        barrier.wait(10)
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return wrong


def test_people_and_telemetry_at_once_lose_nothing(scene: DeskScene) -> None:
    scene.open(fault())

    def comment(number: int) -> Callable[[], object]:
        return lambda: [scene.act("comment", 1, {"text": f"{number}/{turn}"}) for turn in range(5)]

    def telemetry() -> None:
        for number in range(5):
            scene.open(fault(f"m{number}", device=DeviceId(f"south:m{number}"), cause="i1"))

    assert _at_once([*(comment(number) for number in range(4)), telemetry]) == []
    assert [entry.number for entry in scene.log()] == list(range(1, 1 + 1 + 20 + 5))
    assert len({entry.fields["text"] for entry in scene.log() if entry.action == "comment"}) == 20
    scene.assert_tickets_are_their_logs()


def test_a_request_sent_twice_at_once_is_done_once(scene: DeskScene) -> None:
    scene.open(fault())
    send: Callable[[], object] = lambda: scene.act("comment", 1, {"text": "x"}, key="k")  # noqa: E731
    report: Callable[[], object] = lambda: scene.desk.open_by_person(  # noqa: E731
        {"title": "No sound", "site": "south"}, actor="li", now=START, key="r"
    )
    assert _at_once([send, send, send, report, report, report]) == []
    assert scene.actions() == ["opened", "comment"]
    assert len(scene.tickets) == 2


_KILLED = """
import os, signal, sys
from collector.desk import docket
docket.save_phases = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # all is written, nothing is committed
from collector.core.model import Opened
from collector.store.records.database import Records
from tests.unit.desk.desk_scene import DeskScene, fault
DeskScene(Records.open(sys.argv[1])).open(fault("i2", rule="volume-full"), fault("i3", rule="cpu"))
"""


def test_a_collector_killed_before_its_commit_leaves_nothing_and_starts_over(url: str) -> None:
    records = Records.open(url)
    scene = DeskScene(records)
    scene.carry_out(Opened(incident=fault()), commit=7)
    before = scene.everything()
    killed = subprocess.run([sys.executable, "-c", _KILLED, url], cwd=ROOT, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert scene.everything() == before
    scene.again()
    scene.carry_out(Opened(incident=fault("i2", rule="volume-full")), commit=8)
    assert [ticket.incidents for ticket in scene.tickets] == [("i1",), ("i2",)]
    records.close()


# ---------------------------------------------------------------- questions


class Only(Everything):
    def __init__(self, **chosen: object) -> None:
        self.__dict__.update(chosen)


@pytest.fixture
def many(scene: DeskScene) -> DeskScene:
    """Nine tickets: sites south and north, levels 1-3, every third cleared, the first closed."""
    for number in range(9):
        site = "south" if number % 2 else "north"
        device = DeviceId(f"{site}:pc{number}")
        incident = replace(
            fault(f"i{number}", device=device, level=number % 3 + 1, at=number), room=RoomId(f"{site}/r{number}")
        )
        scene.open(incident, at=number)
        if number % 3 == 0:
            scene.clear(incident, at=number + 0.5)
    scene.act("close", 20)
    return scene


@pytest.mark.parametrize(
    ("chosen", "states", "expected"),
    [
        pytest.param({}, (), [9, 8, 7, 6, 5, 4, 3, 2, 1], id="all"),
        pytest.param({}, LIVE, [9, 8, 7, 6, 5, 4, 3, 2], id="live"),
        pytest.param({}, (TicketState.RESTORED, TicketState.CLOSED), [7, 4, 1], id="two states"),
        pytest.param({"levels": (Level.OUTAGE, Level.SEVERE)}, (), [8, 7, 5, 4, 2, 1], id="two levels"),
        pytest.param({"sites": ("south",)}, (), [8, 6, 4, 2], id="a site"),
        pytest.param({"sites": ()}, (), [], id="no site at all"),
        pytest.param({"rooms": ("south/r1", "north/r2")}, (), [3, 2], id="two rooms"),
        pytest.param({"devices": ("south:pc1",), "levels": (Level.OUTAGE,)}, (), [], id="filters add up"),
    ],
)
def test_tickets_are_found(
    many: DeskScene, chosen: dict[str, object], states: frozenset[TicketState], expected: list[int]
) -> None:
    found = many.queries.tickets(Only(**chosen), states=states, before=None, limit=100)
    assert [ticket.id for ticket in found] == expected


def test_tickets_are_paged(many: DeskScene) -> None:
    pages: list[list[int]] = []
    before: TicketId | None = None
    while page := many.queries.tickets(Everything(), states=(), before=before, limit=4):
        pages.append([ticket.id for ticket in page])
        before = page[-1].id
    assert pages == [[9, 8, 7, 6], [5, 4, 3, 2], [1]]
    assert many.queries.tickets(Everything(), states=(), before=TicketId(1 << 70), limit=1)[0].id == 9


def test_a_log_is_paged(many: DeskScene) -> None:
    assert [entry.action for entry in many.queries.log(TicketId(1), after=0, limit=2)] == ["opened", "cleared"]
    assert [entry.action for entry in many.queries.log(TicketId(1), after=2, limit=2)] == ["close"]
    assert many.queries.log(TicketId(1), after=1 << 70, limit=2) == []


def test_incidents_are_found_and_paged(many: DeskScene) -> None:
    def ids(**asked: object) -> list[str]:
        whole = {"states": (), "start": None, "end": None, "before": None, "limit": 100, **asked}
        chosen = whole.pop("chosen", Everything())
        return [record.incident.id for record in many.queries.incidents(chosen, **whole)]  # type: ignore[arg-type]

    assert ids() == [f"i{number}" for number in range(8, -1, -1)]
    assert ids(states=(IncidentState.OPEN,)) == ["i8", "i7", "i5", "i4", "i2", "i1"]
    assert ids(chosen=Only(sites=("south",)), limit=2) == ["i7", "i5"]
    assert ids(before=(minute(6.5), "i7")) == ["i6", "i5", "i4", "i3", "i2", "i1", "i0"]
    assert ids(start=minute(3.5), end=minute(4.5)) == ["i4", "i2", "i1"]


def test_a_period_is_found(many: DeskScene) -> None:
    south = Only(sites=("south",))
    incidents = many.queries.incidents_between(south, minute(3.5), minute(6))
    assert [(record.incident.id, record.ticket) for record in incidents] == [("i1", 2), ("i5", 6)]
    assert [ticket.id for ticket in many.queries.tickets_between(Everything(), minute(21), minute(30))] == [
        *range(2, 10)
    ]
    assert [ticket.id for ticket in many.queries.tickets_between(Everything(), minute(0), minute(1))] == [1]


# ---------------------------------------------------------------- planned work


def window_of(scope: Scope) -> Window:
    return Window(
        id=0,
        scope=scope,
        start=minute(0),
        end=minute(60),
        zone=ZoneInfo("Asia/Shanghai"),
        reason="灯泡 lamp",
        made_at=minute(-5),
        made_by="li",
    )


def test_a_window_comes_back_as_it_was_planned_and_ended(records: Records) -> None:
    kept = MaintenanceRecords(records)
    asked = replace(window_of(Scope(site=SOUTH, room=W201, device=PC, rule="volume")), repeats="FREQ=DAILY")
    assert (kept.add(asked).id, kept.windows()) == (1, [replace(asked, id=1)])
    kept.cut(1, at=minute(30))
    kept.end(1, at=minute(90), by="wang")
    kept.end(1, at=minute(95), by="zhao")
    (window,) = kept.windows()
    assert (window.cut_at, window.ended_at, window.ended_by) == (minute(30), minute(90), "wang")


def test_what_flaps_and_what_is_held_back_comes_back(scene: DeskScene) -> None:
    for number in range(3):
        scene.open(fault(f"f{number}", at=number), at=number)
        scene.clear(fault(f"f{number}", at=number), at=number + 0.5)
    scene.desk.replace(plan=Plan([window_of(Scope(site=SOUTH, room=W201))]))
    scene.open(fault("held", rule="volume-full", at=4), at=4)
    scene.again()
    assert ([ticket.id for ticket in scene.tickets], scene.tickets[0].flapping) == ([1], True)
    scene.desk.let_time_pass(minute(200))
    assert [(ticket.state, ticket.incidents[-1]) for ticket in scene.tickets] == [
        (TicketState.RESTORED, "f2"),
        (TicketState.OPEN, "held"),
    ]
