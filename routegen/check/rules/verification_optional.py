"""
# RG205 verification-optional

A verification that is skipped when its secret is not set lets everybody in as soon as a setting is missing.

## Finds
A provider's verifier or a constant-time comparison inside `if secret:` with nothing that refuses otherwise.

## Leaves alone
An `else` that answers or raises, and tests of anything else.

## Fix
Refuse when the secret is missing: answer 500 and say why in the log.

```python bad app/api/webhooks/acme/route.py
import hmac
import os

from fastapi import HTTPException, Request

SECRET = os.getenv("ACME_SECRET")


async def POST(request: Request) -> dict[str, bool]:
    body = await request.body()
    if SECRET:
        digest = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
        if not hmac.compare_digest(digest.encode(), request.headers["x-acme-signature"].encode()):  # <- RG205
            raise HTTPException(400, "Not verified")
    return {"received": bool(body)}
```

```python good app/api/webhooks/acme/route.py
import hmac
import os

from fastapi import HTTPException, Request

SECRET = os.getenv("ACME_SECRET")


async def POST(request: Request) -> dict[str, bool]:
    if not SECRET:
        raise HTTPException(500, "Not configured")
    body = await request.body()
    digest = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
    if not hmac.compare_digest(digest.encode(), request.headers["x-acme-signature"].encode()):
        raise HTTPException(400, "Not verified")
    return {"received": bool(body)}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.places import place
from routegen.handlers.signatures import optional_verifications


@rule(Severity.ERROR, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each verification that a missing setting skips."""
    for site, test in optional_verifications(handler):
        yield Report(
            f"nothing is verified when `{handler.text(test, site.scope)}` is not set",
            "refuse the request when the secret is missing",
            place(site, handler),
        )
