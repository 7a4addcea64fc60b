"""
# RG206 bad-signature-status

A forged call must get 400 or 401. A 500 makes the provider send again, and alarms people.

## Finds
A verifier that raises on a bad signature, called outside of `try`, or whose failure is answered with 5xx.

## Leaves alone
Verifiers that answer true or false, dependencies, and handlers of the app for the error.

## Fix
Catch what the verifier raises, and answer 400.

```python bad app/api/webhooks/stripe/route.py
import os

import stripe
from fastapi import Request


async def POST(request: Request) -> dict[str, str]:
    event = stripe.Webhook.construct_event(  # <- RG206
        await request.body(), request.headers["stripe-signature"], os.environ["STRIPE_SECRET"]
    )
    return {"type": event.type}
```

```python fixed app/api/webhooks/stripe/route.py
import os

import stripe
from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, str]:
    try:
        event = stripe.Webhook.construct_event(
            await request.body(), request.headers["stripe-signature"], os.environ["STRIPE_SECRET"]
        )
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise HTTPException(400, "Not verified") from error
    return {"type": event.type}
```

```typescript bad app/api/webhooks/stripe/route.ts
import Stripe from "stripe"

const stripe = new Stripe(process.env.STRIPE_KEY!)

export async function POST(request: Request): Promise<Response> {
  const signature = request.headers.get("stripe-signature")!
  const event = stripe.webhooks.constructEvent(  // <- RG206
    await request.text(), signature, process.env.STRIPE_SECRET!
  )
  return Response.json({ received: event.type })
}
```

```typescript fixed app/api/webhooks/stripe/route.ts
import Stripe from "stripe"

const stripe = new Stripe(process.env.STRIPE_KEY!)

export async function POST(request: Request): Promise<Response> {
  const signature = request.headers.get("stripe-signature")!
  let event: Stripe.Event
  try {
    event = stripe.webhooks.constructEvent(
      await request.text(), signature, process.env.STRIPE_SECRET!
    )
  } catch {
    return Response.json({ error: "Not verified" }, { status: 400 })
  }
  return Response.json({ received: event.type })
}
```

```python good app/api/webhooks/stripe/route.py
import os

import stripe
from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, str]:
    try:
        event = stripe.Webhook.construct_event(
            await request.body(), request.headers["stripe-signature"], os.environ["STRIPE_SECRET"]
        )
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise HTTPException(400, "Not verified") from error
    return {"type": event.type}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.signing import refused
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.places import place
from routegen.handlers.signatures import uncaught_verifications


@rule(Severity.WARNING, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each verifier whose error becomes a 500."""
    for site, why in uncaught_verifications(handler):
        yield Report(
            f"a bad signature is answered with 500: `{handler.text(site.call.function, site.scope)}` {why}",
            "catch what it raises, and answer 400",
            place(site, handler),
            fix=refused(handler, site),
        )
