"""
# RG602 unchecked-param

A text of the URL that is no number makes `int()` raise: a wrong link is answered with 500 instead of 404 or 422.

## Finds
A path parameter, or a value of the query, that `int`, `float`, `UUID`, `ObjectId` or `fromisoformat` converts where
nothing catches the error and nothing tests the text before.
## Leaves alone
A parameter with a type, which FastAPI converts and answers with 422. A conversion inside `try`, or after a test such as
`isdigit`. A body, which a schema checks.
## Fix
Give the parameter its type: `id: int`.

```python bad app/api/users/[id]/route.py
async def GET(id: str) -> dict[str, int]:
    return {"next": int(id) + 1}  # <- RG602
```

```python fixed app/api/users/[id]/route.py
async def GET(id: int) -> dict[str, int]:
    return {"next": id + 1}
```

```python bad app/api/users/[id]/route.py
from fastapi import Request


async def GET(request: Request) -> dict[str, int]:
    number = int(request.path_params["id"])  # <- RG602
    return {"next": number + 1}
```

```python good app/api/users/[id]/route.py
async def GET(id: int) -> dict[str, int]:
    return {"next": id + 1}
```

```python good app/api/users/[id]/route.py
from fastapi import HTTPException


async def GET(id: str) -> dict[str, int]:
    try:
        number = int(id)
    except ValueError:
        raise HTTPException(404) from None
    return {"next": number + 1}
```

```python good app/api/users/[id]/route.py
async def GET(id: str) -> dict[str, int]:
    return {"next": int(id) + 1 if id.isdigit() else 0}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.naming import typed
from routegen.check.registry import PYTHON, rule
from routegen.handlers import Handler
from routegen.handlers.conversions import unchecked_conversions
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place


@rule(Severity.WARNING, preview=True, languages=PYTHON)
def check(handler: Handler) -> Iterator[Report]:
    """Yield a report for each conversion of a client's text that nothing catches."""
    for site, way in unchecked_conversions(handler):
        source = way[0]
        text = handler.text(source.expression, source.scope)
        yield Report(
            f"`{handler.text(site.call, site.scope)}` raises for a text that is none, which is answered with 500",
            "give the parameter its type (`id: int`): FastAPI then answers 422",
            place(site, handler),
            evidence=[Evidence(f"`{text}` comes from the URL", source.expression.span, source.scope.module)],
            fix=typed(handler, site, source),
        )
