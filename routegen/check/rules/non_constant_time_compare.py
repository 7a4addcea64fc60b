"""
# RG203 non-constant-time-compare

A signature compared with `==` tells an attacker, by the time it takes, how much of it was right.

## Finds
`==` or `!=` between a digest and anything from the request.

## Leaves alone
Comparisons with constants, checksums without a key, `hmac.compare_digest`.

## Fix
Compare with `hmac.compare_digest`.

```python bad app/api/webhooks/acme/route.py
import hmac
import os

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, bool]:
    key = os.environ["ACME_SECRET"].encode()
    digest = hmac.new(key, await request.body(), "sha256").hexdigest()
    if digest != request.headers.get("x-acme-signature"):  # <- RG203
        raise HTTPException(400, "Not verified")
    return {"received": True}
```

```python fixed app/api/webhooks/acme/route.py
import hmac
import os

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, bool]:
    key = os.environ["ACME_SECRET"].encode()
    digest = hmac.new(key, await request.body(), "sha256").hexdigest()
    if not hmac.compare_digest(digest, request.headers.get("x-acme-signature", "")):
        raise HTTPException(400, "Not verified")
    return {"received": True}
```

```python good
import hashlib

from fastapi import Request


def GET(request: Request, text: str) -> bool:
    return hashlib.md5(text.encode()).hexdigest() == request.headers.get("if-none-match")
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.signing import constant_time
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.signatures import compared_digests


@rule(Severity.WARNING)
def check(handler: Handler) -> Iterator[Report]:
    """Report each comparison of a digest that takes as long as it is right."""
    for step, at in compared_digests(handler):
        yield Report(
            f"a signature is compared in a time that tells how much of it is right: "
            f"`{handler.text(step.expression, step.scope)}`",
            "compare with `hmac.compare_digest`",
            at,
            fix=constant_time(step),
        )
