"""`receive` in a handler: one line, in plain FastAPI and in a routegen project; every refusal has its status."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from routegen import create_app, webhooks
from tests.webhooks import senders

ROUTE = """
from fastapi import Request, Response
from routegen import webhooks


async def POST(request: Request) -> Response:
    event = await webhooks.receive(request, "{provider}", now={now}, url={url!r})
    assert await request.body() == event.body
    return webhooks.received(event)


async def HEAD(request: Request) -> Response:
    await webhooks.receive(request, "{provider}")
    return Response(status_code=404)
"""

PROVIDERS = webhooks.providers()
Make = Callable[[str], TestClient]


def plain(provider: str, _: Path) -> FastAPI:
    """The handler in an application that knows nothing of routegen's server."""
    app = FastAPI()

    @app.post("/api/hook")
    async def post(request: Request) -> Response:
        event = await webhooks.receive(request, provider, now=senders.NOW, url=senders.URL)
        assert await request.body() == event.body
        return webhooks.received(event)

    @app.head("/api/hook")
    async def head(request: Request) -> Response:
        await webhooks.receive(request, provider)
        return Response(status_code=404)

    return app


def project(provider: str, root: Path) -> FastAPI:
    """The handler in a routegen project."""
    (root / "pyproject.toml").write_text("[tool.routegen]\n")
    folder = root / "app" / "api" / "hook"
    folder.mkdir(parents=True)
    (folder / "route.py").write_text(ROUTE.format(provider=provider, now=senders.NOW, url=senders.URL))
    return create_app(root)


@pytest.fixture(params=[plain, project], ids=["fastapi", "routegen"])
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A client of an application that receives from a provider, with its secret in the environment."""
    opened: list[TestClient] = []

    def client(provider: str) -> TestClient:
        monkeypatch.setenv(webhooks.find(provider).variables[0], senders.keys(provider)[1] + "\n")
        found = TestClient(request.param(provider, tmp_path), raise_server_exceptions=False)
        opened.append(found.__enter__())
        return found

    yield client
    for found in opened:
        found.__exit__(None, None, None)


def post(client: TestClient, sent: webhooks.Outgoing) -> tuple[int, bytes]:
    answer = client.post("/api/hook", content=sent.body, headers=sent.headers)
    return answer.status_code, answer.content


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_delivery_is_received_and_a_forged_one_refused(make: Make, provider: str) -> None:
    client = make(provider)
    answered = {s.type for s in webhooks.find(provider).handshakes}
    event = next(event for event in webhooks.find(provider).events if event not in answered)
    sent = senders.deliver(provider, event)
    expected = webhooks.accepted(provider)
    assert post(client, sent) == (200, expected.body)
    rejection = webhooks.find(provider).delivery.rejection
    for forged in (
        replace(sent, headers={}, body=sent.body[:-1]),
        replace(sent, body=b"", headers={"Content-Type": "application/json"}),
        replace(sent, headers={name: "\u00e9" for name in sent.headers if name != "Content-Type"}),
    ):
        if not webhooks.find(provider).signatures[0].header and forged.body == sent.body:
            continue  # no header of Mailgun matters
        headers = [(name.encode(), value.encode("latin-1")) for name, value in forged.headers.items()]
        answer = client.post("/api/hook", content=forged.body, headers=headers)
        assert answer.status_code == rejection, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert senders.SECRET not in answer.text


def test_discord_and_shopify_want_401() -> None:
    wanted = {name for name in PROVIDERS if webhooks.find(name).delivery.rejection == 401}
    assert wanted == {"discord", "shopify"}


@pytest.mark.parametrize("provider", ["slack", "zoom", "discord", "github", "intercom"])
def test_a_handshake_never_reaches_the_handler(make: Make, provider: str) -> None:
    client = make(provider)
    shake = next(s for s in webhooks.find(provider).handshakes if s.type)
    sent = senders.deliver(provider, shake.type)
    verified = senders.verify(provider, sent)
    assert verified
    expected = webhooks.handshake(provider, verified, secrets=senders.keys(provider)[1])
    for _ in range(2):
        answer = client.post("/api/hook", content=sent.body, headers=sent.headers)
        assert expected is not None and answer.content == expected.body
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


def test_intercoms_head_is_answered(make: Make) -> None:
    assert make("intercom").head("/api/hook").status_code == 200


@pytest.mark.parametrize("secret", [None, "", "  \n", "whsec_"])
def test_without_a_secret_it_fails_closed_and_says_so(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, secret: str | None
) -> None:
    client = make("stripe")
    sent = senders.deliver("stripe")
    monkeypatch.delenv("STRIPE_WEBHOOK_SECRET") if secret is None else monkeypatch.setenv(
        "STRIPE_WEBHOOK_SECRET", secret
    )
    status, body = post(client, sent)
    assert status == 500 and b"STRIPE" not in body
    assert "stripe: nothing can be verified, set STRIPE_WEBHOOK_SECRET" in caplog.text


def test_a_rejection_is_logged_without_secrets(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    client = make("github")
    sent = senders.deliver("github")
    right = sent.headers["X-Hub-Signature-256"]
    wrong = sent.headers | {"X-Hub-Signature-256": "sha256=" + "0" * 64}
    assert post(client, replace(sent, headers=wrong))[0] == 400
    assert "github: not verified: the signature does not fit the body and a secret" in caplog.text
    assert right not in caplog.text and senders.SECRET not in caplog.text


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"not json", b"[]", b"1", b"null", b'"text"', b"NaN"])
def test_a_signed_body_that_is_no_event_is_refused(make: Make, body: bytes) -> None:
    client = make("typeform")
    headers = webhooks.sign("typeform", body=body, secret=senders.SECRET)
    answer = client.post("/api/hook", content=body, headers=headers)
    assert answer.status_code == 400


def test_too_long_a_body_is_refused(make: Make) -> None:
    client = make("typeform")
    body = b" " * (1024 * 1024 + 1)
    headers = webhooks.sign("typeform", body=body, secret=senders.SECRET)
    assert client.post("/api/hook", content=body, headers=headers).status_code == 413

    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 64 * 1024

    assert client.post("/api/hook", content=chunks(), headers=headers).status_code == 413


def test_secrets_and_variables_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FastAPI()
    sent = senders.deliver("github", "push")

    @app.post("/rotating")
    async def rotating(request: Request) -> dict[str, int]:
        event = await webhooks.receive(request, "github", secret_env=["NEW_SECRET", "OLD_SECRET"])
        return {"index": event.secret_index}

    @app.post("/given")
    async def given(request: Request) -> dict[str, int]:
        event = await webhooks.receive(request, "github", secrets=["another", senders.SECRET], limit=10_000)
        return {"index": event.secret_index}

    @app.post("/own")
    async def own(request: Request) -> Response:
        scheme = webhooks.custom(
            header="X-Hub-Signature-256", prefix="sha256=", name="acme", type="{json:ref}"
        )
        event = await webhooks.receive(request, scheme, secrets=senders.SECRET)
        assert (event.provider, event.type) == ("acme", "refs/heads/main")
        return webhooks.received(event)

    monkeypatch.setenv("OLD_SECRET", senders.SECRET)
    with TestClient(app) as client:
        for path in ("/rotating", "/given"):
            answer = client.post(path, content=sent.body, headers=sent.headers)
            assert answer.json() == {"index": 1}
        assert client.post("/own", content=sent.body, headers=sent.headers).json() == {"received": True}
        monkeypatch.delenv("OLD_SECRET")
        assert client.post("/rotating", content=sent.body, headers=sent.headers).status_code == 500


@pytest.mark.parametrize("provider", ["twilio", "square", "hubspot"])
def test_the_url_is_that_of_the_request_or_of_the_variable(
    monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    app = FastAPI()

    @app.post("/hooks/{name}")
    async def post(request: Request, name: str) -> dict[str, str]:
        return {"id": (await webhooks.receive(request, provider, secrets=senders.SECRET)).id}

    scheme = webhooks.find(provider)
    event = next(iter(scheme.events))
    with TestClient(app, base_url="http://testserver") as client:
        for url in ("http://testserver/hooks/a%20b?x=%41&y=1+2", "https://public.example.com/hooks/c"):
            sent = webhooks.compose(provider, body=scheme.events[event], secret=senders.SECRET, url=url)
            path = url.partition(".com")[2] or url.removeprefix("http://testserver")
            answer = client.post(path, content=sent.body, headers=sent.headers)
            assert answer.status_code == (200 if "testserver" in url else 400)
            monkeypatch.setenv(scheme.url_variable, url)
            assert client.post("/hooks/x", content=sent.body, headers=sent.headers).status_code == 200
            monkeypatch.delenv(scheme.url_variable)


def test_verifying_needs_no_web_framework() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from routegen import webhooks;"
        "h = webhooks.sign('github', body=b'{}', secret='s');"
        "assert webhooks.verify('github', headers=h, body=b'{}', secrets='s');"
        "assert not {'fastapi', 'starlette', 'cryptography', 'stripe', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from routegen.errors import RoutegenError

    sent = senders.deliver("discord")
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(RoutegenError) as caught:
        senders.verify("discord", sent)
    assert caught.value.hint == 'pip install "routegen[crypto]"'
    assert json.dumps(sent.headers)
