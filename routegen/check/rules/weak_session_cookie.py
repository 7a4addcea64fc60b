"""
# RG506 weak-session-cookie

A session cookie without `httponly` is readable by any script of the page.

## Finds
`set_cookie` for a session, token or user without `httponly=True`, or with `samesite="none"` and no `secure`.

## Leaves alone
CSRF cookies, which scripts must read; settings such as themes; a cookie that is taken away; calls whose options are
not literals.

## Fix
Say `httponly=True, secure=True, samesite="lax"`.

```python bad
from fastapi import Response


def GET(response: Response) -> dict[str, bool]:
    response.set_cookie("session", "value")  # <- RG506
    return {"ok": True}
```

```python fixed
from fastapi import Response


def GET(response: Response) -> dict[str, bool]:
    response.set_cookie("session", "value", httponly=True, secure=True, samesite="lax")
    return {"ok": True}
```

```typescript bad
import { cookies } from "next/headers"

export async function GET(): Promise<Response> {
  const jar = await cookies()
  jar.set("session", "a-secret", {  // <- RG506
    path: "/",
  })
  return Response.json({ ok: true })
}
```

```typescript fixed
import { cookies } from "next/headers"

export async function GET(): Promise<Response> {
  const jar = await cookies()
  jar.set("session", "a-secret", {
    path: "/",
    httpOnly: true,
    secure: process.env.NODE_ENV === "production",
    sameSite: "lax",
  })
  return Response.json({ ok: true })
}
```

```python good
from fastapi import Response


def GET(response: Response) -> dict[str, bool]:
    response.set_cookie("theme", "dark")
    response.set_cookie("csrf_token", "value", secure=True)
    return {"ok": True}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.cookies import with_flags
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.cookies import weak_cookies
from routegen.handlers.places import place


@rule(Severity.WARNING, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each session cookie that scripts can read, or that other sites send."""
    for site, name, lack in weak_cookies(handler):
        yield Report(
            f"the cookie `{name}` is set without `{lack}`",
            'say `httponly=True, secure=True, samesite="lax"`',
            place(site, handler),
            fix=with_flags(site, lack),
        )
