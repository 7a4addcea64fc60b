"""
# RG208 no-idempotency

Every sender delivers at least once: the same event comes twice, and is paid out twice.

## Finds
A receiver of webhooks that inserts a row, sends a mail or counts something up, and never reads the id of the event or
of the delivery.

## Leaves alone
Writes that can be repeated (`status = "paid"`, upserts, `ON CONFLICT`); handlers that read an id; an inbox.

## Fix
Keep the event's id in a table where it is unique, in the transaction of the effect; stop when it is there.

```python bad app/api/webhooks/acme/route.py
from fastapi import Request
from lib.db import Payment
from routegen import webhooks
from sqlmodel import Session


async def POST(request: Request, session: Session) -> dict[str, bool]:
    delivery = await webhooks.receive(request, "github")
    session.add(Payment(amount=delivery.payload["amount"]))  # <- RG208
    return {"received": True}
```

```python good app/api/webhooks/acme/route.py
from fastapi import Request
from lib.db import Payment
from routegen import webhooks
from sqlmodel import Session


async def POST(request: Request, session: Session) -> dict[str, bool]:
    delivery = await webhooks.receive(request, "github")
    session.add(Payment(event=delivery.id, amount=delivery.payload["amount"]))
    return {"received": True}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.events import repeated_effect
from routegen.handlers.handler import Site


@rule(Severity.WARNING, preview=True, languages=("python",))
def check(handler: Handler) -> Iterator[Report]:
    """Report what a second delivery would do again."""
    effect = repeated_effect(handler)
    if effect is None:
        return
    is_site = isinstance(effect, Site)
    text = handler.text(effect.call, effect.scope) if is_site else handler.text(effect.span)
    yield Report(
        f"an event that is delivered twice does `{text}` twice: its id is never read",
        "keep the event's id where it is unique, and stop when it is there already",
        effect.top.call.span if is_site else handler.span,
    )
