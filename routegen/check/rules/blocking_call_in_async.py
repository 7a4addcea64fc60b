r"""
# RG901 blocking-call-in-async

A call that waits without `await` in a coroutine stops every other request until it is done. A script has no threads:
there it is the same in every function.

## Finds
In a handler, an action or a page's `load` that is `async def`: synchronous HTTP clients, database sessions,
SDKs, `time.sleep`, subprocesses and files, also in the functions of the project that it calls. In a handler or a server
function of Next.js: `readFileSync` and its like, `execSync`, `bcrypt.hashSync`, `scryptSync`.

## Leaves alone
Plain `def` handlers, which run in a thread; what is handed to `run_in_threadpool`, `asyncio.to_thread` or a
background task; asynchronous clients and sessions; tests such as `os.path.exists`. In scripts also what runs when a file
is loaded, what Next.js may run when it builds (a GET that takes no request), and what is kept for the next time.

## Fix
Make the handler a plain `def` when it awaits nothing; else use an asynchronous client, or `run_in_threadpool`. In a
script await what does the same without `Sync` in its name.

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

```typescript bad
import fs from "node:fs"
import bcrypt from "bcryptjs"

export const EXPOSE = "public"

export async function POST(request: Request): Promise<Response> {
  const { password } = await request.json()
  const known = fs.readFileSync("known-passwords.txt", "utf8").split("\n")
  if (known.includes(password)) {
    return Response.json({ error: "Everybody knows it" }, { status: 422 })
  }
  return Response.json({ hash: bcrypt.hashSync(password, 12) })  // <- RG901
}
```

```typescript fixed
import fs from "node:fs"
import bcrypt from "bcryptjs"

export const EXPOSE = "public"

export async function POST(request: Request): Promise<Response> {
  const { password } = await request.json()
  const known = (await fs.promises.readFile("known-passwords.txt", "utf8")).split("\n")
  if (known.includes(password)) {
    return Response.json({ error: "Everybody knows it" }, { status: 422 })
  }
  return Response.json({ hash: await bcrypt.hash(password, 12) })
}
```

```typescript good
import { existsSync, readFileSync } from "node:fs"

const LETTER = readFileSync("letters/welcome.html", "utf8")
let rules: string | undefined

export async function GET(): Promise<Response> {
  return Response.json({ version: readFileSync("VERSION", "utf8") })
}

export async function POST(request: Request): Promise<Response> {
  rules ??= readFileSync("rules.txt", "utf8")
  const isKnown = rules.includes(await request.text()) && existsSync("known")
  return Response.json({ letter: LETTER, isKnown })
}
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
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.blocking import blocking_calls
from routegen.handlers.facts import Evidence


@rule(Severity.ERROR, pages=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report the first blocking call of each place in the handler, the slow kinds before files."""
    found, is_script = blocking_calls(handler), handler.module.lang != "python"
    found = [b for b in found if not b.is_file] or found[:1]
    for blocking in found[:1]:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        inner = blocking.call is not blocking.at.call
        call = handler.text(blocking.call, blocking.scope)
        awaits = any(call.awaited for call in (site.call for site in handler.sites))
        yield Report(
            f"`{call}` blocks the event loop in `async def {handler.name}`{more}",
            "await an asynchronous client, or hand the call to `run_in_threadpool`"
            if awaits or is_script
            else f"make it a plain `def {handler.name}`: it then runs in a thread",
            blocking.at.call.span,
            [Evidence("blocks here", blocking.call.span, blocking.scope.module)] if inner else [],
            severity=Severity.WARNING if blocking.is_file else None,
            fix=plain_function(handler)
            or (
                in_thread(blocking.call, blocking.scope)
                if is_script or not (inner or blocking.is_file)
                else None
            ),
        )
