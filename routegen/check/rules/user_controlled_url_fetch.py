"""
# RG903 user-controlled-url-fetch

A server that fetches any address for a client reaches what the client cannot: the metadata service, internal
hosts.

## Finds
A URL of the query or the body that is fetched with `httpx`, `requests`, `aiohttp` or `urllib` as it came.

## Leaves alone
URLs whose host is fixed, and those that are compared or checked before.

## Fix
Allow a list of hosts.

```python bad
import httpx


async def GET(url: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text  # <- RG903
```

```python good
import httpx


async def GET(name: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"https://example.com/{name}")).text
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place
from routegen.handlers.urls import fetched_urls


@rule(Severity.WARNING, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each address of the client that the server fetches."""
    for site, way in fetched_urls(handler):
        name = handler.text(way[0].expression, way[0].scope)
        yield Report(
            f"the server fetches any address that a client sends: `{name}`",
            "allow a list of hosts",
            place(site, handler),
            [Evidence("comes from the request", way[0].expression.span, way[0].scope.module)],
        )
