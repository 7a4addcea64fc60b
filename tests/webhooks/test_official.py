"""The providers' own Python libraries as judges: what is signed here verifies there, and the other way round."""

import base64
import json
import warnings
from datetime import UTC, datetime
from typing import Any

import pytest

from routegen import webhooks
from tests.webhooks import senders

BODY = '{"id": "evt_1", "type": "x", "object": "event", "note": "Zoë — 東京 🚀"}'


def test_stripe() -> None:
    stripe = pytest.importorskip("stripe")
    headers = webhooks.sign("stripe", body=BODY.encode(), secret="whsec_x")
    event = stripe.Webhook.construct_event(BODY.encode(), headers["Stripe-Signature"], "whsec_x")
    assert event.id == "evt_1"
    theirs = stripe.WebhookSignature.generate_signature_header(BODY, "whsec_x")
    assert webhooks.verify(
        "stripe", headers={"stripe-signature": theirs}, body=BODY.encode(), secrets="whsec_x"
    )


@pytest.mark.parametrize(("package", "provider", "names"), [
    ("standardwebhooks", "standard", ("webhook-id", "webhook-timestamp", "webhook-signature")),
    ("svix.webhooks", "svix", ("svix-id", "svix-timestamp", "svix-signature")),
])  # fmt: skip
def test_standard_webhooks(package: str, provider: str, names: tuple[str, str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the package imports
        judge: Any = pytest.importorskip(package).Webhook(senders.STANDARD)
    headers = webhooks.sign(provider, body=BODY.encode(), secret=senders.STANDARD, id="msg_1")
    judge.verify(BODY, headers)
    now = datetime.now(UTC)
    values = ("msg_2", str(int(now.timestamp())), judge.sign("msg_2", now, BODY))
    theirs = dict(zip(names, values, strict=True))
    outcome = webhooks.verify(provider, headers=theirs, body=BODY.encode(), secrets=senders.STANDARD)
    assert outcome and outcome.id == "msg_2"


def test_stripes_library_takes_the_thin_events_too() -> None:
    """Thin events have another shape and the same signature."""
    body = json.dumps({"id": "evt_2", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found"})
    headers = webhooks.sign("stripe", body=body.encode(), secret="whsec_x")
    outcome = webhooks.verify("stripe", headers=headers, body=body.encode(), secrets="whsec_x")
    assert outcome and (outcome.id, outcome.type) == ("evt_2", "v1.billing.meter.no_meter_found")


def test_a_secret_with_and_without_its_label_is_the_same() -> None:
    bare = senders.STANDARD.removeprefix("whsec_")
    assert base64.b64decode(bare)
    for secret in (bare, bare.rstrip("="), senders.STANDARD.rstrip("="), senders.STANDARD + "\n"):
        headers = webhooks.sign("standard", body=b"{}", secret=senders.STANDARD)
        assert webhooks.verify("standard", headers=headers, body=b"{}", secrets=secret)
