"""
# RG706 loop-in-handler

`asyncio.run` inside a handler starts a second event loop, or fails: one runs already.

## Finds
`asyncio.run(…)` or `loop.run_until_complete(…)` in a handler.

## Leaves alone
Scripts, and threads of their own.

## Fix
Make the handler `async def`, and await.

```python bad
import asyncio


async def count() -> int:
    return 1


def GET() -> int:
    return asyncio.run(count())  # <- RG706
```

```python fixed
async def count() -> int:
    return 1


async def GET() -> int:
    return await count()
```

```python good
async def GET() -> int:
    return 1
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.waiting import own_loop
from routegen.check.registry import PYTHON, rule
from routegen.handlers import Handler
from routegen.handlers.coroutines import loops


@rule(Severity.WARNING, preview=True, languages=PYTHON)
def check(handler: Handler) -> Iterator[Report]:
    """Report each loop that a handler starts."""
    for site in loops(handler):
        yield Report(
            f"`{handler.text(site.call)}` starts an event loop inside a handler",
            "make the handler `async def`, and await",
            site.call.span,
            fix=own_loop(site, handler),
        )
