"""Live events: what the board has that is new reaches everybody who looks, encoded once."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from collector.api.live import Live
from collector.core.campus import Campus
from collector.core.model import IncidentState, Level, State
from collector.desk.changes import Changes
from collector.desk.stream import Scope, Subscription
from tests.unit.api.conftest import House, health
from tests.unit.api.fakes import NOW, incident, notice

Event = tuple[str, str, Any]


def events(text: bytes) -> list[Event]:
    """Return (id, event, data) of each event."""
    found = []
    for block in text.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith((":", "retry")))
        if "event" in fields:
            found.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
    return found


class Looker:
    """A client that keeps what it got."""

    def __init__(self, live: Live, scope: Scope = None, last_id: str | None = None) -> None:
        self.client, begin = live.join(scope, last_id)
        self.got = events(begin)
        self._reading = aiter(self.client)

    async def read(self) -> list[Event]:
        chunk = await asyncio.wait_for(anext(self._reading), 5)
        new = events(chunk)
        self.got += new
        return new

    @property
    def last_id(self) -> str:
        return [id_ for id_, _, _ in self.got if id_][-1]


def run(house: House, work: Callable[[Live], Awaitable[None]]) -> None:
    asyncio.run(work(house.served.live))  # type: ignore[arg-type]  # an async function


def test_a_stream_begins_with_a_snapshot_and_a_pulse(house: House) -> None:
    house.publish(health("north:a101-pc", State.FAILED, Level.OUTAGE))
    house.board.apply(Changes(tickets=(house.tickets.open(),), incidents=(incident("i1"),), notices=(notice(1),)))

    async def look(live: Live) -> None:
        (_, first, snapshot), (id_, second, pulse) = Looker(live).got
        assert (first, second, id_) == ("snapshot", "pulse", "")
        assert [device["id"] for device in snapshot["items"]] == ["north:a101-pc", "north:a101-pc:cam", "south:b201-pc"]
        parts = ("sites", "rooms", "incidents", "tickets", "notices")
        assert [len(snapshot[part]) for part in parts] == [2, 3, 1, 1, 1]
        assert pulse["items"][0]["data_age_s"] == 0.0

    run(house, look)


def test_a_change_reaches_everybody_and_is_encoded_once(house: House) -> None:
    async def look(live: Live) -> None:
        lookers = [Looker(live) for _ in range(50)]
        before = live.encoded
        house.publish(health("north:a101-pc", State.FAILED, Level.OUTAGE))
        live.flush(NOW)
        for looker in lookers:
            new = await looker.read()
            assert [event for _, event, _ in new] == ["site", "room", "device"]
            assert new[-1][2]["items"][0]["state"] == "failed"
        assert live.encoded - before == 3

    run(house, look)


def test_changes_within_a_tenth_of_a_second_are_one_batch(house: House) -> None:
    async def look(live: Live) -> None:
        looker = Looker(live)
        house.publish(health("north:a101-pc", State.FAILED, Level.OUTAGE))
        house.publish(health("north:a101-pc:cam", State.UNKNOWN), health("south:b201-pc"))
        house.publish(health("north:a101-pc"))
        live.flush(NOW)
        (devices,) = [data["items"] for _, event, data in await looker.read() if event == "device"]
        assert [(device["id"], device["state"]) for device in devices] == [
            ("north:a101-pc", "ok"), ("north:a101-pc:cam", "unknown"), ("south:b201-pc", "ok"),
        ]  # fmt: skip

    run(house, look)


def test_tickets_and_incidents_are_sent_as_the_api_shows_them(house: House) -> None:
    async def look(live: Live) -> None:
        looker = Looker(live)
        house.board.apply(Changes(tickets=(house.tickets.open(),), incidents=(incident("i1", cleared=True),)))
        live.flush(NOW)
        (_, _, incidents), (_, _, tickets) = await looker.read()
        assert incidents["items"][0]["state"] == "cleared"
        assert tickets["items"] == await asyncio.to_thread(lambda: house.get("/tickets")["items"])

    run(house, look)


def test_who_lost_the_connection_goes_on_where_they_were(house: House) -> None:
    async def look(live: Live) -> None:
        looker = Looker(live)
        house.publish(health("north:a101-pc", State.DEGRADED, Level.DEGRADED))
        live.flush(NOW)
        await looker.read()
        live.stream.unsubscribe(looker.client)
        house.publish(health("north:a101-pc", State.FAILED, Level.OUTAGE))
        live.flush(NOW)
        again = Looker(live, last_id=looker.last_id)
        assert [event for _, event, _ in again.got] == ["site", "room", "device", "pulse"]
        assert again.got[2][2]["items"][0]["state"] == "failed"

    run(house, look)


def test_who_was_away_too_long_gets_a_snapshot(house: House) -> None:
    async def look(live: Live) -> None:
        for last_id in ("gone-5", "", "nonsense", "x-" + "9" * 50, f"{live.stream.position}9"):
            assert Looker(live, last_id=last_id).got[0][1] == "snapshot"

    run(house, look)


def test_all_who_come_within_a_few_seconds_share_a_snapshot_and_get_what_came_after_it(house: House) -> None:
    async def look(live: Live) -> None:
        Looker(live)
        encoded = live.encoded
        house.publish(health("north:a101-pc", State.FAILED, Level.OUTAGE))
        house.clock.go(seconds=2)
        late = [Looker(live) for _ in range(20)]
        assert [event for _, event, _ in late[-1].got] == ["snapshot", "site", "room", "device", "pulse"]
        assert live.encoded - encoded == 3 + 20  # the change, and each one's own pulse
        house.clock.go(seconds=5)
        (_, event, snapshot), _ = Looker(live).got
        assert (event, snapshot["items"][0]["state"]) == ("snapshot", "failed")

    run(house, look)


def test_a_customer_gets_their_own_sites_alone(house: House) -> None:
    async def look(live: Live) -> None:
        looker = Looker(live, frozenset({"south"}))
        assert [device["id"] for device in looker.got[0][2]["items"]] == ["south:b201-pc"]
        house.publish(health("north:a101-pc", State.FAILED, Level.OUTAGE), health("south:b201-pc"))
        live.flush(NOW)
        new = await looker.read()
        assert [(event, [item["id"] for item in data["items"]]) for _, event, data in new] == [
            ("site", ["south"]), ("room", ["south/b201"]), ("device", ["south:b201-pc"]),
        ]  # fmt: skip

    run(house, look)


def test_a_clock_that_runs_out_is_news(house: House) -> None:
    async def look(live: Live) -> None:
        house.board.apply(Changes(tickets=(house.tickets.open(),)))
        live.flush(NOW)
        looker = Looker(live)
        live.sweep(NOW + timedelta(minutes=29))
        live.sweep(NOW + timedelta(minutes=31))
        live.flush(NOW + timedelta(minutes=31))
        tickets = [data["items"][0] for _, event, data in await looker.read() if event == "ticket"]
        assert [[clock["state"] for clock in ticket["clocks"]] for ticket in tickets] == [
            ["breached", "running", "running"]
        ]
        live.sweep(NOW + timedelta(minutes=32))
        live.beat(NOW)
        assert [event for _, event, _ in await looker.read()] == ["pulse"]

    run(house, look)


def test_an_older_state_of_a_ticket_does_not_replace_a_newer_one(house: House) -> None:
    ticket = house.tickets.open()
    newer = replace(ticket, version=3, assignee="lina")
    house.board.apply(Changes(tickets=(newer,)))
    house.board.apply(Changes(tickets=(ticket,)))
    assert house.board.live_tickets() == [newer]


def test_a_new_campus_file_gives_everybody_a_new_snapshot(house: House) -> None:
    async def look(live: Live) -> None:
        looker = Looker(live)
        old_id = looker.last_id
        house.board.replace(Campus())
        live.flush(NOW)
        ((_, event, snapshot),) = await looker.read()
        assert (event, snapshot["rooms"]) == ("snapshot", [])
        assert Looker(live, last_id=old_id).got[0][1] == "snapshot"
        assert Looker(live, last_id=looker.last_id).got[0][1] == "pulse"

    run(house, look)


def test_while_it_runs_changes_and_pulses_come_by_themselves(house: House) -> None:
    async def look(live: Live) -> None:
        looker = Looker(live)
        task = asyncio.create_task(live.run())
        house.publish(health("south:b201-pc"))
        while {"device", "pulse"} - {event for _, event, _ in looker.got[2:]}:
            await looker.read()
        task.cancel()

    run(house, look)


def test_streams_end_when_the_server_stops(house: House) -> None:
    async def look(live: Live) -> None:
        looker = Looker(live)
        live.stream.close()
        assert [chunk async for chunk in looker.client] == []
        late: Subscription = Looker(live).client
        assert [chunk async for chunk in late] == []

    run(house, look)


def test_what_people_should_know_is_told_as_it_begins_and_ends(house: House) -> None:
    async def look(live: Live) -> None:
        everybody, school = Looker(live), Looker(live, frozenset(["south"]))
        for state in IncidentState:
            house.board.apply(Changes(notices=(notice(1, cleared=state is IncidentState.CLEARED),)))
            live.flush(NOW)
            ((_, event, told),) = await everybody.read()
            assert (event, [(one["id"], one["state"], one["room_name"]) for one in told["items"]]) == (
                "notice",
                [("n1", state.value, "A101")],
            )
        house.publish(health("south:b201-pc", State.FAILED, Level.OUTAGE))
        live.flush(NOW)
        assert {event for _, event, _ in await school.read()} == {"site", "room", "device"}

    run(house, look)
