"""
# RG502 auth-result-unused

Who calls is looked up, and nobody looks at the answer: the handler runs for strangers too.

## Finds
A handler that changes data and asks who calls in a way that gives None for nobody (`authenticator.find`,
`auto_error=False`, `get_current_user_optional`), and never mentions what it got.

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
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.found_callers import ignored_callers


@rule(Severity.ERROR, preview=True, languages=("python",))
def check(handler: Handler) -> Iterator[Report]:
    """Report each caller that was looked for and is not looked at."""
    for text, span in ignored_callers(handler):
        yield Report(
            f"`{text}` may find nobody, and nothing looks at it: `{handler.label}` runs for everyone",
            "refuse with 401 when it is None, or use a dependency that does",
            span,
        )
