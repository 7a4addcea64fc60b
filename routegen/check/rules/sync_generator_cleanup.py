r"""
# RG404 sync-generator-cleanup

When a client leaves, the `finally` of a plain generator waits for the garbage collector.

## Finds
A plain generator that feeds a streaming answer and holds something open around its `yield`: `with`, `try` and
`finally`.

## Leaves alone
Asynchronous generators, which are closed at once; files, which are short.

## Fix
Make it an `async` generator, or release in a background task.

```python bad
import sqlite3
from collections.abc import Iterator

from fastapi.responses import StreamingResponse


def rows() -> Iterator[str]:
    with sqlite3.connect("shop.db") as db:
        for row in db.execute("SELECT name FROM items"):
            yield f"{row[0]}\n"


def GET() -> StreamingResponse:
    return StreamingResponse(rows())  # <- RG404
```

```python good
from collections.abc import Iterator

from fastapi.responses import StreamingResponse


def lines() -> Iterator[str]:
    with open("items.txt") as file:
        yield from file


def GET() -> StreamingResponse:
    return StreamingResponse(lines())
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import PYTHON, rule
from routegen.handlers import Handler
from routegen.handlers.places import place
from routegen.handlers.streams import held_open, streams


@rule(Severity.WARNING, preview=True, languages=PYTHON)
def check(handler: Handler) -> Iterator[Report]:
    """Report each plain generator that keeps something open while it streams."""
    for stream in streams(handler):
        held = held_open(stream)
        if held is not None and stream.generator is not None:
            yield Report(
                f"`{stream.generator.name}` keeps `{handler.text(held, stream.scope)}` open "
                "until the garbage collector comes, when a client leaves",
                "make it an `async` generator: its `finally` runs as soon as the client leaves",
                place(stream.site, handler),
            )
