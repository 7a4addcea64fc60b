"""/api/stream: ten events, a second apart, as server-sent events.

    const events = new EventSource("/api/stream")
    events.onmessage = (event) => console.log(event.lastEventId, JSON.parse(event.data))

A browser that was cut off connects again by itself and says which event it saw last: it gets the
others. When the server stops, it sends an event `shutdown` first; the browser comes back by itself:

    events.addEventListener("shutdown", () => console.log("back in a moment"))

From a shell: `curl -N http://127.0.0.1:8000/api/stream`.

A route handler, because the answer goes on while things happen; a single value is a plain answer.
Open: anyone may listen.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header, Query, Response
from routegen import operation, respond

EXPOSE = "stream"
COUNT = 10


@operation(response_class=respond.EventStream, responses={204: {"description": "Nothing is left"}})
async def GET(
    interval: Annotated[float, Query(ge=0, le=60, description="Seconds between two events")] = 1,
    last_event_id: Annotated[int, Header(ge=0, description="What the client saw last")] = 0,
) -> Response:
    """Count to ten."""
    if last_event_id >= COUNT:
        return respond.no_content()  # it has everything: a browser stops connecting again
    return respond.events(count(last_event_id, interval))


async def count(after: int, interval: float) -> AsyncIterator[respond.Event]:
    """The events after one: replace them by what happens in your application."""
    for number in range(after + 1, COUNT + 1):
        if number > after + 1:
            await asyncio.sleep(interval)
        yield respond.Event({"number": number}, id=str(number))
