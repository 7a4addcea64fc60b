"""
# RG103 internal-api-call

Code of the server that calls its own API over HTTP pays a round trip, and loses cookies, types and the error.

## Finds
`httpx` or `requests` with the address of the own server (`localhost`, `request.base_url`) and the path of a route
of the project.

## Leaves alone
Other hosts, and paths that are no route.

## Fix
Call the function itself.

```python bad
import httpx
from fastapi import Request


async def GET(request: Request) -> object:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{request.base_url}api/users")  # <- RG103
    return answer.json()
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
