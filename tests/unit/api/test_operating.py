"""Health, readiness, figures, status."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector.api.sources import Vital
from collector.core.model import Level, State
from collector.desk.changes import Changes
from collector.store.records.accounts import Role
from tests.unit.api.conftest import House, health
from tests.unit.api.fakes import incident


def figures(text: str) -> dict[str, float]:
    """Return each sample as `name{labels}`."""
    return {
        sample.name + "".join(f"{{{key}={value}}}" for key, value in sample.labels.items()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_process_lives_without_anybody_signing_in(house: House) -> None:
    assert house.call("GET", "/healthz", None).json() == {"status": "ok"}


def test_it_is_ready_when_broker_and_stores_are_usable(house: House) -> None:
    assert house.call("GET", "/readyz", None).status_code == 200
    house.health.say(series=Vital(ok=False, says="the disk is full; make room"))
    response = house.call("GET", "/readyz", None)
    assert response.status_code == 503
    assert response.json()["series"] == {"ok": False, "says": "the disk is full; make room"}


def test_the_figures_are_those_that_were_counted(house: House) -> None:
    house.health.say(readings=500, messages=10, refused={"payload": 3, "topic": 1}, commits=4, commit_seconds=0.02)
    house.publish(health("north:a101-pc", State.FAILED, Level.OUTAGE))
    house.board.apply(Changes(incidents=(incident("i1"),)))
    found = figures(house.call("GET", "/metrics", None).text)
    assert found["roomtone_ingest_refused_total{reason=payload}"] == 3
    assert found["roomtone_ingest_readings_total"] == 500
    assert found["roomtone_ingest_messages_total"] == 10
    assert found["roomtone_commit_seconds_count"] == 4
    assert found["roomtone_commit_seconds_sum"] == 0.02
    assert found["roomtone_devices{state=failed}"] == 1
    assert found["roomtone_incidents_open{level=1}"] == 1
    assert found["roomtone_up{part=broker}"] == 1
    assert found["roomtone_events_clients"] == 0


SCRAPERS = [
    pytest.param("127.0.0.1", None, {}, 200, id="this machine"),
    pytest.param("::1", None, {}, 200, id="this machine by IPv6"),
    pytest.param("10.1.2.3", None, {}, 401, id="another machine"),
    pytest.param("127.0.0.1", None, {"X-Forwarded-For": "10.1.2.3"}, 401, id="another machine through a proxy here"),
    pytest.param("10.1.2.3", Role.VIEWER, {}, 200, id="another machine with a token"),
    pytest.param("10.1.2.3", Role.CUSTOMER, {}, 403, id="a customer"),
]


@pytest.mark.parametrize(("address", "role", "headers", "status"), SCRAPERS)
def test_figures_are_for_this_machine_or_a_token(
    house: House, address: str, role: Role | None, headers: dict, status: int
) -> None:
    assert house.call("GET", "/metrics", role, address=address, headers=headers).status_code == status


def test_the_status_says_how_old_the_data_is_and_what_a_first_run_needs(house: House) -> None:
    house.clock.go(seconds=4)
    status = house.get("/status")
    assert (status["data_age_s"], status["now"]) == (4.0, "2026-11-22T08:30:04Z")
    assert (status["ready"], status["rooms"], status["devices"]) == (True, 3, 3)
    assert house.get("/status", Role.CUSTOMER)["rooms"] == 1


def test_before_the_first_message_the_data_has_no_age(house: House) -> None:
    house.health.say(heard_at=None)
    assert house.get("/clock")["data_age_s"] is None


def test_the_rate_is_over_the_last_minute(house: House) -> None:
    for second in range(75):
        house.health.say(readings=5000 if second < 10 else 5000 + (second - 10) * 50)
        rate = house.get("/clock")["readings_per_s"]
        house.clock.go(seconds=1)
    assert rate == 50.0


def test_what_is_not_there_is_a_problem_document(house: House) -> None:
    response = house.call("GET", "/api/v1/nothing")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert house.call("PUT", "/api/v1/sites").status_code == 405
    assert house.call("POST", "/api/v1/tickets", content=b"x" * 2_000_000).status_code == 413


def test_every_answer_tells_the_browser_what_not_to_do(house: House) -> None:
    for path in ("/", "/api/v1/sites", "/healthz", "/nowhere"):
        headers = house.call("GET", path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert house.call("GET", "/api/v1/sites").headers["cache-control"] == "no-store"
