"""/api/stream: ten events, a second apart, as server-sent events (`new EventSource("/api/stream")`).

A route handler, because the answer goes on while things happen; a single value is a plain answer.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Query, Response
from routegen import respond

EXPOSE = "stream"
COUNT = 10


async def GET(
    interval: Annotated[float, Query(ge=0, le=60, description="Seconds between two events")] = 1,
) -> Response:
    """Count to ten."""
    return respond.events(count(interval))


async def count(interval: float) -> AsyncIterator[dict[str, int]]:
    """The events: replace them by what happens in your application."""
    for number in range(1, COUNT + 1):
        if number > 1:
            await asyncio.sleep(interval)
        yield {"number": number}
