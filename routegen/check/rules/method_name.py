"""
# RG702 method-name

A function whose name only resembles a method answers nothing: its route says 405.

## Finds
A function of a `route.py` called `get`, `Post`, `DEL` or one letter off (`PSOT`), which nothing in the file
uses.

## Leaves alone
Helpers that the file itself calls, and names with an underscore in front.

## Fix
Rename the function to the method, in capitals.

```python bad
def GET() -> dict[str, bool]:
    return {"ok": True}


async def post() -> dict[str, bool]:  # <- RG702
    return {"ok": True}


def DEL() -> None:  # <- RG702
    return None
```

```python fixed
def GET() -> dict[str, bool]:
    return {"ok": True}


async def POST() -> dict[str, bool]:
    return {"ok": True}


def DELETE() -> None:
    return None
```

```typescript bad
export async function get(): Promise<Response> {  // <- RG702
  return Response.json({ ok: true })
}

export const GET_NAME = "name"
```

```typescript fixed
export async function GET(): Promise<Response> {
  return Response.json({ ok: true })
}

export const GET_NAME = "name"
```

```python good
def GET() -> dict[str, bool]:
    return get()


def get() -> dict[str, bool]:
    return {"ok": True}


def _post() -> None:
    return None
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.naming import as_method
from routegen.check.registry import rule
from routegen.handlers import RouteModule


@rule(Severity.ERROR)
def check(file: RouteModule) -> Iterator[Report]:
    """Report each near miss."""
    for near in file.near_misses:
        yield Report(
            f"`{near.name}` answers no request: a handler for {near.method} is called `{near.method}`",
            f"rename the function to `{near.method}`, or to `_{near.name}` if it is a helper",
            near.span,
            fix=as_method(file, near),
        )
