"""
# RG203 non-constant-time-compare

A signature compared with `==` tells an attacker, by the time it takes, how much of it was right.

## Finds
`==` or `!=` between a digest and anything from the request.

## Leaves alone
Comparisons with constants, checksums without a key, `hmac.compare_digest`.

## Fix
Compare with `hmac.compare_digest`, texts as bytes: anybody can send a header that is not ASCII, and for such a
text it raises, which is answered 500.

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
    if not hmac.compare_digest(digest.encode(), request.headers.get("x-acme-signature", "").encode()):
        raise HTTPException(400, "Not verified")
    return {"received": True}
```

```typescript bad app/api/webhooks/acme/route.ts
import { createHmac } from "node:crypto"

export async function POST(request: Request): Promise<Response> {
  const hmac = createHmac("sha256", process.env.ACME_SECRET!)
  const digest = hmac.update(await request.text()).digest("hex")
  if (request.headers.get("x-acme-signature") !== digest) {  // <- RG203
    return Response.json({ error: "Not verified" }, { status: 400 })
  }
  return Response.json({ received: true })
}
```

```typescript fixed app/api/webhooks/acme/route.ts
import { createHmac, timingSafeEqual } from "node:crypto"

export async function POST(request: Request): Promise<Response> {
  const hmac = createHmac("sha256", process.env.ACME_SECRET!)
  const digest = hmac.update(await request.text()).digest("hex")
  if (!isSameSecret(request.headers.get("x-acme-signature"), digest)) {
    return Response.json({ error: "Not verified" }, { status: 400 })
  }
  return Response.json({ received: true })
}

function isSameSecret(given: unknown, secret: unknown): boolean {
  const one = Buffer.from(String(given ?? ""))
  const other = Buffer.from(String(secret ?? ""))
  return one.length > 0 && one.length === other.length && timingSafeEqual(one, other)
}
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
from routegen.handlers.facts import Evidence
from routegen.handlers.signatures import compared_digests


@rule(Severity.WARNING)
def check(handler: Handler) -> Iterator[Report]:
    """Report each comparison of a digest that takes as long as it is right."""
    for step, at in compared_digests(handler):
        module = step.scope.module
        cause = Evidence("compared here", step.expression.span, module, is_cause=True)
        yield Report(
            f"a signature is compared in a time that tells how much of it is right: "
            f"`{handler.text(step.expression, step.scope)}`",
            "compare with `hmac.compare_digest`",
            at,
            [cause] if module is not handler.module else [],
            fix=constant_time(step),
        )
