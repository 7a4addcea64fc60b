"""
# RG204 hardcoded-secret

A secret in the source is known to everyone who reads it; as a fallback it is used in production unnoticed.

## Finds
`os.getenv("…SECRET…", "text")`, `process.env.…SECRET… || "text"`, a text that is hashed as a password or signs a
token, keys with a provider's prefix (`sk_live_`, `whsec_`, `ghp_`): in the handler, or in what it calls, whatever
file that is in. A secret that many handlers reach is told once.

## Leaves alone
Empty fallbacks, placeholders that say so, names that only contain a word (`token_type="bearer"`).

## Fix
Read it from the environment, and fail without it.

```python bad
import os

SECRET = os.getenv("WEBHOOK_SECRET", "a-long-secret-of-old")


def GET() -> int:
    return len(SECRET)  # <- RG204
```

```python fixed
import os

SECRET = os.environ["WEBHOOK_SECRET"]


def GET() -> int:
    return len(SECRET)
```

```typescript bad app/api/token/route.ts
import jwt from "jsonwebtoken"

const KEY = process.env.JWT_SECRET || "a-long-secret-of-old"

export async function POST(): Promise<Response> {
  return Response.json({ token: jwt.sign({}, KEY) }) // <- RG204
}
```

```typescript fixed app/api/token/route.ts
import jwt from "jsonwebtoken"

const KEY = process.env.JWT_SECRET!
if (!KEY) {
  throw new Error("JWT_SECRET is not set")
}

export async function POST(): Promise<Response> {
  return Response.json({ token: jwt.sign({}, KEY) })
}
```

```python good
import os

SECRET = os.environ["WEBHOOK_SECRET"]
TOKEN_URL = os.getenv("TOKEN_URL", "https://id.example/token")


def GET() -> int:
    return len(SECRET) + len(TOKEN_URL)
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.environment import without_fallback
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.secrets import written_secrets


@rule(Severity.ERROR)
def check(handler: Handler) -> Iterator[Report]:
    """Report the first use of each secret that stands in the source."""
    for found in written_secrets(handler):
        yield Report(
            f"a secret stands in the source: `{found.what}`",
            "read it from the environment, and refuse to start without it",
            found.at,
            [
                Evidence(
                    "written here", found.written.expression.span, found.written.scope.module, is_cause=True
                )
            ],
            fix=without_fallback(found.written),
        )
