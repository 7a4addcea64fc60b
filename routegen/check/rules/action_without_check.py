"""
# RG108 action-without-check

That a page is shown to some people only says nothing about who posts its form: an action is called by a URL of
its own, and checks for itself.

## Finds
An action that provably changes data and checks nobody, although `load()` in the `page.py` beside it checks who
is looking. In Next.js: a `"use server"` function, beside a page (or in one) that refuses or sends away who is not
signed in; also one that next-safe-action or zsa makes of a function, by a client that refuses nobody.

## Leaves alone
Actions below a `dependencies.py`, which guards them too, or behind a middleware that may check; sign-in, contact and
the like; whatever might check and cannot be looked into; in a component, those that use what the page gave them.

## Fix
Let the action take the caller as the page does: `caller: User`.

```python beside app/notes/page.py
from typing import Annotated

from fastapi import Depends
from lib.auth import check_user


async def load(user: Annotated[str, Depends(check_user)]) -> dict[str, object]:
    return {"user": user}
```

```python bad app/notes/actions.py
import sqlite3

from routegen.actions import action


@action
def remove(id: int) -> None:  # <- RG108
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM notes WHERE id = ?", [id])
```

```python beside app/notes/page.py
from typing import Annotated

from fastapi import Depends
from lib.auth import check_user


async def load(user: Annotated[str, Depends(check_user)]) -> dict[str, object]:
    return {"user": user}
```

```python good app/notes/actions.py
import sqlite3
from typing import Annotated

from fastapi import Depends
from lib.auth import check_user
from routegen.actions import action


@action
def remove(id: int, user: Annotated[str, Depends(check_user)]) -> None:
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM notes WHERE id = ? AND owner = ?", [id, user])
```

```python beside app/guestbook/page.py
async def load() -> dict[str, object]:
    return {}
```

```python good app/guestbook/actions.py
import sqlite3

from routegen.actions import action


@action
def write(text: str) -> None:
    with sqlite3.connect("shop.db") as db:
        db.execute("INSERT INTO guestbook VALUES (?)", [text])
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers.action_functions import actions_in, unchecked_beside_guard
from routegen.handlers.function import Module


@rule(Severity.WARNING, preview=True)
def check(module: Module) -> Iterator[Report]:
    """Report an unchecked action beside a page that checks."""
    for action in actions_in(module):
        if evidence := unchecked_beside_guard(action):
            yield Report(
                f"the action `{action.name}` changes data and checks nobody; that its page checks does not count",
                "take the caller in the action too: `caller: User`",
                action.span,
                evidence,
            )
