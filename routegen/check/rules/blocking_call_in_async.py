"""
# RG901 blocking-call-in-async

A call that waits without `await` in a coroutine stops every other request until it is done.

## Finds
In a handler, an action or a page's `load` that is `async def`: synchronous HTTP clients, database sessions,
SDKs, `time.sleep`, subprocesses and files, also in the functions of the project that it calls.

## Leaves alone
Plain `def` handlers, which run in a thread; what is handed to `run_in_threadpool`, `asyncio.to_thread` or a
background task; asynchronous clients and sessions; tests such as `os.path.exists`.

## Fix
Make the handler a plain `def` when it awaits nothing; else use an asynchronous client, or `run_in_threadpool`.

```python bad
import requests


async def GET() -> int:
    return requests.get("https://example.com/", timeout=5).status_code  # <- RG901
```

```python fixed
import requests


def GET() -> int:
    return requests.get("https://example.com/", timeout=5).status_code
```

```python bad
from typing import Annotated

from fastapi import Depends
from sqlalchemy import text
from sqlalchemy.orm import Session

from lib.db import get_db


async def GET(session: Annotated[Session, Depends(get_db)]) -> int:
    return count(session)  # <- RG901


def count(session: Session) -> int:
    return session.execute(text("SELECT 1")).scalar_one()
```

```python fixed
from typing import Annotated

from fastapi import Depends
from sqlalchemy import text
from sqlalchemy.orm import Session

from lib.db import get_db


def GET(session: Annotated[Session, Depends(get_db)]) -> int:
    return count(session)


def count(session: Session) -> int:
    return session.execute(text("SELECT 1")).scalar_one()
```

```python bad
import time

import requests
from fastapi import Request


async def POST(request: Request) -> str:
    body = await request.body()
    time.sleep(1)  # <- RG901
    return requests.post("https://example.com/", data=body, timeout=5).text
```

```python fixed
import asyncio

import requests
from fastapi import Request
from fastapi.concurrency import run_in_threadpool


async def POST(request: Request) -> str:
    body = await request.body()
    await asyncio.sleep(1)
    return (await run_in_threadpool(requests.post, "https://example.com/", data=body, timeout=5)).text
```

```python good
import httpx
import requests
from fastapi.concurrency import run_in_threadpool


async def GET() -> int:
    async with httpx.AsyncClient() as client:
        answer = await client.get("https://example.com/")
    other = await run_in_threadpool(requests.get, "https://example.com/", timeout=5)
    third = await run_in_threadpool(lambda: requests.get("https://example.com/", timeout=5))
    return answer.status_code + other.status_code + third.status_code


def HEAD() -> int:
    return requests.get("https://example.com/", timeout=5).status_code
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.waiting import in_thread, plain_function
from routegen.check.registry import PYTHON, rule
from routegen.handlers import Handler
from routegen.handlers.blocking import blocking_calls, slowest
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place


@rule(Severity.ERROR, languages=PYTHON, pages=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report the first blocking call of each place in the handler, the slow kinds before files."""
    found = slowest(blocking_calls(handler))
    for blocking in found[:1]:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        inner = blocking.call is not blocking.at.call
        call = handler.text(blocking.call, blocking.scope)
        awaits = any(call.awaited for call in (site.call for site in handler.sites))
        yield Report(
            f"`{call}` blocks the event loop in `async def {handler.name}`{more}",
            "await an asynchronous client, or hand the call to `run_in_threadpool`"
            if awaits
            else f"make it a plain `def {handler.name}`: it then runs in a thread",
            place(blocking.at, handler),
            [Evidence("blocks here", blocking.call.span, blocking.scope.module)] if inner else [],
            severity=Severity.WARNING if blocking.is_file else None,
            fix=plain_function(handler)
            or (None if inner or blocking.is_file else in_thread(blocking.call, blocking.scope)),
        )
