"""
# RG202 webhook-parsed-before-verify

A signature covers bytes. Parsed and written again, JSON has other spaces, another order, other numbers:
valid events are refused, or the check is dropped "because it never worked".

## Finds
The parsed body (`await request.json()`, `json.loads(…)`, a model parameter), whole or written again with
`json.dumps`, handed to a provider's verifier or an HMAC.

## Leaves alone
The raw body, also when the handler parses it as well; schemes that sign chosen fields or canonical JSON
(`sort_keys`, `separators`).

## Fix
Verify `await request.body()`, then parse it.

```python bad app/api/webhooks/stripe/route.py
import json
import os

import stripe
from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, bool]:
    payload = await request.json()
    try:
        event = stripe.Webhook.construct_event(
            json.dumps(payload),  # <- RG202
            request.headers["stripe-signature"],
            os.environ["STRIPE_WEBHOOK_SECRET"],
        )
    except ValueError as error:
        raise HTTPException(400, "Not verified") from error
    return {"received": bool(event)}
```

```python fixed app/api/webhooks/stripe/route.py
import os

import stripe
from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, bool]:
    try:
        event = stripe.Webhook.construct_event(
            await request.body(),
            request.headers["stripe-signature"],
            os.environ["STRIPE_WEBHOOK_SECRET"],
        )
    except ValueError as error:
        raise HTTPException(400, "Not verified") from error
    return {"received": bool(event)}
```

```python bad app/api/webhooks/acme/route.py
import hmac
import json
import os
from hashlib import sha256

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, bool]:
    event = await request.json()
    key = os.environ["ACME_SECRET"].encode()
    digest = hmac.new(key, json.dumps(event).encode(), sha256).hexdigest()  # <- RG202
    if not hmac.compare_digest(digest.encode(), request.headers["x-acme-signature"].encode()):
        raise HTTPException(400, "Not verified")
    return {"received": True}
```

```python fixed app/api/webhooks/acme/route.py
import hmac
import os
from hashlib import sha256

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, bool]:
    key = os.environ["ACME_SECRET"].encode()
    digest = hmac.new(key, await request.body(), sha256).hexdigest()
    if not hmac.compare_digest(digest.encode(), request.headers["x-acme-signature"].encode()):
        raise HTTPException(400, "Not verified")
    return {"received": True}
```

```typescript bad app/api/webhooks/clerk/route.ts
import { Webhook } from "svix"

export async function POST(request: Request): Promise<Response> {
  const headers = Object.fromEntries(request.headers)
  const event = await request.json()
  try {
    new Webhook(process.env.CLERK_SECRET!).verify(JSON.stringify(event), headers)  // <- RG202
  } catch {
    return Response.json({ error: "Not verified" }, { status: 400 })
  }
  return Response.json({ received: event.type })
}
```

```typescript fixed app/api/webhooks/clerk/route.ts
import { Webhook } from "svix"

export async function POST(request: Request): Promise<Response> {
  const headers = Object.fromEntries(request.headers)
  const raw = await request.text()
  const event = JSON.parse(raw)
  try {
    new Webhook(process.env.CLERK_SECRET!).verify(raw, headers)
  } catch {
    return Response.json({ error: "Not verified" }, { status: 400 })
  }
  return Response.json({ received: event.type })
}
```

```python good app/api/webhooks/acme/route.py
import hmac
import json
import os
from hashlib import sha256

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, bool]:
    body = await request.body()
    digest = hmac.new(os.environ["ACME_SECRET"].encode(), body, sha256).hexdigest()
    if not hmac.compare_digest(digest.encode(), request.headers["x-acme-signature"].encode()):
        raise HTTPException(400, "Not verified")
    return {"received": bool(json.loads(body))}
```

```python good app/api/webhooks/pay/route.py
import hmac
import os

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, bool]:
    event = await request.json()
    signed = f"{event['order']}:{event['amount']}".encode()
    digest = hmac.new(os.environ["PAY_SECRET"].encode(), signed, "sha256").hexdigest()
    if not hmac.compare_digest(digest.encode(), event["signature"].encode()):
        raise HTTPException(400, "Not verified")
    return {"received": True}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.signing import raw_body
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.flow import Step, trace
from routegen.handlers.kinds import Kind
from routegen.handlers.places import nearest
from routegen.handlers.webhook import is_canonical, parsed_body, receives_webhooks, signed_payloads


@rule(Severity.ERROR)
def check(handler: Handler) -> Iterator[Report]:
    """Report each verifier that gets a parsed body."""
    for site, payload in signed_payloads(handler):
        way = trace(payload, site.scope, parsed_body)
        if way is None or is_canonical(way):
            continue
        if Kind.VERIFY not in site.kinds and not receives_webhooks(handler).is_yes:
            continue
        source, call = way[0], handler.text(site.call.function, site.scope)
        yield Report(
            f"`{call}` gets a parsed body, not the bytes that were signed: `{handler.text(payload, site.scope)}`",
            "verify `await request.body()` as it came, and parse it afterwards",
            nearest(Step(payload, site.scope), handler),
            [
                Evidence(
                    f"parsed in `{handler.text(source.expression, source.scope)}`",
                    source.expression.span,
                    source.scope.module,
                )
            ],
            fix=raw_body(handler, site, payload, way),
        )
