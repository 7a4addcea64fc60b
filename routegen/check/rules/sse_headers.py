r"""
# RG402 sse-headers

Without the type `text/event-stream` a browser's `EventSource` refuses the stream.

## Finds
A streaming answer whose generator yields `data:` or `event:` lines, with another media type or none.

## Leaves alone
`EventSourceResponse`, `respond.events`, and media types that are no literal.

## Fix
Say `media_type="text/event-stream"`, or answer with `respond.events`.

```python bad
from collections.abc import Iterator

from fastapi.responses import StreamingResponse


def events() -> Iterator[str]:
    yield "data: hello\n\n"


def GET() -> StreamingResponse:
    return StreamingResponse(events())  # <- RG402
```

```python fixed
from collections.abc import Iterator

from fastapi.responses import StreamingResponse


def events() -> Iterator[str]:
    yield "data: hello\n\n"


def GET() -> StreamingResponse:
    return StreamingResponse(events(), media_type="text/event-stream")
```

```python good
from collections.abc import Iterator

from fastapi.responses import StreamingResponse


def events() -> Iterator[str]:
    yield "data: hello\n\n"


def GET() -> StreamingResponse:
    return StreamingResponse(events(), media_type="text/event-stream")
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.edits import fix, keywords
from routegen.check.registry import PYTHON, rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place
from routegen.handlers.streams import event_yields, media_type, streams


@rule(Severity.WARNING, preview=True, languages=PYTHON)
def check(handler: Handler) -> Iterator[Report]:
    """Report each stream of events that does not say so."""
    for stream in streams(handler):
        yields, kind = event_yields(stream), media_type(stream)
        if yields and stream.is_plain and kind is not None and "event-stream" not in kind:
            yield Report(
                "this streams events without their media type: a browser's `EventSource` refuses it",
                'say `media_type="text/event-stream"`, or answer with `respond.events`',
                place(stream.site, handler),
                [Evidence("an event", yields[0].span, stream.scope.module)],
                fix=fix(
                    'say `media_type="text/event-stream"`',
                    keywords(
                        stream.site.scope.module, stream.site.call, {"media_type": '"text/event-stream"'}
                    )
                    if len(stream.site.call.arguments) < 4
                    else None,
                    safe=True,
                ),
            )
