"""What a guard gives to those who may: once a request, also in folders, with the setting for other hosts, and documented."""

import asyncio
import logging
from typing import Any

import pytest
from fastapi import HTTPException
from starlette.requests import HTTPConnection

from routegen.auth import Authenticator, Principal, check_scopes, check_session
from routegen.sessions import Lifetime, Sessions
from tests.auth.site import COOKIE, PASSWORD, Site

On = tuple[Site, asyncio.Runner]


def test_the_caller_is_looked_up_once_a_request(served_on: On, monkeypatch: pytest.MonkeyPatch) -> None:
    site, runner = served_on
    looked: list[str] = []
    find = Authenticator._first

    async def counted(self: Any, query: Any) -> Any:
        looked.append("up")
        return await find(self, query)

    monkeypatch.setattr(Authenticator, "_first", counted)

    async def run() -> None:
        cookie = await site.session(await site.user())
        assert await site.status(cookie) == 200
        assert len(looked) == 1
        await site.status(cookie)
        assert len(looked) == 2, "the next request asks anew"

        scope = {"type": "http", "method": "GET", "headers": [(b"cookie", f"{COOKIE}={cookie}".encode())]}
        first, second = [await site.auth.auth(HTTPConnection(scope)) for _ in range(2)]
        assert first is second and len(looked) == 3
        nobody = {"type": "http", "method": "GET", "headers": []}
        assert await site.auth.authenticator.find(HTTPConnection(nobody)) is None and len(looked) == 3

    runner.run(run())


def test_the_cookie_comes_before_the_bearer_and_that_before_the_key(served_on: On) -> None:
    site, runner = served_on

    async def run() -> None:
        users = [await site.user() for _ in range(3)]
        cookie = await site.session(users[0])
        bearer, key = [await site.key(user) for user in users[1:]]
        headers = [
            ("cookie", f"{COOKIE}={cookie}"),
            ("authorization", f"Bearer {bearer}"),
            ("x-api-key", key),
        ]
        for number, user in enumerate(users):
            answer = await site.call("GET", "/api/auth/session", headers[number:])
            assert answer.json["email"] == user.email
        stale = [("cookie", f"{COOKIE}={'A' * 43}"), *headers[1:]]
        assert (await site.call("GET", "/api/auth/session", stale)).json["email"] == users[1].email

    runner.run(run())


def test_a_session_in_use_does_not_end_and_is_written_once_a_minute(served_on: On) -> None:
    site, runner = served_on

    async def run() -> None:
        user = await site.user()
        now = [1_000_000.0]
        sessions = Sessions(site.database, site.auth.sessions.table, Lifetime(600, 3600), lambda: now[0])
        token = await sessions.begin(user.id, user_agent="Firefox\n" + "x" * 300, address="203.0.113.7")
        for _ in range(7):
            now[0] += 500
            assert await sessions.find(token) is not None
        [session] = await sessions.all_of(user.id)
        assert session.seen_at == now[0] and session.created_at == 1_000_000.0
        assert session.user_agent == "Firefox" + "x" * 192
        now[0] += 59
        found = await sessions.find(token)
        assert found is not None and found.seen_at == now[0] - 59
        now[0] += 41.1
        assert await sessions.find(token) is None, "an hour is over"

    runner.run(run())


def test_lifetimes_that_make_no_sense_are_refused() -> None:
    for idle, absolute in [(0, 1), (-1, 1), (2, 1)]:
        with pytest.raises(ValueError, match="idle"):
            Lifetime(idle, absolute)


def test_a_listed_host_may_send_the_cookie(served_on: On, monkeypatch: pytest.MonkeyPatch) -> None:
    site, runner = served_on
    headers = [("origin", "https://app.partner.example"), ("sec-fetch-site", "cross-site")]

    async def run() -> int:
        cookie = await site.session(await site.user())
        return (await site.call("POST", "/api/guarded", headers, cookie=cookie)).status

    assert runner.run(run()) == 403
    monkeypatch.setenv("ALLOWED_ORIGINS", "*.partner.example")
    assert runner.run(run()) == 200


def test_nothing_secret_is_logged(served_on: On, caplog: pytest.LogCaptureFixture) -> None:
    site, runner = served_on
    site.limit("5/minute")

    async def run() -> list[str]:
        user = await site.user()
        answer = await site.login(user.email)
        key = await site.key(user)
        await site.status(answer.cookie)
        await site.status(key=key)
        await site.login(user.email, "wrong password")
        return [answer.cookie, key, PASSWORD, "wrong password"]

    with caplog.at_level(logging.DEBUG):
        secrets = runner.run(run())
    ours = [record for record in caplog.records if not record.name.startswith(("aiosqlite", "sqlalchemy"))]
    assert not any(secret in record.getMessage() for record in ours for secret in secrets)


def test_a_database_that_is_behind_says_so(served_on: On) -> None:
    from routegen.database.answers import BehindError

    site, runner = served_on

    async def run() -> None:
        await site.sql("ALTER TABLE auth_sessions RENAME TO gone")
        try:
            await site.auth.sessions.find("A" * 43)
        finally:
            await site.sql("ALTER TABLE gone RENAME TO auth_sessions")

    with pytest.raises(BehindError, match="behind"):
        runner.run(run())


def test_openapi_knows_the_ways_to_sign_in_and_the_refusals(project: Site) -> None:
    document = project.app.openapi()
    assert set(document["components"]["securitySchemes"]) == {"session", "bearer", "apiKey"}
    one_of = [{"session": []}, {"bearer": []}, {"apiKey": []}]
    for path, method in [("/api/account", "get"), ("/api/guarded", "post"), ("/api/auth/keys", "post")]:
        assert document["paths"][path][method]["security"] == one_of, path
    assert "security" not in document["paths"]["/api/auth/login"]["post"]
    login = document["paths"]["/api/auth/login"]["post"]["responses"]
    assert {"204", "401", "403", "422", "429", "503"} <= set(login)
    assert {"401", "403"} <= set(document["paths"]["/api/auth/keys"]["post"]["responses"])


def test_scopes_and_sessions_are_checked() -> None:
    caller = Principal(1, "ada@example.com", frozenset({"a", "b"}), "bearer", "1")
    check_scopes(caller, ["a", "b"])
    check_scopes(caller, [])
    with pytest.raises(HTTPException) as raised:
        check_scopes(caller, ["c", "a", "d"])
    assert (raised.value.status_code, raised.value.detail) == (403, "The scope c d is missing")
    with pytest.raises(HTTPException) as raised:
        check_session(caller)
    assert raised.value.status_code == 403
