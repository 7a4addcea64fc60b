r"""
# RG406 buffered-stream

A streaming answer of what is whole in memory saves nothing, and hides its length.

## Finds
`StreamingResponse` of `BytesIO(data)`, `iter([…])` or a list.

## Leaves alone
Generators, files, and buffers that something else fills.

## Fix
Answer with `Response`, or `FileResponse`.

```python bad
import io

from fastapi.responses import StreamingResponse


def GET() -> StreamingResponse:
    return StreamingResponse(io.BytesIO(b"a,b\n"), media_type="text/csv")  # <- RG406
```

```python good
from fastapi import Response


def GET() -> Response:
    return Response(b"a,b\n", media_type="text/csv")
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import PYTHON, rule
from routegen.handlers import Handler
from routegen.handlers.places import place
from routegen.handlers.streams import is_buffered, streams


@rule(Severity.WARNING, preview=True, languages=PYTHON)
def check(handler: Handler) -> Iterator[Report]:
    """Report each stream of what is in memory already."""
    for stream in streams(handler):
        if stream.source is not None and is_buffered(stream):
            yield Report(
                f"`{handler.text(stream.source, stream.site.scope)}` is in memory already: streaming saves nothing",
                "answer with `Response`, which knows its length",
                place(stream.site, handler),
            )
