"""The providers' own npm clients as judges: what is signed here verifies there, and the other way round."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from routegen import webhooks
from tests.node import Packages

CLIENTS = {
    "stripe": "stripe@23.1.0",
    "github": "@octokit/webhooks-methods@6.0.0",
    "svix": "svix@2.5.0",
    "standard": "standardwebhooks@1.1.1",
    "clerk": "@clerk/backend@3.25.0",
    "openai": "openai@7.55.0",
    "resend": "resend@6.38.0",
    "slack": "@slack/bolt@5.1.0",
    "twilio": "twilio@6.2.0",
    "paddle": "@paddle/paddle-node-sdk@3.10.0",
    "hubspot": "@hubspot/api-client@14.0.1",
    "sendgrid": "@sendgrid/eventwebhook@8.0.0",
    "square": "square@46.0.0",
    "discord": "discord-interactions@4.4.0",
    "linear": "@linear/sdk@98.0.0",
    "shopify": "@shopify/shopify-api@15.0.0",
}
"""The other providers publish no client that verifies: gitlab, intercom, lemonsqueezy, mailgun, typeform, zoom."""

SIGNING = {"stripe", "github", "svix", "standard", "twilio", "hubspot"}
URL = "https://shop.example.com/api/webhooks/x?a=1"
KINDS = ("genuine", "tampered", "wrong key", "stale")
CLOCKLESS = {"github", "twilio", "square", "shopify", "sendgrid", "discord"}
"""They sign no time, or set no limit to its age."""

EARLY = {"paddle": 60}
"""Seconds: Paddle's client takes nothing older than five, which a busy machine needs, and whatever is of the future."""

Judged = dict[tuple[str, str], list[tuple[dict[str, Any], dict[str, Any]]]]


def delivery(provider: str, event: str, kind: str) -> dict[str, Any]:
    """A delivery with letters of many kinds in it, as the judges take it."""
    scheme = webhooks.find(provider)
    keys = webhooks.new_keys(scheme)
    signing = webhooks.new_keys(scheme).signing if kind == "wrong key" else keys.signing
    body = {**scheme.events[event], "note": "Zoë — 東京 🚀"}
    now = time.time() + (-3600 if kind == "stale" else EARLY.get(provider, 0))
    sent = webhooks.compose(scheme, body=body, secret=signing, url=URL, event=event, now=now)
    if kind == "tampered":
        sent = replace(sent, body=sent.body.replace("東京".encode(), "京東".encode()).replace(b"Zo%", b"Zp%"))
    return {
        "provider": provider,
        "body": sent.body.decode(),
        "headers": {name.lower(): value for name, value in sent.headers.items()},
        "secret": keys.verifying,
        "url": sent.url or URL,
    }


def verify(delivery: Mapping[str, Any], headers: Mapping[str, str]) -> webhooks.Verified | webhooks.Rejected:
    """What we make of it."""
    return webhooks.verify(
        delivery["provider"],
        headers=headers,
        body=delivery["body"].encode(),
        secrets=delivery["secret"],
        url=delivery["url"],
    )


@pytest.fixture(scope="module")
def judged() -> Judged:
    """Every delivery with the judge's verdict, by provider and kind, all from one process."""
    script = (Path(__file__).parent / "judges.mjs").read_text(encoding="utf-8")
    with Packages(*CLIENTS.values()).running(script) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate(timeout=10)[1]
        names = [(provider, kind) for provider in CLIENTS for kind in KINDS]
        made = [
            (name, delivery(name[0], event, name[1]))
            for name in names
            for event in webhooks.find(name[0]).events
        ]
        out, err = process.communicate(json.dumps([one for _, one in made]), timeout=60)
        assert process.returncode == 0, err
    found: Judged = {name: [] for name in names}
    for (name, one), verdict in zip(made, json.loads(out.splitlines()[-1]), strict=True):
        found[name].append((one, verdict))
    return found


@pytest.mark.parametrize("provider", CLIENTS)
def test_what_is_signed_here_verifies_there(judged: Judged, provider: str) -> None:
    for _, verdict in judged[provider, "genuine"]:
        assert verdict["valid"], verdict["why"]


@pytest.mark.parametrize("provider", sorted(SIGNING))
def test_what_is_signed_there_verifies_here(judged: Judged, provider: str) -> None:
    for one, verdict in judged[provider, "genuine"]:
        headers = one["headers"] | {name.lower(): value for name, value in verdict["theirs"].items()}
        assert verify(one, headers)


@pytest.mark.parametrize("kind", KINDS[1:])
@pytest.mark.parametrize("provider", CLIENTS)
def test_both_refuse_the_same(judged: Judged, provider: str, kind: str) -> None:
    for one, verdict in judged[provider, kind]:
        lets_in = kind == "stale" and provider in CLOCKLESS
        assert bool(verify(one, one["headers"])) is lets_in
        assert verdict["valid"] is lets_in
