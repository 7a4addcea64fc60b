"""The name of the cookie: the locked one always, another one only where a dev server says so."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.responses import Response

from routegen.sessions import clear_cookie, cookie_name, read_cookie, set_cookie

TOKEN = "A" * 43


def scope(
    host: str = "127.0.0.1:8000", *, dev: Any = True, scheme: str = "http", cookie: str = ""
) -> dict[str, Any]:
    headers = [(b"host", host.encode()), (b"cookie", cookie.encode())]
    return {"type": "http", "scheme": scheme, "headers": headers, "app": SimpleNamespace(dev=dev)}


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "127.1.2.3", "localhost", "LOCALHOST:8000", "a.localhost:80", "[::1]:8000"]
)
def test_in_development_over_http_it_is_a_plain_one(host: str) -> None:
    assert cookie_name(scope(host)) == "dev-session"
    assert cookie_name({**scope(host), "scheme": "ws"}) == "dev-session"


@pytest.mark.parametrize(
    "production",
    [
        scope(dev=False),
        scope(dev="yes"),
        scope(dev=1),
        scope(scheme="https"),
        scope(scheme="wss"),
        scope("192.168.0.5:8000"),
        scope("shop.example"),
        scope("localhost.shop.example"),
        scope("127.0.0.1.shop.example"),
        scope("notlocalhost"),
        scope(""),
        {**scope(), "headers": []},
        {**scope(), "headers": [(b"host", b"localhost"), (b"host", b"localhost")]},
        {**scope(), "app": None},
        {"type": "http", "scheme": "http", "headers": [(b"host", b"localhost")]},
    ],
)
def test_otherwise_it_is_the_locked_one(production: dict[str, Any]) -> None:
    assert cookie_name(production) == "__Host-session"
    with_both = {
        **production,
        "headers": [*production["headers"], (b"cookie", f"dev-session={TOKEN}".encode())],
    }
    assert read_cookie(with_both) is None


def test_each_reads_its_own_only() -> None:
    assert read_cookie(scope(cookie=f"dev-session={TOKEN}")) == TOKEN
    assert read_cookie(scope(cookie=f"__Host-session={TOKEN}")) is None
    assert read_cookie(scope(dev=False, cookie=f"a=b; __Host-session={TOKEN};")) == TOKEN
    assert read_cookie(scope(dev=False, cookie=f"dev-session={TOKEN}")) is None


def test_the_same_cookie_twice_is_one() -> None:
    assert read_cookie(scope(cookie=f"dev-session={TOKEN}; dev-session={TOKEN}")) == TOKEN


@pytest.mark.parametrize("dev", [True, False])
def test_it_is_set_and_cleared_with_the_same_locks(dev: bool) -> None:
    for change in (
        lambda r: set_cookie(r, scope(dev=dev), TOKEN, 60),
        lambda r: clear_cookie(r, scope(dev=dev)),
    ):
        response = Response()
        change(response)
        locks = set(response.headers["set-cookie"].split("; ")[1:])
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= locks
        assert ("Secure" in locks) is not dev
        assert response.headers["cache-control"] == "no-store"
