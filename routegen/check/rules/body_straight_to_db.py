"""
# RG507 body-straight-to-db

Whoever sends the body decides every column: `role`, `balance`, `owner_id`.

## Finds
The parsed body as it came (`await request.json()`, a `dict` parameter), or in scripts an object in it, as
`Model(**body)`, in `insert_one(body)`, `update(body)`, `{ $set: body }`, `data: { ...body }` or set attribute by
attribute.

## Leaves alone
Pydantic models, what a schema parsed, keys that are picked one by one, verified webhooks, values of SQL.

## Fix
Take the body as a Pydantic model that holds only what a client may set.

```python bad
from typing import Annotated, Any

from fastapi import Depends, Request
from pymongo import AsyncMongoClient

from lib.auth import signed_in

db: Any = AsyncMongoClient().shop


async def POST(request: Request, user: Annotated[str, Depends(signed_in)]) -> dict[str, bool]:
    await db.items.insert_one(await request.json())  # <- RG507
    return {"ok": True}
```

```python good
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel
from pymongo import AsyncMongoClient

from lib.auth import signed_in

db: Any = AsyncMongoClient().shop


class Item(BaseModel):
    name: str


async def POST(item: Item, user: Annotated[str, Depends(signed_in)]) -> dict[str, bool]:
    await db.items.insert_one(item.model_dump())
    return {"ok": True}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.bodies import written_bodies
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place


@rule(Severity.WARNING)
def check(handler: Handler) -> Iterator[Report]:
    """Report each unchecked body that becomes a row."""
    for site, way in written_bodies(handler):
        source = way[0]
        yield Report(
            f"the client decides every column: `{handler.text(site.call, site.scope)}` gets the body as it came",
            "take the body as a Pydantic model that holds only what a client may set",
            place(site, handler),
            [Evidence("the body", source.expression.span, source.scope.module)],
        )
