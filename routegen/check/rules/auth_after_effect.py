"""
# RG503 auth-after-effect

Who may not do it has done it before the refusal.

## Finds
A write that stands before the check of the caller in the same handler.

## Leaves alone
Checks in dependencies, which run first, and log entries.

## Fix
Check first.

```python bad
import sqlite3

from fastapi import HTTPException, Request

from lib.auth import get_current_user


def DELETE(id: int, request: Request) -> None:
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM items WHERE id = ?", [id])  # <- RG503
    if get_current_user(request) is None:
        raise HTTPException(401, "Sign in first")
```

```python good
import sqlite3

from fastapi import HTTPException, Request

from lib.auth import get_current_user


def DELETE(id: int, request: Request) -> None:
    if get_current_user(request) is None:
        raise HTTPException(401, "Sign in first")
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM items WHERE id = ?", [id])
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place
from routegen.handlers.refusals import late_refusal


@rule(Severity.ERROR, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report the first write before a refusal."""
    found = late_refusal(handler)
    if found is not None:
        site, refusal = found
        yield Report(
            f"this is done before the caller is checked: `{handler.text(site.call, site.scope)}`",
            "check the caller first",
            place(site, handler),
            [Evidence("refused here", refusal)],
        )
