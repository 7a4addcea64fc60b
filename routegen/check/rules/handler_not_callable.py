"""
# RG713 handler-not-callable

A method name that stands for a value cannot answer a request.

## Finds
`GET = None`, `POST = {"ok": True}`: a method name bound to a literal.

## Leaves alone
Names bound to a function, a class, a call's result or an import.

## Fix
Write a function, or remove the name: a method that is not exported answers 405.

```python bad
def GET() -> dict[str, bool]:
    return {"ok": True}


POST = None  # <- RG713
```

```python good
from lib.handlers import answer, cached

GET = answer
HEAD = cached(answer)
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import RouteModule


@rule(Severity.ERROR)
def check(file: RouteModule) -> Iterator[Report]:
    """Report each method name that is bound to a literal."""
    for export in file.not_callable:
        yield Report(
            f"`{export.name}` is a value, not a function: it cannot answer a request",
            f"define `def {export.name}()`, or remove the name: the method then answers 405",
            export.span,
        )
