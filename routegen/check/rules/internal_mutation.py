"""
# RG102 internal-mutation

What only the own pages call needs no public endpoint: a server action has typed arguments and a check of the
origin.

## Finds
A `POST`, `PUT`, `PATCH` or `DELETE` that writes, is called by the project's own templates or scripts alone, and
answers for a page: with HTML, a redirect, or a header that reloads the page.

## Leaves alone
What others call: webhooks, uploads, streams, API keys, versions in the path, `EXPOSE`; what a mobile app or a command
line of the same repository calls; what answers with a token or a file, declares its contract (`response_model`) or speaks
HTTP on purpose (`ETag`, CORS); what only asks a model or fills a cache; projects without server actions.

## Fix
Make it an action: `routegen add action NAME`.

```html beside app/items/page.html
<button hx-delete="/api/items/{{ item.id }}" hx-target="#items">Delete</button>
```

```python bad app/api/items/[id]/route.py
import sqlite3
from typing import Annotated

from fastapi import Depends, Response

from lib.auth import signed_in


def DELETE(id: int, user: Annotated[str, Depends(signed_in)]) -> Response:  # <- RG102
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM items WHERE id = ?", [id])
    return Response(headers={"HX-Refresh": "true"})
```

```python good
EXPOSE = "public"


def POST(name: str) -> dict[str, str]:
    return {"name": name}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.internal import internal_mutation


@rule(Severity.WARNING)
def check(handler: Handler) -> Iterator[Report]:
    """Report a handler that only the project's own pages call."""
    evidence = internal_mutation(handler)
    if evidence:
        yield Report(
            f"`{handler.label}` is called by the project's own pages alone: this should be a server action",
            'make it one: `routegen add action NAME`; if others call it, say so: `EXPOSE = "public"`',
            handler.span,
            evidence,
        )
