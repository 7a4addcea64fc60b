"""The CSRF matrix: which requests run an action, decided before a byte of the body is read."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.actions.conftest import CONTACT, Make

HOST = "shop.example"
RUNS, REFUSED = 422, 403  # an empty form of ours is invalid, so that an action that runs answers 422

MATRIX: list[tuple[int, dict[str, str]]] = [
    # fetch metadata decides where there is any
    (RUNS, {"sec-fetch-site": "same-origin"}),
    (RUNS, {"sec-fetch-site": "none"}),
    (REFUSED, {"sec-fetch-site": "cross-site"}),
    (REFUSED, {"sec-fetch-site": "same-site"}),
    (REFUSED, {"sec-fetch-site": "nonsense"}),
    (REFUSED, {"sec-fetch-site": "cross-site", "origin": "http://shop.example"}),
    (RUNS, {"sec-fetch-site": "same-origin", "cookie": "a=b"}),
    # without it, Origin against Host
    (RUNS, {"origin": "http://shop.example"}),
    (RUNS, {"origin": "http://SHOP.example"}),
    (RUNS, {"origin": "http://shop.example:80"}),
    (RUNS, {"origin": "https://shop.example"}),  # a proxy may have taken the TLS off
    (REFUSED, {"origin": "http://shop.example:8080"}),
    (REFUSED, {"origin": "http://evil.example"}),
    (REFUSED, {"origin": "http://shop.example.evil.example"}),
    (REFUSED, {"origin": "http://evil.shop.example"}),
    (REFUSED, {"origin": "null"}),
    (REFUSED, {"origin": ""}),
    (REFUSED, {"origin": "shop.example"}),
    (REFUSED, {"origin": "http://shop.example/path"}),
    (REFUSED, {"origin": "http://user@shop.example"}),
    (REFUSED, {"origin": "file://"}),
    # X-Forwarded-Host is believed of nobody
    (REFUSED, {"origin": "http://evil.example", "x-forwarded-host": "evil.example"}),
    (RUNS, {"origin": "http://shop.example", "x-forwarded-host": "evil.example"}),
    # a request that says nothing
    (RUNS, {}),  # curl, a test: no cookie, so nothing can be abused
    (REFUSED, {"cookie": "session=1"}),
    (REFUSED, {"cookie": "a=b", "referer": "http://shop.example/"}),
    # allowed_origins
    (RUNS, {"origin": "https://partner.example"}),
    (RUNS, {"origin": "https://PARTNER.example", "sec-fetch-site": "cross-site", "cookie": "a=b"}),
    (RUNS, {"origin": "https://a.one.example"}),
    (REFUSED, {"origin": "https://one.example"}),
    (REFUSED, {"origin": "https://a.b.one.example"}),
    (RUNS, {"origin": "https://a.b.many.example"}),
    (RUNS, {"origin": "https://a.many.example"}),
    (REFUSED, {"origin": "https://many.example"}),
    (REFUSED, {"origin": "https://xone.example"}),
    (RUNS, {"origin": "https://port.example:8443"}),
    (REFUSED, {"origin": "https://port.example"}),
]

SETTINGS = """
[tool.routegen]
allowed_origins = ["partner.example", "*.one.example", "**.many.example", "port.example:8443"]
"""


@pytest.fixture
def site(make: Make) -> Any:
    return make({**CONTACT, "pyproject.toml": SETTINGS})


@pytest.mark.parametrize(("status", "headers"), MATRIX, ids=lambda value: str(value))
def test_the_matrix(site: Any, status: int, headers: dict[str, str]) -> None:
    url = f"http://{HOST}/contact?/contact"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = site.client.post(url, content=b"", headers={**kind, **headers})
    assert answer.status_code == status
    if status == REFUSED:
        for part in ("Sec-Fetch-Site is", "Origin is", f"`{HOST}`", "allowed_origins", "ALLOWED_ORIGINS"):
            assert part in answer.json()["error"]


def test_two_origins_are_none(site: Any) -> None:
    headers = [("origin", "http://testserver"), ("origin", "http://testserver"), ("cookie", "a=b")]
    assert site.client.post("/contact?/contact", headers=headers).status_code == 403


def test_a_refusal_reads_no_body_and_runs_nothing(site: Any) -> None:
    def body() -> Iterator[bytes]:
        yield b"email=a&message="
        raise AssertionError("the body was read")

    async def nothing_more() -> Any:
        raise AssertionError("the body was read")

    import asyncio

    from tests.server.asgi import make_scope

    headers = [
        ("host", "x"),
        ("origin", "http://evil"),
        ("content-type", "application/x-www-form-urlencoded"),
    ]
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(site.app(make_scope("POST", "/contact?/contact", headers), nothing_more, send))
    assert sent[0]["status"] == 403
    assert site.module("app/contact/actions.py").calls == []


def test_the_environment_allows_origins_too(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "other.example")
    site = make(CONTACT)
    assert site.post("/contact?/contact", {}, own=False, Origin="https://other.example").status_code == 422


def test_a_person_reads_the_refusal_on_a_page(site: Any) -> None:
    answer = site.post("/contact?/contact", {}, own=False, Origin="http://<evil>", Accept="text/html")
    assert answer.status_code == 403
    assert "&lt;evil&gt;" in answer.text
