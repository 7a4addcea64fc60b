"""
# RG603 missing-404

A row that is not there is answered with `null` and 200, or a 500.

## Finds
A `GET` with a path parameter that answers what a query for one row gives, with no test for `None` before.

## Leaves alone
Queries that raise (`.one()`), answers that may be `None` by their annotation or `response_model`.

## Fix
Raise `HTTPException(404)` when the row is `None`.

```python bad app/api/items/[id]/route.py
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session

from lib.db import Item, get_db


def GET(id: int, db: Annotated[Session, Depends(get_db)]) -> object:
    item = db.get(Item, id)
    return item  # <- RG603
```

```python fixed app/api/items/[id]/route.py
from typing import Annotated

from fastapi import Depends, HTTPException
from sqlalchemy.orm import Session

from lib.db import Item, get_db


def GET(id: int, db: Annotated[Session, Depends(get_db)]) -> object:
    item = db.get(Item, id)
    if item is None:
        raise HTTPException(404, "Item not found")
    return item
```

```typescript bad app/api/items/[id]/route.ts
import { prisma } from "@/lib/prisma"

export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }) {
  const item = await prisma.item.findUnique({ where: { id: (await params).id } })
  return Response.json(item)  // <- RG603
}
```

```typescript fixed app/api/items/[id]/route.ts
import { prisma } from "@/lib/prisma"

export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }) {
  const item = await prisma.item.findUnique({ where: { id: (await params).id } })
  if (!item) {
    return Response.json({ error: "Item not found" }, { status: 404 })
  }
  return Response.json(item)
}
```

```python good app/api/items/[id]/route.py
from typing import Annotated

from fastapi import Depends, HTTPException
from sqlalchemy.orm import Session

from lib.db import Item, get_db


def GET(id: int, db: Annotated[Session, Depends(get_db)]) -> object:
    item = db.get(Item, id)
    if item is None:
        raise HTTPException(404, "Item not found")
    return item


def HEAD(id: int, db: Annotated[Session, Depends(get_db)]) -> object | None:
    return db.get(Item, id)
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.answers import guarded
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.rows import unchecked_rows


@rule(Severity.WARNING, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each row that may be missing and is answered untested."""
    for value, source in unchecked_rows(handler):
        yield Report(
            f"a missing row is answered with `null` and 200: nothing tests `{handler.text(value)}`",
            "raise `HTTPException(404)` when it is `None`",
            value.span,
            [Evidence("one row, or None", source.expression.span, source.scope.module)],
            fix=guarded(handler, value),
        )
