from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from routegen.database.testing import throw_away
from routegen.ratelimit import RateLimit

from lib.auth import login, users
from lib.db import database
from main import app

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery staple"
COOKIE = "__Host-session"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}  # what a browser says of a request of your own pages


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A browser over https, in which nobody is signed in; Ada can."""
    monkeypatch.setattr(login, "limit", RateLimit("5/minute", redis_url=""))
    with throw_away(database), TestClient(app, base_url="https://testserver") as client:
        assert client.portal is not None
        client.portal.call(users.create, EMAIL, PASSWORD, ["read", "write"])
        yield client


def sign_in(client: TestClient, password: str = PASSWORD, email: str = EMAIL) -> int:
    """The status of the answer to a login; the client keeps the cookie."""
    body = {"email": email, "password": password}
    return client.post("/api/auth/login", json=body, headers=OWN_PAGE).status_code


def test_signing_in_and_out(client: TestClient) -> None:
    assert client.get("/api/auth/session").status_code == 401
    assert sign_in(client) == 204
    caller = {"email": EMAIL, "scopes": ["read", "write"]}
    assert client.get("/api/auth/session").json() == caller

    cookie = client.cookies[COOKIE]
    assert client.post("/api/auth/logout", headers=OWN_PAGE).status_code == 204
    assert COOKIE not in client.cookies
    replayed = client.get("/api/auth/session", headers={"Cookie": f"{COOKIE}={cookie}"})
    assert replayed.status_code == 401


def test_the_cookie_has_all_its_locks(client: TestClient) -> None:
    body = {"email": " Ada@Example.com ", "password": PASSWORD}
    answer = client.post("/api/auth/login", json=body)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_every_login_begins_a_new_session_and_ends_the_former(client: TestClient) -> None:
    sign_in(client)
    first = client.cookies[COOKIE]
    sign_in(client)
    assert client.cookies[COOKIE] != first
    assert len(client.get("/api/auth/sessions").json()) == 1


def test_wrong_and_unknown_are_told_the_same(client: TestClient) -> None:
    wrong = client.post("/api/auth/login", json={"email": EMAIL, "password": "wrong"})
    unknown = client.post("/api/auth/login", json={"email": "eve@example.com", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json() == {"error": "Wrong e-mail address or password"}
    assert "WWW-Authenticate" in wrong.headers


def test_guessing_is_slowed_down(client: TestClient) -> None:
    assert [sign_in(client, "wrong") for _ in range(5)] == [401] * 5
    body = {"email": EMAIL.upper(), "password": PASSWORD}
    answer = client.post("/api/auth/login", json=body)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "error" in answer.json()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 204),
        ({"Origin": "https://testserver"}, 204),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_other_sites_cannot_use_the_cookie(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    sign_in(client)
    answer = client.delete("/api/auth/sessions", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert "allowed_origins" in answer.json()["error"]
        assert client.get("/api/auth/session").status_code == 200


def test_sessions_are_listed_and_ended(client: TestClient) -> None:
    sign_in(client)
    mine = client.cookies[COOKIE]
    client.cookies.clear()
    sign_in(client)
    listed = client.get("/api/auth/sessions").json()
    assert [session["current"] for session in listed].count(True) == len(listed) - 1 == 1

    [other] = [session["id"] for session in listed if not session["current"]]
    url = f"/api/auth/sessions/{other}"
    assert client.delete(url, headers=OWN_PAGE).status_code == 204
    assert client.delete(url, headers=OWN_PAGE).status_code == 404
    assert client.get("/api/auth/session").status_code == 200
    client.cookies.clear()
    ended = client.get("/api/auth/session", headers={"Cookie": f"{COOKIE}={mine}"})
    assert ended.status_code == 401


def test_logging_out_everywhere(client: TestClient) -> None:
    sign_in(client)
    here = client.cookies[COOKIE]
    client.cookies.clear()
    sign_in(client)
    there = client.cookies[COOKIE]
    assert client.delete("/api/auth/sessions", headers=OWN_PAGE).status_code == 204
    for cookie in (here, there):
        ended = client.get("/api/auth/session", headers={"Cookie": f"{COOKIE}={cookie}"})
        assert ended.status_code == 401


def test_api_keys(client: TestClient) -> None:
    sign_in(client)
    body = {"name": "Robot", "scopes": ["read"]}
    made = client.post("/api/auth/keys", json=body, headers=OWN_PAGE)
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("rg_live_")
    assert [key["name"] for key in client.get("/api/auth/keys").json()] == ["Robot"]
    assert secret not in client.get("/api/auth/keys").text

    client.cookies.clear()
    ways = [{"Authorization": f"Bearer {secret}"}, {"X-API-Key": secret}]
    for headers in ways:
        caller = client.get("/api/auth/session", headers=headers)
        assert caller.json() == {"email": EMAIL, "scopes": ["read"]}
        assert client.get("/api/auth/keys", headers=headers).status_code == 403

    sign_in(client)
    url = made.headers["Location"]
    assert client.delete(url, headers=OWN_PAGE).status_code == 204
    assert client.delete(url, headers=OWN_PAGE).status_code == 404
    client.cookies.clear()
    for headers in ways:
        assert client.get("/api/auth/session", headers=headers).status_code == 401


def test_a_key_has_no_more_scopes_than_its_user(client: TestClient) -> None:
    sign_in(client)
    body = {"name": "Robot", "scopes": ["read", "admin"]}
    answer = client.post("/api/auth/keys", json=body, headers=OWN_PAGE)
    assert answer.status_code == 403
    assert answer.json() == {"error": "The scope admin is missing"}
    assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


def test_a_faulty_login_does_not_repeat_the_password(client: TestClient) -> None:
    answer = client.post("/api/auth/login", json={"password": PASSWORD})
    assert answer.status_code == 422
    assert PASSWORD not in answer.text
