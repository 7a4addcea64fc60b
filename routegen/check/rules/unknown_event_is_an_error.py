"""
# RG210 unknown-event-is-an-error

A sender that gets an error for an event which you do not use sends it again, and at last switches the endpoint off.

## Finds
The `else` or the last `case` over an event's type that raises, or answers with 400 or more, in a receiver of
webhooks.

## Leaves alone
Refusals before the type is looked at, and `case` patterns that are no default.

## Fix
Answer 200 to what you do not use.

```python bad app/api/webhooks/acme/route.py
from fastapi import HTTPException, Request
from routegen import webhooks


async def POST(request: Request) -> dict[str, bool]:
    delivery = await webhooks.receive(request, "github")
    match delivery.type:
        case "push":
            print("pushed")
        case other:
            raise HTTPException(400, f"Unknown event {other}")  # <- RG210
    return {"received": True}
```

```python bad app/api/webhooks/other/route.py
from fastapi import Request
from routegen import respond, webhooks


async def POST(request: Request) -> object:
    delivery = await webhooks.receive(request, "github")
    if delivery.type == "push":
        print("pushed")
    else:
        return respond.error("Unknown event", 422)  # <- RG210
    return {"received": True}
```

```python good app/api/webhooks/acme/route.py
from fastapi import HTTPException, Request
from routegen import webhooks


async def POST(request: Request) -> dict[str, bool]:
    delivery = await webhooks.receive(request, "github")
    if not delivery.payload:
        raise HTTPException(400, "Empty")
    match delivery.type:
        case "push":
            print("pushed")
        case other:
            print("nothing to do about", other)
    return {"received": True}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.events import refused_types


@rule(Severity.WARNING, preview=True, languages=("python",))
def check(handler: Handler) -> Iterator[Report]:
    """Report each refusal of an event that is only not known."""
    for span, status in refused_types(handler):
        yield Report(
            f"an event of a type that is not known here is answered with {status}: its sender will send it again",
            "answer 200 to what you do not use",
            span,
        )
