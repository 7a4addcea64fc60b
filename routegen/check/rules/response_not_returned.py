"""
# RG805 response-not-returned

A response that is made and not returned answers nothing: the guard before it does nothing.

## Finds
A response or an `HTTPException` as a statement of its own, without `return` or `raise`.

## Leaves alone
Responses that are kept in a variable, and calls that only look like one.

## Fix
Write `return` or `raise` before it.

```python bad
from fastapi import HTTPException


def GET(page: int) -> int:
    if page < 0:
        HTTPException(404, "No such page")  # <- RG805
    return page
```

```python fixed
from fastapi import HTTPException


def GET(page: int) -> int:
    if page < 0:
        raise HTTPException(404, "No such page")
    return page
```

```typescript bad
export async function GET(request: Request): Promise<Response> {
  const name = new URL(request.url).searchParams.get("name")
  if (!name) {
    Response.json({ error: "A name is needed" }, { status: 400 })  // <- RG805
  }
  return Response.json({ name })
}
```

```typescript fixed
export async function GET(request: Request): Promise<Response> {
  const name = new URL(request.url).searchParams.get("name")
  if (!name) {
    return Response.json({ error: "A name is needed" }, { status: 400 })
  }
  return Response.json({ name })
}
```

```python good
from fastapi.responses import JSONResponse


def GET(page: int) -> JSONResponse:
    answer = JSONResponse({"page": page})
    answer.headers["x-page"] = str(page)
    return answer
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.answers import given
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.statuses import dropped_answers


@rule(Severity.ERROR, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each answer that is dropped."""
    for value, word in dropped_answers(handler):
        yield Report(
            f"`{handler.text(value)}` is made and dropped: nothing is answered with it",
            f"write `{word}` before it",
            value.span,
            fix=given(handler, value, word),
        )
