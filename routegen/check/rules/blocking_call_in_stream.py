r"""
# RG401 blocking-call-in-stream

An `async` generator runs on the event loop: a call that waits without `await` holds up every other request.

## Finds
Blocking calls (`time.sleep`, synchronous clients) in an `async def` generator that feeds a streaming answer.

## Leaves alone
Plain generators, which run in a thread; `await asyncio.sleep(…)`.

## Fix
Await an asynchronous call, or make it a plain generator.

```python bad
import time
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse


async def ticks() -> AsyncIterator[str]:
    while True:
        yield "tick\n"
        time.sleep(1)


def GET() -> StreamingResponse:
    return StreamingResponse(ticks())  # <- RG401
```

```python fixed
import asyncio
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse


async def ticks() -> AsyncIterator[str]:
    while True:
        yield "tick\n"
        await asyncio.sleep(1)


def GET() -> StreamingResponse:
    return StreamingResponse(ticks())
```

```python good
import time
from collections.abc import Iterator

from fastapi.responses import StreamingResponse


def ticks() -> Iterator[str]:
    while True:
        yield "tick\n"
        time.sleep(1)


def GET() -> StreamingResponse:
    return StreamingResponse(ticks())
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.waiting import in_thread
from routegen.check.registry import PYTHON, rule
from routegen.handlers import Handler
from routegen.handlers.blocking import blocking_in
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place
from routegen.handlers.streams import streams


@rule(Severity.ERROR, preview=True, languages=PYTHON)
def check(handler: Handler) -> Iterator[Report]:
    """Report the first blocking call of each asynchronous generator."""
    for stream in streams(handler):
        if stream.generator is None or not stream.generator.is_async:
            continue
        for call in list(blocking_in(stream.generator.body.statements, stream.scope))[:1]:
            yield Report(
                f"`{handler.text(call, stream.scope)}` in the asynchronous generator `{stream.generator.name}` "
                "holds up every other request",
                "await an asynchronous call, or make it a plain generator: it then runs in a thread",
                place(stream.site, handler),
                [Evidence("blocks here", call.span, stream.scope.module)],
                fix=in_thread(call, stream.scope),
            )
