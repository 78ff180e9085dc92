"""The stream of events: a bounded ring, and clients that cannot hold up one another."""

import asyncio

from collector.desk.stream import Limits, Piece, Stream


def piece(text: str, site: str = "north") -> Piece:
    return Piece(site, f'"{text}"'.encode())


def test_events_are_numbered_and_written_as_the_standard_says() -> None:
    stream = Stream(run="r")
    _, _ = stream.subscribe(None, None)
    stream.send("device", [piece("a"), piece("b")])
    _, missed = stream.subscribe(None, "r-0")
    assert missed == b'id: r-1\nevent: device\ndata: {"items":["a","b"]}\n\n'
    assert stream.position == "r-1"


def test_a_client_that_missed_nothing_gets_nothing() -> None:
    stream = Stream(run="r")
    assert stream.subscribe(None, "r-0")[1] == b""
    stream.send("device", [piece("a")])
    assert stream.subscribe(None, "r-1")[1] == b""


def test_what_the_ring_no_longer_holds_needs_a_snapshot() -> None:
    stream = Stream(run="r", limits=Limits(ring_frames=3))
    for number in range(10):
        stream.send("device", [piece(str(number))])
    assert stream.subscribe(None, "r-6")[1] is None
    missed = stream.subscribe(None, "r-7")[1]
    assert missed is not None
    assert missed.count(b"event:") == 3


def test_the_ring_is_bounded_in_bytes_too() -> None:
    stream = Stream(run="r", limits=Limits(ring_bytes=1000))
    for _ in range(10):
        stream.send("device", [piece("x" * 300)])
    assert stream.subscribe(None, "r-6")[1] is None
    assert stream.subscribe(None, "r-7")[1] is not None


def test_another_run_knows_nothing_of_this_ones_numbers() -> None:
    stream = Stream(run="new")
    stream.send("device", [piece("a")])
    assert stream.subscribe(None, "old-1")[1] is None


def test_a_client_that_does_not_keep_up_is_dropped_and_counted_and_the_others_go_on() -> None:
    async def look() -> None:
        stream = Stream(run="r", limits=Limits(waiting_bytes=1000))
        slow, _ = stream.subscribe(None, None)
        quick, _ = stream.subscribe(None, None)
        reading = aiter(quick)
        for _ in range(20):
            stream.send("device", [piece("x" * 200)])
            assert b"event: device" in await anext(reading)
        assert (stream.dropped, stream.clients, slow.is_over) == (1, 1, True)
        assert [chunk async for chunk in slow] == []

    asyncio.run(look())


def test_a_scope_sees_its_own_sites_and_no_empty_events() -> None:
    stream = Stream(run="r")
    stream.send("device", [piece("a", "north"), piece("b", "south")])
    stream.send("device", [piece("c", "north")])
    missed = stream.subscribe(frozenset({"south"}), "r-0")[1]
    assert missed == b'id: r-1\nevent: device\ndata: {"items":["b"]}\n\n'


def test_a_passing_event_has_no_number_and_is_not_kept() -> None:
    async def look() -> None:
        stream = Stream(run="r")
        client, _ = stream.subscribe(None, None)
        stream.send_passing("pulse", b'{"items":[]}')
        assert await anext(aiter(client)) == b'event: pulse\ndata: {"items":[]}\n\n'
        assert stream.subscribe(None, "r-0")[1] == b""

    asyncio.run(look())
