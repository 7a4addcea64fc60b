"""
# RG209 no-timestamp-tolerance

Whoever has once seen a signed request can send it again, years later, if nobody looks at its time.

## Finds
An HMAC written by hand for a sender that signs the time (Stripe, Slack, Svix, Paddle, Zoom), in a receiver that never
asks what time it is.

## Leaves alone
Verifiers of libraries, which look; senders that sign no time (GitHub, Shopify, LINE).

## Fix
Refuse what is older than five minutes: `abs(time.time() - int(timestamp)) > 300`; or let `webhooks.receive` do it.

```python bad app/api/webhooks/slack/route.py
import hmac
import os

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, bool]:
    sent = request.headers.get("x-slack-request-timestamp", "")
    signed = f"v0:{sent}:".encode() + await request.body()
    digest = hmac.new(os.environ["SLACK_SECRET"].encode(), signed, "sha256").hexdigest()  # <- RG209
    if not hmac.compare_digest(f"v0={digest}".encode(), request.headers.get("x-slack-signature", "").encode()):
        raise HTTPException(400, "Not verified")
    return {"received": True}
```

```python good app/api/webhooks/slack/route.py
import hmac
import os
import time

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, bool]:
    sent = request.headers.get("x-slack-request-timestamp", "")
    signed = f"v0:{sent}:".encode() + await request.body()
    digest = hmac.new(os.environ["SLACK_SECRET"].encode(), signed, "sha256").hexdigest()
    if not hmac.compare_digest(f"v0={digest}".encode(), request.headers.get("x-slack-signature", "").encode()):
        raise HTTPException(400, "Not verified")
    if not sent.isdigit() or abs(time.time() - int(sent)) > 300:
        raise HTTPException(400, "Too old")
    return {"received": True}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.events import timeless_signature
from routegen.handlers.places import place


@rule(Severity.WARNING, preview=True, languages=("python",))
def check(handler: Handler) -> Iterator[Report]:
    """Report a signature whose time nobody looks at."""
    found = timeless_signature(handler)
    if found is not None:
        site, header = found
        yield Report(
            f"the sender of `{header}` signs the time, and nothing looks at it: a request can be sent again",
            "refuse what is older than five minutes, or let `webhooks.receive` do it",
            place(site, handler),
        )
