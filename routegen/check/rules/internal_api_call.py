"""
# RG103 internal-api-call

Code of the server that calls its own API over HTTP pays a round trip, and loses cookies, types and the error.

## Finds
A call over HTTP with the address of the own server (`localhost`, `request.base_url`, `request.nextUrl.origin`, a setting
such as `APP_URL`) and the path of a route of the project.

## Leaves alone
Other hosts, and paths that are no route.

## Fix
Call the function itself.

```python beside app/api/users/route.py
def GET() -> list[str]:
    return ["ada"]
```

```python bad
import httpx
from fastapi import Request


async def GET(request: Request) -> object:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{request.base_url}api/users")  # <- RG103
    return answer.json()
```

```typescript beside app/api/users/route.ts
export async function GET(): Promise<Response> {
  return Response.json(["ada"])
}
```

```typescript bad
export async function GET(request: Request): Promise<Response> {
  const users = await fetch(new URL("/api/users", request.url))  // <- RG103
  return Response.json(await users.json())
}
```

```typescript beside app/api/users/route.ts
export async function GET(): Promise<Response> {
  return Response.json(["ada"])
}
```

```typescript good
export async function GET(): Promise<Response> {
  const made = await fetch("http://localhost:11434/api/generate", { method: "POST" })
  return Response.json(await made.json())
}
```

```python good
import httpx


async def GET() -> object:
    async with httpx.AsyncClient() as client:
        answer = await client.get("https://users.example/api/users")
    return answer.json()
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.places import place
from routegen.handlers.urls import own_calls


@rule(Severity.WARNING, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each call of the own server over HTTP."""
    for site in own_calls(handler):
        yield Report(
            f"the server calls itself over HTTP: `{handler.text(site.call, site.scope)}`",
            "call the function that answers there",
            place(site, handler),
        )
