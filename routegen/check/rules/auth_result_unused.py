"""
# RG502 auth-result-unused

Who calls is looked up, and nobody looks at the answer: the handler runs for strangers too.

## Finds
A handler that changes data and asks who calls in a way that gives None for nobody (`authenticator.find`,
`auto_error=False`, `get_current_user_optional`), and never mentions what it got. In scripts: `auth()`,
`getServerSession()`, `currentUser()`, `supabase.auth.getUser()` and their like, where nothing else checks who calls.

## Leaves alone
What is tested, read or passed on; dependencies that refuse by themselves; handlers that only read.

## Fix
Refuse: `if caller is None: raise HTTPException(401)`; or use the dependency that does, as `require` does.

```python bad
import sqlite3
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPBearer

bearer = HTTPBearer(auto_error=False)


def DELETE(id: int, caller: Annotated[object, Depends(bearer)]) -> None:  # <- RG502
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM items WHERE id = ?", [id])
```

```python good
import sqlite3
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPBearer

bearer = HTTPBearer(auto_error=False)


def DELETE(id: int, caller: Annotated[object, Depends(bearer)]) -> None:
    if caller is None:
        raise HTTPException(401, "Sign in first")
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM items WHERE id = ?", [id])
```

```typescript bad
import { getServerSession } from "next-auth"

import { prisma } from "@/lib/prisma"

export async function POST(request: Request): Promise<Response> {
  const session = await getServerSession()  // <- RG502
  const { title } = await request.json()
  return Response.json(await prisma.post.create({ data: { title } }))
}
```

```typescript good
import { getServerSession } from "next-auth"

import { prisma } from "@/lib/prisma"

export async function POST(request: Request): Promise<Response> {
  const session = await getServerSession()
  if (!session) return Response.json({ error: "Sign in first" }, { status: 401 })
  const { title } = await request.json()
  return Response.json(await prisma.post.create({ data: { title } }))
}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.found_callers import ignored_callers


@rule(Severity.ERROR, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each caller that was looked for and is not looked at."""
    for text, span in ignored_callers(handler):
        yield Report(
            f"`{text}` may find nobody, and nothing looks at it: `{handler.label}` runs for everyone",
            "refuse with 401 when it is None, or use a dependency that does",
            span,
        )
