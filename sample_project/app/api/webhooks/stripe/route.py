"""/api/webhooks/stripe: events from Stripe, each verified before it is believed.

A route handler, because Stripe calls it: no page of yours does.
Stripe may deliver an event more than once and out of order, so what you do about one must be safe to
repeat (keep `event.id`).
https://docs.stripe.com/webhooks
"""

import logging

import stripe
from fastapi import Request, Response
from routegen import webhooks

EXPOSE = "webhook"

log = logging.getLogger(__name__)


async def POST(request: Request) -> Response:
    """Receive one event. Answer 200 once it is dealt with: after another answer Stripe tries again."""
    delivery = await webhooks.receive(request, "stripe")
    event = stripe.Event.construct_from(delivery.payload, None)
    match delivery.type:
        case "checkout.session.completed":
            log.info("%s: a checkout was completed", event.id)
        case "invoice.payment_failed":
            log.info("%s: the payment of an invoice failed", event.id)
        case other:
            log.info("%s: nothing to do about %s", delivery.id, other)
    return webhooks.received(delivery)
