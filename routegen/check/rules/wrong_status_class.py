"""
# RG808 wrong-status-class

A fault of the client that is answered with 500 alarms people and is tried again; the other way round hides it.

## Finds
`HTTPException` or a response whose text says `not found`, `unauthorized` or `invalid` with a status of 500 or
more.

## Leaves alone
Texts that say what the server failed to do, or which setting it lacks.

## Fix
Answer 404, 401 or 400.

```python bad
from fastapi import HTTPException


def GET(page: int) -> int:
    if page < 0:
        raise HTTPException(500, "Page not found")  # <- RG808
    return page
```

```python fixed
from fastapi import HTTPException


def GET(page: int) -> int:
    if page < 0:
        raise HTTPException(404, "Page not found")
    return page
```

```python good
from fastapi import HTTPException


def GET(page: int) -> int:
    if page < 0:
        raise HTTPException(404, "No such page")
    return page
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.answers import with_better_status
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.statuses import misjudged


@rule(Severity.WARNING, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each fault of the client that is answered as one of the server."""
    for value, status, better in misjudged(handler):
        yield Report(
            f"a fault of the client is answered {status}: `{handler.text(value)}`",
            f"answer {better}",
            value.span,
            fix=with_better_status(handler, value, better),
        )
