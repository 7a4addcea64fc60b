r"""
# RG403 stream-without-cleanup

What a handler subscribes to for a stream goes on for every client that left, until the server runs out of something.

## Finds
A `subscribe` or `add_listener` of the handler whose result a generator reads, when no `finally` of the generator gives
it back.

## Leaves alone
Subscriptions that the generator takes itself inside `with` or `try`; a `finally` that unsubscribes or closes; a
`background` task. An endless generator by itself: it is cancelled when its client leaves.

## Fix
Subscribe inside the generator, and give it back in `finally`.

```python bad
from collections.abc import AsyncIterator

from lib.bus import bus
from routegen import respond


async def listen(queue: object) -> AsyncIterator[str]:
    async for message in queue:
        yield message


async def GET() -> object:
    queue = bus.subscribe("news")  # <- RG403
    return respond.events(listen(queue))
```

```python good
from collections.abc import AsyncIterator

from lib.bus import bus
from routegen import respond


async def listen() -> AsyncIterator[str]:
    queue = bus.subscribe("news")
    try:
        async for message in queue:
            yield message
    finally:
        queue.close()


async def GET() -> object:
    return respond.events(listen())
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.streams import kept_subscription, streams


@rule(Severity.WARNING, preview=True, languages=("python",))
def check(handler: Handler) -> Iterator[Report]:
    """Report each subscription that outlives its stream."""
    for stream in streams(handler):
        site = kept_subscription(stream, handler)
        if site is not None:
            yield Report(
                f"`{handler.text(site.call)}` goes on after the client has left: the generator does not give it back",
                "subscribe inside the generator, and give it back in `finally`",
                site.call.span,
            )
