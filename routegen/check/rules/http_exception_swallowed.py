"""
# RG807 http-exception-swallowed

`except Exception` also catches the `HTTPException` that was raised on purpose: a 404 becomes a 500.

## Finds
`raise HTTPException(…)` inside a `try` whose `except Exception` (or bare `except`) comes first and answers with
something else.

## Leaves alone
An `except HTTPException: raise` before it, handlers that raise it again or ask for its type.

## Fix
Put `except HTTPException: raise` first; in a `catch` of Next.js 15 `unstable_rethrow(error)`.

```python bad
import logging

from fastapi import HTTPException

ROWS = {1: "one"}


def GET(id: int) -> str:
    try:
        if id not in ROWS:
            raise HTTPException(404, "Item not found")  # <- RG807
        return ROWS[id]
    except Exception:
        logging.exception("failed")
        raise HTTPException(500, "Something went wrong")
```

```python fixed
import logging

from fastapi import HTTPException

ROWS = {1: "one"}


def GET(id: int) -> str:
    try:
        if id not in ROWS:
            raise HTTPException(404, "Item not found")
        return ROWS[id]
    except HTTPException:
        raise
    except Exception:
        logging.exception("failed")
        raise HTTPException(500, "Something went wrong")
```

```python good
from fastapi import HTTPException


def GET(id: int) -> int:
    try:
        if id < 0:
            raise HTTPException(404, "Item not found")
    except Exception as error:
        if isinstance(error, HTTPException):
            raise
        return 0
    return id
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.answers import let_through
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.swallowed import swallowed_errors


@rule(Severity.WARNING)
def check(handler: Handler) -> Iterator[Report]:
    """Report each error that was meant for the client and is caught on its way."""
    for statement, block, status in swallowed_errors(handler):
        yield Report(
            f"this is caught again by the `except` below, and answered {status}: `{handler.text(statement.span)}`",
            "put `except HTTPException: raise` before it",
            statement.span,
            [Evidence("caught here", block.span)],
            fix=let_through(handler, statement, block, safe=not status.startswith(("2", "4"))),
        )
