"""
# RG405 source-closed-before-stream

The block ends when the handler returns, and the stream is read afterwards, from what was closed.

## Finds
A streaming answer returned inside `with` or `async with` whose source is what the block opened.

## Leaves alone
Sources that the generator opens itself, and locks.

## Fix
Open the source inside the generator.

```python bad
import httpx
from fastapi.responses import StreamingResponse


async def GET() -> StreamingResponse:
    async with httpx.AsyncClient() as client:
        answer = await client.get("https://example.com/")
        return StreamingResponse(client.stream("GET", answer.url))  # <- RG405
```

```python good
from collections.abc import AsyncIterator

import httpx
from fastapi.responses import StreamingResponse


async def chunks() -> AsyncIterator[bytes]:
    async with httpx.AsyncClient() as client, client.stream("GET", "https://example.com/") as answer:
        async for chunk in answer.aiter_bytes():
            yield chunk


async def GET() -> StreamingResponse:
    return StreamingResponse(chunks())
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import PYTHON, rule
from routegen.handlers import Handler
from routegen.handlers.streams import closed_early, streams


@rule(Severity.ERROR, preview=True, languages=PYTHON)
def check(handler: Handler) -> Iterator[Report]:
    """Report each stream whose source is closed before it is read."""
    for stream in streams(handler):
        name = closed_early(stream)
        if name is not None:
            yield Report(
                f"`{name}` is closed when the handler returns, before the stream is read",
                "open it inside the generator",
                stream.site.call.span,
            )
