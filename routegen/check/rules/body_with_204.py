"""
# RG802 body-with-204

A 204 has no body: uvicorn drops the connection over one, and FastAPI throws a returned value away.

## Finds
A response with the status 204, 205 or 304 that has a body, and a path operation with `status_code=204` that
returns a value.

## Leaves alone
`return None`, `Response(status_code=204)`.

## Fix
Leave the body out, or answer 200.

```python bad
from fastapi.responses import JSONResponse


def GET() -> JSONResponse:
    return JSONResponse({"ok": True}, status_code=204)  # <- RG802
```

```python fixed
from fastapi import Response


def GET() -> Response:
    return Response(status_code=204)
```

```typescript bad
export async function GET(): Promise<Response> {
  return Response.json({ ok: true }, { status: 204 })  // <- RG802
}
```

```typescript fixed
export async function GET(): Promise<Response> {
  return new Response(null, { status: 204 })
}
```

```python good
from fastapi import Response


def GET() -> Response:
    return Response(status_code=204)
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.answers import without_body
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.statuses import bodies_with_204


@rule(Severity.ERROR, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each body that cannot be sent."""
    for value, status in bodies_with_204(handler):
        yield Report(
            f"an answer with {status} has no body: `{handler.text(value)}`",
            "leave the body out, or answer 200",
            value.span,
            fix=without_body(handler, value, status),
        )
