"""
# RG712 no-handler

A `route.py` that exports no handler answers 405 to every request.

## Finds
A `route.py` without `GET`, `POST`, … and without a name that nearly is one (RG702 reports those).

## Leaves alone
Files whose exports cannot be read from their text: `from x import *`, `globals()`.

## Fix
Write a handler, or rename the file if it holds helpers only.

```python bad
# <- RG712
LIMIT = 10


def _users() -> list[str]:
    return []
```

```python good
def GET() -> list[str]:
    return []
```

```python good
from lib.handlers import *
```

```python good
LIMIT = 10


def GET() -> list[str]:
    return []
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import RouteModule
from routegen.handlers.expression import Span


@rule(Severity.ERROR)
def check(file: RouteModule) -> Iterator[Report]:
    """Report a file that exports nothing."""
    if not (file.exports or file.near_misses or file.not_callable or file.is_open):
        yield Report(
            "this `route.py` exports no handler: every request is answered with 405",
            "define `GET`, `POST`, … in it, or rename the file if it is no route",
            Span(0, 0),
        )
