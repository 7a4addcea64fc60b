"""
# RG504 identity-from-input

Anyone can act as anyone whose number they send.

## Finds
A `user_id`, `owner_id` or `author_id` of the query or the body that becomes a row's owner, though the handler
knows who is signed in and never compares the two. In a script: the owner that a write gets from the body, where the
handler asks who is signed in and only tests that somebody is.

## Leaves alone
Administrators' endpoints, and handlers that know nobody.

## Fix
Take it from the session.

```python bad
import sqlite3
from typing import Annotated

from fastapi import Depends

from lib.auth import get_current_user


def POST(user_id: str, text: str, user: Annotated[object, Depends(get_current_user)]) -> None:
    with sqlite3.connect("shop.db") as db:
        db.execute("INSERT INTO notes VALUES (?, ?)", [user_id, text])  # <- RG504
```

```python good
import sqlite3
from typing import Annotated

from fastapi import Depends

from lib.auth import get_current_user


def POST(text: str, user: Annotated[str, Depends(get_current_user)]) -> None:
    with sqlite3.connect("shop.db") as db:
        db.execute("INSERT INTO notes VALUES (?, ?)", [user, text])
```

```typescript bad
import { auth } from "@/auth"
import { prisma } from "@/lib/prisma"

export async function POST(request: Request): Promise<Response> {
  const session = await auth()
  if (!session) return Response.json({ error: "Sign in first" }, { status: 401 })
  const { userId, text } = await request.json()
  return Response.json(await prisma.note.create({ data: { userId, text } }))  // <- RG504
}
```

```typescript good
import { auth } from "@/auth"
import { prisma } from "@/lib/prisma"

export async function POST(request: Request): Promise<Response> {
  const session = await auth()
  if (!session) return Response.json({ error: "Sign in first" }, { status: 401 })
  const { text } = await request.json()
  return Response.json(await prisma.note.create({ data: { userId: session.user.id, text } }))
}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.places import place
from routegen.handlers.refusals import claimed_identity


@rule(Severity.WARNING, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each identity that the client claims."""
    for site, name in claimed_identity(handler)[:1]:
        yield Report(
            f"the client says who it is: `{name}` reaches `{handler.text(site.call, site.scope)}`",
            "take it from the signed-in user",
            place(site, handler),
        )
