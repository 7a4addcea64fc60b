"""Each provider's handshake is answered exactly as it expects, and only when it is signed."""

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from routegen import webhooks
from tests.webhooks import senders

PLAIN = "qgg8vlvZRS6UYooatFL8Aw"
CHALLENGE = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
ENCRYPTED = hmac.new(senders.SECRET.encode(), PLAIN.encode(), hashlib.sha256).hexdigest()
HANDSHAKES = [
    ("slack", "url_verification", {"challenge": CHALLENGE}),
    ("zoom", "endpoint.url_validation", {"plainToken": PLAIN, "encryptedToken": ENCRYPTED}),
    ("discord", "1", {"type": 1}),
    ("github", "ping", {"received": True}),
    ("intercom", "ping", {"received": True}),
]


@pytest.mark.parametrize(("provider", "event", "expected"), HANDSHAKES)
def test_a_handshake_is_answered(provider: str, event: str, expected: Any) -> None:
    verified = senders.verify(provider, senders.deliver(provider, event))
    assert verified
    answer = webhooks.handshake(provider, verified, secrets=senders.keys(provider)[1])
    assert answer is not None
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(answer.body) == expected
    assert webhooks.find(provider).delivery.takes(answer.status)


def test_every_handshake_is_tested() -> None:
    declared = {
        (name, shake.type)
        for name in webhooks.providers()
        for shake in webhooks.find(name).handshakes
        if shake.type
    }
    assert declared == {(provider, event) for provider, event, _ in HANDSHAKES}


@pytest.mark.parametrize("provider", webhooks.providers())
def test_an_ordinary_event_is_no_handshake(provider: str) -> None:
    answered = {event for name, event, _ in HANDSHAKES if name == provider}
    for event in set(webhooks.find(provider).events) - answered:
        verified = senders.verify(provider, senders.deliver(provider, event))
        assert verified and webhooks.handshake(provider, verified, secrets=senders.SECRET) is None


def test_zooms_challenge_is_answered_with_the_secret_that_fitted() -> None:
    secrets = ["", "the new secret", senders.SECRET]
    verified = senders.verify("zoom", senders.deliver("zoom", "endpoint.url_validation"), secrets=secrets)
    assert verified and verified.secret_index == 2
    answer = webhooks.handshake("zoom", verified, secrets=secrets)
    assert answer is not None and json.loads(answer.body)["encryptedToken"] == ENCRYPTED


@pytest.mark.parametrize("provider", webhooks.providers())
@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS", "HEAD"])
def test_nothing_unsigned_is_answered_but_intercoms_head(provider: str, method: str) -> None:
    answer = webhooks.handshake(provider, None, secrets=senders.SECRET, method=method)
    expected = webhooks.Answer(200) if (provider, method) == ("intercom", "HEAD") else None
    assert answer == expected


@pytest.mark.parametrize(
    "body", [b'{"type":"url_verification"}', b'{"type":"url_verification","challenge":{}}']
)
def test_a_challenge_without_text_gets_an_empty_one(body: bytes) -> None:
    headers = webhooks.sign("slack", body=body, secret="s", now=senders.NOW)
    verified = webhooks.verify("slack", headers=headers, body=body, secrets="s", now=senders.NOW)
    assert verified
    answer = webhooks.handshake("slack", verified, secrets="s")
    assert answer is not None and json.loads(answer.body) == {"challenge": ""}


def test_a_forged_handshake_is_not_answered() -> None:
    sent = senders.deliver("slack", "url_verification")
    outcome = senders.verify("slack", replace(sent, body=sent.body.replace(b"3eZ", b"4eZ")))
    assert not outcome


@pytest.mark.parametrize("provider", webhooks.providers())
def test_the_answer_for_a_delivery(provider: str) -> None:
    answer = webhooks.accepted(provider)
    assert answer.status == 200
    if provider == "twilio":
        assert (answer.content_type, answer.body) == ("text/xml", b"<Response/>")
    elif provider == "discord":
        assert json.loads(answer.body) == {"type": 5}
    else:
        assert json.loads(answer.body) == {"received": True}
