r"""
# RG407 sse-framing

An event ends with an empty line. Without it the browser waits for the next one.

## Finds
A text that begins with `data:` and does not end with two newlines, in a stream of events.

## Leaves alone
Events whose lines are yielded one by one, and texts put together elsewhere.

## Fix
End it with a blank line, or answer with `respond.events`.

```python bad
from collections.abc import Iterator

from fastapi.responses import StreamingResponse


def events() -> Iterator[str]:
    for number in range(3):
        yield f"data: {number}\n"


def GET() -> StreamingResponse:
    return StreamingResponse(events(), media_type="text/event-stream")  # <- RG407
```

```python fixed
from collections.abc import Iterator

from fastapi.responses import StreamingResponse


def events() -> Iterator[str]:
    for number in range(3):
        yield f"data: {number}\n\n"


def GET() -> StreamingResponse:
    return StreamingResponse(events(), media_type="text/event-stream")
```

```python good
from collections.abc import Iterator

from fastapi.responses import StreamingResponse


def events() -> Iterator[str]:
    for number in range(3):
        yield "event: count\n"
        yield f"data: {number}\n\n"


def GET() -> StreamingResponse:
    return StreamingResponse(events(), media_type="text/event-stream")
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.answers import finished_event
from routegen.check.registry import PYTHON, rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place
from routegen.handlers.streams import streams, unfinished_events


@rule(Severity.WARNING, preview=True, languages=PYTHON)
def check(handler: Handler) -> Iterator[Report]:
    """Report the first event of a stream that never ends."""
    for stream in streams(handler):
        for event in unfinished_events(stream)[:1]:
            yield Report(
                f"this event has no end: `{handler.text(event, stream.scope)}`",
                "end it with an empty line (two newlines), or answer with `respond.events`",
                place(stream.site, handler),
                [Evidence("yielded here", event.span, stream.scope.module)],
                fix=finished_event(stream.scope, event),
            )
