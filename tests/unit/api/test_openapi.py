"""The OpenAPI document: what programs and the dashboard's types are written against."""

import json

import pytest

from collector.api.openapi import document
from tests.conftest import ROOT

SPEC = json.loads(document())
CALLS = [
    pytest.param(path, method, operation, id=f"{method} {path}")
    for path, operations in SPEC["paths"].items()
    for method, operation in operations.items()
]


def test_the_file_of_the_dashboard_is_in_step() -> None:
    kept = (ROOT / "dashboards" / "openapi.json").read_text(encoding="utf-8")
    assert kept == document(), "run: python -m collector.api.openapi > dashboards/openapi.json"


@pytest.mark.parametrize(("path", "method", "operation"), CALLS)
def test_every_call_says_what_it_does_and_refuses_in_problem_documents(path, method, operation) -> None:
    assert operation["description"]
    assert "422" not in operation["responses"]
    for status, response in operation["responses"].items():
        if status.startswith("4"):
            assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(
    "path",
    [
        "/sites", "/rooms", "/rooms/{site}/{room}", "/devices", "/devices/{id}", "/devices/{id}/metrics", "/series",
        "/incidents", "/tickets", "/tickets/{id}", "/tickets/{id}/log", "/tickets/{id}/{action}", "/events", "/users",
        "/tokens", "/audit",
    ],
)  # fmt: skip
def test_every_promised_call_is_there(path: str) -> None:
    assert f"/api/v1{path}" in SPEC["paths"]


def test_the_payloads_of_events_are_described() -> None:
    events = SPEC["components"]["schemas"]["Events"]["properties"]
    assert {"snapshot", "device", "incident", "ticket", "notice", "room", "site", "pulse"} == set(events)


def test_a_ticket_has_every_promised_field() -> None:
    promised = (
        "id level state source title symptom cause remedy site room device incidents onset_at detected_at opened_at "
        "promised_at assignee coverage clocks"
    )
    assert set(promised.split()) <= set(SPEC["components"]["schemas"]["Ticket"]["required"])
    assert {"step", "due_at", "met_at", "state"} == set(SPEC["components"]["schemas"]["Clock"]["required"])
