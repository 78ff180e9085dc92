"""Broker addresses, client ids, waiting, identity."""

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.identity import computer_properties, id_from
from agent.uplink.address import client_id, split_url
from agent.uplink.backoff import Backoff
from wire.topics import ID_PATTERN

ids = st.from_regex(ID_PATTERN, fullmatch=True)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("mqtt://broker", ("broker", 1883, False, "")),
        ("mqtt://broker:1884", ("broker", 1884, False, "")),
        ("mqtts://broker", ("broker", 8883, True, "")),
        ("mqtts://[::1]:99/", ("::1", 99, True, "")),
        ("ws://broker", ("broker", 80, False, "/mqtt")),
        ("wss://broker/", ("broker", 443, True, "/mqtt")),
        ("wss://broker:8443/roomtone/mqtt", ("broker", 8443, True, "/roomtone/mqtt")),
    ],
)
def test_a_broker_url_is_understood(url: str, parts: tuple[str, int, bool, str]) -> None:
    found = split_url(url)
    assert (found.host, found.port, found.tls, found.path) == parts
    assert split_url(str(found)) == found


@pytest.mark.parametrize(
    "url",
    ["", "broker", "tcp://b", "mqtt://", "mqtt://b:x", "mqtt://u:p@b", "mqtt://b/path", "ws://b/p?q", "ws://b/a b"],
)
def test_a_url_that_is_none_is_told(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|mqtt|host|end"):
        split_url(url)


@given(site=ids, agent=ids)
def test_a_client_id_has_letters_that_every_broker_takes(site: str, agent: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", client_id(site, agent))


@given(one=st.tuples(ids, ids), other=st.tuples(ids, ids))
def test_different_agents_have_different_client_ids(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (client_id(*one) == client_id(*other)) == (one == other)


@pytest.mark.parametrize(("one", "other"), [(("a.b", "c"), ("a_b", "c")), (("a-b", "c"), ("a", "b-c"))])
def test_client_ids_do_not_collide_by_their_punctuation(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert client_id(*one) != client_id(*other)


def test_waits_grow_with_jitter_up_to_a_bound_and_begin_anew_after_a_good_connection() -> None:
    backoff = Backoff(Random(1), first_s=1, most_s=30)
    waits = [backoff.failed() for _ in range(10)]
    assert all(
        low <= wait <= high
        for wait, low, high in zip(waits[:6], [0.5, 1, 2, 4, 8, 15], [1, 2, 4, 8, 16, 30], strict=True)
    )
    assert max(waits) <= 30
    assert backoff.lost(3600) <= 1
    assert 5 <= backoff.failed(at_least_s=10) <= 10


def test_a_broker_that_hung_and_throws_us_out_for_what_we_tried_meanwhile_is_met_again_at_once() -> None:
    backoff = Backoff(Random(1))
    for _ in range(10):
        backoff.failed()
    backoff.accepted()
    assert backoff.lost(0.2) <= 1
    backoff.accepted()
    assert backoff.lost(0.2) <= 2


def test_two_agents_of_one_id_chase_each_other_ever_more_slowly() -> None:
    backoff = Backoff(Random(1))
    waits = []
    for _ in range(8):
        backoff.accepted()
        waits.append(backoff.lost(1.0))
    assert waits[-1] >= 10
    backoff.accepted()
    assert backoff.lost(3600) <= 1


@pytest.mark.parametrize(
    ("name", "agent_id"),
    [
        ("PC-101", "pc-101"),
        ("pc101.campus.example", "pc101"),
        ("讲台", "agent"),
        ("", "agent"),
        ("_x_", "x"),
        ("My Computer (2)", "my-computer-2"),
        ("x" * 100, "x" * 63),
    ],
)
def test_a_computers_name_becomes_an_id(name: str, agent_id: str) -> None:
    assert id_from(name) == agent_id


@given(st.text())
def test_any_name_becomes_an_id(name: str) -> None:
    assert ID_PATTERN.fullmatch(id_from(name))


def test_what_the_firmware_says_is_told_unless_it_means_nothing(tmp_path: Path) -> None:
    (tmp_path / "sys_vendor").write_text("Dell Inc.\n")
    (tmp_path / "product_name").write_text("To Be Filled By O.E.M.\n")
    (tmp_path / "product_serial").write_text("0000000\n")
    said = computer_properties(tmp_path)
    assert said["vendor"] == "Dell Inc."
    assert "model" not in said
    assert "serial" not in said
    assert "firmware" not in said
    assert said["os"]
    assert said["agent_version"]
