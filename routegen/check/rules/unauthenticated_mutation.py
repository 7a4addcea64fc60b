"""
# RG501 unauthenticated-mutation

A handler that changes data and checks nobody lets anyone on the network change them.

## Finds
A `POST`, `PUT`, `PATCH` or `DELETE`, or the `GET` of a cron job, that provably writes rows, files or another
service's records, with no check of the caller in the handler, its dependencies, its router, the app, middleware or a
folder's `dependencies.py`.

## Leaves alone
Anything that might check and cannot be looked into; webhooks; log-in, sign-up, contact, waiting lists and the like,
which are for strangers; scratch files that are taken away, caches, and addresses that are only signed; `EXPOSE`, which
says that anyone may call.

## Fix
Let a dependency check the caller; or say that it is open: `EXPOSE = "public"`.

```python bad
import sqlite3


def DELETE(id: int) -> None:  # <- RG501
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM items WHERE id = ?", [id])
```

```python good
import sqlite3
from typing import Annotated

from fastapi import Depends

from lib.auth import signed_in


def DELETE(id: int, user: Annotated[str, Depends(signed_in)]) -> None:
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM items WHERE id = ?", [id])
```

```python good app/api/contact/route.py
import sqlite3

EXPOSE = "public"


def POST(text: str) -> None:
    with sqlite3.connect("shop.db") as db:
        db.execute("INSERT INTO letters VALUES (?)", [text])
```
"""

import re
from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.effects import changes
from routegen.handlers.places import at
from routegen.handlers.protection import checks_caller, is_for_strangers
from routegen.handlers.webhook import receives_webhooks

_JOB = re.compile(r"(?<![a-z])cron", re.IGNORECASE)
"""A word that begins so: `/cron`, `/daily-cron`, no acronyms."""


@rule(Severity.WARNING)
def check(handler: Handler) -> Iterator[Report]:
    """Report a handler that changes data and provably checks nobody."""
    is_job = handler.method == "GET" and _JOB.search(handler.route_id) is not None
    if not (is_job or handler.method in ("POST", "PUT", "PATCH", "DELETE")) or handler.expose is not None:
        return
    effects = changes(handler)
    if not effects or is_for_strangers(handler) or not receives_webhooks(handler).is_no:
        return
    if not checks_caller(handler).is_no:
        return
    yield Report(
        f"`{handler.label}` changes data, and nothing checks who calls",
        "let a dependency check the caller, or say that anyone may call it: "
        '`EXPOSE = "public"` or `# routegen: ignore[RG501] reason`',
        handler.span,
        [at(effects[0], handler, "changes")],
    )
