"""
# RG201 webhook-unverified

Anyone can post "payment succeeded" to a webhook that does not verify who sends.

## Finds
A POST handler that receives webhooks (a `webhook` segment, a provider's header, `EXPOSE = "webhook"`),
reads the body and acts on it, without a signature or secret being checked: in the handler, a helper, a
dependency or a decorator.

## Leaves alone
Handlers where something that cannot be looked into might verify (a decorator, a dependency, an imported
function that gets the request or is called `verify…`), APIs *about* webhooks, and stubs that do nothing yet
(unless they say so: `EXPOSE = "webhook"`).

## Fix
Verify the raw body with the provider's library before anything else: `routegen add webhook stripe` shows
how.

```python bad app/api/webhooks/acme/route.py
from fastapi import Request
from lib.orders import record_payment


async def POST(request: Request) -> dict[str, bool]:  # <- RG201
    event = await request.json()
    if event["type"] == "paid":
        await record_payment(event["order"])
    return {"received": True}
```

```python bad app/api/stripe/route.py
from fastapi import Request
from sqlmodel import Session

from lib.models import Payment


async def POST(request: Request, session: Session) -> dict[str, bool]:  # <- RG201
    print(request.headers["stripe-signature"])
    session.add(Payment(**await request.json()))
    return {"received": True}
```

```python good app/api/webhooks/stripe/route.py
import os

import stripe
from fastapi import Request
from lib.orders import record_payment
from routegen import respond


async def POST(request: Request) -> object:
    payload = await request.body()
    try:
        event = stripe.Webhook.construct_event(
            payload, request.headers.get("stripe-signature", ""), os.environ["STRIPE_WEBHOOK_SECRET"]
        )
    except ValueError:
        return respond.error("Not verified", 400)
    await record_payment(event)
    return {"received": True}
```

```python good app/api/webhooks/acme/route.py
import hmac
import os
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from lib.orders import record_payment


async def signed(request: Request) -> bytes:
    body = await request.body()
    digest = hmac.new(os.environ["ACME_SECRET"].encode(), body, sha256).hexdigest()
    if not hmac.compare_digest(digest.encode(), request.headers.get("x-acme-signature", "").encode()):
        raise HTTPException(400, "Not verified")
    return body


async def POST(body: Annotated[bytes, Depends(signed)]) -> dict[str, bool]:
    await record_payment(body)
    return {"received": True}
```

```python good app/api/webhooks/acme/route.py
from fastapi import Request
from lib.acme import handle, verify_request


async def POST(request: Request) -> dict[str, bool]:
    await verify_request(request)
    await handle(await request.json())
    return {"received": True}
```

```python good app/api/webhooks/route.py
from pydantic import BaseModel

from lib.hooks import register


class Hook(BaseModel):
    url: str


async def POST(hook: Hook) -> dict[str, bool]:
    await register(hook)
    return {"ok": True}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.requests import body_reads
from routegen.handlers.webhook import acts, receives_webhooks, verifies


@rule(Severity.ERROR)
def check(handler: Handler) -> Iterator[Report]:
    """Report a receiver of webhooks that provably verifies nothing."""
    receives = receives_webhooks(handler)
    if not receives.is_yes:
        return
    reads, act = body_reads(handler), acts(handler)
    # Who calls a handler a webhook means it, whatever it does so far.
    is_stub = act is None and handler.expose != "webhook"
    if not reads or is_stub or not verifies(handler).is_no:
        return
    yield Report(
        f"`{handler.label}` takes a webhook without verifying who sent it",
        "verify the raw body's signature first and answer 400 otherwise; if something else verifies it, "
        "say so: `# routegen: ignore[RG201] reason`",
        handler.span,
        [*receives.evidence, reads[0], *([act] if act else [])],
    )
