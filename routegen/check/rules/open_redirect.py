r"""
# RG804 open-redirect

A link of the own site that leads anywhere is what phishing is made of.

## Finds
A redirect to a text of the query, a form, a header or a cookie, as it came, or right behind an origin:
`${origin}${next}` with `next` as `.evil.example` is another host. A page that goes on by itself counts as well.

## Leaves alone
Targets that are compared, looked up, or put behind a fixed path.

## Fix
Redirect to a path of your own: test `startswith("/")` and not `startswith("//")`.

```python bad
from fastapi.responses import RedirectResponse


def GET(next: str) -> RedirectResponse:
    return RedirectResponse(next)  # <- RG804
```

```python good
from fastapi.responses import RedirectResponse


def GET(next: str) -> RedirectResponse:
    if not next.startswith("/") or next.startswith(("//", "/\\")):
        next = "/"
    return RedirectResponse(next)


def HEAD(page: str) -> RedirectResponse:
    return RedirectResponse(f"/pages/{page}")
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.urls import open_redirects


@rule(Severity.ERROR, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each redirect to where the client says."""
    for at, way in open_redirects(handler):
        name = handler.text(way[0].expression, way[0].scope)
        yield Report(
            f"this redirects to wherever the client says: `{name}`",
            'redirect to a path of your own: `startswith("/")`, and not `startswith("//")`',
            at,
            [Evidence("comes from the request", way[0].expression.span, way[0].scope.module)],
        )
