"""
# RG801 error-with-200

Callers, monitors and caches take an error that is answered with 200 for a success.

## Finds
An answer with the status of a success whose body has the shape of an error, where something failed: in an
`except`, or behind a test that found nothing.

## Leaves alone
Answers with a status of 400 or more, handlers that set the status of their response, webhooks (whose senders
want a 200), pages, and results that list errors on the way that went well.

## Fix
Raise an `HTTPException`, or give the answer its status.

```python bad
ROWS = {1: "one"}


def GET(id: int) -> dict[str, str]:
    if id not in ROWS:
        return {"error": "Item not found"}  # <- RG801
    return {"name": ROWS[id]}
```

```python fixed
from fastapi import HTTPException

ROWS = {1: "one"}


def GET(id: int) -> dict[str, str]:
    if id not in ROWS:
        raise HTTPException(404, "Item not found")
    return {"name": ROWS[id]}
```

```python bad
import json

from fastapi import Request


async def POST(request: Request):
    try:
        return json.loads(await request.body())
    except ValueError:
        return {"success": False, "message": "Invalid JSON"}  # <- RG801
```

```python fixed
import json

from fastapi import Request
from fastapi.responses import JSONResponse


async def POST(request: Request):
    try:
        return json.loads(await request.body())
    except ValueError:
        return JSONResponse({"success": False, "message": "Invalid JSON"}, status_code=400)
```

```typescript bad
export async function GET(): Promise<Response> {
  try {
    return Response.json(await load())
  } catch (error) {
    console.error(error)
    return Response.json({ error: "It could not be loaded" })  // <- RG801
  }
}
```

```typescript fixed
export async function GET(): Promise<Response> {
  try {
    return Response.json(await load())
  } catch (error) {
    console.error(error)
    return Response.json({ error: "It could not be loaded" }, { status: 500 })
  }
}
```

```python good
from fastapi import HTTPException

ROWS = {1: "one"}


def GET(id: int) -> dict[str, str]:
    if id not in ROWS:
        raise HTTPException(404, "Item not found")
    return {"name": ROWS[id], "error": ""}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.answers import with_error_status
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.errors import failed_answers


@rule(Severity.WARNING)
def check(handler: Handler) -> Iterator[Report]:
    """Report each error that goes out as a success."""
    for answer in failed_answers(handler):
        yield Report(
            f"an error is answered with {answer.status}: `{handler.text(answer.value)}`",
            "raise `HTTPException`, or give the answer the status of an error",
            answer.value.span,
            fix=with_error_status(handler, answer.value),
        )
