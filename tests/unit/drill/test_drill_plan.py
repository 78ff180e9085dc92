"""When planned drills are due, and what is read of the proofs that are kept."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.drill.evidence import keep, kept, last_begun
from collector.drill.keeper import keep_drills
from collector.drill.plan import DrillPlan, Every
from collector.drill.run import Proof
from collector.inspection.errors import InspectionError

ZONE = ZoneInfo("Asia/Shanghai")
MONTHLY = DrillPlan(rooms=("s/r",), day=28)
WEEKLY = DrillPlan(rooms=("s/r",), every=Every.WEEK, day=1, at=time(8, 30))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("plan", "now", "due"),
    [
        (MONTHLY, "2026-03-28 08:59", "2026-02-28 09:00"),
        (MONTHLY, "2026-03-28 09:00", "2026-03-28 09:00"),
        (MONTHLY, "2027-01-01 00:00", "2026-12-28 09:00"),
        (WEEKLY, "2026-11-23 08:29", "2026-11-16 08:30"),
        (WEEKLY, "2026-11-29 23:00", "2026-11-23 08:30"),
    ],
    ids=["before its time", "at its time", "over the year", "a week before", "within the week"],
)
def test_a_drill_is_due_by_the_clock_of_the_site(plan: DrillPlan, now: str, due: str) -> None:
    assert plan.last_due(at(now).astimezone(UTC), ZONE) == at(due)


@pytest.mark.parametrize(
    ("last", "since", "due"),
    [
        ("2026-10-28 09:00", "2026-11-20 00:00", False),
        ("2026-10-27 12:00", "2026-11-20 00:00", True),
        (None, "2026-11-20 00:00", False),
        (None, "2026-10-28 08:00", True),
    ],
    ids=["it was done", "the collector was away", "never, and planned before we began", "never, and planned since"],
)
def test_what_was_missed_is_made_up_for_where_there_was_a_drill_before(last: str | None, since: str, due: bool) -> None:
    now = at("2026-11-21 10:00")
    assert MONTHLY.is_due(now, ZONE, last=at(last) if last else None, since=at(since)) is due


def proof(room: str, began: datetime) -> Proof:
    return Proof(room=room, device="s:drill-r", component="c", started_at=began)


def test_proofs_are_kept_for_their_owner_and_read_latest_first(tmp_path: Path) -> None:
    for day in (1, 3, 2):
        keep(tmp_path, proof("s/r", datetime(2026, 11, day, tzinfo=UTC)).as_json())
    file = keep(tmp_path, proof("s/q", datetime(2026, 11, 4, tzinfo=UTC)).as_json())
    assert file.stat().st_mode & 0o777 == 0o600
    (tmp_path / "x.json").write_text("{}")
    (tmp_path / "y.json").write_text(json.dumps({"drill": True, "room": 1, "started_at": "2026-11-01T00:00:00Z"}))
    assert [name for name, _ in kept(tmp_path)] == [
        "20261104T000000Z-s-q", "20261103T000000Z-s-r", "20261102T000000Z-s-r", "20261101T000000Z-s-r",
    ]  # fmt: skip
    assert last_begun(tmp_path, "s/r") == datetime(2026, 11, 3, tzinfo=UTC)
    assert last_begun(tmp_path, "s/p") is None


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


def test_a_drill_that_is_due_is_carried_out_once_and_one_that_cannot_stops_nothing(tmp_path: Path) -> None:
    today = datetime.now(UTC)
    plan = DrillPlan(rooms=("s/gone", "s/r"), every=Every.WEEK, day=today.isoweekday(), at=time(0))
    for room in plan.rooms:
        keep(tmp_path, proof(room, today - timedelta(days=8)).as_json())
    asked: list[str] = []

    def carry_out(site: str, room: str) -> Proof:
        asked.append(room)
        if room == "gone":
            raise InspectionError("nobody is there")
        return proof(f"{site}/{room}", datetime.now(UTC))

    async def run() -> None:
        keeping = asyncio.create_task(
            keep_drills(plan, tmp_path, lambda _site: ZoneInfo("UTC"), carry_out, look_s=0.01)
        )
        await asyncio.wait_for(until(lambda: asked.count("gone") > 2), 10)
        keeping.cancel()

    asyncio.run(run())
    assert asked.count("r") == 1
    assert len([one for one in kept(tmp_path) if one[1]["room"] == "s/r"]) == 2
