"""/api/webhooks/stripe: events from Stripe, each verified before it is believed.

A route handler, because Stripe calls it: no page of yours does. Stripe may deliver an event more
than once and out of order, so what you do about one must be safe to repeat (keep `event.id`).
https://docs.stripe.com/webhooks
"""

import logging
import os
import time

import stripe
from fastapi import Request, Response
from routegen import respond

EXPOSE = "webhook"
TOLERANCE = 300  # seconds that a signature may be old, or ahead of our clock

log = logging.getLogger(__name__)


async def POST(request: Request) -> dict[str, bool] | Response:
    """Receive one event. Answer 200 once it is dealt with: after another answer Stripe tries again."""
    body = await request.body()  # the raw bytes: they are what Stripe signed
    try:
        event = verified(body, request.headers.get("Stripe-Signature", ""))
    except (ValueError, stripe.SignatureVerificationError) as error:
        log.warning("not verified: %s", error)
        return respond.error("Not a verified event from Stripe", 400)
    match event.type:
        case "checkout.session.completed":
            log.info("%s: a checkout was completed", event.id)
        case "invoice.payment_failed":
            log.info("%s: the payment of an invoice failed", event.id)
        case _:
            log.info("%s: nothing to do about %s", event.id, event.type)
    return {"received": True}


def verified(body: bytes, header: str) -> stripe.Event:
    """The event, if Stripe signed it at most `TOLERANCE` seconds from now.

    Raises:
        ValueError: the body is no event, or the header no header of Stripe.
        stripe.SignatureVerificationError: signed with another secret, too long ago, or not at all.
    """
    if not header.isascii():  # Stripe's library fails on these with a TypeError
        raise ValueError("the signature holds characters that are no ASCII")
    secret = os.environ.get("STRIPE_WEBHOOK_SECRET", "")  # an empty one never verifies
    try:
        event = stripe.Webhook.construct_event(body, header, secret, TOLERANCE)
        _ = event.id, event.type
    except AttributeError:
        raise ValueError("the body is JSON, but no event") from None
    timestamp = next(part for part in header.split(",") if part.startswith("t="))
    if int(timestamp[2:]) > time.time() + TOLERANCE:  # Stripe's library looks at the past only
        raise ValueError("the timestamp lies in the future")
    return event
