"""Whatever is asked, no documented call answers 500."""

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.core.model import Level, State
from collector.store.records.accounts import Role
from tests.unit.api.conftest import ORIGIN, House, health
from tests.unit.api.test_openapi import SPEC

CALLS = [
    pytest.param(method, path, operation, id=f"{method} {path}")
    for path, operations in SPEC["paths"].items()
    for method, operation in operations.items()
    if path != "/api/v1/events"  # never ends; tests/contract listens to it
]
WORDS = """
    north north:a101-pc north/a101 a101 system.cpu.utilization recorder-pc ok open live comment acknowledge
    1 0 -1 3 nan inf raw WzFd WzEsImEiXQ 2026-11-22T08:00:00Z 2026-11-22T08:00:00+08:00 9999-12-31T23:59:59Z
    0001-01-01T00:00:00+23:59 2026-11-22
"""
KNOWN = st.sampled_from([*WORDS.split(), "9" * 30, "\0", ""])
VALUE = KNOWN | st.text(max_size=20).filter(lambda text: text.isprintable() or text == "")
BODY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | VALUE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)


@st.composite
def requests(draw: st.DrawFn, operation: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a request of an operation, some of it as documented and some of it not."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(draw(VALUE.filter(bool)), safe=""))
    query = [
        (parameter["name"], draw(VALUE))
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
        for _ in range(draw(st.integers(0, 2)))
    ]
    request: dict[str, Any] = {"url": path, "params": query}
    if "requestBody" in operation:
        names = fields_of(operation)
        documented = st.dictionaries(st.sampled_from(names), BODY, max_size=len(names)) if names else BODY
        request["json"] = draw(documented | BODY)
        request["headers"] = {"Idempotency-Key": quote(draw(VALUE))}
    return request


def fields_of(operation: dict[str, Any]) -> list[str]:
    """Return the names of the fields that a body may have."""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    return sorted(SPEC["components"]["schemas"].get(name, {}).get("properties", {"text": {}, "level": {}}))


@pytest.fixture
def busy(house: House) -> House:
    """A house in which there is something to ask for."""
    house.publish(health("north:a101-pc", State.FAILED, Level.OUTAGE))
    house.values.put("north:a101-pc", "system.cpu.utilization", 0.5)
    house.tickets.open()
    return house


@pytest.mark.parametrize(("method", "path", "operation"), CALLS)
def test_no_documented_call_answers_500(busy: House, method: str, path: str, operation: dict[str, Any]) -> None:
    shown = {"Authorization": f"Bearer {busy.tokens[Role.ADMIN]}"}
    transport = httpx.ASGITransport(app=busy.app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)

    async def ask(request: dict[str, Any]) -> httpx.Response:
        client.cookies.clear()
        return await client.request(method, **request | {"headers": shown | request.get("headers", {})})

    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(requests(operation, path))
    def check(request: dict[str, Any]) -> None:
        response = loop.run(ask(request))
        assert response.status_code < 500 or str(response.status_code) in operation["responses"], response.text
        if response.status_code >= 400:
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["status"] == response.status_code

    with asyncio.Runner() as loop:
        check()
        loop.run(client.aclose())


BROKEN = [
    pytest.param("/api/v1/tickets/1/comment", rb'{"text": "\ud800"}', id="half a character in a text"),
    pytest.param("/api/v1/tickets/1/comment", rb'{"\ud800": 1}', id="half a character in a name"),
    pytest.param("/api/v1/tickets", rb'{"title": "\udfff", "site": "north"}', id="half a character in a title"),
    pytest.param("/api/v1/tickets", rb'{"title": "x", "site": "north", "\ud800": 1}', id="half a name"),
    pytest.param("/api/v1/tickets", b'{"title": "x", "level": NaN, "site": "north"}', id="no number"),
    pytest.param("/api/v1/tickets/1/comment", b'{"text": NaN}', id="no number where a text is"),
    pytest.param("/api/v1/tickets", b"[" * 100_000, id="nested too deeply"),
    pytest.param("/api/v1/tickets", b'{"level": ' + b"9" * 5000 + b"}", id="a number without end"),
    pytest.param("/api/v1/tickets", b"\xff\xfe", id="no UTF-8"),
    pytest.param("/api/v1/session", rb'{"user": "\ud800", "password": "\ud800"}', id="half a character signs in"),
    pytest.param("/api/v1/tokens", rb'{"name": "a\u0000b", "role": "viewer"}', id="a null byte"),
]


@pytest.mark.parametrize(("path", "body"), BROKEN)
def test_a_broken_body_is_refused(busy: House, path: str, body: bytes) -> None:
    response = busy.call("POST", path, content=body, headers={"Content-Type": "application/json"})
    assert 400 <= response.status_code < 500, response.text
