"""
# RG902 unawaited

A coroutine that nobody awaits does nothing: what it should save is lost, and so is its error.

## Finds
A call of a coroutine of the project, or of a known library, as a statement of its own without `await`.

## Leaves alone
`create_task`, `gather`, background tasks, and coroutines that are kept in a variable.

## Fix
Write `await` before it.

```python bad
from fastapi import Request


async def note(text: str) -> None:
    print(text)


async def GET(request: Request) -> dict[str, bool]:
    note(request.url.path)  # <- RG902
    return {"ok": True}
```

```python fixed
from fastapi import Request


async def note(text: str) -> None:
    print(text)


async def GET(request: Request) -> dict[str, bool]:
    await note(request.url.path)
    return {"ok": True}
```

```typescript bad
async function note(text: string): Promise<void> {
  console.log(text)
}

export async function GET(): Promise<Response> {
  note("asked")  // <- RG902
  return Response.json({ ok: true })
}
```

```typescript fixed
async function note(text: string): Promise<void> {
  console.log(text)
}

export async function GET(): Promise<Response> {
  await note("asked")
  return Response.json({ ok: true })
}
```

```python good
import asyncio

TASKS: set[object] = set()


async def note(text: str) -> None:
    print(text)


async def GET() -> dict[str, bool]:
    TASKS.add(asyncio.create_task(note("one")))
    await asyncio.gather(note("two"), note("three"))
    return {"ok": True}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.edits import fix, insert
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.coroutines import unawaited


@rule(Severity.ERROR, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each coroutine that never runs."""
    for call, scope in unawaited(handler):
        yield Report(
            f"`{handler.text(call, scope)}` is a coroutine that nobody awaits: it never runs",
            "write `await` before it",
            call.span,
            fix=fix("await it", insert(scope.module, call.span.start, "await "), lang=scope.lang)
            if scope.function.is_async
            else None,
        )
