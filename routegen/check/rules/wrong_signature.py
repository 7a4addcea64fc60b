"""
# RG705 wrong-signature

A parameter without a type is one of the query: `params`, `context` or `res`, as other frameworks pass them, never come.

## Finds
A parameter `params`, `context`, `ctx`, `props`, `res`, `response`, `body` or `search_params` of a method in a
`route.py` that has neither a type nor a default nor a folder of its name.

## Leaves alone
Parameters with a type, a default or a `Depends`; handlers below a decorator, which may pass anything.

## Fix
Take what you need by its name and type: `id: int`, `response: Response`, `body: Item`.

```python bad app/api/items/[id]/route.py
def GET(request, params):  # <- RG705
    return {"item": params["id"]}
```

```python good app/api/items/[id]/route.py
def GET(id: int) -> dict[str, int]:
    return {"item": id}
```

```python good app/api/items/[id]/context/[context]/route.py
def GET(id: int, context) -> dict[str, object]:
    return {"item": id, "context": context}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.parameters import foreign_parameters


@rule(Severity.ERROR, preview=True, languages=("python",))
def check(handler: Handler) -> Iterator[Report]:
    """Report each parameter that nothing passes."""
    for parameter, instead in foreign_parameters(handler):
        yield Report(
            f"nothing passes `{parameter.name}`: without a type it is a parameter of the query",
            f"take {instead} by name and type instead",
            parameter.span,
        )
