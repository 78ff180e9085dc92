"""Who may call: tokens, sessions, roles."""

import re
from datetime import timedelta

import pytest

from collector.api.auth import COOKIE
from collector.store.records.accounts import SESSION_LASTS, Role
from tests.unit.api.conftest import ORIGIN, PASSWORD, House
from tests.unit.api.fakes import NOW


def sign_in(house: House, **headers: str) -> str:
    """Return the cookie of a new session of the administrator."""
    body = {"user": "admin", "password": PASSWORD}
    response = house.call("POST", "/api/v1/session", None, json=body, headers=headers)
    assert response.status_code == 201, response.text
    return response.headers["set-cookie"]


def with_cookie(cookie: str, **headers: str) -> dict[str, str]:
    value = re.search(rf"{COOKIE}=([^;]+)", cookie)
    assert value
    return {"Cookie": f"{COOKIE}={value[1]}", **headers}


@pytest.mark.parametrize(
    "path", ["sites", "devices", "tickets", "events", "me", "status", "snapshot", "series", "users"]
)
def test_nothing_is_shown_to_somebody_unknown(house: House, path: str) -> None:
    response = house.call("GET", f"/api/v1/{path}", None)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("shown", ["Bearer rt_nonsense", "Bearer ", "Basic YTpi", "Bearer rt_\u00e9".encode("latin-1")])
def test_a_token_that_is_not_valid_is_refused(house: House, shown: str | bytes) -> None:
    assert house.call("GET", "/api/v1/me", None, headers={"Authorization": shown}).status_code == 401


def test_a_token_ends_when_it_runs_out_or_is_revoked(house: House) -> None:
    body = {"name": "wall", "role": "viewer", "expires_at": (NOW + timedelta(hours=1)).isoformat()}
    made = house.call("POST", "/api/v1/tokens", json=body).json()
    shown = {"Authorization": f"Bearer {made['token']}"}
    assert house.call("GET", "/api/v1/me", None, headers=shown).json()["role"] == "viewer"
    house.clock.go(hours=1)
    assert house.call("GET", "/api/v1/me", None, headers=shown).status_code == 401
    house.clock.go(hours=-1)
    assert house.call("DELETE", f"/api/v1/tokens/{made['id']}").status_code == 204
    assert house.call("GET", "/api/v1/me", None, headers=shown).status_code == 401
    assert house.call("DELETE", f"/api/v1/tokens/{made['id']}").status_code == 404


def test_a_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(house: House) -> None:
    cookie = sign_in(house).lower()
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip() for part in cookie.split(";")}
    me = house.call("GET", "/api/v1/me", None, headers=with_cookie(sign_in(house))).json()
    assert me == {"name": "admin", "role": "admin", "language": "zh-CN", "sites": [], "via": "session"}


def test_a_session_ends_when_it_is_over(house: House) -> None:
    cookie = with_cookie(sign_in(house))
    house.clock.at += SESSION_LASTS
    assert house.call("GET", "/api/v1/me", None, headers=cookie).status_code == 401


def test_signing_out_ends_the_session(house: House) -> None:
    cookie = with_cookie(sign_in(house), Origin=ORIGIN)
    assert house.call("DELETE", "/api/v1/session", None, headers=cookie).status_code == 204
    assert house.call("GET", "/api/v1/me", None, headers=cookie).status_code == 401
    assert house.call("DELETE", "/api/v1/session", None).status_code == 204


FROM = [
    pytest.param({"Origin": ORIGIN}, 201, id="our own page"),
    pytest.param({"Sec-Fetch-Site": "same-origin"}, 201, id="our own page by a browser that says so"),
    pytest.param({"Origin": "http://evil.test"}, 403, id="another site's page"),
    pytest.param({"Origin": "null"}, 403, id="a page without an origin"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="a neighbour"),
    pytest.param({}, 403, id="no word of it"),
]


@pytest.mark.parametrize(("headers", "status"), FROM)
def test_a_cookie_alone_changes_nothing_from_another_sites_page(house: House, headers: dict, status: int) -> None:
    cookie = with_cookie(sign_in(house), **headers)
    body = {"site": "north", "title": "No sound", "level": 3}
    assert house.call("POST", "/api/v1/tickets", None, json=body, headers=cookie).status_code == status


def test_another_sites_page_cannot_sign_anybody_in(house: House) -> None:
    body = {"user": "admin", "password": PASSWORD}
    headers = {"Origin": "http://evil.test"}
    assert house.call("POST", "/api/v1/session", None, json=body, headers=headers).status_code == 403


@pytest.mark.parametrize("user", ["admin", "nobody"])
def test_a_wrong_name_and_a_wrong_password_are_told_alike(house: House, user: str) -> None:
    response = house.call("POST", "/api/v1/session", None, json={"user": user, "password": "guess"})
    assert (response.status_code, response.json()["detail"]) == (401, "the name or the password is wrong")


def test_guessing_is_slowed_down_for_the_one_who_guesses(house: House) -> None:
    guess = {"user": "admin", "password": "guess"}
    answers = [house.call("POST", "/api/v1/session", None, json=guess).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    refused = house.call("POST", "/api/v1/session", None, json=guess)
    assert 0 < int(refused.headers["retry-after"]) <= 12
    right = {"user": "admin", "password": PASSWORD}
    assert house.call("POST", "/api/v1/session", None, json=right).status_code == 429
    assert house.call("POST", "/api/v1/session", None, json=right, address="10.0.0.9").status_code == 201


def test_a_new_password_needs_the_old_one_and_ends_all_other_sessions(house: House) -> None:
    house.call("POST", "/api/v1/users", json={"name": "lina", "role": "operator", "password": "first-password"})

    def enter(password: str) -> dict[str, str]:
        answer = house.call("POST", "/api/v1/session", None, json={"user": "lina", "password": password})
        assert answer.status_code == 201
        return with_cookie(answer.headers["set-cookie"], Origin=ORIGIN)

    here, elsewhere = enter("first-password"), enter("first-password")
    change = {"password": "second-password"}
    assert house.call("PATCH", "/api/v1/me", None, json=change, headers=here).status_code == 400
    change["old_password"] = "wrong-password"
    assert house.call("PATCH", "/api/v1/me", None, json=change, headers=here).status_code == 400
    change["old_password"] = "first-password"
    changed = house.call("PATCH", "/api/v1/me", None, json=change | {"language": "en"}, headers=here)
    assert changed.json()["language"] == "en"
    assert house.call("GET", "/api/v1/me", None, headers=elsewhere).status_code == 401
    renewed = with_cookie(changed.headers["set-cookie"])
    assert house.call("GET", "/api/v1/me", None, headers=renewed).status_code == 200
    assert house.call("DELETE", "/api/v1/users/lina").status_code == 204


@pytest.mark.parametrize("path", ["users", "tokens", "audit"])
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_accounts_are_for_administrators(house: House, path: str, role: Role) -> None:
    assert house.call("GET", f"/api/v1/{path}", role).status_code == 403


def test_a_user_can_be_made_once_and_removed(house: House) -> None:
    body = {"name": "chen", "role": "customer", "password": "a-good-password", "sites": ["south"], "language": "en"}
    made = house.call("POST", "/api/v1/users", json=body)
    assert (made.status_code, made.json()["sites"]) == (201, ["south"])
    assert "password" not in made.text
    assert house.call("POST", "/api/v1/users", json=body).status_code == 409
    assert house.call("DELETE", "/api/v1/users/chen").status_code == 204
    assert house.call("DELETE", "/api/v1/users/chen").status_code == 404


WRONG_USERS = [
    pytest.param({"name": "Chen Jing"}, id="a name that is no id"),
    pytest.param({"password": "short"}, id="a short password"),
    pytest.param({"role": "customer"}, id="a customer without a site"),
    pytest.param({"sites": ["south"]}, id="an operator bound to a site"),
    pytest.param({"role": "root"}, id="a role that is none"),
]


@pytest.mark.parametrize("wrong", WRONG_USERS)
def test_a_user_with_mistakes_is_refused(house: House, wrong: dict) -> None:
    body = {"name": "wang", "role": "operator", "password": "a-good-password"} | wrong
    assert house.call("POST", "/api/v1/users", json=body).status_code == 400


def test_the_last_administrator_stays(house: House) -> None:
    response = house.call("DELETE", "/api/v1/users/admin")
    assert response.status_code == 409
    assert "last administrator" in response.json()["detail"]
