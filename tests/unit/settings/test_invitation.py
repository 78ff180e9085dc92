"""The command that enrols a computer names where that computer finds the collector."""

import json
from pathlib import Path

import pytest

from collector.fleet.invitation import Address, address_of, command
from collector.settings import UP_FILE


@pytest.mark.parametrize(
    ("listens", "expected"),
    [
        ("http://127.0.0.1:8080", Address(url="http://127.0.0.1:8080", is_from_here_only=True)),
        ("http://0.0.0.0:8080", Address(url="http://noc:8080")),
        ("http://[::]:8080", Address(url="http://noc:8080")),
        ("http://192.0.2.7:8080", Address(url="http://192.0.2.7:8080")),
    ],
    ids=["here alone", "everywhere", "everywhere, IPv6", "at one address"],
)
def test_the_address_is_one_that_others_reach(tmp_path: Path, listens: str, expected: Address) -> None:
    (tmp_path / UP_FILE).write_text(json.dumps({"url": listens, "campus": None}))
    assert address_of(tmp_path, hostname="noc") == expected


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"url": "http://[x"}', '{"url": "http://x:99999999"}'])
def test_a_collector_that_never_ran_is_nowhere_yet(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / UP_FILE).write_text(text)
    found = address_of(tmp_path, hostname="noc")
    assert not found.is_known
    assert command(found.url, "k7pm") == "roomtone agent enrol URL --code k7pm"
