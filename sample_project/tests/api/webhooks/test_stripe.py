import time

import pytest
from fastapi.testclient import TestClient
from routegen import webhooks

URL = "/api/webhooks/stripe"
PROVIDER = webhooks.find("stripe")
KEYS = webhooks.new_keys(PROVIDER)
EVENTS = list(PROVIDER.events)
HEADER = "Stripe-Signature"
REFUSED = PROVIDER.delivery.rejection


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", KEYS.verifying)
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET_OLD", "")


def sent(type: str, *, key: str = KEYS.signing, age: int = 0) -> webhooks.Outgoing:
    """What Stripe sends when an event of this type happens, signed `age` seconds ago."""
    return webhooks.compose(
        PROVIDER,
        body=PROVIDER.events[type],
        secret=key,
        url=f"http://testserver{URL}",
        event=type,
        now=time.time() - age,
    )


def status(client: TestClient, delivery: webhooks.Outgoing) -> int:
    """The status that a delivery is answered with."""
    url = delivery.url or URL
    return client.post(url, content=delivery.body, headers=delivery.headers).status_code


@pytest.mark.parametrize("type", EVENTS)
def test_a_signed_event_is_received(client: TestClient, type: str) -> None:
    assert status(client, sent(type)) == PROVIDER.delivery.answer


@pytest.mark.parametrize("type", EVENTS)
def test_another_key_is_refused(client: TestClient, type: str) -> None:
    other = webhooks.new_keys(PROVIDER).signing
    assert status(client, sent(type, key=other)) == REFUSED


def test_the_old_secret_holds_while_it_is_rotated(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", webhooks.new_keys(PROVIDER).verifying)
    assert status(client, sent(EVENTS[0])) == REFUSED
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET_OLD", KEYS.verifying)
    assert status(client, sent(EVENTS[0])) == PROVIDER.delivery.answer


@pytest.mark.parametrize("secret", ["", " "])
def test_without_a_secret_nothing_is_let_in(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", secret)
    assert status(client, sent(EVENTS[0])) == 500


@pytest.mark.parametrize("type", EVENTS)
def test_a_tampered_body_is_refused(client: TestClient, type: str) -> None:
    delivery = sent(type)
    tampered = client.post(
        delivery.url or URL, content=delivery.body + b" ", headers=delivery.headers
    )
    assert tampered.status_code == REFUSED
    assert "error" in tampered.json()


@pytest.mark.parametrize("value", [None, b"", b"nonsense", b"v1=\xe9"])
def test_a_missing_or_broken_signature_is_refused(client: TestClient, value: bytes | None) -> None:
    delivery = sent(EVENTS[0])
    headers = {name.encode(): text.encode() for name, text in delivery.headers.items()}
    del headers[HEADER.encode()]
    if value is not None:
        headers[HEADER.encode()] = value
    answer = client.post(delivery.url or URL, content=delivery.body, headers=headers)
    assert answer.status_code == REFUSED


def test_a_signature_that_came_twice_is_refused(client: TestClient) -> None:
    delivery = sent(EVENTS[0])
    headers = [*delivery.headers.items(), (HEADER, delivery.headers[HEADER])]
    answer = client.post(delivery.url or URL, content=delivery.body, headers=headers)
    assert answer.status_code == REFUSED


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"not json", b"1", b"null", b'"text"'])
def test_a_signed_body_that_is_no_event_is_refused(client: TestClient, body: bytes) -> None:
    url = f"http://testserver{URL}"
    headers = webhooks.sign(PROVIDER, body=body, secret=KEYS.signing, url=url)
    assert client.post(url, content=body, headers=headers).status_code in (400, REFUSED)


@pytest.mark.parametrize("age", [360, -360])
def test_an_old_or_future_timestamp_is_refused(client: TestClient, age: int) -> None:
    assert status(client, sent(EVENTS[0], age=age)) == REFUSED
